"""Search parameters of each type, and how a URL's pairs become a store's query (R5, 3.2.1.4).

A repeated parameter must match each time; values between commas are alternatives. Runs no search.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Literal, cast

import orjson

from terminology.fhir.json import Json
from terminology.http.paging import Page
from terminology.model.outcome import TerminologyError
from terminology.model.requests import FhirRelease
from terminology.operations.inputs import wrong_type
from terminology.store.entries import ResourceType
from terminology.store.queries import Condition, Modifier, ResourceQuery
from terminology.store.resource_search import PREDICATES

ParameterType = Literal["token", "string", "uri", "date", "reference", "composite"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A search parameter and the field of the store it searches; without `types`, it applies to all."""

    name: str
    type: ParameterType
    field: str
    types: tuple[str, ...] = ()


PARAMETERS: tuple[Parameter, ...] = (
    Parameter("_id", "token", "id"),
    Parameter("_lastUpdated", "date", "last_updated"),
    Parameter("url", "uri", "canonical"),
    Parameter("version", "token", "version"),
    Parameter("name", "string", "name"),
    Parameter("title", "string", "title"),
    Parameter("status", "token", "status"),
    Parameter("date", "date", "date"),
    Parameter("publisher", "string", "publisher"),
    Parameter("identifier", "token", "identifier"),
    Parameter("jurisdiction", "token", "jurisdiction"),
    Parameter("description", "string", "description"),
    Parameter("_tag", "token", "tag"),
    Parameter("_security", "token", "security"),
    Parameter("_profile", "uri", "profile"),
    Parameter("_source", "uri", "meta_source"),
    Parameter("_language", "token", "resource_language"),
    Parameter("context", "token", "context"),
    Parameter("context-type", "token", "context_type"),
    Parameter("context-type-value", "composite", "context_type_value"),
    Parameter("effective", "date", "effective"),
    Parameter("topic", "token", "topic"),
    Parameter("derived-from", "reference", "derived_from"),
    Parameter("predecessor", "reference", "predecessor"),
    Parameter("_text", "string", "text"),
    Parameter("_content", "string", "content_words"),
    Parameter("reference", "reference", "reference", ("ValueSet",)),
    Parameter("source-scope", "reference", "source_scope", ("ConceptMap",)),
    Parameter("source-scope-uri", "uri", "source_scope", ("ConceptMap",)),
    Parameter("target-scope", "reference", "target_scope", ("ConceptMap",)),
    Parameter("target-scope-uri", "uri", "target_scope", ("ConceptMap",)),
    # R4's names of the last four
    Parameter("source", "reference", "source_scope", ("ConceptMap",)),
    Parameter("source-uri", "uri", "source_scope", ("ConceptMap",)),
    Parameter("target", "reference", "target_scope", ("ConceptMap",)),
    Parameter("target-uri", "uri", "target_scope", ("ConceptMap",)),
    Parameter("system", "uri", "canonical", ("CodeSystem",)),
    Parameter("content-mode", "token", "content", ("CodeSystem",)),
    Parameter("supplements", "reference", "supplements", ("CodeSystem",)),
    Parameter("language", "token", "language", ("CodeSystem",)),
    Parameter("code", "token", "code", ("CodeSystem",)),
    Parameter("code", "token", "listed_code", ("ValueSet",)),
    Parameter("expansion", "uri", "expansion", ("ValueSet",)),
    Parameter("source-code", "token", "source_code", ("ConceptMap",)),
    Parameter("target-code", "token", "target_code", ("ConceptMap",)),
    Parameter("source-group-system", "uri", "source_system", ("ConceptMap",)),
    Parameter("target-group-system", "uri", "target_system", ("ConceptMap",)),
    Parameter("other-map", "reference", "other_map", ("ConceptMap",)),
    Parameter("mapping-property", "uri", "mapping_property", ("ConceptMap",)),
    Parameter("kind", "token", "kind", ("NamingSystem",)),
    Parameter("type", "token", "naming_type", ("NamingSystem",)),
    Parameter("value", "string", "id_value", ("NamingSystem",)),
    Parameter("id-type", "token", "id_type", ("NamingSystem",)),
    Parameter("period", "date", "id_period", ("NamingSystem",)),
    Parameter("responsible", "string", "responsible", ("NamingSystem",)),
    Parameter("contact", "string", "contact", ("NamingSystem",)),
    Parameter("telecom", "token", "telecom", ("NamingSystem",)),
    Parameter("valueset", "reference", "bound_value_set", ("StructureDefinition",)),
    Parameter("base", "reference", "base_definition", ("StructureDefinition",)),
    # R4's names of others
    Parameter("other", "reference", "other_map", ("ConceptMap",)),
    Parameter("source-system", "uri", "source_system", ("ConceptMap",)),
    Parameter("target-system", "uri", "target_system", ("ConceptMap",)),
)
SYSTEM_MATTERS = frozenset(
    {
        "source_code", "target_code", "listed_code", "identifier", "jurisdiction", "tag", "security", "context",
        "context_type", "topic", "naming_type",
    }
)  # fmt: skip
"""Token fields with a system; for others the element implies it (`status`)."""
ORDERS: Mapping[str, str] = MappingProxyType(
    {p.name: ("url" if p.field == "canonical" else p.field) for p in PARAMETERS[:9]}
)
"""Values of `_sort`, and the corresponding orders of the store."""
MOST_VALUES = 2000
"""The most values of a search, counting words of texts separately: databases limit parameters to some ten thousand."""
TOTALS = ("none", "estimate", "accurate")
RESULT_PARAMETERS = frozenset(
    {"_count", "_offset", "_cursor", "_summary", "_elements", "_total", "_totalMethod", "_sort", "_format", "_pretty"}
)  # fmt: skip
"""Parameters that do not narrow a search. `_totalMethod` is not FHIR's: fhirpy sends it, and expects the default."""
SEPARATOR = re.compile(r"(?<!\\),")
ESCAPED = re.compile(r"\\([,|$\\])")

