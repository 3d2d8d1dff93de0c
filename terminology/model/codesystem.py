"""The header of a code system: everything of a CodeSystem resource but its concepts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from terminology.model.coding import Canonical, Coding
from terminology.model.concept import Extension

Content = Literal["not-present", "example", "fragment", "complete", "supplement"]
PublicationStatus = Literal["draft", "active", "retired", "unknown"]
HierarchyMeaning = Literal["grouped-by", "is-a", "part-of", "classified-with"]


@dataclass(frozen=True, slots=True)
class PropertyDefinition:
    """`CodeSystem.property`: what a property means and how its values are typed.

    `searched`: its texts are synonyms, so that a search for text finds concepts by them. It is a loader's to say, and
    told to nobody else.
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
class CodeSystemMetadata:
    """The header of one version of a code system.

    `resource` is the R5 JSON of the header as it was published (without `concept`), or empty when a loader
    made the header itself; it is what `read` returns, so that narrative and extensions survive. The typed
    fields are what the engine uses. `effective_start` and `effective_end` are ISO dates, both inclusive.
    `edition` names the edition a version belongs to, where its version text does not say it to people (SNOMED CT).
    `usual_codes` names the value set that is shown in place of a system whose codes cannot be listed (a grammar).
    `unasked` are properties that `$lookup` gives only to who asks for them; a code system's class says which.
    """

    url: str
    version: str | None = None
    id: str | None = None
    name: str | None = None
    title: str | None = None
    status: PublicationStatus = "active"
    experimental: bool | None = None
    standards_status: str | None = None
    date: str | None = None
    publisher: str | None = None
    description: str | None = None
    copyright: str | None = None
    language: str | None = None
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
    extensions: tuple[Extension, ...] = ()
    effective_start: str | None = None
    effective_end: str | None = None
    edition: str | None = None
    unasked: tuple[str, ...] = ()
    resource: bytes = b""

    @property
    def canonical(self) -> Canonical:
        """The url with the version."""
        return Canonical(self.url, self.version)

    def property_definition(self, code: str) -> PropertyDefinition | None:
        """The definition of a property by its code."""
        return next((p for p in self.properties if p.code == code), None)
