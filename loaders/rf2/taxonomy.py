"""The order of concepts: depth first from the roots, so that what lies below a concept mostly lies together.

Knows positions only. A cycle is not refused here: its concepts come in the order of their ids.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.int64]


def depth_first(size: int, children: Positions, parents: Positions) -> list[int]:
    """All positions: a concept after the first of its parents that is reached, siblings by position.

    `children` and `parents` are the two columns of the is-a relationships. What has neither comes last.
    """
    order = np.lexsort((children, parents))
    below = children[order].tolist()
    starts = np.searchsorted(parents[order], np.arange(size + 1)).tolist()
    has_parents = np.zeros(size, dtype=np.bool_)
    has_parents[children] = True
    roots = np.flatnonzero(~has_parents & (np.diff(starts) > 0)).tolist()
    seen = bytearray(size)
    found: list[int] = []
    stack = roots[::-1]
    while stack:
        position = stack.pop()
        if seen[position]:
            continue
        seen[position] = 1
        found.append(position)
        stack.extend(reversed(below[starts[position] : starts[position + 1]]))
    return [*found, *(position for position in range(size) if not seen[position])]
