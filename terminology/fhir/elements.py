"""Reading and writing elements that many resources share: primitives, Coding, extensions, designations.

A reader that finds a value of the wrong type raises `Malformed`, to which each level on the way out adds its step;
`resource_errors` turns it into a TerminologyError with a FHIRPath. Members without a field in the model are returned as
leftovers, never lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, TypeVar

from terminology.fhir.json import Json
from terminology.model.coding import Canonical, Coding
from terminology.model.concept import NOTHING_EXTRA, Designation, Extension, Extra
from terminology.model.outcome import Issue, TerminologyError

T = TypeVar("T")

_INTEGER = re.compile(r"[+-]?[0-9]{1,10}")

STANDARDS_STATUS = "http://hl7.org/fhir/StructureDefinition/structuredefinition-standards-status"


class Malformed(ValueError):  # noqa: N818 - says what the element is, as NotEnumerable does
    """An element is not what FHIR says it is; `trail` is its path, innermost first."""

    def __init__(self, name: str, expected: str, found: object) -> None:
        super().__init__(name, expected, found)
        self.trail = [name]
        self.expected = expected
        self.found = found

    def within(self, step: str) -> Malformed:
        """The same problem, with one more step in front of its path."""
        self.trail.append(step)
        return self

    @property
    def path(self) -> str:
        """The FHIRPath of the element, without the resource's type."""
        return ".".join(reversed(self.trail))


@contextmanager
def resource_errors(type_: str) -> Iterator[None]:
    """Turn a Malformed into a TerminologyError invalid that names the element."""
    try:
        yield
    except Malformed as error:
        path = error.within(type_).path
        raise TerminologyError(
            "invalid",
            Issue(
                "error",
                "structure",
                "RESOURCE_ELEMENT_WRONG",
                {"path": path, "expected": error.expected, "found": describe(error.found)},
                expression=(path,),
            ),
        ) from None


def describe(value: object) -> str:
    """A short word for a JSON value in a message."""
    if value is None:
        return "missing"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "an array"
    text = repr(value) if isinstance(value, str) else str(value).lower()
    return text if len(text) <= 60 else text[:57] + "…"


def string(element: Json, name: str) -> str | None:
    """A string member, or None."""
    value = element.get(name)
    if value is None or type(value) is str:
        return value
    raise Malformed(name, "a string", value)


def required_string(element: Json, name: str) -> str:
    """A string member that must be there and not empty."""
    value = string(element, name)
    if not value:
        raise Malformed(name, "a string", value)
    return value


def boolean(element: Json, name: str) -> bool | None:
    """A boolean member, or None."""
    value = element.get(name)
    if value is None or type(value) is bool:
        return value
    raise Malformed(name, "true or false", value)


def integer(element: Json, name: str) -> int | None:
    """An integer member, or None."""
    value = element.get(name)
    if value is None or type(value) is int:
        return value
    raise Malformed(name, "an integer", value)


def integer_of(value: object) -> int | None:
    """FHIR's integer of 32 bits from a number, or from text as URLs have it; None for anything else."""
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        value = int(value)
    return value if type(value) is int and -(2**31) <= value < 2**31 else None


def objects(element: Json, name: str) -> list[Json]:
    """An array of objects, or an empty list."""
    value = element.get(name)
    if value is None:
        return []
    if type(value) is not list:
        raise Malformed(name, "an array", value)
    for index, item in enumerate(value):
        if type(item) is not dict:
            raise Malformed(f"{name}[{index}]", "an object", item)
    return value


def each(element: Json, name: str, read: Callable[[Json], T]) -> tuple[T, ...]:
    """An array of objects, each read by `read`. Malformed that it raises gets the index in its path."""
    found = []
    for index, item in enumerate(objects(element, name)):
        try:
            found.append(read(item))
        except Malformed as error:
            raise error.within(f"{name}[{index}]") from None
    return tuple(found)


def sorted_out(element: Json, name: str, read: Callable[[Json], T | None]) -> tuple[tuple[T, ...], list[Json]]:
    """Like `each`, for a `read` that returns None for objects the model cannot hold: these come back as JSON."""
    found = each(element, name, lambda item: (read(item), item))
    return tuple(value for value, _ in found if value is not None), [item for value, item in found if value is None]


def strings(element: Json, name: str) -> tuple[str, ...]:
    """An array of strings, or an empty tuple; null entries (primitives with only extensions) are left out."""
    value = element.get(name)
    if value is None:
        return ()
    if type(value) is not list:
        raise Malformed(name, "an array", value)
    for index, item in enumerate(value):
        if item is not None and type(item) is not str:
            raise Malformed(f"{name}[{index}]", "a string", item)
    return tuple(item for item in value if item is not None)


def one_object(element: Json, name: str) -> Json | None:
    """An object member, or None."""
    value = element.get(name)
    if value is None or type(value) is dict:
        return value
    raise Malformed(name, "an object", value)


