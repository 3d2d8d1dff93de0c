"""CMS's corrections documents: a table of codes with an action in words and, often, the new values.

Filled columns are applied as data; so are the actions "ADD CODE", "DELETE" (and similar) and "Discontinue". An action
in words only ("Change xref code to …") is kept as the text of `correction`, for a person to follow.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Literal, cast

from loaders import tables
from loaders.hcpcs.concepts import LISTED, MODIFIES, iso_date, value_of
from loaders.hcpcs.facts import CHANGE, fact, plain
from loaders.hcpcs.fields import BY_CODE, SHORT
from terminology.codesystems.hcpcs_codes import CODE
from terminology.model.coding import Coding
from terminology.model.concept import Concept, Designation, Property
from terminology.model.loading import SourceFile

Change = Literal["add", "remove", "discontinue", "change", "words"]

ACTIONS: tuple[tuple[re.Pattern[str], Change], ...] = (
    (re.compile(r"add code\b", re.IGNORECASE), "add"),
    (re.compile(r"(?:delete\b|do not add\b|remove(?:,|$))", re.IGNORECASE), "remove"),
    (re.compile(r"discontinue", re.IGNORECASE), "discontinue"),
)
COLUMNS = {
    "tos": "typeOfService",
    "betos": "betos",
    "cov": "coverage",
    "price": "pricingIndicator",
    "xrefcode": "crossReference",
    "ascind": "ascPaymentGroup",
    "ascdate": "ascEffectiveDate",
    "lcedit": "labCertification",
}


def headings_fit(names: Collection[str]) -> bool:
    """Whether a table is one of corrections."""
    return {"code", "action", "effdate", "longdesc"} <= set(names)


def facts(file: SourceFile) -> Iterator[tuple[int, Concept]]:
    """The corrections of a document with their lines. Raises TerminologyError for a file that cannot be read."""
    found = tables.rows(file)
    headings = tables.find_headings(found, headings_fit)
    for row in found if headings else ():
        cells = headings.cells(row) if headings else {}
        if code := cells.get("code"):
            yield row.number, _fact(code, cells)


def change_of(correction: Concept) -> Change:
    """What a correction does."""
    return cast("Change", next(str(p.value) for p in correction.properties if p.code == CHANGE))


def words_of(correction: Concept) -> str:
    """The text of a correction, for people."""
    return next(str(p.value) for p in correction.properties if p.code == "correction")


def apply(correction: Concept, concept: Concept | None) -> Concept | None:
    """The corrected concept. `concept` is None if the code is not listed; so is the result if it does not exist now."""
    change, said = change_of(correction), plain(correction)
    if change == "remove" or (concept is None and change != "add"):
        return None
    before = concept or Concept(correction.code)
    if change == "add" and concept is None:
        kind = LISTED if CODE.fullmatch(correction.code) else MODIFIES
        before = replace(before, properties=(Property("kind", "code", kind),))
    replaced = {p.code for p in said.properties if p.code in BY_CODE}
    kept = [p for p in before.properties if p.code not in replaced]
    return replace(
        before,
        display=said.display or before.display,
        designations=said.designations or before.designations,
        properties=(*kept, *(p for p in said.properties if p not in kept)),
    )


def _fact(code: str, cells: dict[str, str]) -> Concept:
    action, since = cells.get("action", ""), iso_date(cells.get("effdate", ""))
    short = cells.get("shortdesc", "")
    properties = [Property(BY_CODE[c].code, BY_CODE[c].kind, v) for c, v in _values(cells)]
    change = _change(action, has_values=bool(properties or short or cells.get("longdesc")))
    words = "; ".join(text for text in (action, since or cells.get("effdate"), cells.get("comments")) if text)
    concept = Concept(
        code,
        " ".join(cells.get("longdesc", "").split()) or None,
        designations=(Designation(" ".join(short.split()), "en", SHORT),) if short else (),
        properties=(
            Property(CHANGE, "string", change),
            *properties,
            *_dates(change, action, since),
            Property("correction", "string", words),
        ),
    )
    return fact("correction", concept)


def _change(action: str, *, has_values: bool) -> Change:
    named = next((change for pattern, change in ACTIONS if pattern.match(action)), None)
    return named or ("change" if has_values else "words")


def _values(cells: dict[str, str]) -> Iterator[tuple[str, str | int | Coding]]:
    for heading, code in COLUMNS.items():
        for text in filter(None, (part.strip() for part in cells.get(heading, "").split(","))):
            value = value_of(BY_CODE[code], text)
            if value:
                yield code, value


def _dates(change: Change, action: str, since: str | None) -> Iterator[Property]:
    """The dates that an action states; a discontinued code is valid until the day before."""
    if since is None:
        return
    if "asc eff date" in action.casefold():
        yield Property("ascEffectiveDate", "dateTime", since)
    if change == "add":
        yield Property("addedDate", "dateTime", since)
        yield Property("actionEffectiveDate", "dateTime", since)
        yield Property("actionCode", "Coding", Coding(code="A"))
    if change == "discontinue":
        last = date.fromisoformat(since) - timedelta(days=1)
        yield Property("actionEffectiveDate", "dateTime", since)
        yield Property("terminationDate", "dateTime", last.isoformat())
        yield Property("actionCode", "Coding", Coding(code="D"))
