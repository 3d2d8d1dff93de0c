"""What of a canonical resource can be searched for beyond its columns: identifiers, jurisdictions, references, texts.

Each is a `Word`: the name of what it is, a system ('' where there is none), and the value. Texts are given as they are;
the store folds them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from terminology.fhir.json import Json
from terminology.store.protocol import Word

TAG = re.compile(r"<[^<>]*>")
"""Ends at the next tag at the latest: a text of nothing but `<` must not be read once for each of them."""
LONGEST = 20_000
"""Characters of a text that are searched."""
SCOPES = {
    "source_scope": ("sourceScopeUri", "sourceScopeCanonical", "sourceUri", "sourceCanonical"),
    "target_scope": ("targetScopeUri", "targetScopeCanonical", "targetUri", "targetCanonical"),
}
"""What a concept map is for, by R5's names and R4's."""


def words(resource: Json) -> tuple[Word, ...]:
    """All words of a resource, each once."""
    return tuple(dict.fromkeys(_words(resource)))


def _words(resource: Json) -> Iterator[Word]:
    for identifier in _objects(resource.get("identifier")):
        if identifier.get("value"):
            yield Word("identifier", str(identifier.get("system") or ""), str(identifier["value"]))
    for jurisdiction in _objects(resource.get("jurisdiction")):
        for coding in _objects(jurisdiction.get("coding")):
            if coding.get("code"):
                yield Word("jurisdiction", str(coding.get("system") or ""), str(coding["code"]))
    for reference in _references(resource.get("compose")):
        yield Word("reference", "", reference)
        if "|" in reference:
            yield Word("reference", "", reference.partition("|")[0])
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


def _references(compose: Any) -> Iterator[str]:
    """Systems and value sets that a value set includes or excludes."""
    if not isinstance(compose, dict):
        return
    for part in (*_objects(compose.get("include")), *_objects(compose.get("exclude"))):
        if isinstance(part.get("system"), str):
            version = part.get("version")
            yield f"{part['system']}|{version}" if isinstance(version, str) else part["system"]
        yield from (imported for imported in part.get("valueSet") or () if isinstance(imported, str))


def _listed(value_set: Json) -> Iterator[tuple[str, str]]:
    """The codes that a value set names one by one, in its definition or in an expansion that is stored with it."""
    compose, expansion = value_set.get("compose"), value_set.get("expansion")
    for include in _objects(compose.get("include")) if isinstance(compose, dict) else ():
        for concept in _objects(include.get("concept")):
            if isinstance(concept.get("code"), str):
                yield str(include.get("system") or ""), concept["code"]
    level = list(_objects(expansion.get("contains"))) if isinstance(expansion, dict) else []
    while level:
        yield from ((str(e.get("system") or ""), e["code"]) for e in level if isinstance(e.get("code"), str))
        level = [inner for entry in level for inner in _objects(entry.get("contains"))]


def _objects(value: Any) -> Iterable[Json]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else ()


def _texts(element: Any) -> Iterator[str]:
    """All strings of a resource, narrative without its tags."""
    if isinstance(element, str):
        yield TAG.sub(" ", element) if element.startswith("<div") else element
    elif isinstance(element, dict):
        for name, value in element.items():
            if name not in {"resourceType", "id"}:
                yield from _texts(value)
    elif isinstance(element, list):
        for value in element:
            yield from _texts(value)
