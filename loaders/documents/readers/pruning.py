"""Which elements of an HTML page are navigation by its structure: they are taken out before the text is read.

Lines that are navigation by their words are another matter (`documents.navigation`).
"""

from __future__ import annotations

import re

from lxml import etree

from loaders.documents import navigation

_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)

Element = etree._Element  # noqa: SLF001 - lxml has no public name for the type of its elements


def prune(body: Element) -> list[str]:
    """Take navigation out of the tree; returns its text."""
    titles = list(body.iter("h1"))
    only_title = titles[0] if len(titles) == 1 else None
    dropped = [e for e in body.iter() if isinstance(e.tag, str) and _is_navigation(e, only_title)]
    left_out = []
    for element in dropped:
        parent = element.getparent()
        if parent is None:
            continue
        if element.tag not in {"script", "style", "template", "noscript"}:
            left_out.append(" ".join("".join(map(str, element.itertext())).split()))
        _remove(element, parent)
    return [text for text in left_out if text]


def _remove(element: Element, parent: Element) -> None:
    """Remove an element, but not the text after it."""
    tail, previous = element.tail or "", element.getprevious()
    if previous is not None:
        previous.tail = (previous.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(element)


def _is_navigation(element: Element, only_title: Element | None) -> bool:
    tag = str(element.tag)
    if tag in navigation.ELEMENTS:
        return True
    if tag == "body":
        return False
    if (
        element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or _HIDDEN.search(element.get("style", ""))
    ):
        return True
    if element.get("role") in navigation.ROLES:
        return not _holds(element, only_title)
    if tag in {"header", "footer"}:
        inside = any(ancestor.tag in {"main", "article", "section"} for ancestor in element.iterancestors())
        return not inside and not _holds(element, only_title)
    names = set(f"{element.get('class', '')} {element.get('id', '')}".lower().split())
    return bool(names & navigation.CLASSES) and not _holds(element, only_title)


def _holds(element: Element, title: Element | None) -> bool:
    """Whether the page's only title is inside the element, which then must not be removed."""
    return title is not None and any(ancestor is element for ancestor in title.iterancestors())
