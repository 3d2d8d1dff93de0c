"""The report of a load as a FHIR Parameters resource, with the same members as `terminology load --json`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from terminology.fhir.json import Json
from terminology.ingest import LoadReport
from terminology.store.entries import DocumentEntry

DOCUMENT = ("id", "path", "title", "state", "reason", "system", "version", "code", "loaded_at")


def rendered(report: LoadReport) -> Json:
    """The Parameters resource of a report."""
    parameters: list[Json] = [
        {"name": "failed", "valueBoolean": report.failed},
        {"name": "seconds", "valueDecimal": round(report.seconds, 3)},
    ]
    for claim in report.claims:
        counts = {**{f"stored-{k}": n for k, n in claim.stored.items()}, **_unchanged(claim.unchanged)}
        parameters.append(part("source", {"loader": claim.loader, "description": claim.description, **counts}))
    parameters += [part("version", version._asdict()) for version in report.versions]
    parameters += [{"name": "removed", "valueString": what} for what in report.removed]
    for name, remarks in (("skipped", report.skipped), ("unreadable", report.unreadable), ("note", report.notes)):
        for source, place, issue in remarks:
            said = {"source": source, "place": place, "id": issue.message_id, "text": issue.text}
            parameters.append(part(name, said))
    parameters += [{"name": "unclaimed", "valueString": path} for path in report.unclaimed]
    parameters += documents("pending", report.pending)
    return {"resourceType": "Parameters", "parameter": parameters}


def documents(name: str, entries: Iterable[DocumentEntry]) -> list[Json]:
    """Documents, a parameter each."""
    return [part(name, {field: getattr(entry, field) for field in DOCUMENT}) for entry in entries]


def part(name: str, members: Mapping[str, Any]) -> Json:
    """A parameter of parts; members without a value are left out."""
    return {"name": name, "part": [_value(key, value) for key, value in members.items() if value not in {None, ""}]}


def _value(name: str, value: Any) -> Json:
    name = {"loaded_at": "loadedAt"}.get(name, name)
    return (
        {"name": name, "valueInteger": value} if isinstance(value, int) else {"name": name, "valueString": str(value)}
    )


def _unchanged(counts: Mapping[str, int]) -> dict[str, int]:
    return {f"unchanged-{kind}": count for kind, count in counts.items()}
