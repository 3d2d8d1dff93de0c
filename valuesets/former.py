"""Codes that a version does not have, though they are or were codes: what became of them, and which release has them.

What became of a code, concept maps from its system to itself tell: conversion tables, lists of retired codes. Where a
successor is gone, too, its own are followed. All this is asked about codes that were not found, and about nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from terminology.model.coding import Canonical
from terminology.model.concept import Concept
from terminology.model.conceptmap import EFFECTIVE_DATE, Mapping
from terminology.model.outcome import Issue
from terminology.model.protocols import Catalogue, CodeSystem

MOST_FOLLOWED: Final = 100
"""Codes whose successors are looked for, at most: each is a question to the store."""


def what_became(catalogue: Catalogue, system: CodeSystem, code: str) -> Issue | None:
    """The successors of a code that `system` does not have, since when, and which map says so.

    None where no map knows the code, or knows nothing that this version has.
    """
    for ref in catalogue.renaming_maps(system.metadata.url):
        if (issue := _told_by(catalogue, ref, system, code)) is not None:
            return issue
    return None


def in_other_release(catalogue: Catalogue, system: CodeSystem, code: str) -> Issue | None:
    """The newest other release that has the code, and from when to when it is in effect.

    Only releases that follow one another are looked at: with a first and a last day, as this one has.
    """
    metadata = system.metadata
    if metadata.effective_start is None or metadata.effective_end is None:
        return None
    for version in reversed(catalogue.code_system_versions(metadata.url)):
        other = catalogue.code_system(Canonical(metadata.url, version)) if version != metadata.version else None
        if other is None or other.metadata.effective_start is None or other.metadata.effective_end is None:
            continue
        if (located := other.locate(code)) is not None:
            found, display = other.metadata, located.concept.display
            arguments = {"code": f"{code} ({display})" if display else code, "version": found.version or ""}
            arguments |= {"start": found.effective_start or "", "end": found.effective_end or ""}
            return _issue("CODE_OTHER_RELEASE", **arguments)
    return None


def _told_by(catalogue: Catalogue, ref: Canonical, system: CodeSystem, code: str) -> Issue | None:
    stated = _mappings(catalogue, ref, system, code)
    if not stated:
        return None
    map_ = catalogue.concept_map(ref)
    title = next((m.source_display for m in stated if m.source_display), None)
    arguments = {
        "code": f"{code} ({title})" if title else code,
        "map": (map_ and (map_.title or map_.name)) or str(ref),
    }
    found = _successors(catalogue, ref, system, stated)
    if found:
        since = max((date for m in stated if (date := _date(m))), default=None)
        told = ", ".join(f"{c.code} ({c.display})" if c.display else c.code for c in found)
        return _issue("CODE_FORMER", successors=told, since=f" since {since}" if since else "", **arguments)
    ended = all(m.target_code is None for m in stated)
    return _issue("CODE_FORMER_ENDED", **arguments) if ended else None


def _successors(
    catalogue: Catalogue, ref: Canonical, system: CodeSystem, stated: Sequence[Mapping]
) -> Sequence[Concept]:
    """The codes of this version that stand at the end of every way through the map."""
    waiting = list(dict.fromkeys(m.target_code for m in stated if m.target_code))
    found: list[Concept] = []
    for number, code in enumerate(waiting):  # grows while it is walked over
        if (located := system.locate(code)) is not None:
            found.append(located.concept)
        elif number < MOST_FOLLOWED:
            further = (m.target_code for m in _mappings(catalogue, ref, system, code))
            waiting += [target for target in dict.fromkeys(further) if target and target not in waiting]
    return found


def _mappings(catalogue: Catalogue, ref: Canonical, system: CodeSystem, code: str) -> Sequence[Mapping]:
    """What a map says became of a code, by the last day of this version: the equivalent where it names one."""
    names, last = catalogue.names_of(system.metadata.url), system.metadata.effective_end
    rows = catalogue.mappings(source=None, target_system=None, reverse=False, concept_map=ref).of(code)
    found = [
        mapping
        for sides, mapping in rows
        if sides.source is not None
        and sides.source.url in names
        and (sides.target is None or sides.target.url in names)
        and not mapping.is_silent
        and mapping.target_code != code
        and mapping.relationship != "not-related-to"
        and (last is None or (_date(mapping) or "") <= last)
    ]
    return [m for m in found if m.relationship == "equivalent"] or found


def _date(mapping: Mapping) -> str | None:
    """The day from which the mapping holds, where it says so."""
    return next((str(p.value) for p in mapping.properties if p.attribute == EFFECTIVE_DATE and p.value), None)


def _issue(message_id: str, **arguments: str) -> Issue:
    return Issue("error", "code-invalid", message_id, arguments, detail="invalid-code")
