"""The stored form of a concept: one compact JSON document, read with every lookup.

A document is a positional list (see `_concept`) without trailing absent values; no part of a Concept is lost. Batches
of documents are compressed blocks, for parts that are merged later. Positions never change their meaning: new fields
are added at the end.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import orjson

from terminology.model.brief import Brief, brief
from terminology.model.concept import NOTHING_EXTRA, Concept, Designation, Extension, Extra, Property
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import WrittenEntry
from terminology.model.records import PlainBatch
from terminology.model.written import Likeness
from terminology.store.entries import ConceptRow
from terminology.store.openjson import (
    freeze,
    freeze_coding,
    freeze_extension,
    freeze_members,
    thaw,
    thaw_coding,
    thaw_extension,
    trimmed,
)

KINDS: tuple[Any, ...] = ("code", "Coding", "string", "integer", "boolean", "dateTime", "decimal")
"""Kinds of property values, written as their place. Append only: databases hold the places."""

PLACES: Mapping[str, int] = MappingProxyType({kind: place for place, kind in enumerate(KINDS)})
CODE_PLACE = PLACES["code"]
BARE_LIKENESS: Mapping[int, Likeness] = MappingProxyType({
    PLACES["code"]: Likeness("code"), PLACES["string"]: Likeness("string"), PLACES["dateTime"]: Likeness("dateTime"),
})  # fmt: skip
"""Of properties without extensions or other members, by the place of a kind whose values are texts."""

COMPRESSION = 1
"""zlib's fastest level: blocks are written once and read a few times."""

DESIGNATIONS_PLACE = 3
PROPERTIES_PLACE = 4
PARENTS_PLACE = 5
BARE = 3
"""Parts of a property that has a code, a kind and a value; extensions and other members follow."""
CHILDREN_PLACE = 6
EXTENSIONS_PLACE = 7

TWO_TEXTS = re.compile(rb'\["[^"\\]*(?:\\.[^"\\]*)*",("[^"\\]*(?:\\.[^"\\]*)*")')
"""How a document with a display begins. An alternative for each character would take four times as long."""

Frozen = list[Any]


def encode(concept: Concept) -> bytes:
    """The document of a concept. Raises TerminologyError invalid for text that is not valid Unicode."""
    return dump(freeze_concept(concept))


def decode(document: bytes) -> Concept:
    """The concept of a document."""
    return _concept(*orjson.loads(document))


def display_of(document: bytes) -> str | None:
    """The display of a document, without reading the rest."""
    found = TWO_TEXTS.match(document)
    display: str | None = orjson.loads(found[1]) if found else None
    return display


def display_with(document: bytes, place_of: Mapping[bytes, int | None]) -> str | None:
    """What to show for a document that has a display, chosen as by `outlines`; None for nothing."""
    frozen: Frozen = orjson.loads(document)
    if len(frozen) < 2 or not frozen[1]:
        return None
    designations = frozen[DESIGNATIONS_PLACE] or () if len(frozen) > DESIGNATIONS_PLACE else ()
    place = place_of[orjson.dumps([written[1:] for written in designations])]
    shown: str | None = None if place is None else frozen[1] if place < 0 else designations[place][0]
    return shown


def outlines(
    documents: str, silent: Mapping[str, Collection[Any]], place_of: Mapping[bytes, int | None]
) -> dict[int, Brief | ConceptRow]:
    """By ordinal: a `Brief` of each document that is simple enough, read without making a concept; else its row.

    `documents` is in the form of `VersionReader.documents`, `silent` as `is_brief` has it. The display is the text of
    the designation at the place that `place_of` gives; its keys are JSON of all that is written of a concept's
    designations beside their texts. A negative place is the concept's own display; where there is none, the row is
    returned.
    """
    pairs: list[tuple[int, Frozen]] = orjson.loads(documents)
    found: dict[int, Brief | ConceptRow] = {}
    for ordinal, frozen in pairs:
        designations = frozen[DESIGNATIONS_PLACE] or () if len(frozen) > DESIGNATIONS_PLACE else ()
        place = place_of[orjson.dumps([written[1:] for written in designations])]
        if place is None or not is_brief(frozen, silent):
            found[ordinal] = ConceptRow(ordinal, frozen[0], orjson.dumps(frozen))
        else:
            found[ordinal] = brief(frozen[0], frozen[1] if place < 0 else designations[place][0])
    return found


