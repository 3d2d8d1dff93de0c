"""Ids of resources: the publisher's if it is free, otherwise made from the canonical."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator
from itertools import chain, count

from terminology.store.entries import ResourceType
from terminology.store.protocol import Store
from terminology.store.queries import HistoryQuery

LONGEST = 64
_VALID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_OTHER = re.compile(r"[^A-Za-z0-9.]+")


class Ids:
    """Assigns ids during one load; an assigned id is taken.

    `fixed` are ids that were chosen elsewhere (a resource is written by its id): whoever requests one gets it.
    """

    def __init__(self, store: Store, fixed: Collection[tuple[ResourceType, str]] = ()) -> None:
        self._store = store
        self._fixed = frozenset(fixed)
        self._given: dict[tuple[ResourceType, str], tuple[str | None, str | None]] = {}

    def choose(self, type_: ResourceType, wanted: str | None, url: str | None, version: str | None) -> str:
        """The id of the stored resource with this canonical, else `wanted` if it is free, else a new one."""
        if wanted and self.is_fixed(type_, wanted):
            return wanted
        if url:
            for entry in self._store.resources_by_url(type_, url):
                if entry.version == version:
                    return entry.id
        candidates = _candidates(wanted, url or "", version)
        chosen = next(id_ for id_ in candidates if self._is_free(type_, id_, url, version))
        self._given[type_, chosen] = url, version
        return chosen

    def new(self, type_: ResourceType, url: str | None, version: str | None, name: str | None = None) -> str:
        """An id that no other resource has or had; made from `name` where there is no url."""
        base = slug(url, version) if url else slug(name or type_)
        numbered = (f"{base[: LONGEST - 6]}-{number}" for number in count(2))
        candidates = chain((base,), _candidates(None, url, version) if url else (), numbered)
        chosen = next(id_ for id_ in candidates if self._is_unused(type_, id_, url, version))
        self._given[type_, chosen] = url, version
        return chosen

    def is_fixed(self, type_: ResourceType, id_: str) -> bool:
        """Whether this id was chosen elsewhere."""
        return (type_, id_) in self._fixed

    def _is_free(self, type_: ResourceType, id_: str, url: str | None, version: str | None) -> bool:
        if self.is_fixed(type_, id_):
            return False
        if (given := self._given.get((type_, id_))) is not None:
            return given == (url, version) and url is not None
        entry = self._store.resource(type_, id_)
        return entry is None or (not url and not entry.url)

    def _is_unused(self, type_: ResourceType, id_: str, url: str | None, version: str | None) -> bool:
        """Whether nothing has the id, and nothing but this canonical had it, whose history then continues."""
        if (type_, id_) in self._given or self._store.resource(type_, id_) is not None:
            return False
        _, past = self._store.history_page(HistoryQuery(type=type_, id=id_, count=1))
        return not past or (url is not None and (past[0].entry.url, past[0].entry.version) == (url, version))


def slug(url: str, version: str | None = None) -> str:
    """`http://www.cms.gov/Medicare/Coding/ICD10` in 2025 → `ICD10-2025`: the last named segment and the version."""
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
