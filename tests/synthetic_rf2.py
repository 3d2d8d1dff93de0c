"""SNOMED CT releases of any size in invented words, the same for the same seed: folders as their publishers ship them.

Concepts, descriptions and relationships have valid identifiers in a namespace of nobody's; only metadata that RF2
itself needs (the root, is-a, modules, types, reference sets) has its real identifiers, with invented terms.

    edition = rf2_release(folder, 1_000)
    edition.finding(7), edition.site_attribute
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path

import numpy as np

from terminology.codesystems.snomed import ids
from terminology.codesystems.snomed.sctid import _INVERSE, _PERMUTED, _TIMES
from tests.rf2 import ALL_CONTENT, DATE, EARLIER, FILES, NAMESPACE, heading
from tests.synthetic import Terms

CONCEPT, DESCRIPTION, RELATIONSHIP = "10", "11", "12"
METADATA = (
    ids.LINKAGE, ids.ATTRIBUTES, ids.IS_A, ids.ASSOCIATIONS, ids.SAME_AS, ids.REPLACED_BY, ids.US_ENGLISH,
    ids.GB_ENGLISH, ids.CORE_MODULE, ids.PRIMITIVE, ids.DEFINED, ids.SYNONYM, ids.FULLY_SPECIFIED_NAME, ids.DEFINITION,
)  # fmt: skip
ABOVE = {
    ids.ATTRIBUTES: ids.LINKAGE,
    ids.IS_A: ids.LINKAGE,
    ids.SAME_AS: ids.ASSOCIATIONS,
    ids.REPLACED_BY: ids.ASSOCIATIONS,
}


def sctids(first: int, count: int, partition: str, namespace: str = NAMESPACE) -> list[str]:
    """Identifiers with rising item numbers."""
    stems = np.arange(first, first + count, dtype=np.int64) * 10**9 + int(namespace + partition)
    check = np.zeros(count, dtype=np.int64)
    times, permuted, inverse = (np.array(table, dtype=np.int64) for table in (_TIMES, _PERMUTED, _INVERSE))
    rest = stems.copy()
    for place in range(1, 18):
        digit = permuted[place % 8][rest % 10]
        check = np.where(rest > 0, times[check, digit], check)
        rest //= 10
    return [str(sctid) for sctid in (stems * 10 + inverse[check]).tolist()]


@dataclass(slots=True)
class Edition:
    """A release that was written. Positions count the concepts of a kind."""

    folder: Path
    sites: list[str]
    forms: list[str]
    findings: list[str]
    site_attribute: str
    form_attribute: str
    side_attribute: str
    dose_attribute: str
    simple: str
    map: str
    inactive: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """The version it is loaded as."""
        return f"http://snomed.info/sct/{ids.CORE_MODULE}/version/{DATE}"


def rf2_release(
    folder: Path, n: int, *, seed: int = 1, synonyms: int = 2, groups: int = 3, words: int = 20_000
) -> Edition:
    """Write a snapshot of about n concepts in three hierarchies: sites, forms, and findings with both as attributes.

    Findings have up to `groups` groups. With groups=8, 370,000 concepts have 1.5 million descriptions and 3 million
    relationships.
    """
    root = folder / "SnomedCT_InventedRF2_PRODUCTION_20250731T120000Z" / "Snapshot"
    return _Writer(root, n, seed, synonyms, groups, words).write()


Row = Sequence[str]


class _Writer:
    def __init__(self, folder: Path, n: int, seed: int, synonyms: int, groups: int, words: int) -> None:
        self.folder = folder
        self.rng = np.random.default_rng(seed)
        self.terms = Terms(words, seed)
        self.each = 2 + synonyms
        self.groups = groups
        n_sites, n_forms = max(4, n // 5), max(4, n // 10)
        concepts = sctids(1001, n + 12, CONCEPT)
        self.attributes, concepts = concepts[:4], concepts[4:]
        self.refsets, concepts = concepts[:2], concepts[2:]
        self.tops, concepts = concepts[:3], concepts[3:]
        self.sites = [self.tops[0], *concepts[:n_sites]]
        self.forms = [self.tops[1], *concepts[n_sites : n_sites + n_forms]]
        self.findings = [self.tops[2], *concepts[n_sites + n_forms : n]]
        self.inactive = [one for one in self.findings[2:] if self.rng.random() < 0.1][: n // 20]
        self.retired = frozenset(self.inactive)
        self.counts: dict[str, int] = {}

    def write(self) -> Edition:
        concepts = [ids.ROOT, *METADATA, *self.attributes, *self.refsets, *self.sites, *self.forms, *self.findings]
        self._concepts(concepts)
        self._descriptions(concepts)
        self._relationships()
        self._concrete_values()
        self._reference_sets()
        self._model()
        return Edition(
            self.folder, self.sites, self.forms, self.findings, *self.attributes, *self.refsets, self.inactive,
            self.counts,
        )  # fmt: skip

    def _file(self, name: str, ids_: Iterable[str], rows: Iterable[Row], states: Iterable[str] = repeat("1")) -> None:
        """Rows without their first four columns; `states` says which are active."""
        path = self.folder / f"{FILES[name].format(type='Snapshot')}_INT_{DATE}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        self.counts[name] = 0
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write("\t".join(heading(name)) + "\r\n")
            for id_, state, row in zip(ids_, states, rows, strict=False):
                time = EARLIER if state == "1" else DATE
                file.write("\t".join((id_, time, state, ids.CORE_MODULE, *row)) + "\r\n")
                self.counts[name] += 1

    def _uuids(self, count: int) -> Iterator[str]:
        high, low = self.rng.integers(0, 2**32, count).tolist(), self.rng.integers(0, 2**48, count).tolist()
        return (f"{a:08x}-0000-4000-8000-{b:012x}" for a, b in zip(high, low, strict=True))

    def _concepts(self, concepts: list[str]) -> None:
        defined = (self.rng.random(len(concepts)) < 0.4).tolist()
        rows = ((ids.DEFINED if is_defined else ids.PRIMITIVE,) for is_defined in defined)
        self._file("Concept", concepts, rows, ("0" if one in self.retired else "1" for one in concepts))

    def _descriptions(self, concepts: list[str]) -> None:
        numbered = sctids(1, len(concepts) * self.each, DESCRIPTION)
        active = (self.rng.random(len(numbered)) < 0.95).tolist()
        states = ["1" if place % self.each < 2 or active[place] else "0" for place in range(len(numbered))]

        def rows() -> Iterator[Row]:
            for place in range(len(numbered)):
                named_fully = place % self.each == 1
                term = self.terms.term() + (" (invented)" if named_fully else "")
                type_ = ids.FULLY_SPECIFIED_NAME if named_fully else ids.SYNONYM
                yield concepts[place // self.each], "en", type_, term, ids.PRIMITIVE

        self._file("Description", numbered, rows(), states)
        definitions = ((one, "en", ids.DEFINITION, self.terms.term(), ids.PRIMITIVE) for one in concepts[::50])
        self._file("TextDefinition", sctids(90_000_000, len(concepts), DESCRIPTION), definitions)
        self._file("Language", self._uuids(2 * len(numbered)), self._acceptabilities(numbered))

    def _acceptabilities(self, numbered: list[str]) -> Iterator[Row]:
        """The first two descriptions are preferred; for one concept in twenty, the third is preferred in GB English."""
        differs = (self.rng.random(len(numbered) // self.each + 1) < 0.05).tolist()
        for place, description in enumerate(numbered):
            number, british = place % self.each, differs[place // self.each]
            for refset in (ids.US_ENGLISH, ids.GB_ENGLISH):
                preferred = (2, 1) if british and refset == ids.GB_ENGLISH else (0, 1)
                yield refset, description, ids.PREFERRED if number in preferred else ids.ACCEPTABLE

    def _relationships(self) -> None:
        above = {**ABOVE, **dict.fromkeys(self.attributes, ids.ATTRIBUTES)}
        metadata = (*METADATA, *self.attributes, *self.refsets, *self.tops)
        related = [(one, above.get(one, ids.ROOT), "0", ids.IS_A) for one in metadata]
        for kind in (self.sites, self.forms, self.findings):
            related += self._hierarchy(kind)
        related += self._attributes()
        rows = ((*one, ids.INFERRED, ids.PRIMITIVE) for one in related)
        self._file("Relationship", sctids(1, len(related), RELATIONSHIP), rows)

    def _hierarchy(self, kind: list[str]) -> Iterator[tuple[str, str, str, str]]:
        """Each concept below one to three earlier ones that are active."""
        draws = self.rng.random((len(kind), 3)).tolist()
        active = [kind[0]]
        for one, (first, second, third) in zip(kind[1:], draws[1:], strict=True):
            if one in self.retired:
                continue
            inner = 1 + len(active) // 4
            parents = {active[int(inner * draw**1.6)] for draw in (first, second, third)[: 1 + int(third * 3)]}
            yield from ((one, parent, "0", ids.IS_A) for parent in sorted(parents))
            active.append(one)

    def _attributes(self) -> Iterator[tuple[str, str, str, str]]:
        """Groups of a site and a form; one finding in five has a side as well."""
        site, form, side, _ = self.attributes
        sites, forms = self._drawn(self.sites), self._drawn(self.forms)
        groups = self.rng.integers(0, self.groups + 1, len(self.findings)).tolist()
        sided = (self.rng.random(len(self.findings)) < 0.2).tolist()
        for place, one in enumerate(self.findings):
            if one in self.retired:
                continue
            for group in range(groups[place]):
                number = place * self.groups + group
                yield one, sites[number], str(group + 1), site
                yield one, forms[number], str(group + 1), form
            if sided[place]:
                yield one, self.sites[1], "0", side

    def _drawn(self, kind: list[str]) -> list[str]:
        places = (len(kind) * self.rng.random(len(self.findings) * self.groups) ** 2).astype(np.int64)
        return [kind[place] for place in places.tolist()]

    def _concrete_values(self) -> None:
        dosed = self.forms[::10]
        values = (f"#{place % 7}.5" if place % 2 else f"#{place}" for place in range(len(dosed)))
        rows = (
            (one, value, "1", self.attributes[3], ids.INFERRED, ids.PRIMITIVE)
            for one, value in zip(dosed, values, strict=True)
        )
        self._file("RelationshipConcreteValues", sctids(80_000_000, len(dosed), RELATIONSHIP), rows)

    def _reference_sets(self) -> None:
        simple, map_ = self.refsets
        members = self.findings[::5]
        self._file("Simple", self._uuids(len(members)), ((simple, one) for one in members))
        mapped = self.findings[: len(self.findings) // 3]
        rows = (
            (map_, one, "1", str(1 + place % 2), "TRUE", "ALWAYS", f"X{place % 99:02d}", ids.PRIMITIVE, ids.PRIMITIVE)
            for place, one in enumerate(mapped)
        )
        self._file("ExtendedMap", self._uuids(len(mapped)), rows)
        living = [one for one in self.findings if one not in self.retired]
        chosen = self.rng.integers(0, len(living), len(self.inactive)).tolist()
        replaced = (
            (ids.SAME_AS if place % 2 else ids.REPLACED_BY, one, living[chosen[place]])
            for place, one in enumerate(self.inactive)
        )
        self._file("Association", self._uuids(len(self.inactive)), replaced)
        self._file("ModuleDependency", self._uuids(1), [(ids.MODULE_DEPENDENCIES, ids.MODEL_MODULE, DATE, DATE)])

    def _model(self) -> None:
        """Sites and forms for findings, in groups; sides, ungrouped, for sites."""
        site, form, side, _ = self.attributes
        sites, forms, findings = self.tops
        domains = (
            (ids.MRCM_ATTRIBUTE_DOMAINS, attribute, domain, grouped, "0..*", "0..1", ids.MRCM_MANDATORY, ALL_CONTENT)
            for attribute, domain, grouped in ((site, findings, "1"), (form, findings, "1"), (side, sites, "0"))
        )
        self._file("MRCMAttributeDomain", self._uuids(3), domains)
        ranges = (
            (ids.MRCM_ATTRIBUTE_RANGES, attribute, f"<< {top}", "", ids.MRCM_MANDATORY, ALL_CONTENT)
            for attribute, top in ((site, sites), (form, forms), (side, sites))
        )
        self._file("MRCMAttributeRange", self._uuids(3), ranges)
