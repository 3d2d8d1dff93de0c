"""The report of a load, for people and for scripts: counts and names only."""

from __future__ import annotations

import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from terminology.model.coding import Canonical
from terminology.model.outcome import Issue
from terminology.store.entries import DocumentEntry

TABLES = frozenset({"csv", "tsv", "xlsx"})
MAPPING = re.compile(r"([^/]*)\.mapping\.(?:toml|json)$", re.IGNORECASE)
OTHER_WORKBOOKS = frozenset({"xls", "xlsb", "xlsm", "ods"})
OTHER_ARCHIVES = frozenset({"rar", "7z", "bz2", "xz"})
FORMATS = ". What is read: docs/code-systems.md, docs/loading-documents.md"
OTHER_JSON = f". JSON must be a FHIR resource, with its resourceType, or describe procedures{FORMATS}"
LINES_SHOWN = 20


class Progress(Protocol):
    """Is told the progress of a stage; `total` is None while it is unknown."""

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Called now and then, and at the end of a stage."""


def silent(stage: str, done: int, total: int | None) -> None:
    """A Progress that does nothing."""


@dataclass(slots=True)
class ClaimReport:
    """What one loader read and stored, counted by kind (`concepts`, `ValueSet`, `documents`)."""

    loader: str
    description: str
    paths: tuple[str, ...] = ()
    read: Counter[str] = field(default_factory=Counter)
    stored: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)


class Remark(NamedTuple):
    """An issue about a place in a source."""

    source: str
    place: str
    issue: Issue


class PublishedVersion(NamedTuple):
    """A code system version that was published."""

    url: str
    version: str | None
    content: str
    concepts: int


@dataclass(slots=True)
class LoadReport:
    """The report of a load, an assignment, a new parse or a removal.

    `skipped`: records read but not stored, with the reason. `pending`: documents that wait for a decision. `sources`:
    the names of what was read. `unclaimed`: files that no loader recognised. `peak`: the peak memory of the process in
    bytes, None where the system does not tell.
    """

    claims: list[ClaimReport] = field(default_factory=list)
    versions: list[PublishedVersion] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    skipped: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)
    pending: list[DocumentEntry] = field(default_factory=list)
    unclaimed: list[str] = field(default_factory=list)
    unreadable: list[Remark] = field(default_factory=list)
    sources: set[str] = field(default_factory=set)
    seconds: float = 0.0
    peak: int | None = None

    @property
    def failed(self) -> bool:
        """Whether there was something to read, and nothing was stored."""
        done = sum(sum((c.stored + c.unchanged).values()) for c in self.claims)
        return not done and not self.pending and not self.removed and bool(self._refused or self.claims)

    @property
    def _refused(self) -> bool:
        return bool(self.unclaimed or self.unreadable or self.skipped)

    def claim(self, loader: str, description: str, paths: tuple[str, ...] = ()) -> ClaimReport:
        """The report of a claim; claims of a loader with the same description share one."""
        for other in self.claims:
            if (other.loader, other.description) == (loader, description):
                other.paths += paths
                return other
        opened = ClaimReport(loader, description, paths)
        self.claims.append(opened)
        return opened

    def as_dict(self) -> dict[str, Any]:
        """For `--json`; documented in docs/cli.md."""
        return {
            "sources": [
                {
                    "loader": claim.loader,
                    "description": claim.description,
                    "files": len(claim.paths),
                    "read": dict(claim.read),
                    "stored": dict(claim.stored),
                    "unchanged": dict(claim.unchanged),
                }
                for claim in self.claims
            ],
            "versions": [version._asdict() for version in self.versions],
            "removed": self.removed,
            "skipped": [_remark(remark) for remark in self.skipped],
            "notes": [_remark(remark) for remark in self.notes],
            "pending": [
                {"id": d.id, "path": d.path, "index": d.index, "title": d.title, "system": d.system, "reason": d.reason}
                for d in self.pending
            ],
            "unclaimed": self.unclaimed,
            "unreadable": [_remark(remark) for remark in self.unreadable],
            "failed": self.failed,
            "seconds": round(self.seconds, 3),
            "peakMemory": self.peak,
        }

    def summary(self) -> str:
        """A few lines for a terminal."""
        lines = [line for claim in self.claims for line in _claim_lines(claim)]
        lines += _shortened(self.versions, _published)
        lines += _shortened(self.removed, lambda what: f"removed    {what}")
        lines += _shortened(self.pending, lambda d: f"pending    {d.id}  {d.path}: {d.reason}")
        if self.pending:
            lines.append("           Give a document its code with: terminology assign DOCUMENT CODE [--system URL]")
        lines += _shortened(self.skipped, lambda r: f"skipped    {_reason(r)}")
        lines += _shortened(self.unreadable, lambda r: f"unreadable {r.issue.text}")
        lines += _shortened(
            self.unclaimed, lambda path: f"unknown    {path}: no loader recognises this file{_hint(path)}"
        )
        warnings = [note for note in self.notes if note.issue.severity == "warning"]
        lines += _shortened(warnings, lambda r: f"warning    {r.issue.text}")
        others = [note for note in self.notes if note.issue.severity != "warning"]
        lines += _shortened(others, lambda r: f"note       {r.issue.text}")
        if not lines:
            lines.append("There was nothing to load: no file was found.")
        memory = f", {self.peak / 2**20:,.0f} MiB of memory" if self.peak else ""
        return "\n".join([*lines, f"{self.seconds:.1f} s{memory}"])


def peak_memory() -> int | None:
    """The peak memory of this process in bytes; None where the system does not tell (Windows)."""
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _claim_lines(claim: ClaimReport) -> list[str]:
    lines = []
    for word, counts in (("loaded", claim.stored), ("unchanged", claim.unchanged)):
        if counts:
            what = ", ".join(_counted(count, kind) for kind, count in sorted(counts.items()))
            lines.append(f"{word:<10} {claim.description}: {what}")
    return lines


def _counted(count: int, kind: str) -> str:
    """`1 document`, `3 documents`, `3 CodeSystem`: names of resource types stay as they are."""
    return f"{count:,} {kind.removesuffix('s') if count == 1 and kind.islower() else kind}"


def _shortened(items: list[Any], line: Any) -> list[str]:
    lines = [line(item) for item in items[:LINES_SHOWN]]
    if len(items) > LINES_SHOWN:
        lines.append(f"           ... and {len(items) - LINES_SHOWN:,} more: --json lists all")
    return lines


def _published(version: PublishedVersion) -> str:
    canonical = Canonical(version.url, version.version)
    return f"published  {canonical}: {version.content}, {_counted(version.concepts, 'concepts')}"


def _hint(path: str) -> str:
    """What a user can do about a file of some kinds."""
    if (found := MAPPING.search(path)) is not None:
        return f". It describes a table, which must lie beside it: {found[1]}.csv, .tsv or .xlsx"
    stem, _, suffix = path.rpartition("/")[2].rpartition(".")
    if suffix.lower() in OTHER_WORKBOOKS:
        return f". Save it as {stem}.xlsx, which is read"
    if suffix.lower() in OTHER_ARCHIVES:
        return ". Unpack it: zip, tar and gz are read"
    if suffix.lower() not in TABLES:
        return OTHER_JSON if suffix.lower() == "json" else FORMATS
    return f". A table of your own needs a mapping beside it, {stem}.mapping.toml (docs/code-systems.md)"


def _reason(remark: Remark) -> str:
    """The place and the reason, without repeating the place."""
    text = remark.issue.text
    if remark.place and text.startswith(f"{remark.place}:"):
        return text
    where = remark.place if remark.place.startswith(remark.source) else f"{remark.source}, {remark.place}"
    return f"{where if remark.place else remark.source}: {text}"


def _remark(remark: Remark) -> dict[str, str]:
    written = {"source": remark.source, "place": remark.place, "severity": remark.issue.severity}
    return {**written, "id": remark.issue.message_id, "text": remark.issue.text}
