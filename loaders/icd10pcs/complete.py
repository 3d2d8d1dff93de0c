"""Makes the concepts of a version from its lists and all other known facts: the `Completer` of ICD-10-PCS.

Runs when a version is derived, so files may be loaded in any order. Codes are produced in the order of the code system,
which is the hierarchy in pre-order: section, body system, table, codes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from loaders.icd10pcs import checks, knowledge
from loaders.icd10pcs.entries import Entries
from loaders.icd10pcs.knowledge import Knowledge
from loaders.icd10pcs.pieces import Meanings, Pieces, codes, heads, title
from loaders.icd10pcs.tables import Table
from loaders.icd10pcs.uses import NOT_SELECTABLE, PREVIOUS_TITLE, former
from terminology.codesystems.icd10pcs_properties import CHANGE, EXPLANATION, INCLUDES, REPLACES
from terminology.codesystems.replacing import DELETED_CODE
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept, Designation, Property
from terminology.model.loading import Facts, Listed
from terminology.model.outcome import Issue

OPERATION = 3


def complete(
    metadata: CodeSystemMetadata, listed: Iterable[Listed], facts: Sequence[Facts], note: Callable[[Issue], None]
) -> Iterator[Listed]:
    """See `terminology.model.loading.Completer`. Raises TerminologyError conflict for files that contradict."""
    known = knowledge.read(facts)
    found = {concept.code: (concept, document) for concept, document in listed}
    completion = _Completion(known, found.keys(), note)
    checks.check(metadata, known, found.keys(), completion.made.keys(), note)
    completion.say_what_is_unused(note)
    for code in sorted(found.keys() | completion.codes):
        concept, document = found.get(code, (None, None))
        finished = completion.finish(code, concept)
        yield finished, document if finished is concept else None


class _Completion:
    """What is known, arranged by code. `made` are the codes that the tables make, with the pieces they consist of."""

    def __init__(self, known: Knowledge, listed: Iterable[str], note: Callable[[Issue], None]) -> None:
        self._known = known
        self._meanings = Meanings(known.tables, known.definitions, known.index)
        self._heads = heads(known.tables, self._meanings)
        self.made: dict[str, Pieces] = dict(codes(known.tables, self._meanings))
        self.codes = {*self.made, *(code[:length] for code in known.tables for length in (1, 2, 3))}
        self._entries = Entries(known.index, known.tables, self.codes | set(listed))
        self._texts: dict[tuple[tuple[str, str], ...], str] = {}
        self._added: dict[str, list[Property]] = {}
        self._titles: dict[str, str] = {}
        self._changes(self.codes | set(listed))
        if known.definitions.terms and not known.tables:
            note(Issue("information", "informational", "PCS_DEFINITIONS_WAIT"))

    def _changes(self, present: set[str]) -> None:
        for change in (change for addendum in self._known.addenda for change in addendum.changes):
            if change.action == "deleted":
                above = next((change.code[:n] for n in (3, 2, 1) if change.code[:n] in present), "")
                gone = Property(DELETED_CODE, "Coding", former(change.code, change.long))
                if gone not in self._added.setdefault(above, []):
                    self._added[above].append(gone)
                continue
            self._added.setdefault(change.code, []).append(Property(CHANGE, "string", change.action))
            if change.was and change.was != change.long:
                self._titles[change.code] = change.was
        for code, former_codes in self._known.replaced.items():
            self._added.setdefault(code, []).extend(Property(REPLACES, "Coding", old) for old in former_codes)

    def say_what_is_unused(self, note: Callable[[Issue], None]) -> None:
        """Report the names of definitions and index that no table has."""
        if self._known.tables:
            checks.note_unused(self._meanings.unknown, self._entries.unknown, note)

    def finish(self, code: str, concept: Concept | None) -> Concept:
        """The concept with everything that is known about it; the same object if nothing is."""
        pieces = self.made.get(code)
        names = self._entries.of(code)
        if code in self._titles:
            names = (*names, Designation(self._titles[code], use=PREVIOUS_TITLE))
        if pieces is not None:
            return self._code(code, concept or Concept(code), self._heads[code[:3]], pieces, names)
        if code in self.codes:
            concept = self._group(code, concept)
        assert concept is not None
        added = self._added.get(code, ())
        return replace(
            concept,
            designations=_united(concept.designations, names),
            properties=(*concept.properties, *(p for p in added if p not in concept.properties)),
        ) if added or names else concept  # fmt: skip

    def _code(
        self, code: str, concept: Concept, head: Pieces, pieces: Pieces, names: tuple[Designation, ...]
    ) -> Concept:
        section, body_system, operation = head
        a, b, c, d = pieces
        return Concept(
            code,
            concept.display or title(head, pieces),
            concept.definition or self._definition((operation, *pieces)),
            _united(concept.designations + a.names + b.names + c.names + d.names, names),
            section.properties + body_system.properties + operation.properties
            + a.properties + b.properties + c.properties + d.properties
            + c.others + concept.properties + tuple(self._added.get(code, ())),
            concept.parents or (code[:3],),
            extensions=concept.extensions,
            extra=concept.extra,
        )  # fmt: skip

    def _definition(self, pieces: Pieces) -> str | None:
        said = tuple((piece.label, piece.definition) for piece in pieces if piece.definition)
        if said not in self._texts:
            self._texts[said] = " ".join(f"{label}: {text.rstrip('.')}." for label, text in said)
        return self._texts[said] or None

    def _group(self, code: str, concept: Concept | None) -> Concept:
        """A section, a body system or a table."""
        parents = (code[:-1],) if len(code) > 1 else ()
        table = next(t for c, t in self._known.tables.items() if c.startswith(code)) if len(code) < 3 else None
        made = (
            Concept(code, table.axes[len(code) - 1].label, properties=(NOT_SELECTABLE,), parents=parents)
            if table
            else self._table(self._known.tables[code])
        )
        if concept is None:
            return made
        return replace(
            concept,
            display=concept.display or made.display,
            definition=concept.definition or made.definition,
            properties=(*concept.properties, *(p for p in made.properties if p not in concept.properties)),
            parents=tuple(dict.fromkeys((*concept.parents, *parents))),
        )

    def _table(self, table: Table) -> Concept:
        _, body_system, operation = table.axes
        term = self._meanings.term(table, OPERATION, operation.label)
        said = [(EXPLANATION, term.explanation)] if term and term.explanation else []
        said += [(INCLUDES, text) for text in term.includes] if term else []
        return Concept(
            table.code,
            f"{body_system.label}, {operation.label}",
            (term.definition if term else None) or table.definition,
            properties=(NOT_SELECTABLE, *(Property(code, "string", text) for code, text in said)),
            parents=(table.code[:2],),
        )


def _united(designations: tuple[Designation, ...], names: tuple[Designation, ...]) -> tuple[Designation, ...]:
    """Both, without repeating a name."""
    if not names:
        return designations
    said = {designation.value for designation in designations}
    return designations + tuple([name for name in names if name.value not in said])
