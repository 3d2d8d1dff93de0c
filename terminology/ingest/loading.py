"""`load`: from paths to published versions."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from loaders import LOADERS
from loaders.fetch import Reference, gather
from terminology.ingest.current import reads_what_is_current
from terminology.ingest.documents import TOOLS, Desk, DocumentTools, place_documents, refresh_value_sets
from terminology.ingest.publishing import Change, publish
from terminology.ingest.reading import Intake, RecordReader, read_tree
from terminology.ingest.report import LoadReport, Progress, Remark, peak_memory, silent
from terminology.model.loading import Loader
from terminology.model.records import LoadOptions, Record
from terminology.settings import Settings
from terminology.store.protocol import Store

NO_OPTIONS = LoadOptions()


def parameters_of(settings: Settings) -> dict[str, str]:
    """The settings for fetching and unpacking, as parameters of `LoadOptions`."""
    return {name: str(settings.values[name]) for name in ("registry", "cache", "max_file")}


def instant() -> str:
    """Now, as a FHIR instant in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


@contextmanager
def rare_collection() -> Iterator[None]:
    """Run the cyclic garbage collector less often: a load makes millions of objects, and hardly any cycles."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@rare_collection()
@reads_what_is_current
def load(
    store: Store,
    paths: Iterable[str | Path | Reference],
    options: LoadOptions = NO_OPTIONS,
    *,
    loaders: Sequence[Loader] = LOADERS,
    progress: Progress = silent,
    tools: DocumentTools = TOOLS,
    now: str | None = None,
) -> LoadReport:
    """Load files, folders, archives, and FHIR packages by name: everything or nothing.

    `gather` interprets the texts among `paths`. `now` is the instant recorded with documents. Raises TerminologyError:
    what `gather`, the loaders and `build_version` raise, invalid for `--code` without just one document, conflict when
    another load of the same system finished first.
    """
    began = time.monotonic()
    store.collect_garbage()
    gathered = gather(paths, options, progress)
    report = LoadReport()
    report.notes += [Remark(note.source.path, "", note.issue) for note in gathered.notes]
    report.unreadable += [Remark(path, "", issue) for path, issue in gathered.tree.problems().items()]
    intake = read_tree(store, gathered.tree, loaders, options, report, progress)
    return _finish(store, intake, options, report, progress, tools, now or instant(), began)


@reads_what_is_current
def load_records(
    store: Store,
    records: Iterable[Record],
    options: LoadOptions = NO_OPTIONS,
    *,
    description: str = "records",
    progress: Progress = silent,
    tools: DocumentTools = TOOLS,
    now: str | None = None,
) -> LoadReport:
    """Load records that come from no file (what a client wrote), in the same way."""
    began = time.monotonic()
    report = LoadReport()
    reader = RecordReader(store, report, force=options.parameters.get("force") == "yes")
    reader.take(records, report.claim("records", description), progress)
    return _finish(store, reader.intake, options, report, progress, tools, now or instant(), began)


def _finish(
    store: Store, intake: Intake, options: LoadOptions, report: LoadReport, progress: Progress, tools: DocumentTools,
    now: str, began: float,
) -> LoadReport:  # fmt: skip
    change = Change(parts=intake.parts, resources=intake.resources)
    desk = Desk(store, change, report, tools, now)
    place_documents(desk, store, change, intake.documents, options, report)
    refresh_value_sets(store, change, tools)
    publish(store, change, report, progress)
    report.seconds = time.monotonic() - began
    report.peak = peak_memory()
    return report
