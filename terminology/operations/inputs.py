"""Reads the parameters of an operation, from a Parameters resource or a URL, by the operation's table.

Everything that can be wrong with a single parameter is found here (type, repetition, absence); what parameters mean
together is decided by each operation's `request`. Unknown parameters are ignored, unless the client asked for strict
handling: tools send parameters of their own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from terminology.fhir import elements
from terminology.fhir.json import Json
from terminology.model.coding import Canonical, CodeableConcept, Coding
from terminology.model.conceptmap import ConceptMap
from terminology.model.language import ANY_LANGUAGE, Languages
from terminology.model.outcome import TerminologyError
from terminology.model.requests import SuppliedResource
from terminology.model.valueset import ValueSet
from terminology.operations import supplied
from terminology.operations.operation import Operation, Parameter

DATE_TYPES = frozenset({"date", "dateTime"})
DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])(T[0-9:.Z+-]+)?)?)?")
COMPLEX_TYPES = frozenset({"Coding", "CodeableConcept"})

Values = Mapping[str, tuple[Any, ...]]
"""The values of parameters by name, converted to their declared types."""


@dataclass(frozen=True, slots=True)
class Given:
    """One parameter as it was sent: `kind` is the suffix of `value[x]`, `resource`, `part`, or empty for a URL."""

    name: str
    kind: str
    value: Any


def given_in_url(query: Iterable[tuple[str, str]]) -> list[Given]:
    """The parameters of a URL, as strings."""
    return [Given(name, "", value) for name, value in query]


def given_in_body(body: Json) -> list[Given]:
    """The parameters of a Parameters resource. Raises TerminologyError invalid for one without a name or value."""
    with elements.resource_errors("Parameters"):
        return [_given(index, item) for index, item in enumerate(elements.objects(body, "parameter"))]


def _given(index: int, item: Json) -> Given:
    name = item.get("name")
    if isinstance(name, str) and name:
        for kind in ("resource", "part"):
            if kind in item:
                return Given(name, kind, item[kind])
        if (found := elements.choice(item, "value")) is not None:
            return Given(name, *found)
    raise TerminologyError.of("invalid", "PARAMETER_MALFORMED", code="structure", index=str(index))


class Inputs:
    """Typed access to the parameters of one call.

    `instance` is the resource that an instance-level call names. `shared` are values from another call (`all_but`) that
    apply where this call gives none.
    """

    __slots__ = ("_values", "given", "instance", "operation")

    def __init__(
        self,
        operation: Operation,
        given: Iterable[Given],
        *,
        instance: Canonical | None = None,
        shared: Values | None = None,
        strict: bool = False,
    ) -> None:
        """Read and check. Raises TerminologyError invalid."""
        self.operation = operation
        self.instance = instance
        self.given: list[Given] = with_profile(given)
        own = _read(operation, self.given, strict=strict)
        self._values: Values = {**shared, **own} if shared else own

    def about(self, name: str, text: str) -> Inputs:
        """The same call with another text for one of its parameters, which is given once. Raises as when it is read."""
        return Inputs(self.operation, (Given(name, "", text),), instance=self.instance, shared=self.all_but({name}))

    def all_but(self, names: Collection[str]) -> Values:
        """The values of all parameters except these."""
        return {name: values for name, values in self._values.items() if name not in names}

    @property
    def names(self) -> Collection[str]:
        """The parameters that were given."""
        return self._values.keys()

    def has(self, name: str) -> bool:
        """Whether a parameter was given."""
        return name in self._values

    def value(self, *names: str) -> Any:
        """The first value of the first of these parameters that was given, or None."""
        for name in names:
            if name in self._values:
                return self._values[name][0]
        return None

    def values(self, *names: str) -> tuple[Any, ...]:
        """All values of these parameters."""
        if len(names) == 1:
            return self._values.get(names[0], ())
        return tuple([value for name in names for value in self._values.get(name, ())])

    def text(self, *names: str) -> str | None:
        """A string-like value."""
        value: str | None = self.value(*names)
        return value

    def flag(self, *names: str) -> bool | None:
        """A boolean."""
        value: bool | None = self.value(*names)
        return value

    def number(self, *names: str) -> int | None:
        """An integer."""
        value: int | None = self.value(*names)
        return value

    def canonical(self, *names: str) -> Canonical | None:
        """A canonical; the version may be part of it."""
        value = self.value(*names)
        return Canonical.parse(value) if value else None

    def canonicals(self, *names: str) -> tuple[Canonical, ...]:
        """All values of these parameters as canonicals; lists with commas are taken apart."""
        return tuple(Canonical.parse(text) for text in self.values(*names) if text)

    def languages(self, name: str = "displayLanguage") -> Languages:
        """A weighted list of languages. Raises TerminologyError invalid."""
        text = self.text(name)
        if text is None:
            return ANY_LANGUAGE
        try:
            return Languages.parse(text)
        except ValueError:
            raise wrong_type(name, "a list of languages", text) from None

    def need(self, name: str) -> Any:
        """A value that must be there. Raises TerminologyError invalid."""
        if name not in self._values:
            raise TerminologyError.of(
                "invalid", "PARAMETER_REQUIRED", code="required", name=name, operation=self.operation.name
            )
        return self._values[name][0]

    def at_most_one(self, *names: str) -> None:
        """Raise TerminologyError invalid when more than one of these was given."""
        given = [name for name in names if name in self._values]
        if len(given) > 1:
            raise TerminologyError.of("invalid", "PARAMETER_EXCLUSIVE", names=" and ".join(given))

    def resources(self) -> tuple[SuppliedResource, ...]:
        """Resources supplied with the request."""
        return self.values("tx-resource", "codeSystem", "conceptMap")


def with_profile(given: Iterable[Given]) -> list[Given]:
    """Add the defaults of a `profile` (a Parameters resource) to the parameters that were given."""
    own = list(given)
    if not any(g.name == "profile" for g in own):
        return own
    names = {g.name for g in own}
    for bundle in [g for g in own if g.name == "profile" and g.kind == "resource"]:
        if isinstance(bundle.value, dict) and bundle.value.get("resourceType") == "Parameters":
            own.remove(bundle)
            own.extend(g for g in given_in_body(bundle.value) if g.name not in names)
    return own


def _read(operation: Operation, given: Iterable[Given], *, strict: bool) -> dict[str, tuple[Any, ...]]:
    collected: dict[str, list[Any]] = {}
    for item in given:
        parameter = operation.parameter(item.name)
        if parameter is None:
            if strict and not item.name.startswith("_"):
                raise _unknown(operation, item.name)
            continue
        value = convert(parameter, item)
        if value is not None:
            collected.setdefault(item.name, []).append(value)
    for name, values in collected.items():
        if len(values) > 1 and _too_many(operation.parameter(name), len(values)):
            raise TerminologyError.of("invalid", "PARAMETER_REPEATED", name=name, count=str(len(values)))
    return {name: tuple(values) for name, values in collected.items()}


def _too_many(parameter: Parameter | None, count: int) -> bool:
    return parameter is not None and parameter.max is not None and count > parameter.max


def convert(parameter: Parameter, given: Given) -> Any:
    """One value converted to its declared type. Raises TerminologyError invalid; None for an empty text."""
    if parameter.primitive:
        return _primitive(parameter, given.value)
    if given.kind == "":
        raise TerminologyError.of("invalid", "PARAMETER_NEEDS_BODY", name=given.name, expected=_a(parameter.type))
    if parameter.type in COMPLEX_TYPES:
        return _complex(parameter, given.value)
    if parameter.type == "part":
        return _parts(parameter, given)
    return _resource(parameter, given)


def _primitive(parameter: Parameter, value: Any) -> Any:
    if parameter.type == "boolean":
        # Some tools send booleans as strings, and URLs have nothing else.
        truth = {True: True, False: False, "true": True, "false": False}.get(value) if _hashable(value) else None
        if truth is not None:
            return truth
    elif parameter.type == "integer":
        if (number := elements.integer_of(value)) is not None:
            return number
        raise wrong_type(parameter.name, "an integer of 32 bits", value)
    elif isinstance(value, bool) and parameter.or_boolean:
        return "true" if value else "false"
    elif isinstance(value, str):
        if parameter.type in DATE_TYPES and value.strip() and not _is_date(value.strip()):
            raise wrong_type(parameter.name, "a date such as 2025-07-01", value)
        return value.strip() or None
    raise wrong_type(parameter.name, _a(parameter.type), value)


def _is_date(text: str) -> bool:
    """Whether a text is a date of any precision, or a moment, of a day that exists."""
    if not DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text[: len("2025-07-01")])
    except ValueError:
        return len(text) < len("2025-07-01")
    return True


def _hashable(value: Any) -> bool:
    return isinstance(value, bool | str)


def _complex(parameter: Parameter, value: Any) -> Coding | CodeableConcept:
    if not isinstance(value, dict):
        raise wrong_type(parameter.name, _a(parameter.type), value)
    try:
        if parameter.type == "Coding":
            return _coding(value)
        codings = tuple(_coding(c) for c in elements.objects(value, "coding"))
        return CodeableConcept(codings, elements.string(value, "text"))
    except elements.Malformed as error:
        raise wrong_type(f"{parameter.name}.{error.path}", error.expected, error.found) from None


def _coding(value: Json) -> Coding:
    """A Coding; empty texts count as absent, as in parameters: FHIR has none."""
    return elements.coding({name: member for name, member in value.items() if member != ""})


def _parts(parameter: Parameter, given: Given) -> tuple[Given, ...]:
    if given.kind != "part" or not isinstance(given.value, list):
        raise wrong_type(parameter.name, "a parameter with parts", given.value)
    if not all(isinstance(item, dict) for item in given.value):
        raise wrong_type(f"{parameter.name}.part", "an array of objects", given.value)
    return tuple(_given(index, item) for index, item in enumerate(given.value))


def _resource(parameter: Parameter, given: Given) -> ValueSet | ConceptMap | SuppliedResource | Json:
    value = given.value
    if given.kind != "resource" or not isinstance(value, dict):
        raise wrong_type(parameter.name, _a(parameter.type), value)
    if parameter.raw:
        return value
    found = str(value.get("resourceType"))
    if parameter.type not in {"Resource", found}:
        raise wrong_type(parameter.name, _a(parameter.type), found)
    return value if found == "Parameters" else supplied.parse(value, parameter.name)


def _a(noun: str) -> str:
    return f"{'an' if noun[0].lower() in 'aeio' else 'a'} {noun}"


def wrong_type(name: str, expected: str, value: Any) -> TerminologyError:
    """The error for a value that is not what a parameter takes."""
    return TerminologyError.of(
        "invalid", "PARAMETER_WRONG_TYPE", code="value", name=name, expected=expected, value=elements.describe(value)
    )


def _unknown(operation: Operation, name: str) -> TerminologyError:
    known = ", ".join(p.name for p in operation.parameters)
    return TerminologyError.of("invalid", "PARAMETER_UNKNOWN", operation=operation.name, name=name, known=known)
