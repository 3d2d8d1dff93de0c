"""CMS's order file, which ICD-10-CM and ICD-10-PCS share: headers and codes with short and long titles.

Columns from 1: 1–5 order number, which counts the rows from 00001, 7–13 code without dot, 15 flag (0 header, 1 valid
code), 17–76 short title, 78– long title.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from loaders.problems import problem
from loaders.tables import text_lines
from terminology.model.loading import SourceFile

LONG_TITLE = 77
"""Where the long title begins, from 0: a shorter line is cut off."""


class OrderLine(NamedTuple):
    """A row of an order file; `number` is the line's in the file, `code` has no dot."""

    number: int
    code: str
    valid: bool
    short: str
    long: str


def row_pattern(code: str) -> re.Pattern[str]:
    """The pattern of a row whose code, padded to 7 columns, matches `code`: order number, code, flag, both titles."""
    return re.compile(rf"(\d{{5}}) ({code}) ([01]) (.{{60}}) (\S.*)")


def order_lines(file: SourceFile, row: re.Pattern[str]) -> Iterator[OrderLine]:
    """The rows of an order file, their form and their order numbers checked.

    Raises TerminologyError invalid: RELEASE_LINE_CUT, ORDER_FILE_LINE, ORDER_FILE_NUMBER.
    """
    expected = 1
    for number, line in text_lines(file):
        if not line.strip():
            continue
        found = row.fullmatch(line)
        if found is None:
            is_cut = len(line.rstrip()) <= LONG_TITLE and re.match(r"\d{1,5}( |$)", line)
            raise problem(file.path, number, "RELEASE_LINE_CUT" if is_cut else "ORDER_FILE_LINE", line=line[:80])
        order, code, flag, short, long = found.groups()
        if int(order) != expected % 100_000:
            raise problem(file.path, number, "ORDER_FILE_NUMBER", found=order, expected=f"{expected % 100_000:05}")
        expected += 1
        yield OrderLine(number, code.rstrip(), flag == "1", short.rstrip(), long.rstrip())
