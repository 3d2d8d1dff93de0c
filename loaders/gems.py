"""CMS's General Equivalence Mappings between ICD-9-CM and ICD-10-CM/PCS: each file is one concept map.

A line is a source code, a target code and five digits: approximate, no map, combination, scenario, choice list. Codes
have no dots; `NoPCS`, `NoI9`, `NoDx` and `NoPcs` mean that there is no target. A combination consists of several
targets: one of each choice list in a scenario, so each of its mappings is only a part. The flags become properties of
the mappings. The last GEMs are those of fiscal year 2018.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

from loaders.concept_maps import MapProperty, concept_map
from loaders.icd10pcs.release import names_of
from loaders.problems import problem
from loaders.systems import ICD9CM, ICD10CM, ICD10PCS
from loaders.tables import text_lines
from terminology.model.coding import Canonical
from terminology.model.conceptmap import ConceptMap, Group, Mapping, MappingAttribute
from terminology.model.loading import Claim, SourceFile, SourceTree
from terminology.model.outcome import Issue
from terminology.model.records import ConceptMapRecord, LoadOptions, Note, Record, Source

NAME: Final = "gems"

LINE = re.compile(r"([0-9A-Z]{3,7}) +([0-9A-Z]{3,7}|No\w+) +([01]{3}[0-9]{2})")
"""Separated by white space, since the columns of the files differ."""
NO_TARGET = re.compile(r"No\w+")
YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
SAMPLE_LINES = 20

PROPERTIES = (
    MapProperty("approximate", "boolean", "The target does not say exactly the same as the source."),
    MapProperty("noMap", "boolean", "There is no target."),
    MapProperty("combination", "boolean", "The source is expressed by several targets together."),
    MapProperty("scenario", "integer", "Which of several combinations this target belongs to; 0 without combination."),
    MapProperty("choiceList", "integer", "Which part of the combination this target can be; 0 without combination."),
)


class Kind(NamedTuple):
    """A kind of code: its system, its form in the files, and the position of the system's dot."""

    system: str
    name: str
    key: str
    form: re.Pattern[str]
    dot: int | None = None

    def written(self, code: str) -> str:
        """The code in its system's spelling; external causes of ICD-9-CM (`E800.0`) are one character longer."""
        dot = self.dot + code.startswith("E") if self.dot and self is DIAGNOSIS_9 else self.dot
        return code if dot is None or len(code) <= dot else f"{code[:dot]}.{code[dot:]}"


PCS = Kind(ICD10PCS, "ICD-10-PCS", "icd-10-pcs", re.compile("[0-9A-HJ-NP-Z]{7}"))
PROCEDURE = Kind(ICD9CM, "ICD-9-CM procedures", "icd-9-cm-procedures", re.compile("[0-9]{3,4}"), 2)
DIAGNOSIS_9 = Kind(ICD9CM, "ICD-9-CM diagnoses", "icd-9-cm-diagnoses", re.compile("[0-9V][0-9]{2,4}|E[0-9]{3,4}"), 3)
DIAGNOSIS_10 = Kind(ICD10CM, "ICD-10-CM", "icd-10-cm", re.compile("[A-Z][0-9][0-9A-Z]{1,5}"), 3)


class Direction(NamedTuple):
    """The kinds of source and target codes."""

    source: Kind
    target: Kind

    def fits(self, source: str, target: str) -> bool:
        """Whether a line can be one of this direction."""
        has_target = self.target.form.fullmatch(target) or NO_TARGET.fullmatch(target)
        return bool(self.source.form.fullmatch(source) and has_target)

    def to_map(self, mappings: tuple[Mapping, ...], version: str | None) -> ConceptMap:
        """The concept map of all lines."""
        group = Group(source=Canonical(self.source.system), target=Canonical(self.target.system), mappings=mappings)
        names = re.sub(r"\W", "", f"GEM{self.source.name}To{self.target.name}")
        return concept_map(
            f"gem-{self.source.key}-to-{self.target.key}",
            version=version,
            name=names,
            title=f"General Equivalence Mappings: {self.source.name} to {self.target.name}",
            groups=(group,),
            properties=PROPERTIES,
        )


DIRECTIONS = (
    Direction(PROCEDURE, PCS), Direction(PCS, PROCEDURE), Direction(DIAGNOSIS_9, DIAGNOSIS_10),
    Direction(DIAGNOSIS_10, DIAGNOSIS_9),
)  # fmt: skip

