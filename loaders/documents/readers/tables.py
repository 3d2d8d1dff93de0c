"""Tables as lines of text, so that a row is understood like a labelled line: "Setting: Outpatient clinic"."""

from __future__ import annotations

from collections.abc import Sequence


def rows_as_lines(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A line a row. Two columns: "first: second". More: each cell with its column's title, between semicolons.

    `header` may be empty. The titles of a two-column table stand on a line of their own.
    """
    columns = max((len(row) for row in rows), default=len(header))
    if len(header) > 2 and not rows:
        return []  # the titles stand in the rows
    if columns > 2 and header:
        return [line for row in rows if (line := _titled(header, row))]
    lines = [_plain(row) for row in ([header] if any(header) else []) + list(rows)]
    return [line for line in lines if line]


def _titled(header: Sequence[str], row: Sequence[str]) -> str:
    titles = [*header, *[""] * len(row)]
    return "; ".join(f"{title}: {cell}" if title else cell for title, cell in zip(titles, row, strict=False) if cell)


def _plain(row: Sequence[str]) -> str:
    cells = [cell for cell in row if cell]
    if not cells:
        return ""
    first, rest = cells[0], cells[1:]
    if not rest:
        return first
    return f"{first.rstrip(' :')}: {'; '.join(rest)}"
