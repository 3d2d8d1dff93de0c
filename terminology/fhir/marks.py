"""Markers on property definitions of exported CodeSystems, which make loading an export lossless.

FHIR nests a concept below one parent and uses `parent` properties for others; in our model parents are not properties.
A definition marked `HIERARCHY` has only parents as values; the texts of one marked `SEARCHED` are found by searches.
Other readers lose nothing: the former is a `parent` property as FHIR defines it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from terminology.fhir.json import Json
from terminology.model.status import CONCEPT_PROPERTIES

HIERARCHY = "urn:x-fhir-terminology-server:hierarchy"
SEARCHED = "urn:x-fhir-terminology-server:searched"
_MARKS = frozenset({HIERARCHY, SEARCHED})


@dataclass(frozen=True, slots=True)
class Marks:
    """`hierarchy` is the code of the property that holds parents; `searched` those of searched properties."""

    hierarchy: str | None = None
    searched: frozenset[str] = frozenset()


NO_MARKS = Marks()


def read(header: Json) -> Marks:
    """The marks of a CodeSystem."""
    marked_so = [(_urls(d), str(d.get("code"))) for d in _definitions(header) if "extension" in d]
    hierarchy = next((code for urls, code in marked_so if HIERARCHY in urls), None)
    searched = [code for urls, code in marked_so if SEARCHED in urls]
    return Marks(hierarchy, frozenset(searched)) if hierarchy or searched else NO_MARKS


def without(header: Json, marks: Marks) -> Json:
    """The CodeSystem as it was before `marked`; the input is not changed."""
    if marks is NO_MARKS:
        return header
    kept = [_unmarked(d) for d in header["property"] if not (isinstance(d, dict) and HIERARCHY in _urls(d))]
    written = {**header, "property": kept}
    if not kept:
        del written["property"]
    return written


def marked(header: Json, marks: Marks) -> Json:
    """The header with these marks: the definition of parents is added, those of searched properties are there."""
    definitions = [
        _with_mark(d, SEARCHED) if isinstance(d, dict) and d.get("code") in marks.searched else d
        for d in header.get("property", ())
    ]
    if marks.hierarchy:
        uri = CONCEPT_PROPERTIES + "parent"
        definitions.append(_with_mark({"code": marks.hierarchy, "uri": uri, "type": "code"}, HIERARCHY))
    return {**header, "property": definitions} if definitions else header


def free_code(used: Collection[str]) -> str:
    """A code for the property that holds parents, which is none of those in use."""
    code, number = "parent", 2
    while code in used:
        code, number = f"parent-{number}", number + 1
    return code


def _definitions(header: Json) -> list[Json]:
    given = header.get("property")
    return [d for d in given if isinstance(d, dict)] if isinstance(given, list) else []


def _extensions(definition: Json) -> list[Any]:
    given = definition.get("extension")
    return given if isinstance(given, list) else []


def _urls(definition: Json) -> set[str]:
    return {str(e.get("url")) for e in _extensions(definition) if isinstance(e, dict)}


def _with_mark(definition: Json, url: str) -> Json:
    return {"extension": [*_extensions(definition), {"url": url, "valueBoolean": True}], **_rest(definition)}


def _unmarked(definition: Any) -> Any:
    if not isinstance(definition, dict) or not _urls(definition) & _MARKS:
        return definition
    kept = [e for e in _extensions(definition) if not (isinstance(e, dict) and e.get("url") in _MARKS)]
    return {"extension": kept, **_rest(definition)} if kept else _rest(definition)


def _rest(definition: Json) -> Json:
    return {name: value for name, value in definition.items() if name != "extension"}
