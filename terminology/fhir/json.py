"""JSON text ⇄ Python values by FHIR's rules (R5, 2.1.6 "Resource Formats: JSON").

Decimals keep their precision: if a text contains a number that a float would not write back unchanged (`1.20`, `1e3`,
more than 15 digits), the whole text is read with `Decimal`, otherwise with orjson's floats, which are much faster. Both
can be written. The last of duplicate members counts. This module knows no resource.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import orjson

from terminology.model.outcome import TerminologyError

Json = dict[str, Any]
"""A JSON object."""

MAX_DEPTH = 200
"""How deep objects and arrays may nest: deep hierarchies need some 40, and recursive readers must not overflow."""

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NUMBER = re.compile(rb":\s*-?\d")
"""Whether a number may follow: most resources have none, and this takes a tenth of the time of `_INEXACT`."""
_INEXACT = re.compile(rb'"\s*:\s*-?(?:[\d.]{17,}|\d+\.\d*0(?=[\s,}])|\d+(?:\.\d+)?[eE])')


def loads(data: bytes | str) -> Any:
    """Read a JSON text in UTF-8.

    Raises TerminologyError invalid (JSON_INVALID with line and column, JSON_TOO_DEEP).
    """
    raw = data.encode() if isinstance(data, str) else data
    raw = raw.removeprefix(_BYTE_ORDER_MARK)
    try:
        if not (_NUMBER.search(raw) and _INEXACT.search(raw)):
            value = orjson.loads(raw)
        else:
            if _SURROGATE.search(raw):
                orjson.loads(raw)  # refuses half of a pair, which `_exact` would let pass and nobody can write
            value = _exact(raw)
    except json.JSONDecodeError as error:
        if "recursion" in error.msg.lower() or "depth" in error.msg.lower():
            raise _too_deep() from None
        raise _invalid(raw, error) from None
    except RecursionError:
        raise _too_deep() from None
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH:
        check_depth(value)
    return value


def loads_object(data: bytes | str) -> Json:
    """Read a JSON text that must be an object. Raises TerminologyError invalid."""
    value = loads(data)
    if not isinstance(value, dict):
        found = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}.get(type(value), "a number")
        raise TerminologyError.of("invalid", "JSON_NOT_OBJECT", code="structure", found=found)
    return value


def dumps(value: Any, *, pretty: bool = False, sort: bool = False) -> bytes:
    """Write a value as UTF-8; `sort` orders members, for comparing and for digests."""
    options = (orjson.OPT_INDENT_2 if pretty else 0) | (orjson.OPT_SORT_KEYS if sort else 0)
    return orjson.dumps(value, default=_default, option=options)


def objects_in(value: Any) -> list[Json]:
    """The objects of a JSON array; none if the value is not an array. For content that is not validated."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def check_depth(value: Any) -> None:
    """Raise TerminologyError invalid if a value nests deeper than MAX_DEPTH. Goes level by level, without recursion."""
    level = [value]
    for _ in range(MAX_DEPTH):
        inner: list[Any] = []
        for container in level:
            for member in container.values() if type(container) is dict else container:
                if type(member) is dict or type(member) is list:
                    inner.append(member)  # noqa: PERF401 - a comprehension for each container takes three times as long
        if not inner:
            return
        level = inner
    raise _too_deep()


def _exact(raw: bytes) -> Any:
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise json.JSONDecodeError(f"not UTF-8 ({error.reason})", raw[: error.start].decode(), error.start) from None
    return json.loads(text, parse_float=Decimal, parse_int=_integer, parse_constant=_refuse_constant)


def _integer(text: str) -> int | Decimal:
    """FHIR's integers have 32 or 64 bits; a longer number can only be a decimal."""
    return int(text) if len(text) < 19 else Decimal(text)


def _refuse_constant(name: str) -> Any:
    raise json.JSONDecodeError(f"'{name}' is no JSON number", "", 0)


def _default(value: Any) -> Any:
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(str(value))
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _invalid(raw: bytes, error: json.JSONDecodeError) -> TerminologyError:
    line, column, reason = error.lineno, error.colno, error.msg
    try:
        raw.decode()
    except UnicodeDecodeError as undecodable:  # orjson does not say where
        before = raw[: undecodable.start].decode()
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        reason = f"the byte 0x{raw[undecodable.start]:02X} is not UTF-8"
    return TerminologyError.of(
        "invalid", "JSON_INVALID", code="structure", reason=reason, line=str(line), column=str(column)
    )


def _too_deep() -> TerminologyError:
    return TerminologyError.of("invalid", "JSON_TOO_DEEP", code="structure", limit=str(MAX_DEPTH))
