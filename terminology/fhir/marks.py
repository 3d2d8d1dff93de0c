"""Extensions that mark property definitions of exported CodeSystems, so that an export loads again without loss.

FHIR nests a concept below one parent and states others as `parent` properties; in our model parents are not properties.
`HIERARCHY` marks the property that an export adds to hold parents, `SEARCHED` the properties whose texts are searched.
Other readers may ignore the marks: what `HIERARCHY` marks is a `parent` property as FHIR defines it.
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
    """The codes of marked properties: `hierarchy` of the one with parents, `searched` of those that are searched."""

    hierarchy: str | None = None
    searched: frozenset[str] = frozenset()


NO_MARKS = Marks()


def read(header: Json) -> Marks:
    """The marks in a CodeSystem's header."""
    marked_so = [(_urls(d), str(d.get("code"))) for d in _definitions(header) if "extension" in d]
    hierarchy = next((code for urls, code in marked_so if HIERARCHY in urls), None)
    searched = [code for urls, code in marked_so if SEARCHED in urls]
    return Marks(hierarchy, frozenset(searched)) if hierarchy or searched else NO_MARKS


def without(header: Json, marks: Marks) -> Json:
    """The header without marks and without the property for parents, as before `marked`. The input is not changed."""
    if marks is NO_MARKS:
        return header
    kept = [_unmarked(d) for d in header["property"] if not (isinstance(d, dict) and HIERARCHY in _urls(d))]
    written = {**header, "property": kept}
    if not kept:
        del written["property"]
    return written


def marked(header: Json, marks: Marks) -> Json:
    """The header with these marks: a property for parents is added, searched properties that it defines are marked."""
    definitions = [
        _with_mark(d, SEARCHED) if isinstance(d, dict) and d.get("code") in marks.searched else d
        for d in header.get("property", ())
    ]
    if marks.hierarchy:
        uri = CONCEPT_PROPERTIES + "parent"
        definitions.append(_with_mark({"code": marks.hierarchy, "uri": uri, "type": "code"}, HIERARCHY))
    return {**header, "property": definitions} if definitions else header


def free_code(used: Collection[str]) -> str:
    """A code for the property that holds parents: `parent`, or one like it that is not in `used`."""
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
