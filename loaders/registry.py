"""A client of npm-style registries of FHIR packages: metadata, downloads with checksums, a cache on disk.

Temporary failures (no connection, 429, 5xx) are retried with growing pauses; a host that could not be reached is not
asked again. Knows nothing of dependencies.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import requests

from terminology.fhir import json
from terminology.model.outcome import TerminologyError
from terminology.model.versions import is_pattern, matches, natural_key

TIMEOUT = (5.0, 60.0)
"""Seconds to connect, and between bytes."""
PAUSES = (0.3, 1.0)
"""Seconds before each new try."""
_CHUNK = 1 << 18
_MOVING = frozenset({"current", "dev", "latest"})
_SAFE = re.compile(r"[\w.+-]+")

Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class Download:
    """One version of a package: where it may be had, and the checksum it must have (None where none is stated)."""

    name: str
    version: str
    addresses: tuple[str, ...]
    algorithm: str | None
    checksum: bytes | None


class Registry:
    """`base` is the registry's url, `cache` the folder that downloads are kept in."""

    def __init__(
        self,
        base: str,
        cache: Path,
        progress: Progress | None = None,
        *,
        session: requests.Session | None = None,
        pauses: tuple[float, ...] | None = None,
    ) -> None:
        self._base = base.rstrip("/")
        self._cache = cache
        self._progress = progress or (lambda _what, _done, _total: None)
        self._session = session or requests.Session()
        self._pauses = PAUSES if pauses is None else pauses
        self._unreachable: set[str] = set()

    def fetch(self, name: str, version: str | None = None) -> Path:
        """The package's archive on disk, from the cache or the registry; without version, the latest one.

        A version may be exact, hold wildcards (`4.0.x`), or be `latest`. Raises TerminologyError: not-found
        (PACKAGE_NOT_FOUND, PACKAGE_VERSION_NOT_FOUND), unavailable (REGISTRY_UNREACHABLE, REGISTRY_FAILED), invalid
        (PACKAGE_CHECKSUM).
        """
        exact = version is not None and version not in _MOVING and not is_pattern(version)
        if exact and (cached := self._cached(name, str(version))).exists():
            return cached
        download = self._choose(name, version)
        cached = self._cached(download.name, download.version)
        if not cached.exists():
            self._download(download, cached)
        return cached

    def _cached(self, name: str, version: str) -> Path:
        if not (_SAFE.fullmatch(name) and _SAFE.fullmatch(version)):
            raise TerminologyError.of("not-found", "PACKAGE_NOT_FOUND", package=name, registry=self._base)
        return self._cache / "packages" / f"{name}-{version}.tgz"

    def _choose(self, name: str, version: str | None) -> Download:
        address = f"{self._base}/{quote(name, safe='')}"
        with self._get(address, what=name) as response:
            metadata = _object(response)
        versions = metadata.get("versions")
        known: dict[str, Any] = versions if isinstance(versions, dict) else {}
        if not known:
            raise TerminologyError.of("not-found", "PACKAGE_NOT_FOUND", package=name, registry=self._base)
        chosen = _chosen(known, metadata.get("dist-tags"), version)
        if chosen is None:
            raise TerminologyError.of(
                "not-found",
                "PACKAGE_VERSION_NOT_FOUND",
                package=name,
                version=str(version),
                known=", ".join(sorted(known, key=natural_key)),
            )
        dist = known[chosen].get("dist") if isinstance(known[chosen], dict) else None
        return self._offer(name, chosen, dist if isinstance(dist, dict) else {})

    def _offer(self, name: str, version: str, dist: Mapping[str, Any]) -> Download:
        """The stated address first; a mirror may state one that only its origin serves, so its own layout second."""
        own = f"{self._base}/{quote(name, safe='')}/-/{quote(name, safe='')}-{quote(version, safe='')}.tgz"
        stated = dist.get("tarball")
        addresses = (stated, own) if isinstance(stated, str) and stated.startswith(("https://", "http://")) else (own,)
        try:
            algorithm, checksum = _checksum(dist)
        except ValueError:
            raise self._failed("REGISTRY_FAILED", own, "the checksum it states is no checksum") from None
        return Download(name, version, tuple(dict.fromkeys(addresses)), algorithm, checksum)

    def _download(self, download: Download, target: Path) -> None:
        last: TerminologyError | None = None
        for address in download.addresses:
            try:
                self._save(address, download, target)
            except TerminologyError as error:
                last = error
            else:
                return
        assert last is not None
        raise last

    def _save(self, address: str, download: Download, target: Path) -> None:
        """Write beside the target and rename, so that the cache never holds half a file."""
        target.parent.mkdir(parents=True, exist_ok=True)
        what = f"{download.name}#{download.version}"
        digest = hashlib.new(download.algorithm or "sha512")
        temporary = target.with_name(f"{target.name}.{os.getpid()}.part")
        try:
            with temporary.open("wb") as file, self._get(address, what=what) as response:
                total = int(response.headers.get("Content-Length") or 0) or None
                for chunk in _chunks(response, address):
                    file.write(chunk)
                    digest.update(chunk)
                    self._progress(what, file.tell(), total)
            if download.checksum is not None and digest.digest() != download.checksum:
                raise TerminologyError.of("invalid", "PACKAGE_CHECKSUM", package=what, address=address)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)

    @contextmanager
    def _get(self, address: str, what: str) -> Iterator[requests.Response]:
        """A response with status 200. Temporary failures are retried."""
        host = urlsplit(address).netloc
        if host in self._unreachable:
            raise self._failed("REGISTRY_UNREACHABLE", address, "it could not be reached before")
        for pause in (*self._pauses, None):
            try:
                response = self._session.get(address, timeout=TIMEOUT, stream=True)
            except requests.RequestException as error:
                if pause is None:
                    self._unreachable.add(host)
                    raise self._failed("REGISTRY_UNREACHABLE", address, _reason(error)) from error
            else:
                if pause is None or (response.status_code < 500 and response.status_code != 429):
                    break
                response.close()
            time.sleep(pause)
        with response:
            if response.status_code in {404, 410}:
                raise TerminologyError.of("not-found", "PACKAGE_NOT_FOUND", package=what, registry=self._base)
            if response.status_code != 200:
                raise self._failed("REGISTRY_FAILED", address, f"status {response.status_code}")
            yield response

    @staticmethod
    def _failed(message_id: str, address: str, reason: str) -> TerminologyError:
        return TerminologyError.of("unavailable", message_id, address=address, reason=reason)


