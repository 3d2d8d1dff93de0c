"""Property values in their normal form."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminology.model.coding import Coding
from terminology.model.concept import Property
from terminology.model.values import normal_text, value_key


@pytest.mark.parametrize(
    ("kind", "value", "key"),
    [
        ("boolean", True, "true"),
        ("boolean", False, "false"),
        ("integer", 7, "7"),
        ("decimal", Decimal("1.50"), "1.5"),
        ("decimal", Decimal(100), "100"),
        ("decimal", Decimal("-0.0"), "0"),
        ("Coding", Coding("http://example.org", "x"), "x"),
        ("code", "X ", "X "),
        ("string", "1.50", "1.50"),
        ("dateTime", "2024-01", "2024-01"),
        ("dateTime", "2024-01-01T00:30:00+01:00", "2023-12-31T23:30:00Z"),
        ("dateTime", "2024-01-01T00:30:00", "2024-01-01T00:30:00"),
    ],
)
def test_key(kind, value, key):
    assert value_key(Property("p", kind, value)) == key


@pytest.mark.parametrize("text", ["", "one", "NaN", "1e999", "2024-13-45T99:00:00Z", "0001-01-01T00:00:00+05:00"])
def test_what_cannot_be_read_stays(text):
    assert normal_text("decimal", text) == text
    assert normal_text("dateTime", text) == text


@given(st.decimals(-(10**9), 10**9, places=4), st.integers(0, 3))
def test_superfluous_zeros_do_not_matter(number, zeros):
    text = format(number, "f") + "0" * zeros
    assert normal_text("decimal", text) == value_key(Property("p", "decimal", number))


@given(st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.timezones()))  # noqa: DTZ001 - bounds
def test_zones_do_not_matter(moment):
    assert normal_text("dateTime", moment.isoformat()) == normal_text("dateTime", moment.astimezone(UTC).isoformat())
