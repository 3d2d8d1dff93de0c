"""The order of concepts: depth first from the roots, so that what lies below a concept mostly lies together.

Knows positions only. Circles do not matter for the order: their concepts come in the order of their ids.
`step_of_circle` finds a circle.
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


def step_of_circle(size: int, children: Positions, parents: Positions) -> int | None:
    """The row of an is-a relationship by which a concept is its own ancestor; None for a hierarchy."""
    order = np.argsort(parents, kind="stable")
    below = children[order]
    starts = np.searchsorted(parents[order], np.arange(size + 1))
    unseen = np.bincount(children, minlength=size)
    """How many of a concept's parents have not been reached: a concept is, when all of them have been."""
    reached = np.flatnonzero(unseen == 0)
    while len(reached):
        counts = starts[reached + 1] - starts[reached]
        offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        next_ = below[np.repeat(starts[reached], counts) + offsets]
        np.subtract.at(unseen, next_, 1)
        reached = np.unique(next_[unseen[next_] == 0])
    left = unseen > 0
    return _closing_step(children, parents, np.flatnonzero(left[children] & left[parents])) if left.any() else None


def _closing_step(children: Positions, parents: Positions, rows: npt.NDArray[np.intp]) -> int:
    """The row that closes a circle: found by going up from a concept in or below it, until a concept comes again."""
    upward = dict(zip(children[rows].tolist(), rows.tolist(), strict=True))
    row = next(iter(upward.values()))
    seen: set[int] = set()
    while int(parents[row]) not in seen:
        seen.add(int(parents[row]))
        row = upward[int(parents[row])]
    return int(row)
