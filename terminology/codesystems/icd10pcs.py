"""ICD-10-PCS: tells which of the seven characters makes a code impossible, and which values are possible there.

A code is a sequence of seven axis values; the rows of a table, which is named by the first three, list allowed
combinations. The tables are not stored: they follow from the codes, which have their values as properties (`approach`,
`approachCode`). `loaders.icd10pcs` reads releases.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final, NamedTuple

from pyroaring import BitMap

from terminology.codesystems.deleted import title_of_deleted
from terminology.codesystems.filters.reading import listed
from terminology.codesystems.stored import StoredCodeSystem
from terminology.model.changes import Layer
from terminology.model.concept import Concept
from terminology.model.outcome import Issue
from terminology.model.protocols import Located
from terminology.model.valueset import Filter
from terminology.store import index_kinds

URL: Final = "http://www.cms.gov/Medicare/Coding/ICD10"
LENGTH, TABLE = 7, 3
CHARACTERS: Final = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""No I and no O, which look like 1 and 0."""

OTHERS_NAMED = 5
BY_VALUE: Final = frozenset({"=", "in", "not-in"})
MADE_TITLE = re.compile("[^:,]+: ")
_WRONG = re.compile(f"[^{CHARACTERS}]")


class AxisValue(NamedTuple):
    """One of the seven values of a code: `approach`, `4`, `Percutaneous Endoscopic`."""

    property: str
    character: str
    label: str

    def __str__(self) -> str:
        return f"{self.character} ({self.label})"


def axis_values(concept: Concept) -> tuple[AxisValue, ...]:
    """The values of a code, in the order of its characters; none for a concept whose axes are not known."""
    labels: dict[str, list[str]] = {}
    found: list[AxisValue] = []
    for value in concept.properties:
        labels.setdefault(value.code, []).append(str(value.value))
        name = value.code.removesuffix("Code")
        expected = concept.code[len(found) : len(found) + 1]
        if name != value.code and name in labels and str(value.value) == expected:
            found.append(AxisValue(name, expected, labels[name][-1]))
    return tuple(found) if len(found) == LENGTH else ()