def entries_of(documents: str, silent: Mapping[str, Collection[Any]]) -> dict[int, WrittenEntry | ConceptRow]:
    """By ordinal: what a list shows of each document, if that has no status and no extensions.

    Else its row. `documents` and `silent` are as `outlines` has them.
    """
    pairs: list[tuple[int, Frozen]] = orjson.loads(documents)
    found: dict[int, WrittenEntry | ConceptRow] = {}
    for ordinal, frozen in pairs:
        if is_brief(frozen, silent):
            designations = frozen[DESIGNATIONS_PLACE] or () if len(frozen) > DESIGNATIONS_PLACE else ()
            properties = frozen[PROPERTIES_PLACE] or () if len(frozen) > PROPERTIES_PLACE else ()
            found[ordinal] = WrittenEntry(frozen[0], frozen[1], designations, properties)
        else:
            found[ordinal] = ConceptRow(ordinal, frozen[0], orjson.dumps(frozen))
    return found


def others_of(written: bytes) -> list[Designation]:
    """The designations that such a key is of, without their texts."""
    return [thaw_designation(["", *others]) for others in orjson.loads(written)]


def is_brief(frozen: Frozen, silent: Mapping[str, Collection[Any]]) -> bool:
    """Whether a list shows nothing of a concept but code and display (`model.brief`).

    `silent` are properties, each with the values that do not keep a document from being brief.
    """
    width = len(frozen)
    if width < 2 or not frozen[1] or (width > EXTENSIONS_PLACE and frozen[EXTENSIONS_PLACE]):
        return False
    if width > PROPERTIES_PLACE and (properties := frozen[PROPERTIES_PLACE]):
        for stated in properties:
            if stated[0] in silent and stated[2:3] and stated[2] not in silent[stated[0]]:
                return False
    return True


def pieces_of(document: bytes) -> Frozen:
    """The first parts of a document, up to the children; absent parts are None."""
    frozen: Frozen = orjson.loads(document)
    return (frozen + [None] * (CHILDREN_PLACE + 1 - len(frozen)))[: CHILDREN_PLACE + 1]


def with_links(document: bytes, parents: Sequence[str] | None, children: Sequence[str]) -> bytes:
    """A document with these children, and (unless None) these parents. The rest is not read."""
    frozen: Frozen = orjson.loads(document)
    frozen += [None] * (CHILDREN_PLACE + 1 - len(frozen))
    if parents is not None:
        frozen[PARENTS_PLACE] = parents or None
    frozen[CHILDREN_PLACE] = children or None
    return dump(trimmed(*frozen))


def with_properties(document: bytes, derived: Iterable[Property]) -> bytes:
    """A document with those of these properties that it does not state."""
    frozen: Frozen = orjson.loads(document)
    frozen += [None] * (PROPERTIES_PLACE + 1 - len(frozen))
    stated = frozen[PROPERTIES_PLACE] or []
    names = {item[0] for item in stated}
    frozen[PROPERTIES_PLACE] = stated + [_freeze_property(item) for item in derived if item.code not in names]
    return dump(frozen)


def with_children(document: bytes, width: int, children: Sequence[str]) -> bytes:
    """A document of `width` parts with these children. If the document ends before their place, they are appended."""
    if width > CHILDREN_PLACE:
        return with_links(document, None, children)
    return b"%b%b,%b]" % (document[:-1], b",null" * (CHILDREN_PLACE - width), dump(children))


def thaw_property(frozen: Frozen) -> Property:
    """A property of a document."""
    return _property(*frozen)


