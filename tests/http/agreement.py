"""Compares prepared answers, and those of the fast path, with the usual way."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Flask

from tests.http.test_prepared import layers
from tests.http.wsgi_calls import at_once, call

AT_A_TIME = 300
"""Questions that are asked before the first of them is asked again."""


def agrees(app: Flask, asked: Iterable[tuple[str, bytes]]) -> None:
    """Check that questions, each a path and a body, are answered as the usual way does, whenever they are asked."""
    layer, usual = layers(app)
    questions = [*asked]
    for start in range(0, len(questions), AT_A_TIME):
        some = [(one, call(usual, *one)) for one in questions[start : start + AT_A_TIME]]
        for one, expected in some * 2:
            assert call(layer, *one) == expected, one
        for one, expected in some:
            found = at_once(app, *one)
            assert found is None or found == expected, one
