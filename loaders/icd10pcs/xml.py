"""CMS's XML files: tells them apart, and reads required elements."""

from __future__ import annotations

import re
from typing import cast

from loaders.problems import problem
from loaders.xml_stream import Element
from terminology.model.outcome import TerminologyError

ROOT = re.compile(rb"<ICD10PCS\.(tabular|definitions|index)[\s>]")
VERSION = re.compile(rb"<version>\s*(\d{4})\s*</version>")


def root_of(head: bytes) -> str | None:
    """Which of the three files this is, by its first bytes: `tabular`, `definitions`, `index`."""
    found = ROOT.search(head)
    return found.group(1).decode() if found else None


def year_of(head: bytes) -> str | None:
    """The fiscal year that the file states."""
    found = VERSION.search(head)
    return found.group(1).decode() if found else None


class Reader:
    """Reads required elements of one file. A missing one is an error that names the line."""

    def __init__(self, path: str) -> None:
        self._path = path

    def text(self, element: Element, name: str) -> str:
        """The text of a child element."""
        found = optional(element, name)
        if found is None:
            raise self.problem(element, "PCS_XML_ELEMENT", parent=str(element.tag), element=name)
        return found

    def own_text(self, element: Element) -> str:
        """The element's own text."""
        text = " ".join((element.text or "").split())
        if not text:
            raise self.problem(element, "PCS_XML_EMPTY", element=str(element.tag))
        return text

    def attribute(self, element: Element, name: str) -> str:
        """An attribute."""
        found = element.get(name)
        if not found:
            raise self.problem(element, "PCS_XML_ATTRIBUTE", element=str(element.tag), attribute=name)
        return found

    def problem(self, element: Element, message_id: str, /, **arguments: str) -> TerminologyError:
        """An error about an element."""
        return problem(self._path, cast("int", element.sourceline), message_id, **arguments)


def optional(element: Element, name: str) -> str | None:
    """The text of a child element, None when there is none."""
    return " ".join((element.findtext(name) or "").split()) or None
