"""JSON text: exact numbers, errors with places, limits."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from terminology.fhir import json
from terminology.model.outcome import TerminologyError


def message(error: pytest.ExceptionInfo[TerminologyError]) -> str:
    return str(error.value)


@pytest.mark.parametrize(
    "number",
    [
        "1.20",
        "100.00",
        "0.10",
        "1e3",
        "1.5E-7",
        "3.1415926535897932384626",
        "-0.0",
        "123456789012345678.5",
        "1234567.12345678901",
        "123456789012345678901234567890",
    ],
)
def test_decimals_are_written_as_they_were_read(number: str) -> None:
    text = f'{{"valueDecimal":{number}}}'.encode()
    written = json.dumps(json.loads(text)).removeprefix(b'{"valueDecimal":').removesuffix(b"}").decode()
    assert Decimal(written).as_tuple() == Decimal(number).as_tuple()


def test_plain_numbers_stay_fast_floats_and_ints() -> None:
    assert json.loads(b'{"a": 1.5, "b": 7, "c": "1.20"}') == {"a": 1.5, "b": 7, "c": "1.20"}
    assert type(json.loads(b'{"a": 1.5}')["a"]) is float
    assert json.loads(b'{"a": 1.50}')["a"] == Decimal("1.50")


def test_numbers_inside_strings_do_not_matter() -> None:
    assert json.loads(rb'{"text": "\"x\": 1.20, "}') == {"text": '"x": 1.20, '}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b'{\n "a": 1,\n "b" 2\n}', "line 3, column 6"),
        (b'{"a": 1.20,\n  oops}', "line 2, column 3"),
        (b"", "line 1, column 1"),
        (b'{"a": "\xff"}', "line 1"),
        (b'{"a": 1.20, "b": "\xff"}', "line 1, column 19"),
        (b'{"a": NaN}', "line 1"),
    ],
)
def test_invalid_json_names_line_and_column(text: bytes, place: str) -> None:
    with pytest.raises(TerminologyError) as error:
        json.loads(text)
    assert error.value.kind == "invalid"
    assert place in message(error)


def test_nan_is_refused_beside_exact_decimals_too() -> None:
    with pytest.raises(TerminologyError, match="NaN"):
        json.loads(b'{"a": 1.20, "b": NaN}')


@pytest.mark.parametrize("depth", [json.MAX_DEPTH + 1, 5000, 200_000])
@pytest.mark.parametrize("exact", [False, True])
def test_too_deep(depth: int, exact: bool) -> None:
    inner = b'{"d": 1.20}' if exact else b"1"
    with pytest.raises(TerminologyError, match="nests deeper"):
        json.loads(b"[" * depth + inner + b"]" * depth)


def test_deep_enough_for_hierarchies() -> None:
    depth = json.MAX_DEPTH - 1
    value = json.loads(b"[" * depth + b"]" * depth)
    assert json.dumps(value) == b"[" * depth + b"]" * depth


def test_many_brackets_are_not_depth() -> None:
    assert len(json.loads(b"[" + b"[]," * 1000 + b"[]]")) == 1001


def test_byte_order_mark_and_repeated_members_are_tolerated() -> None:
    assert json.loads_object(b'\xef\xbb\xbf{"a": 1, "a": 2}') == {"a": 2}


@pytest.mark.parametrize(
    ("text", "found"), [(b"[]", "an array"), (b'"x"', "a string"), (b"3", "a number"), (b"null", "null")]
)
def test_not_an_object(text: bytes, found: str) -> None:
    with pytest.raises(TerminologyError, match=found):
        json.loads_object(text)


def test_pretty_and_sorted() -> None:
    assert json.dumps({"b": 1, "a": (2,)}, pretty=True, sort=True) == b'{\n  "a": [\n    2\n  ],\n  "b": 1\n}'


def test_values_without_json_form_raise() -> None:
    with pytest.raises(TypeError):
        json.dumps({"a": Decimal("NaN")})
    with pytest.raises(TypeError):
        json.dumps({"a": object()})


_DECIMALS = st.decimals(allow_nan=False, allow_infinity=False)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | _DECIMALS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def exact(value: object) -> object:
    """The same with floats as decimals of their digits: a number may be read as either."""
    if isinstance(value, dict):
        return {name: exact(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [exact(inner) for inner in value]
    return Decimal(repr(value)) if isinstance(value, float) else value


@given(st.dictionaries(st.text(), _VALUES))
@example({"": Decimal("0.000009997701")})
def test_round_trip(value: dict[str, object]) -> None:
    """What was read is written so that it reads the same."""
    once = json.loads(json.dumps(value))
    assert exact(json.loads(json.dumps(once))) == exact(once)


@given(_DECIMALS)
def test_a_decimal_keeps_every_digit(value: Decimal) -> None:
    read = json.loads(json.dumps({"valueDecimal": value}))["valueDecimal"]
    assert Decimal(str(read)).as_tuple() == value.as_tuple()
