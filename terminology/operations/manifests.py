"""Applies a `manifest` (CRMI, R6): the versions and expansion parameters of a Library, where the request says nothing.

The Library comes with the request (`tx-resource`) or was left here before; Libraries are not stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from terminology.model.coding import Canonical
from terminology.model.manifest import Manifest
from terminology.model.outcome import TerminologyError
from terminology.model.requests import SuppliedResource
from terminology.operations import supplied
from terminology.operations.inputs import Given, given_in_body
from terminology.operations.operation import Operation

NAME = "manifest"
OF_SYSTEMS = ("system-version", "check-system-version", "force-system-version")
OF_VALUE_SETS = ("default-valueset-version", "check-valueset-version", "force-valueset-version")
RULES = (*OF_SYSTEMS, *OF_VALUE_SETS)
"""Parameters that say something of one system or value set each: a manifest adds those the request does not name."""


def with_manifest(operation: Operation, given: list[Given], kept: Iterable[SuppliedResource] = ()) -> list[Given]:
    """The parameters of a call, with what its manifest adds. Raises TerminologyError not-found for an unknown one."""
    named = [str(g.value) for g in given if g.name == NAME and g.kind != "resource"]
    if not named or operation.parameter(NAME) is None:
        return given
    known = [*_supplied(given), *(one for one in kept if isinstance(one, Manifest))]
    added = list(given)
    for name in named:
        manifest = _found(Canonical.parse(name), known)
        for more in (_stated(manifest), _bound(manifest)):
            added += list(_missing(operation, more, added))
    return added


def _supplied(given: Iterable[Given]) -> Iterator[Manifest]:
    for item in given:
        if item.name == "tx-resource" and isinstance(item.value, dict) and item.value.get("resourceType") == "Library":
            found = supplied.parse(item.value, item.name)
            if isinstance(found, Manifest):
                yield found


def _found(wanted: Canonical, known: Iterable[Manifest]) -> Manifest:
    for manifest in known:
        if manifest.url == wanted.url and wanted.version in {None, manifest.version}:
            return manifest
    raise TerminologyError.of("not-found", "MANIFEST_NOT_FOUND", detail="not-found", url=str(wanted))


def _stated(manifest: Manifest) -> list[Given]:
    """Its expansion parameters."""
    return given_in_body({"resourceType": "Parameters", "parameter": [dict(p) for p in manifest.parameters]})


def _bound(manifest: Manifest) -> list[Given]:
    """The versions it names, which may be of code systems or of value sets: whoever looks for one knows."""
    return [
        Given(rule, "canonical", str(ref)) for ref in manifest.versions for rule in (OF_SYSTEMS[0], OF_VALUE_SETS[0])
    ]


def _missing(operation: Operation, more: Iterable[Given], given: Sequence[Given]) -> Iterator[Given]:
    """Those that the operation has and about which nothing is said yet."""
    names = {item.name for item in given}
    ruled = {(side, url) for item in given for side, url in _ruled(item)}
    for item in more:
        said = ruled.issuperset(_ruled(item)) if item.name in RULES else item.name in names
        if not said and operation.parameter(item.name) is not None:
            yield item


def _ruled(item: Given) -> set[tuple[str, str]]:
    """Which system or value set a rule is about."""
    if item.name not in RULES or not isinstance(item.value, str):
        return set()
    side = OF_SYSTEMS[0] if item.name in OF_SYSTEMS else OF_VALUE_SETS[0]
    return {(side, Canonical.parse(item.value).url)}
