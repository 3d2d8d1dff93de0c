"""Ids for resources: the publisher's where it is free, else made from the canonical."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from terminology.store.protocol import ResourceType, Store

LONGEST = 64
_VALID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_OTHER = re.compile(r"[^A-Za-z0-9.]+")


class Ids:
    """Gives ids during one load; an id once given is taken."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._given: dict[tuple[ResourceType, str], tuple[str | None, str | None]] = {}

    def choose(self, type_: ResourceType, wanted: str | None, url: str | None, version: str | None) -> str:
        """The id that the stored resource of this canonical has already, `wanted` when it is free, or a new one."""
        if url:
            for entry in self._store.resources_by_url(type_, url):
                if entry.version == version:
                    return entry.id
        candidates = _candidates(wanted, url or "", version)
        chosen = next(id_ for id_ in candidates if self._is_free(type_, id_, url, version))
        self._given[type_, chosen] = url, version
        return chosen

    def _is_free(self, type_: ResourceType, id_: str, url: str | None, version: str | None) -> bool:
        if (given := self._given.get((type_, id_))) is not None:
            return given == (url, version) and url is not None
        entry = self._store.resource(type_, id_)
        return entry is None or (not url and not entry.url)


def slug(url: str, version: str | None = None) -> str:
    """`http://www.cms.gov/Medicare/Coding/ICD10` in 2025 → `ICD10-2025`: the last speaking segment and the version."""
    segments = [segment for segment in re.split(r"[/:#?=]", url) if re.search("[A-Za-z]", segment)]
    return _joined(segments[-1] if segments else "resource", version)


def _joined(name: str, version: str | None) -> str:
    if version and "/" in version:  # a version that is itself a uri ends in what tells it from others
        version = "-".join(version.rstrip("/").split("/")[-3:])
    text = f"{name}-{version}" if version else name
    return _OTHER.sub("-", text).strip("-.")[:LONGEST].strip("-.") or "resource"


def _candidates(wanted: str | None, url: str, version: str | None) -> Iterator[str]:
    if wanted and _VALID.fullmatch(wanted):
        yield wanted
    yield slug(url, version)
    yield _joined(re.sub(r"^\w+://(www\.)?", "", url), version)
    mark = hashlib.sha256(f"{url}|{version or ''}".encode()).hexdigest()
    yield f"{slug(url, version)[: LONGEST - 9]}-{mark[:8]}"
    yield mark