Pairs = Iterable[tuple[str, str]]


@cache
def _definitions() -> Json:
    file = resources.files("terminology.http").joinpath("search_definitions.json")
    return cast("Json", orjson.loads(file.read_bytes()))


def defined(type_: str, release: FhirRelease) -> Iterator[Json]:
    """The parameters of a type as a release of FHIR defines them (CapabilityStatement.rest.resource.searchParam).

    Those of other releases are accepted, too, but not listed.
    """
    known: Json = _definitions()["R5" if release == "R5" else "R4"]
    own = {**known["Resource"], **known[type_]}
    for name in of_type(type_):
        if name in own:
            kind, id_ = own[name]
            yield {"name": name, "definition": f"http://hl7.org/fhir/SearchParameter/{id_}", "type": kind}


@cache
def of_type(type_: str) -> Mapping[str, Parameter]:
    """The parameters of a resource type by name."""
    return MappingProxyType({p.name: p for p in PARAMETERS if not p.types or type_ in p.types})


def query(type_: str, pairs: Pairs, *, lenient: bool) -> ResourceQuery:
    """The query of a search.

    Raises TerminologyError invalid for unknown parameters, unless `lenient`, and invalid values.
    """
    asked = conditions(type_, pairs, lenient=lenient)
    page = Page.of(pairs)
    return ResourceQuery(
        type=cast("ResourceType", type_),
        conditions=asked,
        sort=_sort(type_, pairs, lenient=lenient),
        offset=page.offset,
        count=page.count,
    )


def conditions(type_: str, pairs: Pairs, *, lenient: bool = False) -> tuple[Condition, ...]:
    """What a search asks of its matches. Raises TerminologyError as `query` does."""
    known = of_type(type_)
    found: list[Condition] = []
    for key, value in pairs:
        if key in RESULT_PARAMETERS or not value:
            continue
        if _is_known(known, key):
            name, _, modifier = key.partition(":")
            found.append(_condition(known[name], cast("Modifier", modifier), value))
        elif not lenient:
            raise _unknown("SEARCH_PARAMETER_UNKNOWN", key, type_, known)
    asked = sum([len(value.split()) or 1 for condition in found for value in condition.values])
    if asked > MOST_VALUES:
        raise TerminologyError.of("invalid", "SEARCH_TOO_LONG", count=str(asked), limit=str(MOST_VALUES))
    return tuple(found)


def taken(type_: str, pairs: Pairs) -> list[tuple[str, str]]:
    """The pairs without those that a lenient search ignores: links state what was searched for (R5, 3.2.1.3.2)."""
    known = of_type(type_)
    return [(key, value) for key, value in pairs if key in RESULT_PARAMETERS or _is_known(known, key)]


def _is_known(known: Mapping[str, Parameter], key: str) -> bool:
    name, _, modifier = key.partition(":")
    return name in known and modifier in PREDICATES[known[name].field].modifiers


def total(pairs: Pairs) -> bool:
    """Whether the client wants the total. Raises TerminologyError invalid for an unknown `_total`."""
    wanted = next((value for key, value in pairs if key == "_total" and value), "accurate")
    if wanted not in TOTALS:
        raise wrong_type("_total", " or ".join(TOTALS), wanted)
    return wanted != "none"


def _condition(parameter: Parameter, modifier: Modifier, text: str) -> Condition:
    values = tuple([_value(parameter, value) for value in SEPARATOR.split(text)])
    if modifier == "missing" and values not in {("true",), ("false",)}:
        raise wrong_type(f"{parameter.name}:missing", "true or false", text)
    return Condition(parameter.field, values, modifier)


def _value(parameter: Parameter, text: str) -> str:
    """A token may come with its system (`http://hl7.org/fhir/publication-status|active`)."""
    value = ESCAPED.sub(r"\1", text) if "\\" in text else text
    implied = parameter.type == "token" and parameter.field not in SYSTEM_MATTERS
    return value.rpartition("|")[2] if implied else value


def _sort(type_: str, pairs: Pairs, *, lenient: bool) -> tuple[str, ...]:
    """The orders, each once."""
    orders: dict[str, str] = {}
    for name in (n for key, value in pairs if key == "_sort" for n in value.split(",") if n):
        sign, plain = ("-", name[1:]) if name.startswith("-") else ("", name)
        if plain in ORDERS:
            orders.setdefault(ORDERS[plain], sign)
        elif not lenient:
            raise _unknown("SORT_UNKNOWN", plain, type_, ORDERS)
    return tuple(sign + order for order, sign in orders.items())


def _unknown(message: str, name: str, type_: str, known: Iterable[str]) -> TerminologyError:
    listed = ", ".join(sorted(known))
    return TerminologyError.of("invalid", message, code="not-supported", name=name, type=type_, known=listed)
