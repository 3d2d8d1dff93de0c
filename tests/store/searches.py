"""Watches searches, for tests of what they cost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from terminology.store.text import TextIndex
from terminology.store.text_hits import TextHits


@contextmanager
def counting_searches() -> Iterator[list[str]]:
    """The texts meanwhile for which terms are looked at, since what is found is neither stored nor kept."""
    texts: list[str] = []
    search = TextIndex._search

    def watched(self: TextIndex, text: str, *more: Any) -> TextHits:
        texts.append(text)
        return search(self, text, *more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TextIndex, "_search", watched)
        yield texts