NAMES = tuple(zip(("gem_i9pcs", "gem_pcsi9", "i9gem", "i10gem"), DIRECTIONS, strict=True))
"""Parts of the names of CMS's files."""


class GemsLoader:
    """A `terminology.model.loading.Loader`."""

    name: Final = NAME

    def recognise(self, tree: SourceTree) -> list[Claim]:
        """Every text file whose first lines are mappings."""
        claims = []
        for file in tree.files():
            direction = direction_of(file)
            if direction is not None:
                about = f"GEMs from {direction.source.name} to {direction.target.name}"
                claims.append(Claim(NAME, (file.path,), about))
        return claims

    def read(self, tree: SourceTree, claim: Claim, options: LoadOptions) -> Iterator[Record]:
        """A concept map for each file. Raises TerminologyError invalid that names file and line."""
        for file in map(tree.file, claim.paths):
            direction = direction_of(file)
            assert direction is not None
            read = _read(file, direction)
            year = next((found[1] for name in names_of(file.path) if (found := YEAR.search(name))), options.version)
            source = Source(name=file.path, path=file.path, digest=file.digest(), loader=NAME)
            yield ConceptMapRecord(source, direction.to_map(read.mappings, year))
            counts = {
                "mappings": f"{len(read.mappings):,}",
                "sources": f"{len({mapping.source_code for mapping in read.mappings}):,}",
                "without": f"{sum(mapping.target_code is None for mapping in read.mappings):,}",
            }
            yield Note(source, Issue("information", "informational", "GEM_READ", {"path": file.path, **counts}))
            if read.unflagged:
                arguments = {"path": file.path, "count": str(read.unflagged)}
                yield Note(source, Issue("information", "informational", "GEM_FLAG_MISSING", arguments))


def direction_of(file: SourceFile) -> Direction | None:
    """The direction of a file of mappings, by CMS's name for it or by its lines; None for any other file."""
    if not file.name.lower().endswith(".txt"):
        return None
    named = (direction for word, direction in NAMES if word in file.name.lower())
    if (direction := next(named, None)) is not None:
        return direction
    sample = file.head().decode("ascii", "replace").splitlines()[:SAMPLE_LINES]
    found = [LINE.fullmatch(line.rstrip()) for line in sample if line.strip()]
    return next((d for d in DIRECTIONS if found and all(line and d.fits(line[1], line[2]) for line in found)), None)


class _Read(NamedTuple):
    """The mappings of a file, and the number of lines without a target whose flag says that they have one."""

    mappings: tuple[Mapping, ...]
    unflagged: int


def _read(file: SourceFile, direction: Direction) -> _Read:
    mappings, unflagged = [], 0
    for number, line in text_lines(file):
        if not line.strip():
            continue
        found = LINE.fullmatch(line.rstrip())
        if found is None or not direction.fits(found[1], found[2]):
            raise problem(file.path, number, "GEM_LINE", line=line[:40])
        source, target, flags = found.groups()
        if NO_TARGET.fullmatch(target):
            mappings.append(Mapping(source_code=direction.source.written(source)))
            unflagged += flags[1] == "0"
        elif flags[1] == "1":
            raise problem(file.path, number, "GEM_FLAG_CONTRADICTS", target=target, flags=flags)
        else:
            mappings.append(
                Mapping(
                    source_code=direction.source.written(source),
                    target_code=direction.target.written(target),
                    relationship="equivalent" if flags[0] == "0" and flags[2] == "0" else "related-to",
                    properties=_properties(flags),
                )
            )
    return _Read(tuple(mappings), unflagged)


@cache
def _properties(flags: str) -> tuple[MappingAttribute, ...]:
    """The five flags; cached, since few combinations occur."""
    approximate, no_map, combination, scenario, choice_list = list(flags)
    return (
        MappingAttribute("approximate", "Boolean", approximate == "1"),
        MappingAttribute("noMap", "Boolean", no_map == "1"),
        MappingAttribute("combination", "Boolean", combination == "1"),
        MappingAttribute("scenario", "Integer", int(scenario)),
        MappingAttribute("choiceList", "Integer", int(choice_list)),
    )


LOADER = GemsLoader()
