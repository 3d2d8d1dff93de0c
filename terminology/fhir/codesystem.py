"""CodeSystem (R5) ⇄ model. Concepts are read as a flat list in pre-order, and written nested.

Elements without a field in the model are kept: those of the header in `CodeSystemMetadata.resource`, those of concepts
in `extra`. Duplicate codes, unknown parents and cycles are detected when a version is built, not here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import partial
from typing import cast, get_args

from terminology.fhir import marks
from terminology.fhir.elements import (
    Malformed,
    add_extensions,
    add_rest,
    as_extra,
    boolean,
    canonical,
    coding,
    designations,
    each,
    extensions,
    integer,
    objects,
    one_object,
    render_coding,
    render_designation,
    required_string,
    resource_errors,
    rest,
    sorted_out,
    standards_status,
    string,
    strings,
)
from terminology.fhir.header import add_header, as_published, effective_period, header_fields, put
from terminology.fhir.json import Json, dumps, loads_object
from terminology.fhir.properties import property_value, render_stated
from terminology.model.codesystem import (
    CodeSystemMetadata,
    Content,
    FilterDefinition,
    HierarchyMeaning,
    PropertyDefinition,
)
from terminology.model.coding import Coding
from terminology.model.concept import Concept, Property
from terminology.model.requests import CodeSystemResource
from terminology.model.status import property_code

_KNOWN_CONCEPT = frozenset({"code", "display", "definition", "designation", "property", "concept", "extension"})

URI_SYSTEM = "urn:ietf:rfc:3986"


def parse(resource: Json) -> CodeSystemResource:
    """Read a whole CodeSystem; the digest is the SHA-256 of its canonical JSON.

    Raises TerminologyError invalid (RESOURCE_ELEMENT_WRONG) with the FHIRPath of what is wrong.
    """
    digest = hashlib.sha256(dumps(resource, sort=True)).hexdigest()
    return CodeSystemResource(parse_metadata(resource), tuple(concepts(resource)), digest)


def parse_metadata(resource: Json) -> CodeSystemMetadata:
    """Read the header. Raises TerminologyError invalid."""
    with resource_errors("CodeSystem"):
        return _metadata(resource)


def _metadata(resource: Json) -> CodeSystemMetadata:
    said = marks.read(resource)
    resource = marks.without(resource, said)
    known, _ = extensions(resource)
    start, end = effective_period(resource, known)
    return CodeSystemMetadata(
        url=required_string(resource, "url"),
        **header_fields(resource),
        standards_status=standards_status(known),
        identifiers=tuple(v for i in objects(resource, "identifier") if (v := string(i, "value"))),
        case_sensitive=boolean(resource, "caseSensitive"),
        value_set=string(resource, "valueSet"),
        hierarchy_meaning=cast("HierarchyMeaning | None", string(resource, "hierarchyMeaning")),
        compositional=boolean(resource, "compositional") or False,
        version_needed=boolean(resource, "versionNeeded") or False,
        version_algorithm=_version_algorithm(resource),
        content=_content(resource),
        supplements=canonical(string(resource, "supplements")),
        count=integer(resource, "count"),
        filters=each(resource, "filter", _filter),
        properties=each(resource, "property", partial(_property_definition, said.searched)),
        extensions=known,
        effective_start=start,
        effective_end=end,
        resource=as_published({name: value for name, value in resource.items() if name != "concept"}),
    )


def _content(resource: Json) -> Content:
    value = string(resource, "content")
    if value is None:
        # 1..1 in FHIR, but often forgotten in hand-written resources; with concepts nothing else can be meant.
        return "complete" if resource.get("concept") else "not-present"
    if value not in get_args(Content):
        raise Malformed("content", " | ".join(get_args(Content)), value)
    return cast("Content", value)


def _version_algorithm(resource: Json) -> str | Coding | None:
    found = one_object(resource, "versionAlgorithmCoding")
    return coding(found) if found else string(resource, "versionAlgorithmString")


def _filter(element: Json) -> FilterDefinition:
    return FilterDefinition(
        code=required_string(element, "code"),
        operators=strings(element, "operator"),
        value=string(element, "value") or "",
        description=string(element, "description"),
    )


def _property_definition(searched: frozenset[str], element: Json) -> PropertyDefinition:
    code = required_string(element, "code")
    return PropertyDefinition(
        code=code,
        kind=string(element, "type") or "string",
        uri=string(element, "uri"),
        description=string(element, "description"),
        searched=code in searched,
    )


def concepts(resource: Json) -> Iterator[Concept]:
    """The concepts in pre-order; nesting is in `parents`.

    Raises TerminologyError invalid (RESOURCE_ELEMENT_WRONG) with the FHIRPath of what is wrong.
    """
    with resource_errors("CodeSystem"):
        yield from _concepts(resource, (), marks.read(resource).hierarchy)


def concept(item: Json, parents: tuple[str, ...], hierarchy: str | None) -> Concept:
    """Read one concept without those below it. `hierarchy` as in `marks.Marks`. Raises as `concepts`."""
    with resource_errors("CodeSystem.concept"):
        return _concept(item, parents, hierarchy)


def _concepts(element: Json, parents: tuple[str, ...], hierarchy: str | None) -> Iterator[Concept]:
    for index, item in enumerate(objects(element, "concept")):
        try:
            concept = _concept(item, parents, hierarchy)
            yield concept
            if "concept" in item:
                yield from _concepts(item, (concept.code,), hierarchy)
        except Malformed as error:
            raise error.within(f"concept[{index}]") from None


def _concept(item: Json, parents: tuple[str, ...], hierarchy: str | None) -> Concept:
    extra = rest(item, _KNOWN_CONCEPT)
    known, unknown = extensions(item)
    if unknown:
        extra["extension"] = unknown
    named, nameless = designations(item)
    if nameless:
        extra["designation"] = nameless
    values, without_value = _properties(item)
    if without_value:
        extra["property"] = without_value
    if hierarchy is not None:
        parents += tuple(str(v.value) for v in values if v.code == hierarchy)
        values = tuple(v for v in values if v.code != hierarchy)
    return Concept(
        code=required_string(item, "code"),
        display=string(item, "display"),
        definition=string(item, "definition"),
        designations=named,
        properties=values,
        parents=parents,
        extensions=known,
        extra=as_extra(extra),
    )


def _properties(item: Json) -> tuple[tuple[Property, ...], list[Json]]:
    if "property" not in item:
        return (), []
    return sorted_out(item, "property", property_value)


def render(metadata: CodeSystemMetadata, contents: Iterable[Concept]) -> Json:
    """Write a whole CodeSystem: header and nested concepts."""
    written = render_metadata(metadata)
    rendered = render_concepts(contents, parent_codes(metadata))
    if rendered:
        written["concept"] = rendered
    return written


def render_metadata(metadata: CodeSystemMetadata) -> Json:
    """Write the header: the published JSON where there is one, the typed fields over it."""
    written: Json = loads_object(metadata.resource) if metadata.resource else {}
    written = {"resourceType": "CodeSystem", **written}
    add_header(written, metadata)
    _add_identifiers(written, metadata)
    _add_version_algorithm(written, metadata.version_algorithm)
    _add_effective_period(written, metadata)
    put(written, "caseSensitive", metadata.case_sensitive)
    put(written, "valueSet", metadata.value_set)
    put(written, "hierarchyMeaning", metadata.hierarchy_meaning)
    put(written, "compositional", metadata.compositional or None)
    put(written, "versionNeeded", metadata.version_needed or None)
    put(written, "content", metadata.content)
    put(written, "supplements", str(metadata.supplements) if metadata.supplements else None)
    put(written, "count", metadata.count)
    _add_filters(written, metadata)
    _add_property_definitions(written, metadata)
    return written


def _add_identifiers(written: Json, metadata: CodeSystemMetadata) -> None:
    """Add the system's URIs and OIDs as identifiers with the system `urn:ietf:rfc:3986`, which FHIR has for URIs."""
    present = {identifier.get("value") for identifier in written.get("identifier", ())}
    added = [{"system": URI_SYSTEM, "value": value} for value in metadata.identifiers if value not in present]
    if added:
        written["identifier"] = [*written.get("identifier", ()), *added]


