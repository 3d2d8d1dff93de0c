"""A row of HCPCS as a fact: a concept with everything the row states.

Rows that are not HCPCS Level II (CPT, CDT) are refused with the reason. Labels of values, groups and status are added
when a version is derived (`completing`), since they come from other files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date

from loaders import systems
from loaders.hcpcs.fields import FIELDS, SHORT, SHORT_DESCRIPTION, Field
from loaders.hcpcs.rows import Row
from terminology.codesystems.hcpcs_codes import CODE, MODIFIER
from terminology.model.coding import Coding
from terminology.model.concept import Concept, Designation, Property
from terminology.model.outcome import Issue

REFUSED = (
    (re.compile(r"[0-9]{4}[0-9A-Z]|[0-9]{2}"), "HCPCS_ROW_CPT"),
    (re.compile(r"D[0-9]{4}"), "HCPCS_ROW_CDT"),
)
LISTED = "code"
MODIFIES = "modifier"
_DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:T[0-9:.]+)?")

Warn = Callable[[Issue], None]


def refusal(row: Row) -> Issue | None:
    """Why a row is not of HCPCS Level II, or None."""
    if (MODIFIER if row.is_modifier else CODE).fullmatch(row.code):
        return None
    reason = next((message for pattern, message in REFUSED if pattern.fullmatch(row.code)), "HCPCS_ROW_MALFORMED")
    return Issue("warning", "business-rule", reason, {"refused": row.code})


def concept(row: Row, warn: Warn) -> Concept:
    """The concept of a row. `warn` is told of unreadable values, which are left out."""
    short = " ".join(row.values.get(SHORT_DESCRIPTION[0], "").split())
    kind = Property("kind", "code", MODIFIES if row.is_modifier else LISTED)
    return Concept(
        row.code,
        row.long_description or short or None,
        designations=(Designation(short, "en", SHORT),) if short else (),
        properties=(kind, *_properties(row, warn)),
    )


def _properties(row: Row, warn: Warn) -> Iterator[Property]:
    for field in FIELDS:
        said: dict[str, None] = {row.values[h]: None for h in field.headings if h in row.values}
        for text in said:
            value = value_of(field, text)
            if value is None:
                wrong = {"refused": row.code, "column": field.headings[0], "value": text}
                warn(Issue("warning", "value", "HCPCS_VALUE_WRONG", wrong))
            elif value != "":
                yield Property(field.code, field.kind, value)


def value_of(field: Field, text: str) -> str | int | Coding | None:
    """The value of a cell; None if it is invalid, "" for a date of zeros, which means no date."""
    if field.code == "crossReference":
        return cross_reference(text)
    match field.kind:
        case "Coding":
            return Coding(code=text)
        case "dateTime":
            return iso_date(text) if text.strip("0") else ""
        case "integer":
            return int(text) if text.isdigit() else None
        case _:
            return text


def cross_reference(text: str) -> Coding:
    """The referenced code, in the system that its form indicates."""
    for url in (systems.HCPCS, systems.CDT, systems.CPT):
        system = systems.by_url(url)
        if system is not None and system.spells(text):
            return Coding(url, text)
    return Coding(code=text)


def iso_date(text: str) -> str | None:
    """`20190101`, or a workbook's date, as `2019-01-01`; None for any other text."""
    found = _DATE.fullmatch(text)
    try:
        return date(*map(int, found.groups())).isoformat() if found else None
    except ValueError:
        return None
