"""Shapes of bodies: what bodies have in common, byte by byte, that differ only in a few texts.

A body like others is not parsed: the bytes around its texts tell which plan answers it. A shape is learned from a body
that was parsed and answered, and only if the body, with other texts in these places, would ask another question of the
same kind about just these texts. JSON makes sure of the rest: where one string without quotes, escapes and control
characters is, any other may be. Whatever has no known shape is parsed.

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
from terminology.http.cache_context import CacheContext, Kind, Plan
from terminology.http.kinds import UUID, Question, in_body, preparation_at
from terminology.model.outcome import TerminologyError

LARGEST = 4096
"""Bytes of a body, before the first resource in it, that may have a shape."""
BROUGHT = b'"resource"'
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


@lru_cache(maxsize=1024)
def _splitter(path: str) -> Callable[[bytes], list[bytes]]:
    """Splits a body into other bytes, how a text begins, the text, other bytes, … other bytes."""
    preparation = preparation_at(path)
    names = {*preparation.varying, UUID, *(member for places in preparation.codings.values() for member in places)}
    name = "|".join(map(re.escape, sorted(names)))
    start = rf'"(?:{name})"(?:\s*,\s*"value\w+")?\s*:\s*"'
    return re.compile(rf'({start})([^"\\\x00-\x1f]+)'.encode()).split


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
    size = OVERHEAD + sum(len(piece) for piece in pieces if isinstance(piece, bytes)) + weight
    context.epoch.shapes.put(shape, (prepared, order), size)


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
