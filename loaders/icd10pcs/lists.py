"""The order file (headers and codes, short and long titles) and the codes file (codes, long titles): concepts.

Order file, columns from 1: 1–5 order number, 7–13 code, 15 flag (0 header, 1 valid code), 17–76 short title, 78– long
title. Codes file: 1–7 code, 9– long title. A line that is not so stops the load.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from loaders.icd10pcs.uses import ABBREVIATED, NOT_SELECTABLE
from loaders.problems import problem
from loaders.tables import text_lines
from terminology.model.concept import Concept, Designation
from terminology.model.loading import SourceFile

CHARACTER = "[0-9A-HJ-NP-Z]"
"""All digits, and all letters but I and O."""
CODE_LENGTH, TABLE_LENGTH = 7, 3
CODE = re.compile(f"{CHARACTER}{{7}}")

ORDER_LINE = re.compile(rf"(\d{{5}}) ({CHARACTER}{{3}}(?:    |{CHARACTER}{{4}})) ([01]) (.{{60}}) (\S.*)")
CODES_LINE = re.compile(rf"({CHARACTER}{{7}}) (\S.*)")


class OrderLine(NamedTuple):
    """A row of the order file; `number` is the line's in the file."""

    number: int
    code: str
    valid: bool
    short: str
    long: str


def order_file(file: SourceFile) -> Iterator[Concept]:
    """The concepts of an order file. Raises TerminologyError invalid that names the line."""
    table, seen = "", set[str]()
    for row in order_lines(file):
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


def order_lines(file: SourceFile) -> Iterator[OrderLine]:
    """The rows of an order file, their form and their numbers checked."""
    expected = 1
    for number, line in text_lines(file):
        if not line.strip():
            continue
        found = ORDER_LINE.fullmatch(line)
        if found is None:
            raise problem(file.path, number, _wrong(line), line=line[:80])
        order, code, flag, short, long = found.groups()
        if int(order) != expected:
            raise problem(file.path, number, "PCS_ORDER_NUMBER", found=order, expected=f"{expected:05}")
        expected += 1
        code = code.rstrip()
        if (len(code) == CODE_LENGTH) != (flag == "1"):
            raise problem(file.path, number, "PCS_FLAG", code=code, flag=flag)
        yield OrderLine(number, code, flag == "1", short.rstrip(), long.rstrip())


def _wrong(line: str) -> str:
    """The message about a line that is not one of an order file."""
    return "PCS_LINE_CUT" if len(line.rstrip()) < 78 and re.match(r"\d{1,5}( |$)", line) else "PCS_ORDER_LINE"


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
