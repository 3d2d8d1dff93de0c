"""What became of a code that a version does not have any more, as concept maps from a system to itself tell it.

Conversion tables and lists of retired codes are such maps. They are asked about codes that were not found, and about
nothing else. Where a successor is gone, too, its own are followed.
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
    rows = catalogue.mappings(source=None, target_system=None, code=code, reverse=False, concept_map=ref)
    found = [
        mapping
        for _, source, target, mapping in rows
        if source is not None
        and source.url in names
        and (target is None or target.url in names)
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
