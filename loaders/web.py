"""Fetches a URL: a file, a resource of a FHIR server, or all results of a search there, page by page.

The content is downloaded anew to a folder of the cache each time, and then read like any file. Credentials are sent to
the host they belong to, and to no other.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

import requests

from loaders.fhir_records import is_partial
from terminology.fhir import json
from terminology.fhir.json import Json
from terminology.model.outcome import TerminologyError

TIMEOUT = (5.0, 120.0)
"""Seconds to connect, and between bytes."""
ACCEPT = "application/fhir+json, application/json;q=0.9, */*;q=0.8"
MOST_PAGES = 10_000
CHUNK = 1 << 18
NAMED = re.compile(r"filename\*?=(?:UTF-8'')?\"?([^\";]+)", re.IGNORECASE)
ENDINGS = MappingProxyType(
    {"application/fhir+json": ".json", "application/json": ".json", "application/fhir+xml": ".xml"}
)
STRANGE = re.compile(r"[^\w.()+-]")

Progress = Callable[[str, int, int | None], None]


def is_url(argument: str) -> bool:
    """Whether an argument of a load is a URL rather than a path or a package."""
    return argument.lower().startswith(("http://", "https://"))


def authorizations(text: str) -> Mapping[str, str]:
    """The setting `fetch_authorization`: a `host=Authorization header` on each line, or parted by semicolons."""
    pairs = (part.strip().partition("=") for part in re.split(r"[;\n]", text) if part.strip())
    return {host.strip().lower(): value.strip() for host, _, value in pairs}


class Web:
    """Fetches into a folder. `credentials` are Authorization headers by host; `most` bounds the bytes of a fetch."""

    def __init__(
        self, folder: Path, credentials: Mapping[str, str], progress: Progress | None = None, *, most: int
    ) -> None:
        self._folder = folder
        self._credentials = credentials
        self._progress = progress or (lambda _what, _done, _total: None)
        self._most = most
        self._came = 0

    def fetch(self, url: str) -> Path:
        """The file, or the resource; pages of a search become one Bundle.

        Raises TerminologyError: not-found (URL_NOT_FOUND), forbidden, unavailable (URL_UNREACHABLE), too-large.
        """
        target = self._folder / hashlib.sha256(url.encode()).hexdigest()[:24]
        target.mkdir(parents=True, exist_ok=True)
        for old in target.iterdir():
            old.unlink()
        self._came = 0
        with self._get(url) as response:
            file = target / _name(response, url)
            self._save(response, url, file)
        bundle = _search(file)
        if bundle is not None:
            file.write_bytes(json.dumps(self._followed(bundle, url)))
        return file

    def _followed(self, bundle: Json, url: str) -> Json:
        """All pages of a search in one Bundle."""
        base = url
        entries = [*bundle.get("entry", ())]
        seen = {url}
        while (link := _next(bundle)) is not None:
            url = urljoin(url, link)
            if url in seen or len(seen) >= MOST_PAGES:
                raise TerminologyError.of("unavailable", "URL_FAILED", url=url, reason="its pages have no end")
            seen.add(url)
            with self._get(url) as response:
                bundle = json.loads_object(b"".join(self._pieces(response, url)))
            entries += bundle.get("entry", ())
            self._progress(f"Fetching {urlsplit(url).netloc}", len(entries), bundle.get("total"))
        found = [{"resource": self._whole(entry["resource"], base)} for entry in entries if "resource" in entry]
        return {"resourceType": "Bundle", "type": "collection", "entry": found}

    def _whole(self, resource: Any, search: str) -> Any:
        """A match of a search. A summary is fetched by itself; if that is a summary too, the loader will skip it."""
        if not isinstance(resource, dict) or not is_partial(resource) or not isinstance(resource.get("id"), str):
            return resource
        parts = urlsplit(search)
        place = f"{parts.path.rstrip('/').removesuffix('/_search')}/{quote(resource['id'])}"
        with self._get(urlunsplit((parts.scheme, parts.netloc, place, "", ""))) as response:
            return json.loads_object(b"".join(self._pieces(response, response.url)))

    def _get(self, url: str) -> requests.Response:
        host = urlsplit(url).netloc.lower()
        headers = {"Accept": ACCEPT}
        if host in self._credentials:
            headers["Authorization"] = self._credentials[host]
        try:
            response = requests.get(url, headers=headers, timeout=TIMEOUT, stream=True)
        except requests.RequestException as error:
            reason = _reason(error)
            raise TerminologyError.of("unavailable", "URL_UNREACHABLE", url=url, reason=reason) from error
        if response.status_code == requests.codes.ok:
            return response
        response.close()
        if response.status_code in {401, 403}:
            raise TerminologyError.of("forbidden", "URL_FORBIDDEN", url=url, host=host)
        if response.status_code in {404, 410}:
            raise TerminologyError.of("not-found", "URL_NOT_FOUND", url=url)
        raise TerminologyError.of("unavailable", "URL_FAILED", url=url, reason=f"status {response.status_code}")

    def _save(self, response: requests.Response, url: str, file: Path) -> None:
        total = int(response.headers.get("Content-Length") or 0) or None
        partial = file.with_name(f"{file.name}.{os.getpid()}.part")
        try:
            with partial.open("wb") as out:
                for piece in self._pieces(response, url):
                    out.write(piece)
                    self._progress(f"Fetching {file.name}", self._came, total)
            partial.replace(file)
        finally:
            partial.unlink(missing_ok=True)

    def _pieces(self, response: requests.Response, url: str) -> Iterator[bytes]:
        """A response in pieces. The limit is for all responses of one `fetch` together."""
        try:
            for piece in response.iter_content(CHUNK):
                self._came += len(piece)
                if self._came > self._most:
                    raise TerminologyError.of("too-large", "FILE_TOO_LARGE", path=url, limit=str(self._most))
                yield piece
        except requests.RequestException as error:
            raise TerminologyError.of("unavailable", "URL_UNREACHABLE", url=url, reason=_reason(error)) from error


def _reason(error: requests.RequestException) -> str:
    """The reason for people why there is no answer; the library's own texts name its classes."""
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not trusted"
    if isinstance(error, requests.Timeout):
        return "it does not answer in time"
    return "nobody answers there" if isinstance(error, requests.ConnectionError) else str(error)


def _name(response: requests.Response, url: str) -> str:
    """The file's name: as the server says, else the end of the path, with an ending that says what it is."""
    said = NAMED.search(response.headers.get("Content-Disposition", ""))
    last = unquote(said[1] if said else urlsplit(url).path.rstrip("/").rpartition("/")[2])
    name = STRANGE.sub("_", last).lstrip(".")[-120:] or "resource"
    type_ = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    ending = ENDINGS.get(type_, "")
    return name if name.lower().endswith(ending) else f"{name}{ending}"


def _search(file: Path) -> Json | None:
    """The Bundle of a search, if that is what was fetched."""
    if file.suffix != ".json":
        return None
    try:
        found: Any = json.loads_object(file.read_bytes())
    except TerminologyError:  # what is wrong with it, the loader says
        return None
    return found if found.get("resourceType") == "Bundle" and found.get("type") == "searchset" else None


def _next(bundle: Json) -> str | None:
    for link in bundle.get("link", ()):
        if isinstance(link, dict) and link.get("relation") == "next":
            return str(link.get("url"))
    return None
