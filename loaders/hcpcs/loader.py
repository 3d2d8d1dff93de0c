"""The loader of HCPCS Level II.

Each file becomes a part of its own, in this loader's form, from which `completing` makes concepts: a release may be
loaded in any order and combination. `finding` recognises files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from loaders import releases, tables
from loaders.fhir_records import batches
from loaders.hcpcs import corrections, notes, record_layout
from loaders.hcpcs.concepts import concept, refusal
from loaders.hcpcs.facts import fact, label_key
from loaders.hcpcs.fields import DEFINITIONS
from loaders.hcpcs.finding import LIST_NAME, Found, Part, find
from loaders.hcpcs.release import header, quarter, release_of_dates
from loaders.hcpcs.rows import Row, Trouble, rows
from loaders.problems import place_of, problem, refuse_unreadable
from loaders.releases import Release
from terminology.model.concept import Concept
from terminology.model.loading import Claim, SourceFile, SourceTree
from terminology.model.name_lists import some_of
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.records import LoadOptions, Note, PartBegin, PartKind, Record, SkippedRecord, Source

NAME = "hcpcs"
CODE_HEADINGS = ("hcpcsmod", "hcpcsmodifiercode", "hcpcs", "hcpc", "hcpcscode")


class HcpcsLoader:
    """A `terminology.model.loading.Loader`."""

    name = NAME

    def recognise(self, tree: SourceTree) -> list[Claim]:
        """A claim for each release, with everything that was shipped beside it."""
        return [Claim(NAME, found.paths, _description(found)) for found in find(tree.files())]

    def read(self, tree: SourceTree, claim: Claim, options: LoadOptions) -> Iterator[Record]:
        """The parts of a release. Raises TerminologyError that names file and line of what is broken."""
        refuse_unreadable(tree, "", lambda name: LIST_NAME.fullmatch(name.lower()) is not None)
        if options.version and sum(f.listing is not None for f in find(tree.files())) > 1:
            raise TerminologyError.of("invalid", "HCPCS_VERSION_FOR_SEVERAL", version=options.version)
        (found,) = find([tree.file(path) for path in claim.paths])
        yield from _Reading(tree, found, options).records()


LOADER = HcpcsLoader()


@dataclass(slots=True)
class _Listing:
    """The content of a list of codes. `corrected` are the codes that corrections name, with the corrections' texts."""

    concepts: dict[str, Concept]
    rows: list[Row]
    remarks: list[Record]
    corrected: set[tuple[str, str]] = field(default_factory=set)

    def knows(self, code: str) -> bool:
        """Whether the list has a code, or a correction has added it."""
        return code in self.concepts or (code, "add") in self.corrected


class _Reading:
    """One release being read."""

    def __init__(self, tree: SourceTree, found: Found, options: LoadOptions) -> None:
        self._tree = tree
        self._found = found
        self._options = options

    def records(self) -> Iterator[Record]:
        listing = None
        release = _stated(self._options) or self._found.release
        if self._found.listing is not None:
            file = self._tree.file(self._found.listing)
            listing = _read_list(file)
            release = release or _release_of(listing.concepts.values())
            if release is None:
                raise TerminologyError.of("invalid", "HCPCS_RELEASE_UNKNOWN", path=file.path)
            yield _begin(file, release, "outline")
            yield from batches(fact("list", c) for c in listing.concepts.values())
            yield from listing.remarks
            yield Note(_source(file), _summary(release, listing))
        for path in self._found.copies:
            yield _left(self._tree.file(path), "HCPCS_COPY", read=self._found.listing or "")
        for path, part in self._found.others.items():
            if part is not Part.PROSE:
                yield from self._companion(self._tree.file(path), part, release, listing)
        if prose := [self._tree.file(path) for path, part in self._found.others.items() if part is Part.PROSE]:
            names = ", ".join(file.name for file in prose)
            yield Note(_source(prose[0]), _issue("HCPCS_PROSE", "information", names=names))

    def _companion(
        self, file: SourceFile, part: Part, release: Release | None, listing: _Listing | None
    ) -> Iterator[Record]:
        if part is Part.CHANGES:
            yield _compared(file, listing) if listing else _left(file, "HCPCS_CHANGES_ALONE")
        elif release is None or (listing is None and not release.is_annual and _stated(self._options) is None):
            yield SkippedRecord(_source(file), file.path, _issue("HCPCS_COMPANION_ALONE", part=part.value))
        else:
            yield from _READERS[part](file, release, listing)


