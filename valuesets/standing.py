"""Warnings about drafts, experimental and withdrawn resources that a value set refers to.

What its publisher gave up (standards-status deprecated or withdrawn, status retired) is always worth a warning; a draft
or experimental resource only where the value set that refers to it is not one itself.
"""

from __future__ import annotations

from typing import Literal, Protocol

from terminology.model.coding import Canonical
from terminology.model.outcome import Issue

Standing = Literal["deprecated", "withdrawn", "retired", "experimental", "draft"]


class Header(Protocol):
    """What CodeSystemMetadata and ValueSet share."""

    @property
    def canonical(self) -> Canonical:
        """Url and version."""

    @property
    def status(self) -> str:
        """The publication status."""

    @property
    def experimental(self) -> bool | None:
        """Whether it is only for testing."""

    @property
    def standards_status(self) -> str | None:
        """The standards-status extension."""


def standing(referred: Header, source: Header | None) -> Standing | None:
    """The warning about a resource that `source` (a value set, or None) refers to."""
    if referred.standards_status == "deprecated":
        return "deprecated"
    if referred.standards_status == "withdrawn":
        return "withdrawn"
    if referred.status == "retired":
        return "retired"
    if source is None:
        return None
    if referred.experimental and not source.experimental:
        return "experimental"
    return "draft" if _is_draft(referred) and not _is_draft(source) else None


def standing_issue(type_: Literal["CodeSystem", "ValueSet"], referred: Header, source: Header | None) -> Issue | None:
    """The same as an issue."""
    found = standing(referred, source)
    if found is None:
        return None
    arguments = {"resource": f"{type_} {referred.canonical}"}
    return Issue("information", "business-rule", f"MSG_{found.upper()}", arguments, "status-check")


def _is_draft(header: Header) -> bool:
    return header.status == "draft" or header.standards_status == "draft"
