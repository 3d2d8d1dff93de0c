"""Uploads: written to a folder as they arrive, never held in memory.

Permissions are checked before the first byte is read.
"""

from __future__ import annotations

import re
import shutil
import uuid
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from terminology.http.environ import Environ, chunks, content_length
from terminology.http.exchange import Request
from terminology.model.outcome import TerminologyError
from terminology.settings import Settings

SEGMENTS = ("$load",)
NO_FILES = ("application/fhir+json", "application/fhir+xml", "application/json", "application/x-www-form-urlencoded")
"""Media types that describe a load; resources are sent to their own address instead."""
STRANGE = re.compile(r"[^\w.()+ -]")
NAMED = re.compile(r"filename\*?=(?:UTF-8'')?\"?([^\";]+)", re.IGNORECASE)
OURS = re.compile(r"[0-9a-f]{32}")
"""Names of folders that are made here."""
LONGEST_NAME = 200
"""In bytes: file systems take 255."""


def takes(request: Request) -> bool:
    """Whether the body of a request is a file to load: of any type, or of none if no package is named."""
    if request.method != "POST" or request.segments != SEGMENTS:
        return False
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return sent not in NO_FILES if sent else request.parameter("package") is None


def received(request: Request, environ: Environ, settings: Settings) -> Request:
    """The request, with its file written. Raises TerminologyError: invalid without a name, too-large, unavailable.

    Incomplete or oversized files are removed.
    """
    name = _name(request, environ.get("HTTP_CONTENT_DISPOSITION", ""))
    stated = content_length(environ)
    if stated is not None and stated > settings.max_upload:
        raise _too_large(settings)
    folder = Path(settings.uploads) / uuid.uuid4().hex
    try:
        folder.mkdir(parents=True)
        _write(folder / name, environ["wsgi.input"], settings, stated)
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError):
            raise TerminologyError.of("unavailable", "UPLOAD_UNWRITABLE", reason=str(error.strerror)) from error
        raise
    return replace(request, upload=folder / name)


def forget(request: Request) -> None:
    """Remove the file of a request that is refused later."""
    if request.upload is not None:
        shutil.rmtree(request.upload.parent, ignore_errors=True)


def folders(settings: Settings) -> list[str]:
    """The names of the folders of uploads that are here."""
    try:
        return [folder.name for folder in Path(settings.uploads).iterdir() if OURS.fullmatch(folder.name)]
    except OSError:  # there never was an upload, or nobody may look
        return []


def remove(settings: Settings, names: Iterable[str]) -> None:
    """Remove folders of uploads."""
    for name in names:
        shutil.rmtree(Path(settings.uploads) / name, ignore_errors=True)


def _write(path: Path, stream: Any, settings: Settings, stated: int | None) -> None:
    written = 0
    with path.open("xb") as file:
        for chunk in chunks(stream, settings.max_upload + 1 if stated is None else stated):
            written += file.write(chunk)
            if written > settings.max_upload:
                raise _too_large(settings)
    if not written or (stated is not None and written < stated):
        raise TerminologyError.of("invalid", "UPLOAD_CUT_OFF", found=str(written), expected=str(stated or "some"))


def _name(request: Request, disposition: str) -> str:
    """The file's own name, which decides how it is read; the folder is chosen here."""
    named = NAMED.search(disposition)
    given = request.parameter("filename") or (unquote(named[1]) if named else "")
    name = STRANGE.sub("_", given.replace("\\", "/").rpartition("/")[2]).strip(" .")
    name = name.encode()[-LONGEST_NAME:].decode(errors="ignore").lstrip(" .")  # its end says what it is
    if not name:
        raise TerminologyError.of("invalid", "UPLOAD_WITHOUT_NAME", code="required")
    return name


def _too_large(settings: Settings) -> TerminologyError:
    return TerminologyError.of("too-large", "BODY_TOO_LARGE", limit=str(settings.max_upload))
