"""The header of a code system: everything in a CodeSystem resource except its concepts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from terminology.model.canonicalresource import CanonicalResource
from terminology.model.coding import Canonical, Coding

Content = Literal["not-present", "example", "fragment", "complete", "supplement"]
HierarchyMeaning = Literal["grouped-by", "is-a", "part-of", "classified-with"]


@dataclass(frozen=True, slots=True)
class PropertyDefinition:
    """`CodeSystem.property`: what a property means and how its values are typed.

    `searched`: its texts are synonyms, which text searches use. Loaders set it; it is not published.
    """

    code: str
    kind: str
    uri: str | None = None
    description: str | None = None
    searched: bool = False


@dataclass(frozen=True, slots=True)
class FilterDefinition:
    """`CodeSystem.filter`: a filter a value set may use on this system."""

    code: str
    operators: tuple[str, ...]
    value: str
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSystemMetadata(CanonicalResource):
    """The header of one version of a code system.

    `resource` is without `concept`, and empty when a loader made the header itself. `effective_start` and
    `effective_end` are ISO dates, both inclusive.

    `edition` names the edition for people, where the version text does not (SNOMED CT). `usual_codes` names the value
    set that is shown in place of a system whose codes cannot be listed (a grammar). `unasked` are properties that
    `$lookup` returns only when they are requested; a code system's class sets it.
    """

    standards_status: str | None = None
    identifiers: tuple[str, ...] = ()
    case_sensitive: bool | None = None
    value_set: str | None = None
    usual_codes: str | None = None
    hierarchy_meaning: HierarchyMeaning | None = None
    compositional: bool = False
    version_needed: bool = False
    version_algorithm: str | Coding | None = None
    content: Content = "complete"
    supplements: Canonical | None = None
    count: int | None = None
    filters: tuple[FilterDefinition, ...] = ()
    properties: tuple[PropertyDefinition, ...] = ()
    effective_start: str | None = None
    effective_end: str | None = None
    edition: str | None = None
    unasked: tuple[str, ...] = ()

    def property_definition(self, code: str) -> PropertyDefinition | None:
        """The definition of a property by its code."""
        return next((p for p in self.properties if p.code == code), None)
