"""Building the Parameters resource an operation answers with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from terminology.fhir.json import Json


class Output:
    """Collects `out` parameters in order; values that are None are left out."""

    __slots__ = ("_parameters",)

    def __init__(self) -> None:
        self._parameters: list[Json] = []

    def add(self, name: str, kind: str, value: Any) -> Output:
        """Add `value[x]`; `kind` is its suffix (`String`, `Coding`…)."""
        if value is not None:
            self._parameters.append({"name": name, "value" + kind: value})
        return self

    def add_resource(self, name: str, resource: Json | None) -> Output:
        """Add a resource."""
        if resource is not None:
            self._parameters.append({"name": name, "resource": resource})
        return self

    def add_parts(self, name: str, parts: Output) -> Output:
        """Add a parameter made of parts."""
        self._parameters.append({"name": name, "part": parts.parameters})
        return self

    def add_all(self, name: str, kind: str, values: Iterable[Any]) -> Output:
        """Add one parameter for each value."""
        for value in values:
            self.add(name, kind, value)
        return self

    @property
    def parameters(self) -> list[Json]:
        """What was collected."""
        return self._parameters

    def resource(self) -> Json:
        """The Parameters resource."""
        return {"resourceType": "Parameters", "parameter": self._parameters}
