"""OMOP's vocabularies: filters by their short names, and the value sets of domains.

`domain`, `vocabulary` and `concept-class` are the properties `domain-id`… `{system}/ValueSet/Drug` is the value set of
the concepts of a domain that a loaded version has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from pyroaring import BitMap

from terminology.codesystems.stored import StoredCodeSystem
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.protocols import Located
from terminology.model.valueset import Compose, ConceptSet, Filter, ValueSet
from terminology.store.protocol import VersionReader

URL: Final = "https://fhir-terminology.ohdsi.org"
VALUE_SETS: Final = f"{URL}/ValueSet/"
DOMAIN: Final = "domain-id"
SHORT: Final[Mapping[str, str]] = MappingProxyType(
    {"domain": DOMAIN, "vocabulary": "vocabulary-id", "concept-class": "concept-class-id"}
)


UNASKED: Final = ("parent", "child")
"""Told only to who asks for them: the relationships `Is a` and `Subsumes` say the same."""


class OmopCodeSystem(StoredCodeSystem):
    """A version. A `model.protocols.CodeSystem`."""

    def __init__(self, metadata: CodeSystemMetadata, reader: VersionReader, key: str | None = None) -> None:
        super().__init__(replace(metadata, unasked=UNASKED), reader, key)

    def must_understand(self, f: Filter) -> None:
        """Raises TerminologyError for a filter that the vocabularies do not have."""
        super().must_understand(_meant(f))

    def select(self, f: Filter) -> BitMap:
        """The set a filter means, by short names too."""
        return super().select(_meant(f))

    def holds(self, located: Located, f: Filter) -> bool:
        """Whether a concept passes a filter; agrees with `select`."""
        return super().holds(located, _meant(f))

    def implicit_value_set(self, url: str) -> Compose | ValueSet | None:
        """All concepts of a domain."""
        domain = url.removeprefix(VALUE_SETS)
        if domain == url or not self.with_value(DOMAIN, [domain]):
            return None
        include = ConceptSet(
            self.metadata.url,
            self.metadata.version,
            filters=(Filter(DOMAIN, "=", domain),),
            path="ValueSet.compose.include[0]",
        )
        return ValueSet(
            url=url,
            version=self.metadata.version,
            name=f"OMOP{domain.replace(' ', '')}",
            title=f"OMOP concepts of the domain {domain}",
            compose=Compose((include,)),
        )


def _meant(f: Filter) -> Filter:
    return replace(f, property=SHORT[f.property]) if f.property in SHORT else f
