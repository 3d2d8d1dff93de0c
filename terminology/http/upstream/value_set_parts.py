"""Splits value sets over systems that are partly here and partly upstream, and combines the parts.

A set is expanded here once its parts over other systems are lists: the upstream server's codes of such a part become
the concepts of an include, over a supplied code system of just these codes (`together`). A code is validated against
the parts over its own system only (`about`), since no other part can have it. Definitions are JSON, the value set first
and then those it refers to. Nothing here sends requests.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from terminology.fhir.json import Json, dumps, objects_in
from terminology.http.upstream.remote import Unanswered

MOST_CODES = 5000
"""The most codes of a part that the upstream server lists."""
SETS = ("include", "exclude")
NOTHING: Json = {"property": "code", "op": "regex", "value": r"[^\x00-\x{10FFFF}]"}
"""A filter that matches no code."""
FLAGS = {"inactive": "inactive", "abstract": "notSelectable"}
"""Flags of an expansion's entries, and the corresponding concept properties."""

Systems = Callable[[str], bool]
"""A predicate of system names."""
Found = Mapping[str, Sequence[Json]]
"""The entries of parts by key."""


def parts(definitions: Iterable[Json]) -> Iterator[Json]:
    """Every include and exclude."""
    for definition in definitions:
        for name in SETS:
            yield from definition.get("compose", {}).get(name, ())


def is_mixed(definitions: Sequence[Json], here: Systems) -> bool:
    """Whether there are both parts over systems that are here and over others."""
    return len({here(part["system"]) for part in parts(definitions) if "system" in part}) > 1


def elsewhere(definitions: Iterable[Json], here: Systems) -> dict[str, Json]:
    """The parts over systems that are not here, each once, without the value sets they are intersected with."""
    return {key(part): _alone(part) for part in parts(definitions) if "system" in part and not here(part["system"])}


def key(part: Json) -> str:
    """The key of a part."""
    return dumps(_alone(part)).decode()


def _alone(part: Json) -> Json:
    return {name: value for name, value in part.items() if name != "valueSet"}


def entries(expanded: Json) -> list[Json]:
    """The codes of an expansion as a flat list. Raises Unanswered for an incomplete or invalid one."""
    expansion = expanded.get("expansion")
    if not isinstance(expansion, dict):
        raise Unanswered("a part of the value set came without an expansion", outage=False)
    versions = _used(expansion)
    found: list[Json] = []
    waiting = objects_in(expansion.get("contains"))[::-1]
    while waiting:
        entry = waiting.pop()
        if entry.get("code") and entry.get("system"):
            version = entry.get("version") or versions.get(entry["system"])
            found.append({**entry, "version": version} if version else entry)
        waiting += objects_in(entry.get("contains"))[::-1]
    total = expansion.get("total")
    if len(found) > MOST_CODES or (isinstance(total, int) and total > len(found)):
        raise Unanswered(f"a part of the value set has more than {MOST_CODES} codes", outage=False)
    return found


def _used(expansion: Json) -> dict[str, str]:
    """The versions of systems that an expansion says it used."""
    named = (p for p in objects_in(expansion.get("parameter")) if p.get("name") in {"used-codesystem", "version"})
    stated = (str(p.get("valueUri") or p.get("valueCanonical") or "").partition("|") for p in named)
    return {system: version for system, _, version in stated if version}


def together(definitions: Sequence[Json], found: Found) -> tuple[list[Json], list[Json]]:
    """The definitions with found parts replaced by lists, and code systems of the listed codes."""
    listed = [_each_set(definition, lambda part: _listed(part, found)) for definition in definitions]
    concepts: dict[tuple[str, str | None], dict[str, Json]] = defaultdict(dict)
    for part in parts(definitions):
        for entry in found.get(key(part), ()):
            concepts[part["system"], entry.get("version")].setdefault(entry["code"], _concept(entry))
    for part in parts(listed):
        if NOTHING in part.get("filter", ()):
            concepts.setdefault((part["system"], None), {})
    return listed, [_system(url, version, own.values()) for (url, version), own in concepts.items()]


