"""Writes a FHIR package (npm archive): `package/package.json`, `.index.json`, and a JSON file for each resource.

Equal content gives equal bytes: no times are written. Each resource is first written to a temporary file, since an
archive states sizes before contents.
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile
import tempfile
from collections.abc import Callable
from types import TracebackType
from typing import IO, Self, TypeVar

from terminology.fhir.json import Json, dumps
from terminology.fhir.r4 import FHIR_VERSIONS
from terminology.fhir.stream import Out
from terminology.model.requests import FhirRelease

T = TypeVar("T")

IN_MEMORY = 16 * 1024 * 1024
INDEXED = ("resourceType", "id", "url", "version", "kind", "type", "supplements", "content")
"""What an index tells of a resource (FHIR packages, "index.json")."""


class Package:
    """An archive that is being written; use it as a context manager."""

    def __init__(self, out: IO[bytes], name: str, version: str, release: FhirRelease, about: Json) -> None:
        self._manifest = {
            "name": name,
            "version": version,
            "type": "fhir.ig",
            "canonical": about.get("url", ""),
            "title": about.get("title") or about.get("name") or name,
            "description": about.get("description") or about.get("title") or name,
            "author": about.get("publisher") or "unknown",
            "fhirVersions": [FHIR_VERSIONS[release]],
            "dependencies": {},
        }
        self._index: list[Json] = []
        self._names: set[str] = set()
        self._gzip = gzip.GzipFile(fileobj=out, mode="wb", filename="", mtime=0)
        self._tar = tarfile.open(fileobj=self._gzip, mode="w|")  # noqa: SIM115 - closed by __exit__

    def __enter__(self) -> Self:
        self._add_bytes("package.json", dumps(self._manifest, pretty=True))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._add_bytes(".index.json", dumps({"index-version": 2, "files": self._index}, pretty=True))
        self._tar.close()
        self._gzip.close()

    def add(self, header: Json, write: Callable[[Out], T]) -> T:
        """Add a resource: `write` writes its JSON; what it gives is given back."""
        name = f"{header['resourceType']}-{header.get('id') or len(self._index)}.json"
        if name.casefold() in self._names:  # ids may differ by case alone, names of files should not
            name = f"{name.removesuffix('.json')}-{len(self._index)}.json"
        self._names.add(name.casefold())
        self._index.append({"filename": name, **{n: header[n] for n in INDEXED if isinstance(header.get(n), str)}})
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as waiting:
            written = write(waiting)
            size = waiting.tell()
            waiting.seek(0)
            self._tar.addfile(_member(name, size), waiting)
        return written

    def _add_bytes(self, name: str, data: bytes) -> None:
        self._tar.addfile(_member(name, len(data)), io.BytesIO(data))


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(f"package/{name}")
    member.size = size
    return member


def package_version(version: str | None) -> str:
    """A version as packages have it, of three numbers: `2025-04` → `2025.4.0`; 0.0.0 where there is no number."""
    last = (version or "").rstrip("/").rpartition("/")[2]
    numbers = [str(int(number)) for number in re.findall(r"\d+", last)][:3]
    return ".".join([*numbers, "0", "0", "0"][:3])


def package_name(id_: str) -> str:
    """A name as packages have it: lower case, with a dot."""
    return "terminology." + re.sub(r"[^a-z0-9]+", "-", id_.lower()).strip("-")
