"""Lossless JSON for values of any type: extensions, extra members, property values.

orjson cannot write Decimal, integers beyond 64 bits, infinite floats or tuples, and the model's own Coding and
Extension occur in such values. They become `{"$": [tag, content]}`; a plain object that has a member `$` is written as
its list of members. All other values are written as they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from terminology.model.coding import Coding
from terminology.model.concept import Extension

MARK = "$"
INTEGERS = range(-(2**63), 2**64)

KNOWN_URIS: tuple[str, ...] = (
    "http://snomed.info/sct",
    "http://loinc.org",
    "http://terminology.hl7.org/CodeSystem/designation-usage",
    "http://terminology.hl7.org/CodeSystem/hl7TermMaintInfra",
    "http://www.ama-assn.org/go/cpt",
    "http://hl7.org/fhir/sid/icd-10-cm",
    "http://www.cms.gov/Medicare/Coding/ICD10",
    "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "http://www.nlm.nih.gov/research/umls/rxnorm",
    "urn:ietf:bcp:47",
    "https://fhir-terminology-server.example.org/CodeSystem/designation-use",
)
"""Systems that codings repeat a million times, written as their place here. Append only: databases hold the places."""

_PLACES: Mapping[str, int] = MappingProxyType({uri: place for place, uri in enumerate(KNOWN_URIS)})


def trimmed(*parts: Any) -> list[Any]:
    """A positional record without the absent (None) parts at its end."""
    end = len(parts)
    while end and parts[end - 1] is None:
        end -= 1
    return list(parts[:end])


def freeze(value: Any) -> Any:
    """An open value as JSON. Raises TypeError for what no FHIR value can be."""
    kind = type(value)
    if value is None or kind is str or kind is bool:
        return value
    if kind is int:
        return value if value in INTEGERS else {MARK: ["i", str(value)]}
    if kind is float:
        return value if math.isfinite(value) else {MARK: ["f", repr(value)]}
    if kind is list:
        return [freeze(item) for item in value]
    if isinstance(value, Mapping):
        return freeze_members(value)
    return _freeze_marked(value)


def _freeze_marked(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {MARK: ["d", str(value)]}
    if isinstance(value, Coding):
        return {MARK: ["c", freeze_coding(value)]}
    if isinstance(value, Extension):
        return {MARK: ["e", freeze_extension(value)]}
    if isinstance(value, tuple):
        return {MARK: ["t", [freeze(item) for item in value]]}
    raise TypeError(f"a {type(value).__name__} is not a value FHIR has: {value!r}")


def freeze_members(members: Mapping[str, Any]) -> Any:
    """A JSON object; as a list of its members if it has a member `$`."""
    if MARK in members:
        return {MARK: ["o", [[name, freeze(value)] for name, value in members.items()]]}
    return {name: freeze(value) for name, value in members.items()}


def freeze_coding(coding: Coding) -> list[Any]:
    """Positional: system (or its place in KNOWN_URIS), code, version, display, userSelected."""
    system = coding.system
    place = None if system is None else _PLACES.get(system, system)
    return trimmed(place, coding.code, coding.version, coding.display, coding.user_selected)


def freeze_extension(extension: Extension) -> list[Any]:
    """Positional: url, kind, value."""
    value = extension.value
    if type(value) is tuple and all(type(inner) is Extension for inner in value):
        return [extension.url, extension.kind, [freeze_extension(inner) for inner in value], 1]
    return [extension.url, extension.kind, freeze(value)]


def thaw(value: Any) -> Any:
    """The reverse of `freeze`."""
    if type(value) is dict:
        if MARK in value:
            tag, content = value[MARK]
            return _THAWED[tag](content)
        return {name: thaw(member) for name, member in value.items()}
    if type(value) is list:
        return [thaw(item) for item in value]
    return value


def thaw_extension(frozen: list[Any]) -> Extension:
    """The reverse of `freeze_extension`."""
    if len(frozen) == 4:
        url, kind, inner, _ = frozen
        return Extension(url, kind, tuple(map(thaw_extension, inner)))
    url, kind, value = frozen
    return Extension(url, kind, thaw(value))


def thaw_coding(frozen: list[Any]) -> Coding:
    """The reverse of `freeze_coding`. Equal codings are one object, since `use` repeats in every designation."""
    return _coding(*frozen)


@lru_cache(maxsize=4096)
def _coding(
    system: str | int | None = None,
    code: str | None = None,
    version: str | None = None,
    display: str | None = None,
    user_selected: bool | None = None,
) -> Coding:
    uri = KNOWN_URIS[system] if isinstance(system, int) else system
    return Coding(uri, code, version, display, user_selected)


_THAWED: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "i": int,
        "f": float,
        "d": Decimal,
        "c": thaw_coding,
        "e": thaw_extension,
        "t": lambda items: tuple(map(thaw, items)),
        "o": lambda members: {name: thaw(value) for name, value in members},
    }
)
"""How each tag is read back."""