def _chosen(known: Mapping[str, Any], tags: Any, version: str | None) -> str | None:
    """The version meant: the one asked for, or the latest that fits."""
    if version is None or version == "latest":
        latest = tags.get("latest") if isinstance(tags, dict) else None
        return latest if latest in known else max(known, key=natural_key)
    if version in known:
        return version
    fitting = [v for v in known if is_pattern(version) and matches(version, v)]
    return max(fitting, key=natural_key, default=None)


def _checksum(dist: Mapping[str, Any]) -> tuple[str | None, bytes | None]:
    """The strongest checksum stated (Subresource Integrity, else npm's SHA-1 `shasum`)."""
    integrity = str(dist.get("integrity") or "")
    stated = dict(part.split("-", 1) for part in integrity.split() if "-" in part)
    for algorithm in ("sha512", "sha384", "sha256"):
        if algorithm in stated:
            return algorithm, base64.b64decode(stated[algorithm])
    shasum = dist.get("shasum")
    return ("sha1", bytes.fromhex(shasum)) if isinstance(shasum, str) and shasum else (None, None)


def _object(response: requests.Response) -> dict[str, Any]:
    try:
        return json.loads_object(response.content)
    except (TerminologyError, requests.RequestException) as error:
        raise TerminologyError.of(
            "unavailable", "REGISTRY_FAILED", address=response.url, reason=str(error).rstrip(".")
        ) from error


def _chunks(response: requests.Response, address: str) -> Iterator[bytes]:
    try:
        yield from response.iter_content(_CHUNK)
    except requests.RequestException as error:
        raise TerminologyError.of(
            "unavailable", "REGISTRY_UNREACHABLE", address=address, reason=_reason(error)
        ) from error


def _reason(error: requests.RequestException) -> str:
    """A short reason; requests nests the whole history of a failure into one text."""
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not trusted"
    return "no connection" if isinstance(error, requests.ConnectionError) else type(error).__name__