def _read_list(file: SourceFile) -> _Listing:
    """All codes of a list. Raises TerminologyError for a code given twice, or a list without any."""
    source, listing = _source(file), _Listing({}, [], [])
    lines: dict[str, int] = {}
    for row in rows(file):
        if isinstance(row, Trouble):
            listing.remarks.append(_remark(source, row))
        elif (reason := refusal(row)) is not None:
            listing.remarks.append(_remark(source, Trouble(row.line, reason)))
        elif row.code in lines:
            first = str(lines[row.code])
            raise problem(file.path, row.line, "HCPCS_CODE_TWICE", twice=row.code, first=first)
        else:
            lines[row.code] = row.line
            warn = _warner(listing, source, row)
            listing.concepts[row.code] = concept(row, warn)
            listing.rows.append(row)
    if not listing.rows:
        raise TerminologyError.of("invalid", "HCPCS_NO_CODES", path=file.path)
    return listing


def _warner(listing: _Listing, source: Source, row: Row) -> Callable[[Issue], None]:
    return lambda issue: listing.remarks.append(_remark(source, Trouble(row.line, issue, skipped=False)))


def _summary(release: Release, listing: _Listing) -> Issue:
    modifiers = sum(row.is_modifier for row in listing.rows)
    counts = {
        "codes": len(listing.rows) - modifiers,
        "modifiers": modifiers,
        "terminated": sum("TERM DT" in row.values for row in listing.rows),
        "continued": sum(row.lines > 1 for row in listing.rows),
        "lines": max(row.lines for row in listing.rows),
    }
    arguments = {"version": release.version, **{name: f"{count:,}" for name, count in counts.items()}}
    return _issue("HCPCS_READ_LINES" if counts["continued"] else "HCPCS_READ", "information", **arguments)


def _compared(file: SourceFile, listing: _Listing) -> Note:
    """Compare with CMS's report of changes, which lists every code of the release."""
    found = tables.rows(file)
    headings = tables.find_headings(found, lambda names: bool(set(names) & set(CODE_HEADINGS)))
    cells = (headings.cells(row) for row in found) if headings else iter(())
    reported = {code for c in cells for name in CODE_HEADINGS if (code := c.get(name))}
    missing, extra = reported - set(listing.concepts), set(listing.concepts) - reported
    if not missing and not extra:
        return Note(_source(file), _issue("HCPCS_TOTALS_AGREE", "information", count=f"{len(reported):,}"))
    arguments = {
        "count": f"{len(reported):,}",
        "missing": _named(missing),
        "extra": _named(extra),
    }
    return Note(_source(file), _issue("HCPCS_TOTALS_DIFFER", **arguments))


def _read_layout(file: SourceFile, release: Release, _listing: _Listing | None) -> Iterator[Record]:
    layout = record_layout.parse(text for _, text in tables.text_lines(file))
    for moved in layout.moved:
        yield Note(_source(file), _issue("HCPCS_COLUMN_MOVED", column=moved))
    labels = [
        fact("label", Concept(label_key(property_code, value), label))
        for property_code, values in layout.labels.items()
        for value, label in values.items()
    ]
    yield from _annotation(file, release, labels)


def _read_notes(file: SourceFile, release: Release, _listing: _Listing | None) -> Iterator[Record]:
    found = notes.parse(text for _, text in tables.text_lines(file))
    yield from _annotation(file, release, [fact("note", Concept(number, text)) for number, text in found.items()])


