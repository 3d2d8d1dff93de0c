"""Makes FHIR packages and files of resources for tests; everything in them is invented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.loaders.test_sources import tarred

CODE_SYSTEM: dict[str, Any] = {
    "resourceType": "CodeSystem",
    "id": "cs",
    "url": "http://example.org/cs",
    "version": "1",
    "status": "active",
    "content": "complete",
    "concept": [{"code": "a", "concept": [{"code": "b"}]}],
}
VALUE_SET: dict[str, Any] = {
    "resourceType": "ValueSet",
    "id": "vs",
    "url": "http://example.org/vs",
    "status": "active",
    "compose": {"include": [{"system": "http://example.org/cs"}]},
}
CONCEPT_MAP: dict[str, Any] = {
    "resourceType": "ConceptMap",
    "id": "cm",
    "url": "http://example.org/cm",
    "status": "active",
    "sourceCanonical": "http://example.org/vs",
    "group": [{"element": [{"code": "a", "target": [{"code": "x", "equivalence": "wider"}]}]}],
}
NAMING_SYSTEM: dict[str, Any] = {
    "resourceType": "NamingSystem",
    "name": "NS",
    "status": "active",
    "uniqueId": [{"type": "oid", "value": "1.2.3"}, {"type": "uri", "value": "http://example.org/cs"}],
}


def package(
    name: str = "example.terminology",
    version: str = "1.0.0",
    dependencies: dict[str, str] | None = None,
    members: dict[str, Any] | None = None,
) -> bytes:
    """A .tgz as registries serve it."""
    manifest = {"name": name, "version": version, "fhirVersions": ["4.0.1"], "dependencies": dependencies or {}}
    given = {"CodeSystem-cs.json": CODE_SYSTEM} if members is None else members
    files = {f"package/{n}": v if isinstance(v, bytes) else json.dumps(v).encode() for n, v in given.items()}
    return tarred({"package/package.json": json.dumps(manifest).encode(), **files})


def write(folder: Path, **files: Any) -> None:
    """JSON files by name (`vs` → `vs.json`)."""
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