def _add_version_algorithm(written: Json, algorithm: str | Coding | None) -> None:
    if algorithm is not None and not any(name.startswith("versionAlgorithm") for name in written):
        if isinstance(algorithm, Coding):
            written["versionAlgorithmCoding"] = render_coding(algorithm)
        else:
            written["versionAlgorithmString"] = algorithm


def _add_effective_period(written: Json, metadata: CodeSystemMetadata) -> None:
    """Add the period, unless the published header states one itself (maybe less precisely, or as an extension)."""
    known, _ = extensions(written)
    if (metadata.effective_start or metadata.effective_end) and effective_period(written, known) == (None, None):
        period: Json = {}
        put(period, "start", metadata.effective_start)
        put(period, "end", metadata.effective_end)
        written["effectivePeriod"] = period


def _add_filters(written: Json, metadata: CodeSystemMetadata) -> None:
    present = {f.get("code") for f in written.get("filter", ())}
    added: list[Json] = []
    for f in metadata.filters:
        if f.code in present:
            continue
        item: Json = {"code": f.code}
        put(item, "description", f.description)
        item["operator"] = list(f.operators)
        item["value"] = f.value
        added.append(item)
    if added:
        written["filter"] = [*written.get("filter", ()), *added]


def _add_property_definitions(written: Json, metadata: CodeSystemMetadata) -> None:
    present = {p.get("code") for p in written.get("property", ())}
    added: list[Json] = []
    for p in metadata.properties:
        if p.code in present:
            continue
        item: Json = {"code": p.code}
        put(item, "uri", p.uri)
        put(item, "description", p.description)
        item["type"] = p.kind
        added.append(item)
    if added:
        written["property"] = [*written.get("property", ()), *added]