def code_values(properties: Iterable[Frozen]) -> list[str | None]:
    """Of each property of a document, its value if it is a code, without extensions or other members; else None."""
    return [
        frozen[2] if frozen[1] == CODE_PLACE and (len(frozen) == BARE or not any(frozen[BARE : BARE + 2])) else None
        for frozen in properties
    ]


def likeness(stated: Frozen) -> Likeness | None:
    """That of a property of a document; None if its value is no text, or a code with other members."""
    bare = BARE_LIKENESS.get(stated[1])
    if bare is None or len(stated) == BARE or not any(stated[BARE : BARE + 2]):
        return bare
    return None if bare.kind == "code" else Likeness(bare.kind, orjson.dumps(stated[BARE : BARE + 2]))


def thaw_like(code: str, like: Likeness, value: str) -> Property:
    """The property of such a likeness with this value."""
    others = orjson.loads(like.others) if like.others else ()
    return _property(code, PLACES[like.kind], value, *others)


def named_in(document: bytes) -> list[str]:
    """The codes that a document names: values of properties, parents and children."""
    properties, parents, children = pieces_of(document)[PROPERTIES_PLACE:]
    values = [code for code in code_values(properties or ()) if code is not None]
    return [*values, *(parents or ()), *(children or ())]


def thaw_designation(frozen: Frozen) -> Designation:
    """A designation of a document."""
    return _designation(*frozen)


def encode_batch(concepts: Iterable[Concept]) -> bytes:
    """A compressed block of concepts. Raises as `encode`."""
    return zlib.compress(dump([freeze_concept(concept) for concept in concepts]), COMPRESSION)


def decode_batch(block: bytes) -> list[Concept]:
    """The concepts of a block. Raises as `decode_frozen`."""
    return [_concept(*frozen) for frozen in decode_frozen(block)]


def encode_plain(batch: PlainBatch) -> bytes:
    """As `encode_batch`, for concepts in plain tuples. Raises as `encode`."""
    return zlib.compress(dump(list(_freeze_plain(batch))), COMPRESSION)


def decode_frozen(block: bytes) -> list[Frozen]:
    """The concepts of a block as the JSON of their documents: far cheaper than concepts.

    Raises TerminologyError unavailable for a damaged block.
    """
    try:
        frozen: list[Frozen] = orjson.loads(zlib.decompress(block))
    except (zlib.error, orjson.JSONDecodeError) as error:
        raise TerminologyError.of("unavailable", "STORE_BLOCK_UNREADABLE", reason=str(error)) from error
    return frozen


def thaw_concept(frozen: Frozen) -> Concept:
    """The reverse of `freeze_concept`."""
    return _concept(*frozen)


def dump(frozen: Any) -> bytes:
    """JSON of something frozen. Raises TerminologyError invalid for text that is not valid Unicode."""
    try:
        return orjson.dumps(frozen)
    except orjson.JSONEncodeError as error:
        raise TerminologyError.of("invalid", "STORE_TEXT_INVALID", reason=str(error)) from error


def freeze_concept(concept: Concept) -> Frozen:
    """A concept as the JSON of its document: the counterpart of `_concept`."""
    return trimmed(
        concept.code,
        concept.display,
        concept.definition,
        [_freeze_designation(designation) for designation in concept.designations] or None,
        [_freeze_property(property_) for property_ in concept.properties] or None,
        concept.parents or None,
        concept.children or None,
        _freeze_extensions(concept.extensions),
        _freeze_extra(concept.extra),
    )


