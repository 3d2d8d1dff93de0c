"""JSON Patch (RFC 6902) on a resource as the endpoint's release shows it (R5, 3.2.0.6).

What comes out is written like any update. XML Patch and FHIRPath Patch are not supported.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import jsonpatch
from jsonpointer import JsonPointerException

from terminology.fhir import r4
from terminology.fhir.json import Json, loads
from terminology.http import reading
from terminology.http.errors import HttpError
from terminology.http.exchange import Request
from terminology.library import Terminology
from terminology.store.protocol import ResourceEntry

MEDIA_TYPE = "application/json-patch+json"
MOST = 50_000
"""Concepts, or mappings, of a resource that can be patched: it is written whole, which takes seconds then."""


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
    patch = _patch(loads(request.body))
    whole = reading.whole(terminology, entry, most=MOST)
    if not whole.whole:
        raise HttpError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "PATCH_TOO_LARGE", type=entry.type, id=entry.id, limit=f"{MOST:,}"
        )
    shown = r4.from_r5(whole.resource, request.release)
    try:
        result: Any = patch.apply(shown)
    except (jsonpatch.JsonPatchException, JsonPointerException, TypeError, KeyError) as error:
        reason = str(error).rstrip(".")
        raise HttpError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "PATCH_FAILED", type=entry.type, id=entry.id, reason=reason
        ) from None
    if not isinstance(result, dict):
        raise HttpError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "PATCH_FAILED", type=entry.type, id=entry.id, reason="no resource is left"
        )
    return result


def _patch(operations: Any) -> jsonpatch.JsonPatch:
    try:
        return jsonpatch.JsonPatch(operations)
    except (jsonpatch.JsonPatchException, JsonPointerException, TypeError, AttributeError) as error:
        raise HttpError(HTTPStatus.BAD_REQUEST, "PATCH_INVALID", reason=str(error).rstrip(".")) from None
