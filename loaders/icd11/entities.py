"""Entities of the ICD API (JSON-LD), of the foundation or of a linearization.

A file contains one entity, an array of them, or one per line. An entity may occur several times, in one language each:
the display is English, else the first one. Codes in the foundation are the numbers of entities.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from loaders.icd11 import uris
from terminology.codesystems.icd11_codes import FOUNDATION
from terminology.fhir import json
from terminology.fhir.json import Json
from terminology.model.coding import Coding
from terminology.model.concept import Concept, Designation, Property
from terminology.model.loading import SourceFile
from terminology.model.outcome import TerminologyError

USES = "https://fhir-terminology-server.example.org/CodeSystem/designation-use"
NAMED = {
    "synonym": Coding("http://snomed.info/sct", "900000000000013009", display="Synonym"),
    "indexTerm": Coding(USES, "index-entry", display="Index entry"),
    "narrowerTerm": Coding(USES, "narrower-term", display="Narrower term"),
}
TEXTS = ("longDefinition", "diagnosticCriteria", "codingNote", "codeRange", "browserUrl")
LISTS = ("inclusion", "exclusion")
_ID = re.compile(rb'"@id"\s*:\s*"https?://id\.who\.int/icd/(?:entity|release/11)')


@dataclass(slots=True)
class Entity:
    """An entity, in each of its languages."""

    uri: uris.Uri
    place: str
    said: list[Json] = field(default_factory=list)

    @property
    def main(self) -> Json:
        """The English one, else the first."""
        return next((j for j in self.said if (language(j) or "").startswith("en")), self.said[0])

    @property
    def code(self) -> str:
        """Its code in its system."""
        main = self.main
        return str(main.get("code") or main.get("blockId") or self.uri.id)

    @property
    def kind(self) -> str:
        """chapter, block, category or window; '' in the foundation."""
        return str(self.main.get("classKind") or "")


Entities = Mapping[str, Entity]
"""By id."""


def is_entities(file: SourceFile) -> bool:
    """Whether a file holds entities, by its beginning."""
    return file.name.lower().endswith((".json", ".ndjson", ".jsonl")) and _ID.search(file.head()) is not None


def read(file: SourceFile) -> Iterator[Entity]:
    """The entities of a file. Raises TerminologyError invalid that names the file and the place in it."""
    for place, found in _objects(file):
        uri = uris.parse(str(found.get("@id", "")))
        if uri is None:
            raise TerminologyError.of("invalid", "ICD11_URI_MALFORMED", place=place, uri=str(found.get("@id", "")))
        yield Entity(uri, place, [found])


def _objects(file: SourceFile) -> Iterator[tuple[str, Json]]:
    data = file.read()
    if file.name.lower().endswith((".ndjson", ".jsonl")):
        parts: Iterator[tuple[str, Any]] = (
            (f"{file.path}, line {n}", _parsed(line, f"{file.path}, line {n}"))
            for n, line in enumerate(data.splitlines(), 1)
            if line.strip()
        )
    else:
        whole = _parsed(data, file.path)
        parts = (
            ((f"{file.path}: [{n}]", o) for n, o in enumerate(whole))
            if isinstance(whole, list)
            else iter([(file.path, whole)])
        )
    for place, found in parts:
        if not isinstance(found, dict):
            raise TerminologyError.of("invalid", "ICD11_URI_MALFORMED", place=place, uri="")
        yield place, found


def _parsed(data: bytes, place: str) -> Any:
    try:
        return json.loads(data)
    except TerminologyError as error:
        raise TerminologyError.of("invalid", "RESOURCE_IN_FILE", place=place, reason=error.issues[0].text) from None


def language(entity: Json) -> str | None:
    """The language of an entity's title."""
    title = entity.get("title")
    return str(title["@language"]) if isinstance(title, dict) and "@language" in title else None


def text(value: Any) -> str | None:
    """A text, whether with its language or plain."""
    if isinstance(value, dict):
        value = value.get("@value", value.get("label"))
        return text(value)
    return value.strip() or None if isinstance(value, str) else None


