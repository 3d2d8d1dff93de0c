"""Pages of a segment, whether its set is unpacked or searched for their beginning."""

from __future__ import annotations

import pytest
from pyroaring import BitMap

from valuesets.segments import UNPACKED, Segment

STEP = 7


@pytest.mark.parametrize("size", [1, UNPACKED - 1, UNPACKED, UNPACKED + 1, 3 * UNPACKED])
@pytest.mark.parametrize("bounds", [(0, 1), (0, 10), (500, 510), (UNPACKED - 3, UNPACKED + 3), (9 * UNPACKED, 10**6)])
def test_a_part_of_a_segment_is_that_of_all_its_codes(size: int, bounds: tuple[int, int]) -> None:
    members = [*range(3, 3 + STEP * size, STEP)]
    start, stop = bounds
    found = Segment("http://example.org", None, None, BitMap(members)).ordinals(start, stop)
    assert [*found] == members[start:stop]
