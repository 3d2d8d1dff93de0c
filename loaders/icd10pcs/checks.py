"""Checks that the files of a release agree: CMS's totals, and the tables, whose product must be exactly the list.

A contradiction stops the load, since one of the files must belong to another release. Agreement is recorded, so that
the report shows what was checked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from loaders.icd10pcs.addenda import Addendum
from loaders.icd10pcs.knowledge import Knowledge
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.outcome import Issue, TerminologyError

Say = Callable[[Issue], None]
EXAMPLES = 5


def check(
    metadata: CodeSystemMetadata, known: Knowledge, listed: Collection[str], made: Collection[str], say: Say
) -> None:
    """Compare lists, tables and addenda. `listed`: codes and tables of the lists; `made`: codes that the tables make.

    Raises TerminologyError conflict: PCS_LISTS_DIFFER, PCS_TABLES_DIFFER, PCS_ADDENDUM_DIFFERS.
    """
    release = str(metadata.canonical)
    codes = {code for code in listed if len(code) == 7}
    _check_lists(release, known, len(codes))
    if known.figures and known.tables:
        _check_tables(release, known, codes, made, say)
    if known.whole:
        for addendum in known.addenda:
            _check_addendum(release, addendum, codes or set(made), known, say)


def _check_lists(release: str, known: Knowledge, count: int) -> None:
    for figures in known.figures:
        if figures.codes != count:
            raise TerminologyError.of(
                "conflict", "PCS_LISTS_DIFFER", release=release, source=figures.source, codes=f"{figures.codes:,}",
                all=f"{count:,}",
            )  # fmt: skip


def _check_tables(release: str, known: Knowledge, codes: set[str], made: Collection[str], say: Say) -> None:
    only_made, only_listed = set(made) - codes, codes - set(made)
    if only_made or only_listed:
        raise TerminologyError.of(
            "conflict", "PCS_TABLES_DIFFER", release=release, made=_told(only_made), listed=_told(only_listed)
        )
    counts = {"codes": f"{len(codes):,}", "tables": f"{len(known.tables):,}"}
    say(_note("PCS_TABLES_AGREE", release=release, **counts))


def _check_addendum(release: str, addendum: Addendum, codes: set[str], known: Knowledge, say: Say) -> None:
    headers = {code[:3] for code in codes}
    for stated, found, what in ((addendum.codes, len(codes), "codes"), (addendum.headers, len(headers), "headers")):
        if stated is not None and stated != found:
            reason = f"{stated:,} {what} instead of {found:,}"
            raise TerminologyError.of("conflict", "PCS_ADDENDUM_DIFFERS", release=release, reason=reason)
    present = codes | headers
    wrong = [c.code for c in addendum.changes if (c.code in present) != (c.action != "deleted")]
    if wrong:
        reason = f"{_told(wrong)} added, retitled or deleted otherwise"
        raise TerminologyError.of("conflict", "PCS_ADDENDUM_DIFFERS", release=release, reason=reason)
    counts = {
        action: str(sum(c.action == action for c in addendum.changes)) for action in ("added", "deleted", "retitled")
    }
    total = f"{len(codes):,} codes in {len(known.tables) or len(headers):,} tables"
    say(_note("PCS_ADDENDUM_AGREES", release=release, total=total, **counts))


def note_unused(unknown: Iterable[str], index: Iterable[str], say: Say) -> None:
    """Report the names of definitions and the entries of the index that no table has."""
    for message_id, names in (("PCS_TERMS_UNKNOWN", set(unknown)), ("PCS_INDEX_UNKNOWN", set(index))):
        if names:
            say(_note(message_id, names=_told(names)))


def _note(message_id: str, **arguments: str) -> Issue:
    return Issue("information", "informational", message_id, arguments)


def _told(codes: Collection[str]) -> str:
    named = ", ".join(sorted(codes)[:EXAMPLES])
    more = ", …" if len(codes) > EXAMPLES else ""
    return f"{len(codes):,} ({named}{more})" if codes else "none"
