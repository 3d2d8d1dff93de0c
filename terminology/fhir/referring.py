"""Resolves references within a resource: contained resources, and other entries of a Bundle.

Nothing is fetched. For other targets only the type is known, if the reference states it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from terminology.fhir.json import Json

TYPED = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/[A-Za-z0-9.-]+(?:/_history/[A-Za-z0-9.-]+)?$")
"""A relative or absolute address of a resource of a REST server."""


class Targets:
    """The resources that references in a resource may point to; follows a walk through nested resources."""

    def __init__(self, resource: Json) -> None:
        self._named = dict(_entries(resource))
        self._containers = [resource]

    def enter(self, resource: Json, *, contained: bool) -> None:
        """Begin to walk a nested resource. One that is not `contained` has contained resources of its own for `#id`."""
        if not contained:
            self._containers.append(resource)

    def leave(self, *, contained: bool) -> None:
        """End the walk that `enter` began."""
        if not contained:
            self._containers.pop()

    def target(self, reference: Any) -> tuple[Json | None, str]:
        """The resource that a Reference (or canonical) points to, or None if it is not here; and its type, or ""."""
        if isinstance(reference, str):
            reference = {"reference": reference}
        if not isinstance(reference, dict):
            return None, ""
        text = reference.get("reference")
        if isinstance(text, str):
            found = self._contained(text[1:]) if text.startswith("#") else self._named.get(text)
            if found is not None:
                return found, str(found["resourceType"])
            if (typed := TYPED.search(text)) is not None:
                return None, typed[1]
        stated = reference.get("type")
        return None, stated if isinstance(stated, str) else ""

    def _contained(self, id_: str) -> Json | None:
        listed = self._containers[-1].get("contained")
        return next((r for r in _resources(listed) if r.get("id") == id_), None)


def _entries(bundle: Json) -> Iterator[tuple[str, Json]]:
    """The resources of a Bundle under each of their names: `fullUrl` and `Type/id`."""
    entries = bundle.get("entry")
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, dict):
            continue
        for resource in _resources([entry.get("resource")]):
            if isinstance(entry.get("fullUrl"), str):
                yield entry["fullUrl"], resource
            if isinstance(resource.get("id"), str):
                yield f"{resource['resourceType']}/{resource['id']}", resource


def _resources(value: Any) -> list[Json]:
    listed = value if isinstance(value, list) else []
    return [item for item in listed if isinstance(item, dict) and isinstance(item.get("resourceType"), str)]
