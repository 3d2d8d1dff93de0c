"""The second pass: collects what each table of a release states about each code in the spool.

One function per table; rows about unknown codes are reported to `Dangling` and left out. `concepts` turns the facts
into concepts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from loaders.columns import headings, named
from loaders.loinc import layout, vocabulary
from loaders.loinc.codes import OTHER, Codes
from loaders.loinc.layout import Release
from loaders.problems import place_of
from loaders.spool import Spool
from terminology.model.loading import SourceFile
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.records import Note, Record, SkippedRecord, Source

NAMED = 20
"""Rows of one file whose unknown codes are told one by one; the others are counted."""

ENGLISH = "en-US"
TEXTS = ("LONG_COMMON_NAME", "LinguisticVariantDisplayName", "SHORTNAME")
"""Columns of a linguistic variant that are names, best first."""
FULL_NAME = ("COMPONENT", "PROPERTY", "TIME_ASPCT", "SYSTEM", "SCALE_TYP", "METHOD_TYP")
FULLY_SPECIFIED = "FullySpecifiedName"


@dataclass(slots=True)
class Dangling:
    """Rows that name unknown codes."""

    source: Source
    records: list[Record] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def tell(self, file: SourceFile, number: int, code: str) -> None:
        """Count a row that was left out."""
        count = self.counts[file.path] = self.counts.get(file.path, 0) + 1
        if count <= NAMED:
            place = place_of(file.path, number)
            issue = Issue("warning", "not-found", "RELEASE_REFERENCE_UNKNOWN", {"place": place, "code": code})
            self.records.append(SkippedRecord(self.source, place, issue))

    def summed(self) -> Iterator[Record]:
        """The records for the report."""
        yield from self.records
        for path, count in self.counts.items():
            if count > NAMED:
                arguments = {"path": path, "count": str(count)}
                yield Note(self.source, Issue("warning", "not-found", "RELEASE_REFERENCES_UNKNOWN", arguments))


@dataclass(slots=True)
class Gathering:
    """The second pass. `used` are the properties that were met, in their order."""

    release: Release
    main: SourceFile
    codes: Codes
    spool: Spool
    dangling: Dangling
    used: dict[str, None] = field(default_factory=dict)
    _named: set[int] = field(default_factory=set)

    def run(self) -> None:
        """Read every table."""
        self._main()
        readers = {
            layout.PARTS: self._parts,
            layout.PRIMARY_LINKS: self._links,
            layout.SUPPLEMENTARY_LINKS: self._links,
            layout.OLD_LINKS: self._links,
            layout.ANSWERS: self._answers,
            layout.ANSWER_LINKS: self._answer_links,
            layout.MAP_TO: self._map_to,
            layout.HIERARCHY: self._hierarchy,
            layout.OLD_HIERARCHY: self._hierarchy,
            layout.PARENT_GROUPS: self._parent_groups,
            layout.GROUPS: self._groups,
            layout.GROUP_TERMS: self._group_terms,
            layout.CONSUMER_NAMES: self._consumer_names,
        }
        for name, read in readers.items():
            if name in self.release.tables:
                read(self.release.tables[name])
        for tag, file in self.release.variants.items():
            self._variant(tag, file)

    # saying

    def _about(self, file: SourceFile, number: int, *codes: str) -> int | None:
        """The place of the first of these codes; None (counted in the report) if one of them is unknown."""
        for code in codes:
            if code not in self.codes.positions:
                self.dangling.tell(file, number, code)
                return None
        return self.codes.positions[codes[0]]

    def _property(self, position: int, code: str, kind: str, value: str) -> None:
        self.used[code] = None
        self.spool.add(position, "property", code, kind, value)

    # tables

    def _main(self) -> None:
        """Every column of the main table, by its name."""
        known = [name for name in headings(self.main) if name]
        for _, cells in named(self.main, known):
            row = {name: cell for name, cell in zip(known, cells, strict=True) if cell}
            self.spool.add(self.codes.positions[row["LOINC_NUM"]], "term", row)

    def _parts(self, file: SourceFile) -> None:
        columns = ("PartNumber", "PartTypeName", "PartName", "PartDisplayName", "Status")
        for _, (code, type_, name, display, status) in named(file, columns):
            position = self.codes.positions[code]
            self._named.add(position)
            self.spool.add(position, "display", name or display)
            if display and display != name:
                self.spool.add(position, "designation", display, ENGLISH, "DisplayName")
            self._property(position, "PartTypeName", "string", type_)
            if status:
                self._property(position, "STATUS", "string", status)

    def _links(self, file: SourceFile) -> None:
        columns = ("LoincNumber", "PartNumber", "PartName", "PartTypeName", "Property")
        for number, (term, part, name, type_, property_) in named(file, columns):
            position = self._about(file, number, term, part)
            if position is not None:
                self._property(position, property_.rpartition("/")[2] or type_, "code", part)
                self._name_part(part, name)

    def _answers(self, file: SourceFile) -> None:
        columns = ("AnswerListId", "AnswerListName", "AnswerStringId", "DisplayText")
        about_list = ("AnswerListOID", "ExtDefinedYN", "ExtDefinedAnswerListCodeSystem", "ExtDefinedAnswerListLink")
        about_answer = ("Description", "Score")
        for _, cells in named(file, columns, (*about_list, *about_answer)):
            list_, name, answer, text, *rest = cells
            position = self.codes.positions[list_]
            self.spool.add(position, "display", name)
            for code, value in zip(about_list, rest, strict=False):
                if value and value != "N":
                    self._property(position, code, "string", value)
            if answer:
                self.used[vocabulary.ANSWER] = None
                self.spool.add(position, "answer", answer, rest[-1])
                self._property(self.codes.positions[answer], vocabulary.ANSWER_LIST, "code", list_)
                self.spool.add(self.codes.positions[answer], "display", text)
                if definition := rest[-2]:
                    self.spool.add(self.codes.positions[answer], "definition", definition)

    def _answer_links(self, file: SourceFile) -> None:
        for number, (term, list_, type_) in named(file, ("LoincNumber", "AnswerListId", "AnswerListLinkType")):
            position = self._about(file, number, term, list_)
            if position is not None:
                self._property(position, vocabulary.LIST_OF_CODE, "code", list_)
                self._property(position, vocabulary.LINK_TYPE, "string", type_)
                self._property(self.codes.positions[list_], vocabulary.ANSWERS_FOR, "code", term)

    def _map_to(self, file: SourceFile) -> None:
        for number, (term, target) in named(file, ("LOINC", "MAP_TO")):
            position = self._about(file, number, term, target)
            if position is not None:
                self._property(position, "MAP_TO", "code", target)

    def _hierarchy(self, file: SourceFile) -> None:
        for number, (path, parent, code, text) in named(
            file, ("PATH_TO_ROOT", "IMMEDIATE_PARENT", "CODE", "CODE_TEXT")
        ):
            if code == parent or code in path.split("."):
                raise TerminologyError.of(
                    "invalid", "RELEASE_BELOW_ITSELF", place=place_of(file.path, number), code=code, path=path
                )  # fmt: skip
            position = self._about(file, number, code, *([parent] if parent else ()))
            if position is None:
                continue
            if parent:
                self.spool.add(position, "parent", parent)
            if OTHER.fullmatch(code):
                self._name_part(code, text)

    def _name_part(self, code: str, name: str) -> None:
        """Name a part that is missing in the table of parts as another table does."""
        position = self.codes.positions[code]
        if position not in self._named:
            self._named.add(position)
            self.spool.add(position, "display", name)

    def _parent_groups(self, file: SourceFile) -> None:
        for _, (code, name, status) in named(file, ("ParentGroupId", "ParentGroup"), ("Status",)):
            self._group(code, name, status)

    def _groups(self, file: SourceFile) -> None:
        columns = ("ParentGroupId", "GroupId", "Group")
        for number, (parent, code, name, archetype, status) in named(file, columns, ("Archetype", "Status")):
            self._group(code, name, status)
            position = self._about(file, number, code, *([parent] if parent else ()))
            if position is not None and parent:
                self.spool.add(position, "parent", parent)
            if position is not None and archetype:
                self._property(position, "Archetype", "string", archetype)

    def _group(self, code: str, name: str, status: str) -> None:
        position = self.codes.positions[code]
        self.spool.add(position, "display", name)
        if status:
            self._property(position, "STATUS", "string", status.upper())

    def _group_terms(self, file: SourceFile) -> None:
        for number, (group, term) in named(file, ("GroupId", "LoincNumber")):
            position = self._about(file, number, term, group)
            if position is not None:
                self._property(position, vocabulary.GROUP, "code", group)

    def _consumer_names(self, file: SourceFile) -> None:
        for number, (term, name) in named(file, ("LoincNumber", "ConsumerName")):
            position = self._about(file, number, term)
            if position is not None and name:
                self.spool.add(position, "designation", name, ENGLISH, "ConsumerName")

    def _variant(self, tag: str, file: SourceFile) -> None:
        """Names in a language; if only the parts of a term are translated, the name is made of them."""
        for number, cells in named(file, ("LOINC_NUM",), (*TEXTS, *FULL_NAME, vocabulary.RELATED_NAMES)):
            position = self._about(file, number, cells[0])
            if position is None:
                continue
            names = {use: text for use, text in zip(TEXTS, cells[1:4], strict=True) if text}
            parts, related = cells[4:-1], cells[-1]
            if not any(cells[1:3]) and any(parts):
                names[FULLY_SPECIFIED] = _full_name(parts)
            if names or related:
                self.spool.add(position, "variant", tag, names, related)
        self.used[vocabulary.RELATED_NAMES] = None


def _full_name(parts: Sequence[str]) -> str:
    """LOINC's formal name: the parts joined by colons; a missing method is left out."""
    return ":".join(parts).rstrip(":")
