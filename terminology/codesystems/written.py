"""Reads documents as lines (`model.written`), without making concepts of them."""

from __future__ import annotations

from collections.abc import Collection

import orjson

from terminology.model.concept import PropertyKind
from terminology.model.remembering import Memo
from terminology.model.written import LINE, TextShape, ValueShape, WrittenConcept, lines
from terminology.store.documents import KINDS, TWO_TEXTS, others_of, pieces_of, plain_texts

SHAPES = 2048
"""Shapes of each kind that are kept for a version, most of which have a few dozen."""
NO_DESIGNATIONS = b"[]"
NOWHERE: tuple[int, ...] = ()
NO_NAMES: tuple[str, ...] = ()
NO_KINDS: tuple[PropertyKind | None, ...] = ()
EMPTY = b'""'


ValueKey = tuple[tuple[str, ...], tuple[PropertyKind | None, ...]]


class Lines:
    """Makes lines of documents, and finds the shapes that they share. Threads may share it."""

    def __init__(self, whole: Collection[str] = frozenset()) -> None:
        """`whole` are codes of properties of which more is said than their values, even if these are texts."""
        self._whole = whole
        self._text_shapes: Memo[tuple[bool, bytes, tuple[int, ...]], TextShape] = Memo(_text_shape, SHAPES)
        self._value_shapes: Memo[ValueKey, ValueShape] = Memo(_value_shape, SHAPES)

    def of(self, document: bytes, *, inactive: bool, abstract: bool) -> WrittenConcept | None:
        """What a document says, with what is known of the concept's status; None if it has no display."""
        code, display, definition, designations, properties, parents, children = pieces_of(document)
        if not display:
            return None
        texts = [code, display] if definition is None else [code, display, definition]
        others, repeating = NO_DESIGNATIONS, NOWHERE
        if designations:
            named = [item[0] for item in designations]
            texts += named
            others = orjson.dumps([item[1:] for item in designations])
            if display in named:
                repeating = tuple([place for place, text in enumerate(named) if text == display])
        names, kinds, values = NO_NAMES, NO_KINDS, b""
        if properties:
            plain = plain_texts(properties, self._whole)
            both = [*zip(properties, plain, strict=True)]
            names = tuple([item[0] for item in properties])
            kinds = tuple([None if text is None else KINDS[item[1]] for item, text in both])
            values = LINE.join([orjson.dumps(item if text is None else text) for item, text in both])
        return WrittenConcept(
            self._text_shapes[definition is not None, others, repeating],
            self._value_shapes[names, kinds],
            lines(texts),
            values,
            lines(parents),
            lines(children),
            inactive,
            abstract,
        )


def display_line(document: bytes | None) -> bytes:
    """The display of a document as JSON; empty if it has none."""
    found = TWO_TEXTS.match(document) if document else None
    return found[1] if found and found[1] != EMPTY else b""


def _text_shape(key: tuple[bool, bytes, tuple[int, ...]]) -> TextShape:
    is_defined, others, repeating = key
    return TextShape(is_defined, tuple(others_of(others)), repeating)


def _value_shape(key: ValueKey) -> ValueShape:
    return ValueShape(*key)
