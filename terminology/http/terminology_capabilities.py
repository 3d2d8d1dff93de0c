"""TerminologyCapabilities: which code systems are loaded, and what `$expand` understands."""

from __future__ import annotations

from itertools import groupby

from terminology.fhir.json import Json
from terminology.http.exchange import Request
from terminology.http.software import NAME, RELEASED, software_version
from terminology.library import Terminology
from terminology.operations import expand


def terminology_capabilities(terminology: Terminology, request: Request) -> Json:
    """The statement (R5, TerminologyCapabilities)."""
    capabilities: Json = {
        "resourceType": "TerminologyCapabilities",
        "id": "terminology-server",
        "url": f"{request.base}/metadata?mode=terminology",
        "version": software_version(),
        "name": "TerminologyServer",
        "title": NAME,
        "status": "active",
        "date": RELEASED,
        "kind": "instance",
        "software": {"name": NAME, "version": software_version()},
        "implementation": {"description": NAME, "url": request.base},
        "lockedDate": True,
        "codeSystem": code_systems(terminology, request),
        "expansion": {
            "hierarchical": True,
            "paging": True,
            "incomplete": True,
            "parameter": [
                {"name": p.name, "documentation": p.documentation}
                for p in sorted(expand.PARAMETERS, key=lambda p: p.name)
            ],
            "textFilter": "Words, or beginnings of words, of displays and designations, without case and accents.",
        },
        "validateCode": {"translations": True},
        "translation": {"needsMap": False},
        "closure": {"translation": False},
    }
    return {name: value for name, value in capabilities.items() if value != []}


def code_systems(terminology: Terminology, request: Request) -> list[Json]:
    """Every loaded code system that the caller may see, with its versions; supplements by what they are (`content`)."""
    entries = sorted(terminology.code_systems(request.caller.entitlements), key=lambda e: e.canonical.url)
    systems: list[Json] = []
    for url, group in groupby(entries, key=lambda e: e.canonical.url):
        versions = list(group)
        system: Json = {"uri": url}
        named = [v for v in versions if v.canonical.version]
        if named:
            system["version"] = [{"code": v.canonical.version, "isDefault": v.is_default} for v in named]
        systems.append({**system, "content": versions[-1].content})
    return systems
