"""All codes of a version in two arrays, which take a fraction of the memory of strings. Does no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import overload

import numpy as np


class Codes(Sequence[str]):
    """An immutable sequence of texts, kept as UTF-8; each access makes a new string."""

    def __init__(self, texts: Iterable[str]) -> None:
        encoded = [text.encode() for text in texts]
        self._bounds = np.fromiter(accumulate(map(len, encoded), initial=0), dtype=np.uint32, count=len(encoded) + 1)
        self._data = b"".join(encoded)

    @property
    def weight(self) -> int:
        """The bytes it takes."""
        return len(self._data) + self._bounds.nbytes

    def __len__(self) -> int:
        return len(self._bounds) - 1

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        place = range(len(self))[place]
        start, end = self._bounds[place : place + 2].tolist()
        return self._data[start:end].decode()

    def __iter__(self) -> Iterator[str]:
        return (self._data[start:end].decode() for start, end in pairwise(self._bounds.tolist()))
