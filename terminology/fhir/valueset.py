"""ValueSet (R5) ⇄ model: definition, contained value sets, expansions.

`resource` keeps the published JSON; the engine uses the typed fields. A value set within a request or another resource
may have no url (it is empty then); a stored one must have one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from terminology.fhir.elements import (
    Malformed,
    add_extensions,
    boolean,
    choice,
    designations,
    each,
    extensions,
    integer,
    objects,
    one_object,
    render_designation,
    required_string,
    resource_errors,
    sorted_out,
    standards_status,
    string,
    strings,
)
from terminology.fhir.header import add_header, as_published, header_fields, put
from terminology.fhir.json import Json, loads_object
from terminology.fhir.properties import property_value, render_property
from terminology.model.coding import Canonical
from terminology.model.concept import Extension, Property
from terminology.model.valueset import (
    Compose,
    ConceptReference,
    ConceptSet,
    Contains,
    Expansion,
    ExpansionParameter,
    ExpansionProperty,
    Filter,
    ValueSet,
)

SUPPLEMENT = "http://hl7.org/fhir/StructureDefinition/valueset-supplement"
EXPANSION_PARAMETERS = frozenset(
    {
        "http://hl7.org/fhir/StructureDefinition/valueset-expansion-parameter",
        "http://hl7.org/fhir/tools/StructureDefinition/valueset-expansion-parameter",
    }
)
"""The extension's url, and the one it had before; HL7's terminology ecosystem names both."""

IN_EXPANSIONS = frozenset(
    {
        "resourceType", "id", "language", "url", "version", "name", "title", "status", "experimental", "date",
        "immutable",
    }
)  # fmt: skip
"""Elements of the value set that its expansion repeats: what names it and what bears on its use."""


def parse(resource: Json) -> ValueSet:
    """Read a value set with its compose, expansion and contained value sets.

    Raises TerminologyError invalid (RESOURCE_ELEMENT_WRONG) with the FHIRPath of what is wrong.
    """
    with resource_errors("ValueSet"):
        return _value_set(resource, with_contained=True)


def _value_set(resource: Json, *, with_contained: bool) -> ValueSet:
    known, _ = extensions(resource)
    composed = one_object(resource, "compose")
    expanded = one_object(resource, "expansion")
    return ValueSet(
        url=string(resource, "url") or "",
        **header_fields(resource),
        standards_status=standards_status(known),
        immutable=boolean(resource, "immutable"),
        compose=None if composed is None else _compose(composed),
        expansion=None if expanded is None else _expansion(expanded),
        contained=_contained(resource) if with_contained else (),
        expansion_parameters=_expansion_parameters(known, composed),
        supplements=tuple(Canonical.parse(str(e.value)) for e in known if e.url == SUPPLEMENT and e.kind),
        extensions=known,
        resource=as_published(resource),
        heading=as_published(_repeated(resource)),
    )


def _repeated(resource: Json) -> Json:
    """The elements of a value set that its expansions repeat."""
    return {name: value for name, value in resource.items() if name.removeprefix("_") in IN_EXPANSIONS}


def _contained(resource: Json) -> tuple[ValueSet, ...]:
    found = []
    for index, item in enumerate(objects(resource, "contained")):
        if item.get("resourceType") != "ValueSet":
            continue
        try:
            found.append(_value_set(item, with_contained=False))
        except Malformed as error:
            raise error.within(f"contained[{index}]") from None
    return tuple(found)


def _expansion_parameters(known: tuple[Extension, ...], composed: Json | None) -> tuple[ExpansionParameter, ...]:
    """Parameters from extensions: their context is ValueSet.compose, but they are often put on the value set itself."""
    inside, _ = extensions(composed) if composed else ((), ())
    found = []
    for outer in (*inside, *known):
        if outer.url not in EXPANSION_PARAMETERS or outer.kind is not None:
            continue
        parts = {inner.url: inner for inner in outer.value}
        name, value = parts.get("name"), parts.get("value")
        if name and value and value.kind:
            found.append(ExpansionParameter(str(name.value), value.kind, value.value))
    return tuple(found)


def _compose(element: Json) -> Compose:
    try:
        return Compose(
            include=_concept_sets(element, "include"),
            exclude=_concept_sets(element, "exclude"),
            inactive=boolean(element, "inactive"),
            locked_date=string(element, "lockedDate"),
            properties=strings(element, "property"),
        )
    except Malformed as error:
        raise error.within("compose") from None


def _concept_sets(element: Json, name: str) -> tuple[ConceptSet, ...]:
    found = []
    for index, item in enumerate(objects(element, name)):
        try:
            found.append(_concept_set(item, f"ValueSet.compose.{name}[{index}]"))
        except Malformed as error:
            raise error.within(f"{name}[{index}]") from None
    return tuple(found)


def _concept_set(element: Json, path: str) -> ConceptSet:
    return ConceptSet(
        system=string(element, "system"),
        version=string(element, "version"),
        concepts=each(element, "concept", _reference),
        filters=_filters(element, path),
        value_sets=tuple(Canonical.parse(url) for url in strings(element, "valueSet")),
        path=path,
    )


def _reference(element: Json) -> ConceptReference:
    named, _ = designations(element)
    known, _ = extensions(element)
    return ConceptReference(required_string(element, "code"), string(element, "display"), named, known)


def _filters(element: Json, path: str) -> tuple[Filter, ...]:
    found = each(element, "filter", _filter)
    return tuple(replace(f, expression=(f"{path}.filter[{number}]",)) for number, f in enumerate(found))


def _filter(element: Json) -> Filter:
    """Read a filter. A missing value (in broken value sets) becomes "", which no FHIR string is."""
    return Filter(string(element, "property") or "", string(element, "op") or "", string(element, "value") or "")


def _expansion(element: Json) -> Expansion:
    try:
        known, _ = extensions(element)
        return Expansion(
            identifier=string(element, "identifier") or "",
            timestamp=string(element, "timestamp") or "",
            total=integer(element, "total"),
            offset=integer(element, "offset"),
            parameters=each(element, "parameter", _parameter),
            properties=each(element, "property", _declaration),
            contains=_contains(element),
            extensions=known,
        )
    except Malformed as error:
        raise error.within("expansion") from None


def _parameter(element: Json) -> ExpansionParameter:
    return ExpansionParameter(required_string(element, "name"), *(choice(element, "value") or ("String", "")))


def _declaration(element: Json) -> ExpansionProperty:
    return ExpansionProperty(required_string(element, "code"), string(element, "uri"))


def _contains(element: Json) -> tuple[Contains, ...]:
    return each(element, "contains", _entry)


def _entry(element: Json) -> Contains:
    known, _ = extensions(element)
    return Contains(
        system=string(element, "system"),
        version=string(element, "version"),
        code=string(element, "code"),
        display=string(element, "display"),
        abstract=boolean(element, "abstract") or False,
        inactive=boolean(element, "inactive") or False,
        designations=designations(element)[0],
        properties=_entry_properties(element),
        extensions=known,
        contains=_contains(element) if "contains" in element else (),
    )


def _entry_properties(element: Json) -> tuple[Property, ...]:
    return sorted_out(element, "property", property_value)[0]


def render(value_set: ValueSet) -> Json:
    """Write the definition: the published JSON where there is one, the typed header over it."""
    written: Json = loads_object(value_set.resource) if value_set.resource else {}
    written = {"resourceType": "ValueSet", **written}
    add_header(written, value_set)
    put(written, "immutable", value_set.immutable)
    if value_set.compose is not None and "compose" not in written:
        written["compose"] = render_compose(value_set.compose)
    if value_set.expansion is not None and "expansion" not in written:
        written["expansion"] = render_expansion_element(value_set.expansion)
    return written


def render_compose(compose: Compose) -> Json:
    """Write `compose`."""
    written: Json = {}
    put(written, "lockedDate", compose.locked_date)
    put(written, "inactive", compose.inactive)
    written["include"] = [_render_concept_set(c) for c in compose.include]
    if compose.exclude:
        written["exclude"] = [_render_concept_set(c) for c in compose.exclude]
    if compose.properties:
        written["property"] = list(compose.properties)
    return written


def _render_concept_set(concept_set: ConceptSet) -> Json:
    written: Json = {}
    put(written, "system", concept_set.system)
    put(written, "version", concept_set.version)
    if concept_set.concepts:
        written["concept"] = [_render_reference(c) for c in concept_set.concepts]
    if concept_set.filters:
        written["filter"] = [{"property": f.property, "op": f.op, "value": f.value} for f in concept_set.filters]
    if concept_set.value_sets:
        written["valueSet"] = [str(v) for v in concept_set.value_sets]
    return written


def _render_reference(reference: ConceptReference) -> Json:
    written: Json = {}
    add_extensions(written, reference.extensions)
    written["code"] = reference.code
    put(written, "display", reference.display)
    if reference.designations:
        written["designation"] = [render_designation(d) for d in reference.designations]
    return written


def render_expansion_element(expansion: Expansion) -> Json:
    """Write `expansion`."""
    written: Json = {}
    add_extensions(written, expansion.extensions)
    put(written, "identifier", expansion.identifier or None)
    written["timestamp"] = expansion.timestamp
    put(written, "total", expansion.total)
    put(written, "offset", expansion.offset)
    if expansion.parameters:
        written["parameter"] = [{"name": p.name, f"value{p.kind}": p.value} for p in expansion.parameters]
    if expansion.properties:
        written["property"] = [_render_declaration(p) for p in expansion.properties]
    if expansion.contains:
        written["contains"] = render_contains(expansion.contains)
    return written


def _render_declaration(declared: ExpansionProperty) -> Json:
    written: Json = {"code": declared.code}
    put(written, "uri", declared.uri)
    return written


def render_contains(entries: Iterable[Contains]) -> list[Json]:
    """Write the entries of an expansion. On the hot path: members that an entry lacks cost no more than a test."""
    return [_render_entry(entry) for entry in entries]


def _render_entry(entry: Contains) -> Json:
    written: Json = {}
    if entry.extensions:
        add_extensions(written, entry.extensions)
    if entry.system is not None:
        written["system"] = entry.system
    if entry.abstract:
        written["abstract"] = True
    if entry.inactive:
        written["inactive"] = True
    if entry.version is not None:
        written["version"] = entry.version
    if entry.code is not None:
        written["code"] = entry.code
    if entry.display is not None:
        written["display"] = entry.display
    if entry.designations:
        written["designation"] = [render_designation(d) for d in entry.designations]
    if entry.properties:
        written["property"] = [render_property(p) for p in entry.properties]
    if entry.contains:
        written["contains"] = render_contains(entry.contains)
    return written
