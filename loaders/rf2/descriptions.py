"""Descriptions of concepts as displays, definitions and designations, in the languages and dialects they are for.

The order: what is preferred in the edition's English first, then fully specified names, other synonyms, other types,
inactive ones. A designation states the language of its description, or a dialect where it is preferred in some
dialects of the language and not in others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from loaders.rf2.columns import Int64s
from loaders.rf2.components import Concepts, Table
from loaders.rf2.members import Acceptabilities
from terminology.codesystems.snomed import ids
from terminology.codesystems.snomed.dialects import language_tag
from terminology.codesystems.snomed.sctid import namespace
from terminology.codesystems.snomed.tables import DESCRIPTIONS, DIALECT
from terminology.model.coding import Coding
from terminology.model.records import Column, PlainDesignation, TableBatch
from terminology.model.status import OUT_OF_USE

Texts = tuple[str | None, str | None, list[PlainDesignation]]
"""Display, definition, designations."""

ENGLISH = "en"
BATCH = 200_000

USES: dict[str, str] = {
    ids.SYNONYM: "Synonym",
    ids.FULLY_SPECIFIED_NAME: "Fully specified name",
    ids.DEFINITION: "Definition",
}
"""Types of descriptions with their displays."""

PREFERRED, ACCEPTABLE = int(ids.PREFERRED), int(ids.ACCEPTABLE)
NAMED_FULLY, OTHERWISE_PREFERRED, ACCEPTED, UNMENTIONED, OF_OTHER_TYPE, NO_LONGER = 20, 30, 40, 50, 60, 90
"""Ranks of descriptions, after those of what is preferred in the dialects that displays are taken from."""


class Descriptions:
    """The texts of all concepts; `table` holds all descriptions, inactive ones too."""

    def __init__(self, table: Table, acceptabilities: Acceptabilities, concepts: Concepts, module: str) -> None:
        self._table = table
        self._languages = np.array(table.texts["languageCode"], dtype=np.str_)
        self._dialects = {refset: acceptabilities.of(refset, table["id"]) for refset in acceptabilities.refsets}
        self.uses: list[tuple[Coding, ...]] = []
        self._use_of: list[int] = self._numbered_uses().tolist()
        rank = self._ranks(_english(self._dialects, self._languages, module))
        positions = concepts.positions(table["conceptId"])
        order = np.lexsort((table["id"], rank, positions))
        self._order = order[int(np.searchsorted(positions[order], 0)) :]
        self._bounds = np.searchsorted(positions[self._order], np.arange(len(concepts) + 1)).tolist()
        self._is_definition = (rank == OF_OTHER_TYPE) & (table["typeId"] == int(ids.DEFINITION))
        self._tags = self._tagged()
        self.strangers = int((positions < 0).sum())
        """Descriptions of concepts that are not there."""
        self.named = np.zeros(len(concepts), dtype=np.bool_)
        """Which concepts have an active description."""
        self.named[positions[(positions >= 0) & (rank != NO_LONGER)]] = True

    @property
    def have_dialects(self) -> bool:
        """Whether language reference sets tell which descriptions are preferred."""
        return bool(self._dialects)

    def _ranks(self, english: Sequence[int]) -> Int64s:
        table = self._table
        rank = np.full(len(table), UNMENTIONED, dtype=np.int64)
        for acceptability, value in ((ACCEPTABLE, ACCEPTED), (PREFERRED, OTHERWISE_PREFERRED)):
            for said in self._dialects.values():
                rank[said == acceptability] = value
        for place, refset in reversed(list(enumerate(english))):
            rank[self._dialects[refset] == PREFERRED] = place
        rank[table["typeId"] == int(ids.FULLY_SPECIFIED_NAME)] = NAMED_FULLY
        rank[~np.isin(table["typeId"], (int(ids.FULLY_SPECIFIED_NAME), int(ids.SYNONYM)))] = OF_OTHER_TYPE
        rank[table["active"] == 0] = NO_LONGER
        return rank

    def _numbered_uses(self) -> npt.NDArray[np.int64]:
        """For every description the place of its use in `uses`."""
        table = self._table
        types, of_type = np.unique(table["typeId"], return_inverse=True)
        for type_ in types.tolist():
            use = Coding(ids.SYSTEM, str(type_), display=USES.get(str(type_)))
            self.uses += [(use,), (Coding(OUT_OF_USE.system, OUT_OF_USE.code, display="Inactive value"), use)]
        return np.asarray(of_type * 2 + (table["active"] == 0), dtype=np.int64)

    def _tagged(self) -> list[str | tuple[str, ...]]:
        """The language of each description, or its dialects."""
        tags: list[str | tuple[str, ...]] = self._languages.tolist()
        named = self._table["active"] == 1
        for language in np.unique(self._languages).tolist():
            spoken = named & (self._languages == language)
            preferred = {refset: spoken & (said == PREFERRED) for refset, said in self._dialects.items()}
            own = {refset: which for refset, which in preferred.items() if which.any()}
            if len(own) < 2:
                continue
            times = np.sum(list(own.values()), axis=0)
            for row in np.flatnonzero((times > 0) & (times < len(own))).tolist():
                tags[row] = tuple(language_tag(str(refset), language) for refset, which in own.items() if which[row])
        return tags

    def of(self, position: int) -> Texts:
        """Display, definition and designations of the concept at a position."""
        terms, tags, uses = self._table.texts["term"], self._tags, self._use_of
        display, definition = None, None
        designations: list[PlainDesignation] = []
        for row in self._order[self._bounds[position] : self._bounds[position + 1]].tolist():
            if self._is_definition[row]:
                if definition is None and self._languages[row] == ENGLISH:
                    definition = terms[row]
                    continue
            elif display is None:
                display = terms[row]
            tag = tags[row]
            if type(tag) is str:
                designations.append((terms[row], tag, uses[row]))
            else:
                designations += [(terms[row], dialect, uses[row]) for dialect in tag]
        return display, definition, designations

    def tables(self) -> Iterator[TableBatch]:
        """All descriptions by concept, for the code system's own use."""
        names = ("conceptId", "id", "active", "effectiveTime", "moduleId", "typeId", "caseSignificanceId")
        for start in range(0, len(self._order), BATCH):
            rows = self._order[start : start + BATCH]
            held: dict[str, Column] = {name: self._table[name][rows] for name in names}
            chosen = rows.tolist()
            for name, texts in self._table.texts.items():
                held[name] = [texts[row] for row in chosen]
            for refset, said in self._dialects.items():
                held[f"{DIALECT}{refset}"] = said[rows]
            yield TableBatch(DESCRIPTIONS, held)


def _english(dialects: dict[int, Int64s], languages: npt.NDArray[np.str_], module: str) -> list[int]:
    """The English dialects that displays come from: the edition's own, American, British, any other."""
    english = [refset for refset, said in dialects.items() if (said[languages == ENGLISH] == PREFERRED).any()]
    known = [int(ids.US_ENGLISH), int(ids.GB_ENGLISH)]

    def place(refset: int) -> tuple[int, int]:
        if namespace(module) and namespace(str(refset)) == namespace(module):
            return 0, refset
        return 1 + known.index(refset) if refset in known else len(known) + 1, refset

    return sorted(english, key=place)
