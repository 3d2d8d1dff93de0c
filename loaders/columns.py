"""Tables with a fixed layout: the columns that a loader needs, by name, with the line of every row.

Comma and tab separated files begin with a row of headings (`named`); NLM's Rich Release Format has none and ends every
field with a pipe (`pipes`). Deviations from the layout are errors that name file and line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter

from loaders import tables
from loaders.problems import place_of
from terminology.model.loading import SourceFile
from terminology.model.outcome import TerminologyError

Numbered = tuple[int, Sequence[str]]
"""The number of a row's first line, and its cells in the requested order."""


def headings(file: SourceFile) -> tuple[str, ...]:
    """The names of all columns. Raises TerminologyError invalid (RELEASE_FILE_EMPTY) for a file without any row."""
    first = next(iter(tables.rows(file)), None)
    if first is None:
        raise TerminologyError.of("invalid", "RELEASE_FILE_EMPTY", path=file.path)
    return tuple(name.strip() for name in first.cells)


def named(file: SourceFile, wanted: Sequence[str], optional: Sequence[str] = ()) -> Iterator[Numbered]:
    """The cells of `wanted`, then of `optional` ('' where the file has no such column), row by row, trimmed.

    Case of headings does not count. Raises TerminologyError invalid: RELEASE_FILE_EMPTY, RELEASE_COLUMN_MISSING,
    RELEASE_ROW_LENGTH, and what `tables.rows` raises.
    """
    known = headings(file)
    places = {name.casefold(): place for place, name in reversed(list(enumerate(known)))}
    for name in wanted:
        if name.casefold() not in places:
            raise TerminologyError.of(
                "invalid", "RELEASE_COLUMN_MISSING", path=file.path, column=name, known=", ".join(known)
            )
    absent = len(known)
    pick = _picker([places.get(name.casefold(), absent) for name in (*wanted, *optional)])
    rows = iter(tables.rows(file))
    next(rows)
    for row in rows:
        if len(row.cells) != absent:
            raise _wrong_length(file, row.number, len(row.cells), absent)
        yield row.number, [cell.strip() for cell in pick((*row.cells, ""))]


def pipes(file: SourceFile, width: int) -> Iterator[Numbered]:
    """The fields of each line of a Rich Release Format file, of which every line has `width`.

    Raises TerminologyError invalid: RELEASE_ROW_LENGTH, and what `tables.text_lines` raises.
    """
    for number, line in tables.text_lines(file):
        if line:
            cells = line.removesuffix("|").split("|")
            if len(cells) != width:
                raise _wrong_length(file, number, len(cells), width)
            yield number, cells


def _picker(places: Sequence[int]) -> Callable[[Sequence[str]], Sequence[str]]:
    if len(places) == 1:
        return lambda cells: (cells[places[0]],)
    return itemgetter(*places)


def _wrong_length(file: SourceFile, number: int, found: int, expected: int) -> TerminologyError:
    return TerminologyError.of(
        "invalid", "RELEASE_ROW_LENGTH", place=place_of(file.path, number), found=str(found), expected=str(expected)
    )
