"""The maps of a release as ConceptMaps: terms that replace others; parts, answers and terms in other systems.

Reads tables of their own, or columns that no concept needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from loaders.columns import named
from loaders.loinc import layout
from loaders.loinc.layout import Release
from loaders.problems import place_of
from loaders.systems import LOINC
from terminology.model.coding import Canonical
from terminology.model.conceptmap import ConceptMap, Group, Relationship
from terminology.model.conceptmap import Mapping as ConceptMapping
from terminology.model.loading import SourceFile
from terminology.model.outcome import TerminologyError

BASE = "http://loinc.org/cm/"
ALL_CODES = "http://loinc.org/vs"
DEVICES = "urn:iso:std:iso:11073:10101"
UNNAMED = "other"

TARGETS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "http://snomed.info/sct": ("snomed-ct", "SNOMED CT"),
        "http://www.nlm.nih.gov/research/umls/rxnorm": ("rxnorm", "RxNorm"),
        "http://www.radlex.org": ("radlex", "RadLex"),
        "http://pubchem.ncbi.nlm.nih.gov": ("pubchem", "PubChem"),
        "https://pubchem.ncbi.nlm.nih.gov": ("pubchem", "PubChem"),
        "https://www.ncbi.nlm.nih.gov/taxonomy": ("ncbi-taxonomy", "NCBI Taxonomy"),
        "https://www.ncbi.nlm.nih.gov/gene": ("ncbi-gene", "NCBI Gene"),
        "https://www.ncbi.nlm.nih.gov/clinvar": ("ncbi-clinvar", "NCBI ClinVar"),
        "http://purl.obolibrary.org/obo/chebi.owl": ("chebi", "ChEBI"),
    }
)
"""Target system → how the url of a map names it, and how people do."""

RELATIONSHIPS: Mapping[str, Relationship] = MappingProxyType(
    {
        "": "related-to", "equivalent": "equivalent", "equal": "equivalent", "exact": "equivalent",
        "wider": "source-is-narrower-than-target", "subsumes": "source-is-narrower-than-target",
        "broader": "source-is-narrower-than-target", "narrower": "source-is-broader-than-target",
        "specializes": "source-is-broader-than-target", "inexact": "related-to", "relatedto": "related-to",
        "related-to": "related-to", "related": "related-to", "unmatched": "not-related-to",
        "disjoint": "not-related-to",
    }
)  # fmt: skip
"""Equivalences as the tables write them (FHIR R3 and R4: what the target is to the source) → R5's relationship."""


class _Row(NamedTuple):
    """One mapping with the system it leads to."""

    system: str
    version: str | None
    mapping: ConceptMapping


def concept_maps(release: Release, version: str) -> Iterator[tuple[SourceFile, ConceptMap]]:
    """The maps of every table that has some, with the table. Raises TerminologyError for an unknown equivalence."""
    tables = release.tables
    if layout.MAP_TO in tables:
        yield tables[layout.MAP_TO], _replacements(tables[layout.MAP_TO], version)
    if layout.PART_MAPPINGS in tables:
        file = tables[layout.PART_MAPPINGS]
        for found in _by_system("parts", "LOINC parts", _parts(file), version):
            yield file, found
    if layout.ANSWERS in tables:
        file = tables[layout.ANSWERS]
        for found in _by_system("answers", "LOINC answers", _answers(file), version):
            yield file, found
    if layout.DEVICES in tables:
        file = tables[layout.DEVICES]
        group = Group(
            source=Canonical(LOINC, version), target=Canonical(DEVICES), mappings=tuple(_devices(file))
        )  # fmt: skip
        yield file, _concept_map("loinc-to-ieee-11073-10101", "LOINC to IEEE 11073-10101", (group,), version)


