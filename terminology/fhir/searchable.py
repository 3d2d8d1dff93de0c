"""Collects what searches find in a canonical resource beyond its columns: identifiers, tags, contexts, texts and more.

Each becomes a `Word`: its kind, a system ('' if there is none), and the value. The store normalises texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from terminology.fhir.json import Json, objects_in
from terminology.store import dates
from terminology.store.entries import Word

TAG = re.compile(r"<[^<>]*>")
"""Ends at the next tag at the latest: a text of nothing but `<` must not be read once for each of them."""
LONGEST = 20_000
"""Characters of a text that are searched."""
SCOPES = {
    "source_scope": ("sourceScopeUri", "sourceScopeCanonical", "sourceUri", "sourceCanonical"),
    "target_scope": ("targetScopeUri", "targetScopeCanonical", "targetUri", "targetCanonical"),
}
"""What a concept map is for, by R5's names and R4's."""
CODED = {
    "jurisdiction": ("jurisdiction",),
    "tag": ("meta", "tag"),
    "security": ("meta", "security"),
    "topic": ("topic",),
    "context": ("useContext", "valueCodeableConcept"),
    "context_type": ("useContext", "code"),
    "naming_type": ("type",),
}
"""Where there are Codings and CodeableConcepts, each code with its system."""
NAMED = {
    "profile": ("meta", "profile"),
    "meta_source": ("meta", "source"),
    "other_map": ("group", "unmapped", "otherMap"),
    "expansion": ("expansion", "identifier"),
    "kind": ("kind",),
    "id_type": ("uniqueId", "type"),
    "id_value": ("uniqueId", "value"),
    "responsible": ("responsible",),
    "contact": ("contact", "name"),
    "telecom": ("contact", "telecom", "value"),
    "resource_language": ("language",),
}
"""Where there are codes without a system, canonicals (which are found without their version, too) and texts."""
PERIODS = {"effective": ("effectivePeriod",), "id_period": ("uniqueId", "period")}
ALWAYS = ("0000", "9999-12-31T23:59:59.999999")
"""The first and the last moment of a period that is open."""
RELATED = {"derived-from": "derived_from", "predecessor": "predecessor"}
"""Related artifacts that are searched for, by their type."""


def words(resource: Json) -> tuple[Word, ...]:
    """All words of a resource, each once."""
    return tuple(dict.fromkeys(_words(resource)))


def _words(resource: Json) -> Iterator[Word]:
    for identifier in objects_in(resource.get("identifier")):
        if identifier.get("value"):
            yield Word("identifier", str(identifier.get("system") or ""), str(identifier["value"]))
    yield from _elements(resource)
    for system, code in _listed(resource):
        yield Word("listed_code", system, code)
    for name, elements in SCOPES.items():
        yield from (Word(name, "", str(resource[element])) for element in elements if resource.get(element))
    if isinstance(resource.get("description"), str):
        yield Word("description", "", resource["description"][:LONGEST])
    narrative = resource.get("text")
    if isinstance(narrative, dict) and isinstance(narrative.get("div"), str):
        yield Word("text", "", " ".join(TAG.sub(" ", narrative["div"]).split())[:LONGEST])
    yield Word("content", "", " ".join(_texts(resource))[:LONGEST])


def _elements(resource: Json) -> Iterator[Word]:
    """Codes, names, periods and references at their places."""
    for name, path in CODED.items():
        yield from (Word(name, *coding) for coding in _codings(_at(resource, path)))
    for name, path in NAMED.items():
        for value in _at(resource, path):
            yield from _named(name, value)
    for name, path in PERIODS.items():
        yield from (Word(name, *_period(value)) for value in _at(resource, path) if isinstance(value, dict))
    for related in objects_in(resource.get("relatedArtifact")):
        if (kind := RELATED.get(str(related.get("type")))) is not None:
            yield from _named(kind, related.get("resource"))
    yield from _contexts(resource)
    if resource.get("resourceType") == "ConceptMap":
        yield from (word for value in _at(resource, ("property", "uri")) for word in _named("mapping_property", value))
    for reference in _references(resource.get("compose")):
        yield from _named("reference", reference)


def _at(value: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """All values at a path of member names; lists on the way are entered."""
    if isinstance(value, list):
        for item in value:
            yield from _at(item, path)
    elif not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from _at(value[path[0]], path[1:])


def _codings(values: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """(system, code) of every Coding, also of those in CodeableConcepts; "" where a Coding has no system."""
    for value in values:
        if isinstance(value, dict):
            codings = objects_in(value.get("coding")) if "coding" in value else [value]
            yield from ((str(c.get("system") or ""), str(c["code"])) for c in codings if c.get("code"))


def _named(name: str, value: Any) -> Iterator[Word]:
    """A canonical with and without its version; any other text as it is."""
    if isinstance(value, str) and value:
        yield Word(name, "", value)
        if "|" in value:
            yield Word(name, "", value.partition("|")[0])


def _period(value: Json) -> tuple[str, str]:
    """The first and the last moment of a Period; a date that cannot be read leaves its side open."""
    found = list(ALWAYS)
    for side, name in enumerate(("start", "end")):
        with suppress(ValueError):
            found[side] = dates.period(str(value[name]))[side] if name in value else found[side]
    return found[0], found[1]


def _contexts(resource: Json) -> Iterator[Word]:
    """Words for usage contexts: kind and value joined in one text, each with and without its system."""
    for context in objects_in(resource.get("useContext")):
        kinds = [k for coding in _codings([context.get("code")]) for k in _with_and_without(*coding)]
        values = [v for coding in _codings([context.get("valueCodeableConcept")]) for v in _with_and_without(*coding)]
        yield from (Word("context_type_value", "", f"{kind}${value}") for kind in kinds for value in values)


def _with_and_without(system: str, code: str) -> tuple[str, ...]:
    return (code, f"{system}|{code}") if system else (code, f"|{code}")


def _references(compose: Any) -> Iterator[str]:
    """Systems and value sets that a value set includes or excludes."""
    if not isinstance(compose, dict):
        return
    for part in (*objects_in(compose.get("include")), *objects_in(compose.get("exclude"))):
        if isinstance(part.get("system"), str):
            version = part.get("version")
            yield f"{part['system']}|{version}" if isinstance(version, str) else part["system"]
        yield from (imported for imported in part.get("valueSet") or () if isinstance(imported, str))


def _listed(value_set: Json) -> Iterator[tuple[str, str]]:
    """(system, code) of the codes that a value set lists, in its definition or in an expansion stored with it."""
    compose, expansion = value_set.get("compose"), value_set.get("expansion")
    for include in objects_in(compose.get("include")) if isinstance(compose, dict) else ():
        for concept in objects_in(include.get("concept")):
            if isinstance(concept.get("code"), str):
                yield str(include.get("system") or ""), concept["code"]
    level = list(objects_in(expansion.get("contains"))) if isinstance(expansion, dict) else []
    while level:
        yield from ((str(e.get("system") or ""), e["code"]) for e in level if isinstance(e.get("code"), str))
        level = [inner for entry in level for inner in objects_in(entry.get("contains"))]


def _texts(element: Any) -> Iterator[str]:
    """All strings of a resource; its narrative without tags."""
    if isinstance(element, str):
        yield TAG.sub(" ", element) if element.startswith("<div") else element
    elif isinstance(element, dict):
        for name, value in element.items():
            if name not in {"resourceType", "id"}:
                yield from _texts(value)
    elif isinstance(element, list):
        for value in element:
            yield from _texts(value)
