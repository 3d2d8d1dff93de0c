"""Writes a code system to a file: as a CodeSystem resource, or as a package with what belongs to it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Literal

from terminology.export import codesystems, conceptmaps, finding
from terminology.export.codesystems import Version
from terminology.export.finding import AS_WRITTEN, Beside, Names
from terminology.export.packages import Package, package_name, package_version
from terminology.fhir import r4
from terminology.fhir.json import Json, dumps, loads_object
from terminology.fhir.stream import JsonPen, Out, Pen, XmlPen
from terminology.ingest.ids import slug
from terminology.model.protocols import CodeSystem
from terminology.model.requests import FhirRelease
from terminology.store.entries import ResourceEntry
from terminology.store.protocol import Store

Format = Literal["json", "xml", "package"]
Progress = Callable[[str, int, int | None], None]


def silent(_stage: str, _done: int, _total: int | None) -> None:
    """Progress that nobody wants to know."""


@dataclass(slots=True)
class Exported:
    """What was written: counts."""

    url: str
    version: str | None
    concepts: int = 0
    supplements: int = 0
    value_sets: int = 0
    concept_maps: int = 0
    mappings: int = 0


def export(
    store: Store,
    system: CodeSystem,
    out: IO[bytes],
    form: Format = "json",
    release: FhirRelease = "R5",
    progress: Progress = silent,
    withheld: Collection[str] = (),
    names: Names = AS_WRITTEN,
) -> Exported:
    """Write a code system that is stored or built in. A package has its supplements, value sets and concept maps too.

    `withheld` are canonicals of systems of which nothing may go out beside it; `names` tells what resources may call
    systems otherwise.

    Memory: one concept at a time and an index of ordinals, whatever the size.
    """
    version = finding.version(store, system)
    exported = Exported(version.metadata.url, version.metadata.version)
    if form == "package":
        beside = Beside(store, version.metadata.canonical, names, withheld)
        _package(beside, version, out, release, exported, progress)
    else:
        exported.concepts = _code_system(version, form, release, progress, out)
    return exported


def _code_system(version: Version, form: Format, release: FhirRelease, progress: Progress, out: Out) -> int:
    stage = f"Writing {version.metadata.title or version.metadata.url}"
    return codesystems.write(version, partial(_pen, out, form, release), release, partial(progress, stage))


def _pen(out: Out, form: Format, release: FhirRelease, header: Json) -> Pen:
    return XmlPen(out, header, release) if form == "xml" else JsonPen(out, header)


def _package(
    beside: Beside,
    version: Version,
    out: IO[bytes],
    release: FhirRelease,
    exported: Exported,
    progress: Progress,
) -> None:
    store, canonical = beside.store, beside.of
    name = package_name(version.header.get("id") or slug(canonical.url, canonical.version))
    with Package(out, name, package_version(canonical.version), release, version.header) as package:
        exported.concepts = _add_system(package, version, release, progress)
        for entry in beside.supplements():
            _add_system(package, finding.stored(store, entry), release, progress)
            exported.supplements += 1
        for found in beside.value_sets():
            package.add(_header(found), partial(_value_set, found, release))
            exported.value_sets += 1
        for found in beside.concept_maps():
            exported.mappings += package.add(_header(found), partial(_concept_map, store, found, release))
            exported.concept_maps += 1


def _add_system(package: Package, version: Version, release: FhirRelease, progress: Progress) -> int:
    header = {"resourceType": "CodeSystem", **version.header}
    return package.add(header, partial(_code_system, version, "json", release, progress))


def _header(entry: ResourceEntry) -> Json:
    return {"resourceType": entry.type, **loads_object(entry.body)}


def _value_set(entry: ResourceEntry, release: FhirRelease, out: Out) -> None:
    out.write(dumps(r4.from_r5(_header(entry), release)) + b"\n")


def _concept_map(store: Store, entry: ResourceEntry, release: FhirRelease, out: Out) -> int:
    rows = store.map_mappings(entry.key)
    return conceptmaps.write(_header(entry), rows, partial(JsonPen, out), release)


def form_of(path: Path) -> Format | None:
    """The format that a file's name asks for."""
    name = path.name.lower()
    if name.endswith((".tgz", ".tar.gz")):
        return "package"
    return {".json": "json", ".xml": "xml"}.get(path.suffix.lower())  # type: ignore[return-value]


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes its place when all of it is written, and is not there otherwise."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