def about(definitions: Sequence[Json], systems: Systems) -> list[Json]:
    """The definitions without parts over other systems and without sets that are then empty; none if all are."""
    left = [_without(d, lambda part: "system" in part and not systems(part["system"])) for d in definitions]
    while empty := {d.get("url") for d in left[1:] if not d["compose"]["include"]}:
        others = [d for d in left[1:] if d.get("url") not in empty]
        left = [_without(d, lambda part: not empty.isdisjoint(_urls(part))) for d in (left[0], *others)]
    return left if left[0]["compose"]["include"] else []


def _urls(part: Json) -> Iterator[str]:
    return (url.partition("|")[0] for url in part.get("valueSet", ()))


def _without(definition: Json, left_out: Callable[[Json], bool]) -> Json:
    compose = {**definition.get("compose", {})}
    for name in SETS:
        kept = [part for part in compose.pop(name, ()) if not left_out(part)]
        if kept or name == "include":
            compose[name] = kept
    return {**definition, "compose": compose}


def _each_set(definition: Json, change: Callable[[Json], list[Json] | None]) -> Json:
    """The definition with parts replaced, where `change` returns a replacement."""
    compose = {**definition.get("compose", {})}
    for name in SETS:
        if name in compose:
            changed = [(part, change(part)) for part in compose[name]]
            compose[name] = [one for part, new in changed for one in ([part] if new is None else new)]
    if not compose.get("exclude"):
        compose.pop("exclude", None)
    return {**definition, "compose": compose}


def _listed(part: Json, found: Found) -> list[Json] | None:
    """A part as lists of its codes, one for each version; None for one that stays as it is."""
    own = found.get(key(part)) if "system" in part else None
    if own is None:
        return None
    versions: dict[str | None, list[Json]] = defaultdict(list)
    for entry in own:
        versions[entry.get("version")].append({"code": entry["code"]})
    imports = {"valueSet": part["valueSet"]} if "valueSet" in part else {}
    if not versions:
        return [{"system": part["system"], "filter": [NOTHING], **imports}]
    return [
        {"system": part["system"], **({"version": version} if version else {}), "concept": concepts, **imports}
        for version, concepts in versions.items()
    ]


def _system(url: str, version: str | None, concepts: Iterable[Json]) -> Json:
    return {
        "resourceType": "CodeSystem",
        "url": url,
        **({"version": version} if version else {}),
        "status": "active",
        "content": "complete",
        "property": [
            {"code": code, "uri": f"http://hl7.org/fhir/concept-properties#{code}", "type": "boolean"}
            for code in FLAGS.values()
        ],
        "concept": list(concepts),
    }


def _concept(entry: Json) -> Json:
    kept: Json = {name: entry[name] for name in ("code", "display", "designation") if name in entry}
    flags = [{"code": code, "valueBoolean": True} for flag, code in FLAGS.items() if entry.get(flag) is True]
    return {**kept, "property": flags} if flags else kept


def combined(answers: Sequence[Json], concept: Json) -> Json:
    """Combine verdicts on the codings of a concept: one coding in the value set is enough."""
    verdicts = [{p["name"]: p for p in answer["parameter"]} for answer in answers]
    good = next((n for n, v in enumerate(verdicts) if v["result"].get("valueBoolean") is True), None)
    told = [n for n in range(len(verdicts)) if good is None or n == good]
    best = dict(verdicts[good or 0])
    best["codeableConcept"] = {"name": "codeableConcept", "valueCodeableConcept": concept}
    issues = [
        _placed(issue, n) for n in told for issue in verdicts[n].get("issues", {}).get("resource", {}).get("issue", ())
    ]
    if issues:
        best["issues"] = {"name": "issues", "resource": {"resourceType": "OperationOutcome", "issue": issues}}
    texts = dict.fromkeys(verdicts[n]["message"]["valueString"] for n in told if "message" in verdicts[n])
    if texts:
        best["message"] = {"name": "message", "valueString": "; ".join(texts)}
    return {"resourceType": "Parameters", "parameter": list(best.values())}


def _placed(issue: Json, number: int) -> Json:
    """An issue about a coding, with its place in the concept."""
    place = f"CodeableConcept.coding[{number}]"
    moved: Json = {
        name: [place + path.removeprefix("Coding") if path.startswith("Coding") else path for path in issue[name]]
        for name in ("expression", "location")
        if name in issue
    }
    return {**issue, **moved}
