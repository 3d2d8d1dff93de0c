"""Resources supplied with requests, parsed once per content.

Tools send the same resources with request after request; parsed ones are cached by a digest of the JSON, within a
bound. What they mean for a request is decided by the catalogue.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from types import MappingProxyType

from terminology.fhir import codesystem, conceptmap, library, structuredefinition, valueset
from terminology.fhir.json import Json, dumps
from terminology.model.outcome import TerminologyError
from terminology.model.requests import SuppliedResource
from terminology.store.cache import BoundedCache

KEPT_BYTES = 16 * 1024 * 1024
"""Counted in bytes of JSON; parsed resources take several times as much."""
OVERHEAD = 500
"""The cost of the smallest resource beside its JSON."""

PARSERS: Mapping[str, Callable[[Json], SuppliedResource]] = MappingProxyType(
    {
        "CodeSystem": codesystem.parse,
        "ValueSet": valueset.parse,
        "ConceptMap": conceptmap.parse,
        "StructureDefinition": structuredefinition.parse,
        "Library": library.parse,
    }
)

_kept: BoundedCache[str, SuppliedResource] = BoundedCache(KEPT_BYTES)


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
    if (found := remembered(digest)) is not None:
        return found
    return _kept.put(digest, parser(resource), OVERHEAD + len(data))


def remembered(digest: str) -> SuppliedResource | None:
    """A resource that was parsed before, if it is still cached."""
    kept = _kept.get(digest)
    return None if kept is None else kept[0]


def digest_of(data: bytes) -> str:
    """The key of a resource: the SHA-256 of its JSON in hex."""
    return hashlib.sha256(data).hexdigest()