def parent_codes(metadata: CodeSystemMetadata) -> frozenset[str]:
    """The codes that this system uses for the properties `parent` and `subsumedBy`."""
    return frozenset(property_code(metadata, name) for name in ("parent", "subsumedBy"))


def render_concepts(
    contents: Iterable[Concept], parent_codes: frozenset[str] = frozenset({"parent", "subsumedBy"})
) -> list[Json]:
    """Write concepts, nested under the first parent that no property in `parent_codes` states.

    Further parents, and parents that are not among `contents`, become `parent` properties.
    """
    every = list(contents)
    written = {concept.code: render_concept(concept) for concept in every}
    top: list[Json] = []
    for concept in every:
        stated = {str(p.value) for p in concept.properties if p.code in parent_codes}
        unstated = [code for code in concept.parents if code not in stated]
        item = written[concept.code]
        if unstated and unstated[0] in written:
            written[unstated.pop(0)].setdefault("concept", []).append(item)
        else:
            top.append(item)
        if unstated:
            added = [{"code": "parent", "valueCode": code} for code in unstated]
            item["property"] = [*item.get("property", ()), *added]
    return top


def render_concept(concept: Concept) -> Json:
    """Write one concept without its children."""
    written: Json = {}
    add_extensions(written, concept.extensions, concept.extra)
    written["code"] = concept.code
    put(written, "display", concept.display)
    put(written, "definition", concept.definition)
    named = [render_designation(d) for d in concept.designations] + list(concept.extra.get("designation", ()))
    if named:
        written["designation"] = named
    values = [render_stated(p) for p in concept.properties] + list(concept.extra.get("property", ()))
    if values:
        written["property"] = values
    add_rest(written, concept.extra)
    return written