def choice(element: Json, prefix: str) -> tuple[str, Any] | None:
    """The type suffix and the value of a choice element: ("String", "…") for `valueString`, or None."""
    start = len(prefix)
    for name, value in element.items():
        if name.startswith(prefix) and len(name) > start and name[start].isupper():
            return name[start:], value
    return None


def rest(element: Json, known: frozenset[str]) -> Json:
    """The members that are not known."""
    return {name: value for name, value in element.items() if name not in known}


def as_extra(members: Json) -> Extra:
    """Leftovers in the form of the model, which shares one object for "none"."""
    return MappingProxyType(members) if members else NOTHING_EXTRA


_CODING = frozenset({"system", "version", "code", "display", "userSelected"})


def coding(element: Json) -> Coding:
    """Read a Coding. Its extensions are not kept: callers that must keep them keep the JSON."""
    return Coding(
        system=string(element, "system"),
        code=string(element, "code"),
        version=string(element, "version"),
        display=string(element, "display"),
        user_selected=boolean(element, "userSelected"),
    )


def coding_is_whole(element: Json) -> bool:
    """Whether the model's Coding holds all of this one."""
    return element.keys() <= _CODING


def render_coding(value: Coding) -> Json:
    """Write a Coding."""
    members = {
        "system": value.system,
        "version": value.version,
        "code": value.code,
        "display": value.display,
        "userSelected": value.user_selected,
    }
    return {name: member for name, member in members.items() if member is not None}


def canonical(text: str | None) -> Canonical | None:
    """Read a canonical, or None."""
    return Canonical.parse(text) if text else None


def extensions(element: Json, name: str = "extension") -> tuple[tuple[Extension, ...], list[Json]]:
    """Read extensions; those the model cannot hold (with an id, without a value) come back as they are."""
    items = element.get(name)
    if items is None:
        return (), []
    read: list[Extension] = []
    leftover: list[Json] = []
    for item in objects(element, name):
        parsed = _extension(item)
        if parsed is None:
            leftover.append(item)
        else:
            read.append(parsed)
    return tuple(read), leftover


def _extension(item: Json) -> Extension | None:
    url = item.get("url")
    if type(url) is not str or len(item) != 2:
        return None
    if "extension" in item:
        inner, leftover = extensions(item)
        return None if leftover else Extension(url, None, inner)
    found = choice(item, "value")
    return Extension(url, found[0], found[1]) if found else None


def render_extensions(values: Iterable[Extension]) -> list[Json]:
    """Write extensions."""
    written: list[Json] = []
    for value in values:
        if value.kind is None:
            written.append({"extension": render_extensions(value.value), "url": value.url})
        else:
            written.append({"url": value.url, "value" + value.kind: value.value})
    return written


def extension_value(values: Iterable[Extension], url: str) -> Any:
    """The value of the first extension with this url, or None."""
    return next((value.value for value in values if value.url == url), None)


def standards_status(values: Iterable[Extension]) -> str | None:
    """What the standards-status extension says."""
    value = extension_value(values, STANDARDS_STATUS)
    return value if isinstance(value, str) else None


_DESIGNATION = frozenset({"language", "use", "additionalUse", "value", "extension"})


def designations(element: Json) -> tuple[tuple[Designation, ...], list[Json]]:
    """Read `designation`; those without a value come back as they are."""
    if "designation" not in element:
        return (), []
    return sorted_out(element, "designation", _designation)


def _designation(item: Json) -> Designation | None:
    value = string(item, "value")
    if value is None:
        return None
    known, unknown = extensions(item)
    extra = rest(item, _DESIGNATION)
    if unknown:
        extra["extension"] = unknown
    use = one_object(item, "use")
    if use is not None and not coding_is_whole(use):
        extra["use"] = use
    uses = objects(item, "additionalUse")
    if not all(coding_is_whole(c) for c in uses):
        extra["additionalUse"] = uses
    return Designation(
        value=value,
        language=string(item, "language"),
        use=None if use is None else coding(use),
        additional_uses=tuple(coding(c) for c in uses),
        extensions=known,
        extra=as_extra(extra),
    )


def render_designation(value: Designation) -> Json:
    """Write one designation."""
    written: Json = {}
    add_extensions(written, value.extensions, value.extra)
    if value.language is not None:
        written["language"] = value.language
    if value.use is not None:
        written["use"] = value.extra.get("use") or render_coding(value.use)
    if value.additional_uses:
        uses = value.extra.get("additionalUse")
        written["additionalUse"] = uses or [render_coding(c) for c in value.additional_uses]
    written["value"] = value.value
    add_rest(written, value.extra)
    return written


def add_extensions(written: Json, values: Iterable[Extension], extra: Extra = NOTHING_EXTRA) -> None:
    """Add `extension`, those that were kept as JSON last."""
    items = render_extensions(values) + list(extra.get("extension", ()))
    if items:
        written["extension"] = items


def add_rest(written: Json, extra: Extra) -> None:
    """Add the leftovers that are members of their own, not part of a list that is already written."""
    for name, value in extra.items():
        written.setdefault(name, value)
