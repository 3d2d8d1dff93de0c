"""Dates as periods."""

from __future__ import annotations

import pytest

from terminology.store.dates import condition, period


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2024", "2024-01-01T00:00:00.000000", "2024-12-31T23:59:59.999999"),
        ("2024-02", "2024-02-01T00:00:00.000000", "2024-02-31T23:59:59.999999"),
        ("2024-02-29", "2024-02-29T00:00:00.000000", "2024-02-29T23:59:59.999999"),
        ("2024-02-29T10:30:00Z", "2024-02-29T10:30:00.000000", "2024-02-29T10:30:00.999999"),
        ("2024-01-01T00:30:00+01:00", "2023-12-31T23:30:00.000000", "2023-12-31T23:30:00.999999"),
        ("2024-01-01T00:30:00.125-05:00", "2024-01-01T05:30:00.125000", "2024-01-01T05:30:00.125000"),
        ("2024-01-01T00:30:00", "2024-01-01T00:30:00.000000", "2024-01-01T00:30:00.999999"),
    ],
)
def test_a_date_is_from_its_first_to_its_last_moment(text, low, high):
    assert period(text) == (low, high)


@pytest.mark.parametrize("text", ["", "24", "2024-1", "2024-01-01 10:00", "today", "2024-01-01T", "٢٠٢٤", "2024-13T1"])
def test_what_is_no_date_is_refused(text):
    with pytest.raises(ValueError):
        period(text)


def test_a_prefix_decides_the_condition():
    assert condition("2024") == condition("eq2024")
    assert condition("sa2024") == ("date_low > ?", ("2024-12-31T23:59:59.999999",))
    with pytest.raises(ValueError):
        condition("xx2024")
