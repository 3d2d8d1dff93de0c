"""Reads documents as lines (`model.written`), without making concepts of them."""

from __future__ import annotations

from collections.abc import Collection

import orjson

from terminology.model.remembering import Memo
from terminology.model.written import LINE, Likeness, TextShape, ValueShape, WrittenConcept, lines
from terminology.store.documents import TWO_TEXTS, likeness, others_of, pieces_of

SHAPES = 2048
"""Shapes of each kind that are kept for a version, most of which have a few dozen."""
NO_DESIGNATIONS = b"[]"
NOWHERE: tuple[int, ...] = ()
NO_NAMES: tuple[str, ...] = ()
NO_LIKES: tuple[Likeness | None, ...] = ()
EMPTY = b'""'


TextKey = tuple[bool, bool, bytes, tuple[int, ...]]
ValueKey = tuple[tuple[str, ...], tuple[Likeness | None, ...]]


class Lines:
    """Makes lines of documents, and finds the shapes that they share. Threads may share it."""

    def __init__(self, whole: Collection[str] = frozenset()) -> None:
        """`whole` are codes of properties of which more is said than their values, even if these are texts."""
        self._whole = whole
        self._text_shapes: Memo[TextKey, TextShape] = Memo(_text_shape, SHAPES)
        self._value_shapes: Memo[ValueKey, ValueShape] = Memo(_value_shape, SHAPES)

    def of(self, document: bytes, *, inactive: bool, abstract: bool) -> WrittenConcept | None:
        """What a document says, with what is known of the concept's status; None if it has designations alone."""
        code, display, definition, designations, properties, parents, children = pieces_of(document)
        if designations and not display:
            return None
        shown = display or code
        texts = [code, shown] if definition is None else [code, shown, definition]
        others, repeating = NO_DESIGNATIONS, NOWHERE
        if designations:
            named = [item[0] for item in designations]
            texts += named
            others = orjson.dumps([item[1:] for item in designations])
            if display in named:
                repeating = tuple([place for place, text in enumerate(named) if text == display])
        names, likes, values = NO_NAMES, NO_LIKES, b""
        if properties:
            names = tuple([item[0] for item in properties])
            likes = tuple([None if item[0] in self._whole else likeness(item) for item in properties])
            stated = [item if like is None else item[2] for item, like in zip(properties, likes, strict=True)]
            values = LINE.join(map(orjson.dumps, stated))
        return WrittenConcept(
            self._text_shapes[bool(display), definition is not None, others, repeating],
            self._value_shapes[names, likes],
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


def _text_shape(key: TextKey) -> TextShape:
    is_named, is_defined, others, repeating = key
    return TextShape(is_named, is_defined, tuple(others_of(others)), repeating)


def _value_shape(key: ValueKey) -> ValueShape:
    return ValueShape(*key)