def in_order(entities: Entities) -> list[Entity]:
    """All entities but the root, each once: from the top down, children in the order of their parent's list."""
    found: dict[str, Entity] = {}
    tops = [e for e in entities.values() if not any(p in entities and p for p in ids(e.main, "parent"))]
    stack = list(reversed(tops))
    while stack:
        entity = stack.pop()
        if entity.uri.id in found:
            continue
        found[entity.uri.id] = entity
        stack += [entities[c] for c in reversed(ids(entity.main, "child")) if c in entities and c not in found]
    found.update({id_: e for id_, e in entities.items() if id_ not in found})
    return [entity for id_, entity in found.items() if id_]


def ids(entity: Json, name: str) -> list[str]:
    """The ids of the entities that a member refers to."""
    parsed = (uris.parse(str(uri)) for uri in _list(entity.get(name)))
    return [uri.id for uri in parsed if uri is not None]


def concept(entity: Entity, entities: Entities) -> Concept:
    """The concept of an entity. Raises TerminologyError invalid for one without title."""
    main = entity.main
    display = text(main.get("title"))
    if display is None:
        raise TerminologyError.of("invalid", "ICD11_TITLE_MISSING", place=entity.place, code=entity.code)
    designations = {(d.value, d.language, d.use): d for d in _designations(entity, main)}
    properties = {(p.code, p.value): p for p in _properties(entity, entities)}
    return Concept(
        entity.code,
        display,
        text(main.get("definition")),
        tuple(designations.values()),
        tuple(properties.values()),
        tuple(dict.fromkeys(entities[p].code if p in entities else p for p in ids(main, "parent") if p)),
    )


def _designations(entity: Entity, main: Json) -> Iterator[Designation]:
    for said in entity.said:
        if said is not main and (title := text(said.get("title"))):
            yield Designation(title, language(said))
        if (name := text(said.get("fullySpecifiedName"))) is not None:
            yield Designation(
                name, language(said), Coding(USES, "fully-specified-name", display="Fully specified name")
            )
        for member, use in NAMED.items():
            for value in _list(said.get(member)):
                if (term := text(value)) is not None:
                    yield Designation(term, language(said), use)


def _properties(entity: Entity, entities: Entities) -> Iterator[Property]:
    main = entity.main
    if entity.kind:
        yield Property("classKind", "code", entity.kind)
    if entity.kind in {"chapter", "block"}:
        yield Property("notSelectable", "boolean", value=True)
    source = uris.parse(str(main.get("source", "")))
    if source is not None and source.system == FOUNDATION and source.id:
        yield Property("foundation", "Coding", Coding(FOUNDATION, source.id))
    if entity.uri.system != FOUNDATION:
        yield Property("uri", "string", str(main["@id"]))
    for name in TEXTS:
        if (value := text(main.get(name))) is not None:
            yield Property(name, "string", value)
    for name in LISTS:
        for item in _list(main.get(name)):
            if (value := text(item)) is not None:
                yield Property(name, "string", value)
    for item in _list(main.get("foundationChildElsewhere")):
        reference = uris.parse(str(item.get("foundationReference", ""))) if isinstance(item, dict) else None
        if reference is not None:
            yield Property("foundationChildElsewhere", "Coding", Coding(FOUNDATION, reference.id, display=text(item)))
    yield from _scales(main, entities)


def _scales(main: Json, entities: Entities) -> Iterator[Property]:
    """The axes by which a code can be detailed, each with the codes that span it."""
    for scale in _list(main.get("postcoordinationScale")):
        if not isinstance(scale, dict):
            continue
        axis = str(scale.get("axisName", "")).rstrip("/").rpartition("/")[2]
        if not axis:
            continue
        if str(scale.get("requiredPostcoordination", "")).casefold() == "true":
            yield Property("requiredPostcoordination", "code", axis)
        for id_ in ids(scale, "scaleEntity"):
            yield Property(axis, "code", entities[id_].code if id_ in entities else id_)


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def is_whole(entities: Entities) -> bool:
    """Whether the root is there and no child is missing."""
    return "" in entities and all(child in entities for e in entities.values() for child in ids(e.main, "child"))