def _replacements(file: SourceFile, version: str) -> ConceptMap:
    here = Canonical(LOINC, version)
    mappings = tuple(
        ConceptMapping(source_code=term, target_code=target, relationship="related-to", comment=comment or None)
        for _, (term, target, comment) in named(file, ("LOINC", "MAP_TO"), ("COMMENT",))
    )
    return _concept_map(
        "loinc-map-to",
        "LOINC terms that replace others",
        (Group(source=here, target=here, mappings=mappings),),
        version,
    )


def _parts(file: SourceFile) -> Iterator[_Row]:
    columns = ("PartNumber", "PartName", "ExtCodeId", "ExtCodeDisplayName", "ExtCodeSystem", "Equivalence")
    for number, cells in named(file, columns, ("ExtCodeSystemVersion",)):
        part, name, code, display, system, equivalence, version = cells
        relationship = RELATIONSHIPS.get(equivalence.lower())
        if relationship is None:
            known = ", ".join(filter(None, RELATIONSHIPS))
            raise TerminologyError.of(
                "invalid", "RELEASE_EQUIVALENCE_UNKNOWN",
                place=place_of(file.path, number), found=equivalence, known=known,
            )  # fmt: skip
        mapping = ConceptMapping(
            source_code=part, source_display=name, target_code=code, target_display=display or None,
            relationship=relationship,
        )  # fmt: skip
        yield _Row(system, version or None, mapping)


def _answers(file: SourceFile) -> Iterator[_Row]:
    """Codes of other systems for answers, each once: the table repeats them in every list that has the answer."""
    columns = ("AnswerStringId", "DisplayText", "ExtCodeId", "ExtCodeDisplayName", "ExtCodeSystem")
    seen = set()
    for _, (answer, text, code, display, system, version) in named(file, columns, ("ExtCodeSystemVersion",)):
        if not (answer and code and system) or (answer, system, code) in seen:
            continue
        seen.add((answer, system, code))
        mapping = ConceptMapping(
            source_code=answer, source_display=text, target_code=code, target_display=display or None,
            relationship="equivalent",
        )  # fmt: skip
        yield _Row(system, version or None, mapping)


def _devices(file: SourceFile) -> Iterator[ConceptMapping]:
    columns = ("LOINC_NUM", "LOINC_LONG_COMMON_NAME", "IEEE_CF_CODE10", "IEEE_REFID")
    for _, (term, name, code, display) in named(file, columns):
        yield ConceptMapping(
            source_code=term, source_display=name, target_code=code, target_display=display, relationship="equivalent"
        )


def _by_system(key: str, title: str, rows: Iterator[_Row], version: str) -> Iterator[ConceptMap]:
    """A map for each target system; targets of different versions are groups of their own."""
    found: dict[str, dict[str | None, list[ConceptMapping]]] = {}
    for row in rows:
        found.setdefault(row.system, {}).setdefault(row.version, []).append(row.mapping)
    taken: set[str] = set()
    for system, versions in sorted(found.items()):
        groups = tuple(
            Group(source=Canonical(LOINC, version), target=Canonical(system, target_version), mappings=tuple(mappings))
            for target_version, mappings in versions.items()
        )
        name, known_as = TARGETS.get(system, (_slug(system), system))
        name = name if name not in taken else f"{name}-{len(taken) + 1}"
        taken.add(name)
        yield _concept_map(f"loinc-{key}-to-{name}", f"{title} to {known_as}", groups, version)


def _concept_map(key: str, title: str, groups: tuple[Group, ...], version: str) -> ConceptMap:
    return ConceptMap(
        url=BASE + key,
        version=version,
        name="".join(word[:1].upper() + word[1:] for word in key.split("-")),
        title=title,
        publisher="Regenstrief Institute, Inc.",
        source_scope=Canonical(ALL_CODES),
        groups=groups,
    )


def _slug(system: str) -> str:
    words = "".join(c if c.isalnum() else " " for c in system.partition("://")[2] or system).split()
    return "-".join(word.lower() for word in words) or UNNAMED
