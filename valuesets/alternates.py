"""Alternate codes: further codes of a concept, by the property `alternateCode` (`includeAlternateCodes` asks for them).

A value says what it is for with the extension `alternate-code-use`; who asks names such uses, or wants all of them. An
expansion has them as codes of their own beside the concept's; a validation takes them for the concept's own code.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Extension
from terminology.model.deadline import in_time
from terminology.model.protocols import CodeSystem, Located
from terminology.model.status import CONCEPT_PROPERTIES, property_code
from terminology.model.valueset import Filter
from valuesets.segments import Loose, Segment

ALL = "true"
USE = "http://hl7.org/fhir/StructureDefinition/alternate-code-use"
NAME = "alternateCode"


def with_alternates(segment: Segment, uses: Collection[str]) -> Segment:
    """A segment with the alternate codes of its concepts, for these uses, after all others."""
    system = segment.code_system
    named = _property(system.metadata) if system else None
    if system is None or named is None or not segment.members:
        return segment
    members = segment.members & system.select(Filter(named, "exists", "true"))
    found = {one.code: one for located in in_time(system.located(members)) for one in _codes(located, named, uses)}
    known = system.ordinals(found)
    more = tuple(one for code, one in found.items() if code not in known)
    return replace(segment, loose=(*segment.loose, *more)) if more else segment


def primary_code(system: CodeSystem, code: str, uses: Collection[str]) -> str | None:
    """The code of the concept that has this alternate code for one of the uses; None where it is a code itself."""
    named = _property(system.metadata)
    if named is None or system.locate(code) is not None:
        return None
    holders = system.located(system.select(Filter(named, "=", code)))
    fitting = (one for one in holders if any(alternate.code == code for alternate in _codes(one, named, uses)))
    return next((one.concept.code for one in fitting), None)


def _property(metadata: CodeSystemMetadata) -> str | None:
    """The system's property for alternate codes, if it defines one."""
    standard = {None, CONCEPT_PROPERTIES + NAME}
    defined = metadata.property_definition(property_code(metadata, NAME))
    return defined.code if defined and defined.uri in standard else None


def _codes(located: Located, named: str, uses: Collection[str]) -> Iterator[Loose]:
    for value in located.concept.properties:
        if value.code == named and isinstance(value.value, str) and (ALL in uses or _is_for(value.extensions, uses)):
            concept = replace(located.concept, code=value.value)
            yield Loose(value.value, replace(located, ordinal=None, concept=concept))


def _is_for(extensions: Collection[Extension], uses: Collection[str]) -> bool:
    stated = (e.value.get("code") for e in extensions if e.url == USE and isinstance(e.value, dict))
    return any(use in uses for use in stated)
