"""Loads resources into a store, as plainly as possible, and makes catalogues and supplied resources of them."""

from __future__ import annotations

from terminology.catalogue import StoreCatalogue
from terminology.catalogue.request import RequestCatalogue
from terminology.fhir import codesystem, conceptmap, valueset
from terminology.fhir.json import dumps
from terminology.model.requests import RequestContext, SuppliedResource
from terminology.settings import Settings
from terminology.store.entries import MappingRow, NewResource
from terminology.store.mapping_documents import encode_mapping
from terminology.store.opening import open_store
from tests.codesystems.building import publish


def code_system(url: str, version: str | None = None, *codes: str, **members: object) -> dict:
    """A CodeSystem as JSON; its concepts have their code as display."""
    body = {"resourceType": "CodeSystem", "url": url, "status": "active", "content": "complete"}
    if version is not None:
        body["version"] = version
    body["concept"] = [{"code": code, "display": f"{code} of {version}"} for code in codes]
    return body | members


def value_set(url: str, version: str | None = None, **members: object) -> dict:
    """A ValueSet as JSON."""
    body = {"resourceType": "ValueSet", "url": url, "status": "active"}
    return body | ({"version": version} if version else {}) | members


def concept_map(url: str, version: str | None, *pairs: tuple[str, str], **group: str) -> dict:
    """A ConceptMap as JSON, with one group."""
    elements = [
        {"code": a, "target": [{"code": b, "relationship": "equivalent"}]} for a, b in pairs
    ]  # fmt: skip
    body = {"resourceType": "ConceptMap", "url": url, "status": "active", "group": [{**group, "element": elements}]}
    return body | ({"version": version} if version else {})


class World:
    """A store with a catalogue over it."""

    def __init__(self, *resources: dict, **settings: str) -> None:
        self.store = open_store()
        self.catalogue = StoreCatalogue(self.store, Settings.load({}, **settings))
        self.load(*resources)

    def load(self, *resources: dict) -> None:
        for resource in resources:
            {"CodeSystem": self._code_system, "ValueSet": self._value_set, "ConceptMap": self._concept_map}[
                resource["resourceType"]
            ](resource)

    def request(self, *resources: dict, **context: object) -> RequestCatalogue:
        return self.catalogue.for_request(RequestContext(resources=tuple(map(supplied, resources)), **context))

    def alias(self, alias: str, canonical: str) -> None:
        with self.store.publication() as publication:
            entry = publication.put_resource(
                NewResource(type="NamingSystem", id="n", url=None, version=None, body=b"{}")
            )
            publication.put_aliases(entry.key, [(alias, canonical)])

    def _code_system(self, resource: dict) -> None:
        parsed = codesystem.parse(resource)
        publish(self.store, parsed.metadata, parsed.concepts, parsed.metadata.resource)

    def _value_set(self, resource: dict) -> None:
        self._put("ValueSet", resource, dumps(resource))

    def _concept_map(self, resource: dict) -> None:
        parsed = conceptmap.parse(resource)
        rows = [
            MappingRow(
                map_key=0, group=number, source_system=group.source.url if group.source else None,
                source_code=m.source_code, target_system=group.target.url if group.target else None,
                target_code=m.target_code, document=encode_mapping(m),
            )
            for number, group in enumerate(parsed.groups) for m in group.mappings
        ]  # fmt: skip
        self._put("ConceptMap", resource, parsed.resource, rows)

    def _put(self, type_, resource: dict, body: bytes, rows: list[MappingRow] | None = None) -> None:
        id_ = f"{resource['url'].rsplit('/', 1)[-1]}-{resource.get('version', 'none')}"
        new = NewResource(
            type=type_,
            id=id_,
            url=resource["url"],
            version=resource.get("version"),
            date=resource.get("date"),
            body=body,
        )
        with self.store.publication() as publication:
            entry = publication.put_resource(new)
            if rows is not None:
                publication.put_mappings(entry.key, rows)


def supplied(resource: dict) -> SuppliedResource:
    """A resource as it travels with a request."""
    parse = {"CodeSystem": codesystem.parse, "ValueSet": valueset.parse, "ConceptMap": conceptmap.parse}
    return parse[resource["resourceType"]](resource)
