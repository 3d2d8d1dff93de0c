"""JSON Patch (RFC 6902) on a resource in the endpoint's release (R5, 3.2.0.6).

The result is written like any update. XML Patch and FHIRPath Patch are not supported.
"""

from __future__ import annotations

from copy import deepcopy
from http import HTTPStatus
from typing import Any

import jsonpatch
from jsonpointer import JsonPointerException

from terminology.fhir import r4
from terminology.fhir.json import Json, check_depth, dumps, loads
from terminology.http import reading
from terminology.http.errors import HttpError
from terminology.http.exchange import Request
from terminology.library import Terminology
from terminology.store.entries import ResourceEntry

MEDIA_TYPE = "application/json-patch+json"
MOST = 50_000
"""The most concepts or mappings of a resource that can be patched, since it is written as a whole."""


def patched(terminology: Terminology, request: Request, entry: ResourceEntry) -> Json:
    """The resource after the patch in the request's body, in the endpoint's release.

    Raises HttpError 415 for another kind of patch, 400 for one that cannot be read, 422 for one that does not apply.
    """
    sent = request.headers.get("content-type", "")
    if sent.partition(";")[0].strip().lower() != MEDIA_TYPE:
        headers = (("Accept-Patch", MEDIA_TYPE),)
        raise HttpError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "PATCH_MEDIA_TYPE", headers=headers, known=MEDIA_TYPE, found=sent
        )
    operations = _operations(loads(request.body))
    whole = reading.whole(terminology, entry, most=MOST)
    if not whole.whole:
        raise too_large(entry)
    result: Any = deepcopy(r4.from_r5(whole.resource, request.release))
    try:
        for operation in operations:
            result = jsonpatch.JsonPatch([operation]).apply(result, in_place=True)
            if operation["op"] == "copy" and len(dumps(result)) > terminology.settings.max_body:
                raise _refused("PATCH_FAILED", entry, reason="the resource would grow beyond what this server takes")
        check_depth(result)
    except (jsonpatch.JsonPatchException, JsonPointerException, TypeError, KeyError, RecursionError) as error:
        raise _refused("PATCH_FAILED", entry, reason=str(error).rstrip(".")) from None
    if not isinstance(result, dict):
        raise _refused("PATCH_FAILED", entry, reason="no resource is left")
    return result


def too_large(entry: ResourceEntry) -> HttpError:
    """The error for a resource that is too large to be patched."""
    return _refused("PATCH_TOO_LARGE", entry, limit=f"{MOST:,}")


def _operations(sent: Any) -> list[Json]:
    """The operations of a patch. Raises HttpError 400 for an invalid one."""
    try:
        return list(jsonpatch.JsonPatch(sent))
    except (jsonpatch.JsonPatchException, JsonPointerException, TypeError, AttributeError) as error:
        raise HttpError(HTTPStatus.BAD_REQUEST, "PATCH_INVALID", reason=str(error).rstrip(".")) from None


def _refused(message_id: str, entry: ResourceEntry, **arguments: str) -> HttpError:
    return HttpError(HTTPStatus.UNPROCESSABLE_ENTITY, message_id, headers=(), type=entry.type, id=entry.id, **arguments)
