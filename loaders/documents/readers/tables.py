"""Tables → blocks. A table is a fact sheet ("Setting | Outpatient clinic") or a list, whose rows are its items.

The first column decides: that of a fact sheet contains a known heading or the label of a code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from loaders.documents.blocks import Item, Paragraph
from loaders.documents.headings import kind_of
from loaders.documents.labels import code_line

Row = Sequence[str]


def table_blocks(titles: Row, rows: Sequence[Row]) -> Iterator[Paragraph | Item]:
    """The blocks of a table; `titles` are those of its columns and may be empty, cells are plain text.

    A row of a fact sheet is a labelled paragraph, which may open a section. Any other row is an item "first: second";
    where there are more columns, each cell stands behind its column's title. No cell is left out.
    """
    columns = max((len(row) for row in rows), default=0)
    if any(titles) and (columns <= 2 or not rows):
        yield Paragraph(_plain(titles), single=True)
    facts = columns <= 2 and any(_is_fact(row) for row in rows)
    for row in rows:
        text = _titled(titles, row) if columns > 2 and any(titles) else _plain(row)
        lead = row[0].rstrip(" :.") if len(row) == 2 and all(row) else ""
        if text and facts:
            yield Paragraph(text, lead, single=True)
        elif text:
            yield Item(text, lead=lead, row=True)


def _is_fact(row: Row) -> bool:
    return kind_of(row[0]) is not None or code_line(_plain(row)) is not None


def _titled(titles: Row, row: Row) -> str:
    padded = [*titles, *[""] * len(row)]
    return "; ".join(f"{title}: {cell}" if title else cell for title, cell in zip(padded, row, strict=False) if cell)


def _plain(row: Row) -> str:
    cells = [cell for cell in row if cell]
    if len(cells) < 2:
        return "".join(cells)
    return f"{cells[0].rstrip(' :')}: {'; '.join(cells[1:])}"