def _read_unlisted(file: SourceFile, release: Release, _listing: _Listing | None) -> Iterator[Record]:
    found = tables.rows(file)
    headings = tables.find_headings(found, lambda names: bool(set(names) & set(CODE_HEADINGS)))
    cells = [headings.cells(row) for row in found] if headings else []
    codes = dict.fromkeys(code for c in cells for name in CODE_HEADINGS if (code := c.get(name)))
    yield from _annotation(file, release, [fact("unlisted", Concept(code)) for code in codes])


def _read_corrections(file: SourceFile, release: Release, listing: _Listing | None) -> Iterator[Record]:
    found = list(corrections.facts(file))
    if not found:
        yield Note(_source(file), _issue("HCPCS_PROSE", "information", names=file.name))
        return
    yield from _annotation(file, release, [one for _, one in found])
    done: dict[str, None] = {}
    for line, one in found:
        change, words = corrections.change_of(one), corrections.words_of(one)
        seen = listing is not None and {(one.code, change), (one.code, words)} <= listing.corrected
        problem = _correction_problem(one, listing)
        if problem is None:
            done[one.code] = None
        elif not seen:  # CMS repeats in each document what the one before said
            yield SkippedRecord(_source(file), f"line {line}", _issue(problem, corrected=one.code, words=words))
        if listing is not None:
            listing.corrected |= {(one.code, change), (one.code, words)}
    applied = {
        "count": str(len(done)),
        "codes": _named(done),
        "version": release.version,
        "path": file.path,
    }
    yield Note(_source(file), _issue("HCPCS_CORRECTED", "information", **applied))


def _correction_problem(correction: Concept, listing: _Listing | None) -> str | None:
    """Why a correction changes nothing."""
    change = corrections.change_of(correction)
    if change == "words":
        return "HCPCS_CORRECTION_IN_WORDS"
    unknown = listing is not None and not listing.knows(correction.code)
    return "HCPCS_CORRECTION_UNKNOWN" if unknown and change in {"change", "discontinue"} else None


_READERS: dict[Part, Callable[[SourceFile, Release, _Listing | None], Iterator[Record]]] = {
    Part.LAYOUT: _read_layout,
    Part.NOTES: _read_notes,
    Part.UNLISTED: _read_unlisted,
    Part.CORRECTIONS: _read_corrections,
}


def _annotation(file: SourceFile, release: Release, facts: Iterable[Concept]) -> Iterator[Record]:
    yield _begin(file, release, "annotation")
    yield from batches(facts)


def _begin(file: SourceFile, release: Release, kind: PartKind) -> PartBegin:
    return PartBegin(source=_source(file), metadata=replace(header(release), properties=DEFINITIONS), kind=kind)


def _source(file: SourceFile) -> Source:
    return Source(name=file.path, path=file.path, digest=file.digest(), loader=NAME)


def _stated(options: LoadOptions) -> Release | None:
    return releases.parse(options.version, quarter) if options.version else None


def _release_of(concepts: Iterable[Concept]) -> Release | None:
    dates = [str(p.value) for c in concepts for p in c.properties if p.code == "actionEffectiveDate"]
    return release_of_dates(dates)


def _description(found: Found) -> str:
    version = f" {found.release.version}" if found.release else ""
    if found.listing is None:
        return f"HCPCS Level II{version}, what comes beside the codes"
    return f"HCPCS Level II{version}"


def _remark(source: Source, trouble: Trouble) -> SkippedRecord | Note:
    if trouble.skipped:
        return SkippedRecord(source, f"line {trouble.line}", trouble.issue)
    arguments = {"place": place_of(source.path, trouble.line), "remark": trouble.issue.text}
    return Note(source, _issue("HCPCS_REMARK", **arguments))


def _left(file: SourceFile, message_id: str, **arguments: str) -> Note:
    return Note(_source(file), _issue(message_id, "information", path=file.path, **arguments))


def _issue(message_id: str, severity: str = "warning", **arguments: str) -> Issue:
    code = "informational" if severity == "information" else "incomplete"
    return Issue("information" if severity == "information" else "warning", code, message_id, arguments)


def _named(codes: Iterable[str]) -> str:
    return some_of(sorted(codes)) or "none"
