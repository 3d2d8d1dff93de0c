"""The entries of the index by target: names of codes and of tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from loaders.icd10pcs.index import Entry
from loaders.icd10pcs.tables import Table
from loaders.icd10pcs.uses import INDEX_ENTRY
from terminology.model.concept import Designation

TABLE, CODE = 3, 7


class Entries:
    """`present` are all codes and tables of the version. `unknown` are entries that lead to nothing there.

    A name of a whole table belongs to the table; a longer beginning of codes gives its name to each of them. A `see`
    leads where the term it names leads, or to the tables of the operation it names.
    """

    def __init__(self, index: Iterable[Entry], tables: Mapping[str, Table], present: set[str]) -> None:
        self._names: dict[str, dict[str, Designation]] = {}
        self.unknown: list[str] = []
        begun = {code[:length] for code in present for length in range(TABLE, len(code) + 1)}
        ways = list(index)
        places: dict[str, list[str]] = {}
        for entry in ways:
            if entry.kind == "codes":
                places.setdefault(entry.text, []).append(entry.target)
        for code, table in tables.items():
            places.setdefault(table.axes[2].label, []).append(code)
        for entry in ways:
            targets = [entry.target] if entry.kind == "codes" else places.get(entry.target, [])
            if entry.kind != "use":
                self._add(entry, [target for target in targets if target in begun])

    def _add(self, entry: Entry, targets: list[str]) -> None:
        for target in targets:
            self._names.setdefault(target, {})[entry.text] = Designation(entry.text, use=INDEX_ENTRY)
        if not targets:
            self.unknown.append(f"{entry.text} → {entry.target}")

    def of(self, code: str) -> tuple[Designation, ...]:
        """The names of a code or a table."""
        if len(code) != CODE:
            return tuple(self._names.get(code, {}).values())
        found = [self._names[code[:length]] for length in (4, 5, 6, 7) if code[:length] in self._names]
        match found:
            case []:
                return ()
            case [one]:
                return tuple(one.values())
        return tuple({name: designation for names in found for name, designation in names.items()}.values())