class Freezer:
    """`freeze_concept` for concepts that share designation and property objects: each of these is frozen once.

    The results share parts too, and must not be changed. Remembers up to `limit` objects.
    """

    def __init__(self, limit: int = 100_000) -> None:
        self._limit = limit
        self._known: dict[int, tuple[Designation | Property, Frozen]] = {}

    def freeze(self, concept: Concept) -> Frozen:
        """As `freeze_concept`."""
        known = self._known
        if len(known) > self._limit:
            known.clear()
        designations = [(known.get(id(d)) or self._designation(d))[1] for d in concept.designations]
        properties = [(known.get(id(p)) or self._property(p))[1] for p in concept.properties]
        return trimmed(
            concept.code,
            concept.display,
            concept.definition,
            designations or None,
            properties or None,
            concept.parents or None,
            concept.children or None,
            _freeze_extensions(concept.extensions),
            _freeze_extra(concept.extra),
        )

    def _designation(self, designation: Designation) -> tuple[Designation | Property, Frozen]:
        made = self._known[id(designation)] = designation, _freeze_designation(designation)
        return made

    def _property(self, property_: Property) -> tuple[Designation | Property, Frozen]:
        made = self._known[id(property_)] = property_, _freeze_property(property_)
        return made


def _freeze_plain(batch: PlainBatch) -> Iterator[Frozen]:
    """As `freeze_concept` for concepts in plain tuples, except that absent parts at the end may be kept."""
    uses = [(freeze_coding(use), [freeze_coding(other) for other in others] or None) for use, *others in batch.uses]
    for code, display, definition, designations, properties, parents in batch.concepts:
        yield [
            code,
            display,
            definition,
            [
                [value, language] if use is None else [value, language, *uses[use]]
                for value, language, use in designations
            ]
            or None,
            [
                [property_, PLACES[kind], value if type(value) is str else freeze(value), None, None, group]
                if group is not None
                else [property_, PLACES[kind], value if type(value) is str else freeze(value)]
                for property_, kind, value, group in properties
            ]
            or None,
            parents or None,
        ]


def _freeze_designation(designation: Designation) -> Frozen:
    return trimmed(
        designation.value,
        designation.language,
        None if designation.use is None else freeze_coding(designation.use),
        [freeze_coding(use) for use in designation.additional_uses] or None,
        _freeze_extensions(designation.extensions),
        _freeze_extra(designation.extra),
    )


def _freeze_property(property_: Property) -> Frozen:
    return trimmed(
        property_.code,
        KINDS.index(property_.kind),
        freeze(property_.value),
        _freeze_extensions(property_.extensions),
        _freeze_extra(property_.extra),
        property_.group,
    )


def _freeze_extensions(extensions: tuple[Extension, ...]) -> list[Frozen] | None:
    return [freeze_extension(extension) for extension in extensions] or None


def _freeze_extra(extra: Extra) -> Any:
    return freeze_members(extra) if extra else None


def _concept(
    code: str,
    display: str | None = None,
    definition: str | None = None,
    designations: list[Frozen] | None = None,
    properties: list[Frozen] | None = None,
    parents: list[str] | None = None,
    children: list[str] | None = None,
    extensions: list[Frozen] | None = None,
    extra: Any = None,
) -> Concept:
    return Concept(
        code,
        display,
        definition,
        tuple([_designation(*frozen) for frozen in designations]) if designations else (),
        tuple([_property(*frozen) for frozen in properties]) if properties else (),
        tuple(parents) if parents else (),
        tuple(children) if children else (),
        tuple(map(thaw_extension, extensions)) if extensions else (),
        NOTHING_EXTRA if extra is None else thaw(extra),
    )


def _designation(
    value: str,
    language: str | None = None,
    use: Frozen | None = None,
    additional_uses: list[Frozen] | None = None,
    extensions: list[Frozen] | None = None,
    extra: Any = None,
) -> Designation:
    return Designation(
        value,
        language,
        None if use is None else thaw_coding(use),
        tuple(map(thaw_coding, additional_uses)) if additional_uses else (),
        tuple(map(thaw_extension, extensions)) if extensions else (),
        NOTHING_EXTRA if extra is None else thaw(extra),
    )


def _property(
    code: str,
    kind: int,
    value: Any = None,
    extensions: list[Frozen] | None = None,
    extra: Any = None,
    group: int | None = None,
) -> Property:
    return Property(
        code,
        KINDS[kind],
        value if type(value) is str else thaw(value),
        tuple(map(thaw_extension, extensions)) if extensions else (),
        NOTHING_EXTRA if extra is None else thaw(extra),
        group,
    )
