"""Streams large XML files: yields the requested children of the root one by one, and frees them.

Nothing outside the file is read (no DTD, no network), and files that declare entities are refused: no release needs
them, and attacks use them. Knows no format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import cast

from lxml import etree

from terminology.model.loading import SourceFile
from terminology.model.outcome import TerminologyError

Element = etree._Element  # noqa: SLF001 - lxml has no public name for the class of its elements

_ROOT = re.compile(rb"<(?![?!])(?:[\w.-]+:)?([\w.-]+)[\s>/]")
_ENTITY = re.compile(rb"<!ENTITY")


def root_name(file: SourceFile) -> str | None:
    """The local name of the root element, by the first bytes; None for what is no XML."""
    head = file.head().replace(b"\0", b"")  # a look is enough for UTF-16 too
    found = _ROOT.search(head) if head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<") else None
    return found.group(1).decode() if found else None


def children(file: SourceFile, names: Sequence[str]) -> Iterator[Element]:
    """The children of the root with these local names, in the order of the file; each is emptied afterwards.

    Raises TerminologyError invalid: XML_BROKEN with the line, XML_ENTITIES.
    """
    if _ENTITY.search(file.head(1 << 16).replace(b"\0", b"")):
        raise TerminologyError.of("invalid", "XML_ENTITIES", path=file.path)
    parser = etree.XMLPullParser(
        events=("end",),
        tag=[f"{{*}}{name}" for name in names],
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for piece in chain(file.chunks(), (None,)):
            if piece is None:
                parser.close()
            else:
                parser.feed(piece)
            for _, element in parser.read_events():
                yield from _child_of_root(cast("Element", element))
    except etree.XMLSyntaxError as error:
        place = f"{file.path}, line {error.lineno}"
        raise TerminologyError.of("invalid", "XML_BROKEN", place=place, reason=error.msg or "no XML") from error


def _child_of_root(element: Element) -> Iterator[Element]:
    root = element.getparent()
    if root is None or root.getparent() is not None:
        return
    yield element
    element.clear()
    while element.getprevious() is not None:
        del root[0]


def local(element: Element) -> str:
    """The name of an element without its namespace; "" for a node that is not an element (an entity)."""
    return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""


def text_of(element: Element) -> str:
    """All text of an element, blanks and line ends folded into single blanks."""
    return " ".join("".join(cast("Iterator[str]", element.itertext())).split())


def line_of(element: Element) -> int:
    """The line an element begins in."""
    return cast("int", element.sourceline)
