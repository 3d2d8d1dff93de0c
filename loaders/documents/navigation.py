"""Text left over from the web page a document was copied from: the only lines that are dropped.

Whole lines only; every entry is listed here by its words or form. Text in a page's `nav`, `footer` and similar elements
is dropped by structure (`readers.pruning`), with the names below.
"""

from __future__ import annotations

import re
from typing import Final

PAGE_START: Final = frozenset({"search all medical codes", "search all codes", "search medical codes"})
"""Lines at the top of each page, so that a second one starts a second procedure."""

EMPTY_SECTIONS: Final = frozenset({"similar codes", "related codes", "related procedures", "see also"})
"""Headings of link lists: navigation when nothing follows; otherwise a section like any unknown one."""

LINES: Final = PAGE_START | frozenset(
    {
        "home", "menu", "search", "back", "next", "previous", "back to top", "top", "skip to content", "print",
        "skip to main content", "print this page", "share", "share this page", "email this page", "table of contents",
        "contents", "on this page", "log in", "login", "sign in", "sign up", "register", "contact us", "about us",
        "privacy policy", "terms of use", "cookie policy", "accept cookies", "browse codes", "browse all codes",
        "all codes", "back to search", "back to search results", "new search", "copy code", "copy link", "read more",
        "show more", "show less", "close", "advertisement", "sponsored", "download pdf", "save as pdf",
    }
)  # fmt: skip

PATTERNS: Final = (
    re.compile(r"page \d+(?: of \d+)?", re.IGNORECASE),
    re.compile(r"\d+ / \d+"),
    re.compile(r"(?:home|start)(?: *[>›»/] *[^>›»/]{1,60})+", re.IGNORECASE),
    re.compile(r"[«‹←] ?(?:previous|back)\b.{0,40}|(?:next|forward) ?[»›→]", re.IGNORECASE),
)

ELEMENTS: Final = frozenset(
    {"nav", "aside", "script", "style", "noscript", "template", "form", "button", "svg", "iframe", "dialog", "select"}
)
"""HTML elements without content. `header` and `footer` only count outside of main and article."""

ROLES: Final = frozenset(
    {"navigation", "banner", "contentinfo", "search", "complementary", "dialog", "menu", "menubar"}
)

CLASSES: Final = frozenset(
    {
        "breadcrumb", "breadcrumbs", "navbar", "nav", "navigation", "menu", "sidebar", "cookie-banner", "cookies",
        "footer", "site-header", "site-footer", "skip-link", "social", "share", "pagination",
        "toc", "table-of-contents",
    }
)  # fmt: skip
"""Names in `class` or `id` that mark navigation where a page uses plain `div`s."""


def is_navigation(text: str) -> bool:
    """Whether a whole line is navigation."""
    line = " ".join(text.split()).strip(" |•·:").casefold()
    return line in LINES or any(pattern.fullmatch(line) for pattern in PATTERNS)


def is_page_start(text: str) -> bool:
    """Whether a line stands at the top of every page."""
    return text.strip().casefold() in PAGE_START


def is_link_list(title: str) -> bool:
    """Whether a heading announces links to other pages."""
    return title.strip(" :").casefold() in EMPTY_SECTIONS
