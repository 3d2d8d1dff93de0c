"""Code systems with classes of their own, loaded by their loaders into a scratch store."""

from __future__ import annotations

from pathlib import Path

from terminology import ingest
from terminology.codesystems.registry import open_code_system
from terminology.fhir import codesystem
from terminology.fhir.json import loads_object
from terminology.model.protocols import CodeSystem
from terminology.model.records import LoadOptions
from terminology.model.valueset import Filter
from terminology.store.opening import open_store


def loaded_system(url: str, *paths: Path, version: str | None = None) -> CodeSystem:
    """What the ordinary load of these paths makes of one system."""
    store = open_store()
    ingest.load(store, paths, LoadOptions(version=version))
    (entry,) = store.versions(url)
    header = codesystem.parse_metadata(loads_object(store.resource("CodeSystem", entry.resource_id).body))
    return open_code_system(header, store.version(entry.key), "test")


def selected(system: CodeSystem, property_: str, op: str, value: str) -> list[str]:
    """The codes a filter selects. Checks that the other reading of the filter says the same of every code."""
    f = Filter(property_, op, value)
    codes = system.codes()
    chosen = [codes[ordinal] for ordinal in system.select(f)]
    assert chosen == [code for code in codes if system.holds(system.locate(code), f)]
    return chosen
