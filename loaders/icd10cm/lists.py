"""The order file (headers and codes, see `loaders.order_file`) and the codes file (valid codes with long titles).

Codes file, columns from 1: 1–7 code without dot, 9– long title. Any other line stops the load. The hierarchy is that of
the codes themselves: the parent is the longest code that this one continues.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from loaders.icd10cm.uses import ABBREVIATED, dotted, standing
from loaders.order_file import order_lines, row_pattern
from loaders.problems import problem
from loaders.tables import text_lines
from terminology.model.concept import Concept, Designation
from terminology.model.loading import SourceFile

_CODE = r"[A-Z][0-9A-Z]{2}[0-9A-Z ]{4}"
ORDER_LINE = row_pattern(_CODE)
CODES_LINE = re.compile(rf"({_CODE}) (\S.*)")


def order_file(file: SourceFile) -> Iterator[Concept]:
    """The concepts of an order file. Raises TerminologyError invalid that names the line."""
    above = _Above(file.path)
    for row in order_lines(file, ORDER_LINE):
        code = dotted(row.code)
        short = (Designation(row.short, use=ABBREVIATED),) if row.short and row.short != row.long else ()
        parents = above.parents(row.number, code)
        yield Concept(code, row.long, None, short, standing(kind="diagnosis", billable=row.valid), parents)


def codes_file(file: SourceFile) -> Iterator[Concept]:
    """The concepts of a codes file: valid codes only. Raises TerminologyError invalid that names the line."""
    above = _Above(file.path)
    for number, line in lines(file):
        if not line.strip():
            continue
        found = CODES_LINE.fullmatch(line)
        if found is None:
            raise problem(file.path, number, "ICD10CM_LINE", what="a codes file", line=line[:80])
        code = dotted(found[1].rstrip())
        above.parents(number, code)  # headers are not listed, but a code may be given once only
        yield Concept(code, found[2].rstrip(), properties=standing(kind="diagnosis", billable=True))


class _Above:
    """Finds the parent of each code among the codes before it."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._seen: set[str] = set()

    def parents(self, number: int, code: str) -> tuple[str, ...]:
        if code in self._seen:
            raise problem(self._path, number, "ICD10CM_CODE_TWICE", code=code)
        self._seen.add(code)
        shorter = (code[:length].rstrip(".") for length in range(len(code) - 1, 2, -1))
        found = next((prefix for prefix in shorter if prefix in self._seen), None)
        return (found,) if found else ()


def lines(file: SourceFile) -> Iterator[tuple[int, str]]:
    """The lines with their numbers, from 1, without blanks at their ends. Raises as `tables.text_lines` does."""
    return ((number, line.rstrip()) for number, line in text_lines(file))
