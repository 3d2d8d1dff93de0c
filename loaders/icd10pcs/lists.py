"""The order file (headers and codes, see `loaders.order_file`) and the codes file (codes with long titles): concepts.

Codes file, columns from 1: 1–7 code, 9– long title. Any other line stops the load.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from loaders.icd10pcs.uses import ABBREVIATED, NOT_SELECTABLE
from loaders.order_file import OrderLine, order_lines, row_pattern
from loaders.problems import problem
from loaders.tables import text_lines
from terminology.model.concept import Concept, Designation
from terminology.model.loading import SourceFile

CHARACTER = "[0-9A-HJ-NP-Z]"
"""All digits, and all letters but I and O."""
CODE_LENGTH, TABLE_LENGTH = 7, 3
CODE = re.compile(f"{CHARACTER}{{7}}")

ORDER_LINE = row_pattern(rf"{CHARACTER}{{3}}(?:    |{CHARACTER}{{4}})")
CODES_LINE = re.compile(rf"({CHARACTER}{{7}}) (\S.*)")


def order_file(file: SourceFile) -> Iterator[Concept]:
    """The concepts of an order file. Raises TerminologyError invalid that names the line."""
    table, seen = "", set[str]()
    for row in order_lines(file, ORDER_LINE):
        _check_flag(file.path, row)
        if row.code in seen:
            raise problem(file.path, row.number, "PCS_CODE_TWICE", code=row.code)
        seen.add(row.code)
        short = (Designation(row.short, use=ABBREVIATED),) if row.short and row.short != row.long else ()
        if not row.valid:
            table = row.code
            yield Concept(row.code, row.long, None, short, (NOT_SELECTABLE,))
        elif row.code[:TABLE_LENGTH] != table:
            raise problem(file.path, row.number, "PCS_WITHOUT_HEADER", code=row.code, table=row.code[:TABLE_LENGTH])
        else:
            yield Concept(row.code, row.long, None, short, parents=(table,))


def _check_flag(path: str, row: OrderLine) -> None:
    """Raise TerminologyError invalid if the flag does not fit the length of the code."""
    if (len(row.code) == CODE_LENGTH) != row.valid:
        raise problem(path, row.number, "PCS_FLAG", code=row.code, flag="1" if row.valid else "0")


def codes_file(file: SourceFile) -> Iterator[Concept]:
    """The concepts of a codes file. Raises TerminologyError invalid that names the line."""
    seen = set[str]()
    for number, line in text_lines(file):
        if not line.strip():
            continue
        found = CODES_LINE.fullmatch(line.rstrip())
        if found is None:
            raise problem(file.path, number, "PCS_CODES_LINE", line=line[:80])
        code, title = found.groups()
        if code in seen:
            raise problem(file.path, number, "PCS_CODE_TWICE", code=code)
        seen.add(code)
        yield Concept(code, title)
