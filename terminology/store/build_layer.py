"""Builds a layer: a version that stores only what some concepts have in addition to the version below.

Its cost grows with the number of these concepts, not with the size of the version below. A layer may add designations,
properties, definitions and status. It cannot change the hierarchy, displays or the meaning of properties (`Unlayable`):
then the whole version has to be rebuilt. Each set of a layer is complete, as in a rebuilt version.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pyroaring import BitMap

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept, Property
from terminology.model.status import StatusReader, property_code
from terminology.model.values import value_key
from terminology.store import index_kinds
from terminology.store.build_columns import LONGEST_VALUE
from terminology.store.build_terms import ABSENT, Term, designation_terms, property_terms
from terminology.store.documents import Frozen, dump, freeze_concept
from terminology.store.protocol import VersionReader, VersionWriter
from terminology.store.text_build import TextIndexBuilder

LINKS = ("parent", "subsumedBy", "child")


class Unlayable(Exception):  # noqa: N818 - says what was met: no error, another way is taken
    """Something a layer cannot hold."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A concept as it is below and as it is to be; only additions are expected."""

    ordinal: int
    before: Concept
    after: Concept


def build_layer(
    writer: VersionWriter, metadata: CodeSystemMetadata, below: VersionReader, changed: Iterable[Changed]
) -> None:
    """Write the layer, concepts in any order. Raises Unlayable, and what encoding raises."""
    layer = _Layer(metadata, below)
    for one in sorted(changed, key=lambda one: one.ordinal):
        layer.add(one)
    layer.write(writer)


def same_meaning(one: CodeSystemMetadata, other: CodeSystemMetadata) -> bool:
    """Whether two headers read the same concepts the same way: language, case, status, hierarchy and searched texts."""
    return _meaning(one) == _meaning(other)


def _meaning(metadata: CodeSystemMetadata) -> tuple[Any, ...]:
    searched = frozenset(p.code for p in metadata.properties if p.searched)
    links = tuple(property_code(metadata, name) for name in (*LINKS, "status", "inactive", "notSelectable"))
    return metadata.language, metadata.case_sensitive, metadata.content, searched, links


class _Layer:
    def __init__(self, metadata: CodeSystemMetadata, below: VersionReader) -> None:
        self._metadata = metadata
        self._below = below
        self._folds = metadata.case_sensitive is False
        self._links = frozenset(property_code(metadata, name) for name in LINKS)
        self._status = StatusReader(metadata)
        self._searched = frozenset(p.code for p in metadata.properties if p.searched)
        self._rows: list[tuple[int, str, str, bytes]] = []
        self._sets: dict[str, dict[str, BitMap]] = {}
        self._text = TextIndexBuilder()

    def add(self, one: Changed) -> None:
        before, after = one.before, one.after
        added = after.properties[len(before.properties) :]
        if after.parents != before.parents or (after.display and not before.display):
            raise Unlayable
        if any(p.group is not None or p.code in self._links for p in added):
            raise Unlayable
        for value in added:
            self._add_value(one.ordinal, value)
        self._add_status(one)
        code, frozen = after.code, freeze_concept(after)
        self._add_terms(one.ordinal, freeze_concept(before), frozen)
        self._rows.append((one.ordinal, code.casefold() if self._folds else code, code, dump(frozen)))

    def write(self, writer: VersionWriter) -> None:
        """Write rows, sets and terms."""
        if self._rows:
            writer.write_concepts(self._rows)
        for kind, sets in self._sets.items():
            for ordinals in sets.values():
                ordinals.run_optimize()
            writer.write_bitmaps(kind, sorted(sets.items()))
        self._text.write(writer)

    def _set(self, kind: str, key: str) -> BitMap:
        """The new set of a kind and key, which begins as a copy of the one below."""
        sets = self._sets.setdefault(kind, {})
        if key not in sets:
            sets[key] = (self._below.bitmap(kind, key) or BitMap()).copy()
        return sets[key]

    def _add_value(self, ordinal: int, value: Property) -> None:
        self._set(index_kinds.PROPERTY_EXISTS, value.code).add(ordinal)
        key = value_key(value)
        if len(key) > LONGEST_VALUE:
            self._set(index_kinds.PROPERTY_PROSE, value.code).add(ordinal)
        else:
            self._set(index_kinds.property_values(value.code), key).add(ordinal)

    def _add_status(self, one: Changed) -> None:
        before, after = self._status.read(one.before), self._status.read(one.after)
        for flag, was, is_now in (
            (index_kinds.INACTIVE, before.inactive, after.inactive),
            (index_kinds.ABSTRACT, before.abstract, after.abstract),
        ):
            if was != is_now:
                self._move(self._set(index_kinds.FLAG, flag), one.ordinal, inside=is_now)
        if before.status != after.status:
            for status in filter(None, (before.status, after.status)):
                self._move(self._set(index_kinds.STATUS, status), one.ordinal, inside=status == after.status)

    @staticmethod
    def _move(ordinals: BitMap, ordinal: int, *, inside: bool) -> None:
        (ordinals.add if inside else ordinals.discard)(ordinal)

    def _add_terms(self, ordinal: int, before: Frozen, after: Frozen) -> None:
        known = self._terms(before)
        for text, language in self._terms(after):
            if (text, language) not in known:
                self._text.add(ordinal, text, language, designation=True)

    def _terms(self, frozen: Frozen) -> dict[Term, None]:
        """All searched texts of a concept, the display first."""
        language = self._metadata.language
        _, display, _, designations, properties, *_ = (*frozen, *ABSENT)
        found: dict[Term, None] = {(display or "", language): None}
        found.update(designation_terms(display, designations, language))
        found.update(((text, language), None) for text in property_terms(properties, self._searched))
        return found
