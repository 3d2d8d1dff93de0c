"""Resources that travel with requests, parsed once per content.

Tools send the same resources with request after request; what was parsed is kept by a digest of the JSON, within a
bound. Does not decide what they mean for a request (the catalogue does).
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from types import MappingProxyType

from terminology.fhir import codesystem, conceptmap, structuredefinition, valueset
from terminology.fhir.json import Json, dumps
from terminology.model.outcome import TerminologyError
from terminology.model.requests import SuppliedResource

MOST_KEPT = 512
"""Resources, not bytes: most are a few kilobytes; those that are larger than MOST_BYTES are not kept."""
MOST_BYTES = 2 * 1024 * 1024

PARSERS: Mapping[str, Callable[[Json], SuppliedResource]] = MappingProxyType(
    {
        "CodeSystem": codesystem.parse,
        "ValueSet": valueset.parse,
        "ConceptMap": conceptmap.parse,
        "StructureDefinition": structuredefinition.parse,
    }
)

_kept: OrderedDict[str, SuppliedResource] = OrderedDict()
_lock = threading.Lock()


def parse(resource: Json, parameter: str) -> SuppliedResource:
    """The model of a resource. Raises TerminologyError invalid when it cannot be read, or is of another type."""
    parser = PARSERS.get(str(resource.get("resourceType")))
    if parser is None:
        raise TerminologyError.of(
            "invalid",
            "PARAMETER_WRONG_TYPE",
            name=parameter,
            expected="a " + " or ".join(PARSERS),
            value=f"a {resource.get('resourceType')}",
        )
    data = dumps(resource)
    digest = digest_of(data)
    found = remembered(digest)
    if found is not None:
        return found
    parsed = parser(resource)
    if len(data) <= MOST_BYTES:
        with _lock:
            _kept[digest] = parsed
            while len(_kept) > MOST_KEPT:
                _kept.popitem(last=False)
    return parsed


def remembered(digest: str) -> SuppliedResource | None:
    """A resource that was parsed before, if it is still in memory."""
    with _lock:
        found = _kept.get(digest)
        if found is not None:
            _kept.move_to_end(digest)
        return found


def digest_of(data: bytes) -> str:
    """How the JSON of a resource is known: its SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()
