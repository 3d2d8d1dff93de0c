"""Shapes of bodies: what bodies have in common, byte by byte, that differ only in a few texts.

A body like others is not parsed: the bytes around its texts tell which plan answers it. A shape is learned from a body
that was parsed and answered, and only if the body, with other texts in these places, would ask another question of the
same kind about just these texts. JSON makes sure of the rest: where one string without quotes, escapes and control
characters is, any other may be. Whatever has no known shape is parsed. A body is compared first with the latest shape,
and cut to look for others if it has not that one.

Only texts before the first resource that a body brings may vary: the rest of such a body is part of its shape, by its
digest. Clients name what they ask about first, mostly.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from hashlib import sha256

from terminology.fhir.json import loads_object
from terminology.http.cache_context import CacheContext, Kind, Plan, Shape
from terminology.http.kinds import UUID, Question, in_body, preparation_at
from terminology.model.outcome import TerminologyError

LARGEST = 4096
"""Bytes of a body, before the first resource in it, that may have a shape."""
BROUGHT = b'"resource"'
QUOTE = b'"'
TEXT = re.compile(rb'[^"\\\x00-\x1f]+')
"""A string of JSON without escapes."""
MOST_TEXTS = 12
OVERHEAD = 1024
"""What a shape costs in memory beside its bytes and its plan."""


Cut = tuple[Kind, Sequence[bytes], bytes]
"""The shape of a body, its texts that may vary, and the rest: what begins with the first resource, if there is one.

The shape is the context, the path and all bytes but these texts, the rest as a digest.
"""


def cut(context: Hashable, path: str, body: bytes) -> Cut | None:
    """The body of a call of a prepared operation, cut; None if it is too large to have a shape."""
    start = body.find(BROUGHT)
    rest = b"" if start < 0 else body[start:]
    if len(body) - len(rest) > LARGEST:
        return None
    pieces = _splitter(path)(body[:start] if rest else body)
    texts = pieces[2::3]
    del pieces[2::3]
    if rest:
        pieces.append(sha256(rest).digest())
    return (context, path, *pieces), texts, rest


def texts_in(body: bytes, pieces: Sequence[bytes]) -> list[bytes] | None:
    """The texts between the pieces of a shape; None for a body that must be cut to see if it has that shape.

    `cut` finds the same texts, in several times the time: what comes before a text decides where it looks for one.
    """
    first, *others = pieces
    if not body.startswith(first):
        return None
    start, texts = len(first), []
    for piece in others:
        end = body.find(QUOTE, start)
        text = body[start:end]
        if end < 0 or not body.startswith(piece, end) or not (text.isalnum() or TEXT.fullmatch(text)):
            return None
        texts.append(text)
        start = end + len(piece)
    return texts if start == len(body) else None


@lru_cache(maxsize=1024)
def _splitter(path: str) -> Callable[[bytes], list[bytes]]:
    """Splits a body into other bytes, how a text begins, the text, other bytes, … other bytes."""
    preparation = preparation_at(path)
    names = {*preparation.varying, UUID, *(member for places in preparation.codings.values() for member in places)}
    name = "|".join(map(re.escape, sorted(names)))
    start = rf'"(?:{name})"(?:\s*,\s*"value\w+")?\s*:\s*"'
    return re.compile(b"(%b)(%b)" % (start.encode(), TEXT.pattern)).split


def values_of(texts: Sequence[bytes]) -> list[str] | None:
    """The texts of a body; None if one has blanks at its ends or is not UTF-8."""
    try:
        values = [text.decode() for text in texts]
    except UnicodeDecodeError:
        return None
    for value in values:
        if not value.isalnum() and value != value.strip():
            return None
    return values


def learn(shape: Kind, given: Sequence[bytes], rest: bytes, question: Question, plan: Plan, weight: int) -> None:
    """Remember that bodies of this shape, such as one with these texts, have a plan of this weight, if that is so.

    `question` is the one in the body, of which `rest` is the end (`Cut`). Shapes are remembered as long as the plan's
    epoch lasts.
    """
    texts = values_of(given) or []
    if not 0 < len(texts) <= MOST_TEXTS or sorted(texts) != sorted(question.values):
        return  # something varies in another place, such as a number, or an id of what a client left here
    marks = [os.urandom(8).hex() for _ in texts]
    context, path, *pieces = shape[:-1] if rest else shape
    assert isinstance(context, CacheContext)
    assert isinstance(path, str)
    marked = _in_body(context, path, _joined(pieces, marks) + rest)
    if marked is None or marked.kind != question.kind or sorted(marked.values) != sorted(marks):
        return
    prepared, places = plan
    order = tuple([-1 if place < 0 else marks.index(marked.values[place]) for place in places])
    around = () if rest else _around(pieces)
    size = OVERHEAD + sum(len(piece) for piece in (*pieces, *around) if isinstance(piece, bytes)) + weight
    context.epoch.shapes.put(shape, Shape(context, path, around, (prepared, order)), size)


def _around(pieces: Sequence[Hashable]) -> tuple[bytes, ...]:
    """What is before, between and after the texts of a body that is cut into these pieces."""
    whole = [piece for piece in pieces if isinstance(piece, bytes)]
    return *(other + start for other, start in zip(whole[:-1:2], whole[1::2], strict=True)), whole[-1]


def _joined(pieces: Sequence[Hashable], texts: Sequence[str]) -> bytes:
    """The body with other texts."""
    whole = [piece for piece in pieces if isinstance(piece, bytes)]
    for number, text in enumerate(texts):
        whole.insert(3 * number + 2, text.encode())
    return b"".join(whole)


def _in_body(context: Hashable, path: str, body: bytes) -> Question | None:
    try:
        return in_body(context, path, loads_object(body))
    except TerminologyError:
        return None