class Icd10PcsCodeSystem(StoredCodeSystem):
    """One release."""

    def must_understand(self, f: Filter) -> None:
        """Raises TerminologyError for a filter that the tables do not have."""
        super().must_understand(self._meant(f))

    def select(self, f: Filter) -> BitMap:
        """The set a filter means. Labels of axes may be in any case: `approach = percutaneous endoscopic`."""
        return super().select(self._meant(f))

    def holds(self, located: Located, f: Filter) -> bool:
        """Whether a concept passes a filter; agrees with `select`."""
        return super().holds(located, self._meant(f))

    def _meant(self, f: Filter) -> Filter:
        """The filter with labels as the tables write them."""
        if f.op not in BY_VALUE or self.metadata.property_definition(f"{f.property}Code") is None:
            return f
        labels = self._labels(f.property)
        items = [f.value] if f.op == "=" else listed(f)
        return replace(f, value=",".join(labels.get(item.casefold(), item) for item in items))

    def _labels(self, property_code: str) -> Mapping[str, str]:
        """Labels by how they are without regard to case: read once, for a release never changes."""
        if property_code not in self._labels_read:
            keys = self._reader.bitmap_keys(index_kinds.property_values(property_code))
            self._labels_read[property_code] = {key.casefold(): key for key in keys}
        return self._labels_read[property_code]

    @cached_property
    def _labels_read(self) -> dict[str, Mapping[str, str]]:
        return {}

    def layers(self) -> Sequence[Layer]:
        """What the lists of a release and its tables bring; a `model.protocols.HasLayers`."""
        by_length: dict[int, list[str]] = {}
        for code in self.codes():
            by_length.setdefault(len(code), []).append(code)
        above, tables = (*by_length.get(1, ()), *by_length.get(2, ())), by_length.get(TABLE, ())
        titled = (code for code in by_length.get(LENGTH, ())[-1:] if not self._title_is_made(code))
        return (
            Layer("sections and body systems", "the tables (icd10pcs_tables_….xml)", frozenset(above)),
            Layer("tables", "the order file (icd10pcs_order_….txt)", frozenset(tables)),
            Layer("titles", "the order file (icd10pcs_order_….txt)", frozenset(titled), "titles"),
        )

    def _title_is_made(self, code: str) -> bool:
        """Whether a title was put together from a table: `Bypass: Cerebral Ventricle, Open`."""
        located = self.locate(code)
        return located is not None and MADE_TITLE.match(located.concept.display or "") is not None

    def explain(self, code: str) -> Issue | None:
        """What is wrong with a code that does not exist.

        Of a fragment only the form of its codes is known: a well-formed code may exist elsewhere.
        """
        if code != code.upper() and self.locate(code.upper()) is not None:
            return _issue("PCS_CODE_CASE", code=code, right=code.upper())
        if (wrong := _WRONG.search(code)) is not None:
            return _issue("PCS_CODE_CHARACTER", code=code, character=wrong.group(), position=str(wrong.start() + 1))
        if len(code) != LENGTH:
            return _issue("PCS_CODE_LENGTH", code=code, length=str(len(code)))
        if self.metadata.content != "complete":
            return None
        return self._deleted(code) or self._impossible(code)

    def _deleted(self, code: str) -> Issue | None:
        """A code that this release deleted. What stands for it, the conversion table says: a concept map."""
        if (title := title_of_deleted(self, code)) is None:
            return None
        since, version = self.metadata.effective_start or "", self.metadata.version or ""
        return _issue("PCS_CODE_DELETED", code=code, title=title, version=version, since=since)

    @cached_property
    def _sorted(self) -> Sequence[str]:
        """All codes of seven characters, in order, so that those with one beginning lie together."""
        return sorted(code for code in self.codes() if len(code) == LENGTH)

    def _impossible(self, code: str) -> Issue:
        """The first character that no code has after those before it, and the characters that codes have there."""
        position = next(n for n in range(LENGTH) if not self._exists(code[: n + 1]))
        before, wrong = code[:position], code[position]
        values = [self._values(example) for example in self._continued(before)]
        arguments = {"code": code, "character": wrong, "position": str(position + 1), "before": before}
        if not all(values):
            possible = ", ".join(example[position] for example in self._continued(before))
            message = "PCS_CHARACTER_IMPOSSIBLE" if before else "PCS_SECTION_IMPOSSIBLE"
            return _issue(message, possible=possible, **arguments)
        return _issue(
            "PCS_VALUE_IMPOSSIBLE" if before else "PCS_SECTION_IMPOSSIBLE",
            axis=self._axis(values[0][position].property),
            meaning=", ".join(value.label for value in values[0][:position]),
            possible=", ".join(str(value[position]) for value in values),
            elsewhere=self._elsewhere(code, position),
            **arguments,
        )

    def _elsewhere(self, code: str, position: int) -> str:
        """Where in the same table the value is possible: with which values of the first axis after the table."""
        if position <= TABLE:
            return ""
        table = self._beginning(code[:TABLE])
        examples = {c[TABLE]: c for c in reversed(table) if c[position] == code[position]}
        found = [self._values(example) for example in sorted(examples.values())]
        if not found or not all(found):
            return ""
        named = ", ".join(str(values[TABLE]) for values in found[:OTHERS_NAMED])
        more = ", …" if len(found) > OTHERS_NAMED else ""
        axis = self._axis(found[0][TABLE].property)
        there = _issue("PCS_VALUE_ELSEWHERE", value=str(found[0][position]), axis=axis, values=named + more)
        return f" {there.text}"

    def _axis(self, property_code: str) -> str:
        """The title of an axis, which the description of its property begins with."""
        definition = self.metadata.property_definition(property_code)
        return ((definition.description if definition else None) or property_code).partition(":")[0].lower()

    def _values(self, code: str) -> tuple[AxisValue, ...]:
        located = self.locate(code)
        return axis_values(located.concept) if located else ()

    def _exists(self, beginning: str) -> bool:
        place = bisect_left(self._sorted, beginning)
        return place < len(self._sorted) and self._sorted[place].startswith(beginning)

    def _beginning(self, beginning: str) -> Sequence[str]:
        codes = self._sorted
        return codes[bisect_left(codes, beginning) : bisect_left(codes, beginning + "~")]

    def _continued(self, beginning: str) -> Iterator[str]:
        """One code for each character that may follow."""
        for character in CHARACTERS:
            place = bisect_left(self._sorted, beginning + character)
            if place < len(self._sorted) and self._sorted[place].startswith(beginning + character):
                yield self._sorted[place]


def _issue(message_id: str, **arguments: str) -> Issue:
    return Issue("error", "code-invalid", message_id, arguments, detail="invalid-code")
