"""What the answers to `benchmarks.cases` must say, worked out from the resources, whatever server they come from.

Only what FHIR leaves no choice about is checked: not the order of parameters or of codes, nor what a server adds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Json = dict[str, Any]
Member = tuple[str, str]
"""System and code."""


class Answers:
    """The right answers of a server that has loaded the resources."""

    def __init__(self, resources: list[Json]) -> None:
        self._displays: dict[Member, str] = {}
        self._properties: dict[Member, dict[str, object]] = {}
        self._above: dict[Member, set[str]] = {}
        for system in _of_type(resources, "CodeSystem"):
            for concept in system["concept"]:
                self._add(system["url"], concept, set())
        self._members = {one["url"]: self._composed(one["compose"]) for one in _of_type(resources, "ValueSet")}
        self._targets: dict[Member, Member] = {}
        for group in (group for one in _of_type(resources, "ConceptMap") for group in one["group"]):
            for element in group["element"]:
                self._targets[group["source"], element["code"]] = (group["target"], element["target"][0]["code"])

    def wrong(self, path: str, status: int, answer: Json) -> str | None:
        """What is wrong with an answer, or None."""
        where = urlsplit(path)
        asked = dict(parse_qsl(where.query))
        _, _, name = where.path.rpartition("/")
        known = name != "$lookup" or (asked["system"], asked["code"]) in self._displays
        if not known:  # FHIR says that this is an error, but not with which status
            return None if 400 <= status < 500 and answer["resourceType"] == "OperationOutcome" else f"status {status}"
        if status != 200:
            return f"status {status}"
        return {
            "ValueSet": _found,
            "$lookup": self._lookup,
            "$validate-code": self._validated,
            "$expand": self._expanded,
            "$subsumes": self._subsumed,
            "$translate": self._translated,
        }[name](asked, answer)

    def _add(self, system: str, concept: Json, above: set[str]) -> None:
        member = (system, concept["code"])
        self._displays[member] = concept["display"]
        self._above[member] = above | {concept["code"]}
        self._properties[member] = {
            one["code"]: value for one in concept["property"] for key, value in one.items() if key != "code"
        }
        for child in concept.get("concept", ()):
            self._add(system, child, self._above[member])

    def _composed(self, compose: Json) -> set[Member]:
        included = set().union(*map(self._included, compose["include"]))
        return included.difference(*map(self._included, compose.get("exclude", ())))

    def _included(self, include: Json) -> set[Member]:
        listed = {one["code"] for one in include.get("concept", ())}
        return {
            member
            for member in self._displays
            if member[0] == include["system"]
            and (not listed or member[1] in listed)
            and all(self._passes(member, one) for one in include.get("filter", ()))
        }

    def _passes(self, member: Member, one: Json) -> bool:
        if one["op"] == "is-a":
            return one["value"] in self._above[member]
        return self._properties[member][one["property"]] == one["value"]

    def _lookup(self, asked: dict[str, str], answer: Json) -> str | None:
        return _differs("display", _value(answer, "display"), self._displays[asked["system"], asked["code"]])

    def _validated(self, asked: dict[str, str], answer: Json) -> str | None:
        member = (asked.get("system", asked["url"]), asked["code"])
        right = member in self._members.get(asked["url"], self._displays)
        return _differs("result", _value(answer, "result"), right)

    def _expanded(self, asked: dict[str, str], answer: Json) -> str | None:
        members = self._members[asked["url"]]
        expansion = answer["expansion"]
        shown = [(one["system"], one["code"]) for one in _contained(expansion)]
        if len(set(shown)) < len(shown) or not set(shown) <= members:
            return "codes that are not in the value set, or twice"
        word = asked.get("filter")
        # servers differ in whether a text matches within words: as few as have the word, as many as have the letters
        within = [one for one in members if not word or word in self._displays[one]]
        whole = [one for one in within if not word or word in self._displays[one].split()]
        if not within:  # a server that forgives typing errors finds others
            return None
        if not set(shown) <= set(within):
            return "codes without the text"
        count, offset = int(asked["count"]), int(asked.get("offset", "0"))
        least, most = (min(count, max(0, len(some) - offset)) for some in (whole, within))
        if not least <= len(shown) <= most:
            return f"{len(shown)} codes instead of {least}"
        total = expansion.get("total", len(whole))
        return None if len(whole) <= total <= len(within) else f"total {total} instead of {len(whole)}"

    def _subsumed(self, asked: dict[str, str], answer: Json) -> str | None:
        right = "subsumes" if asked["codeA"] in self._above[asked["system"], asked["codeB"]] else "not-subsumed"
        return _differs("outcome", _value(answer, "outcome"), right)

    def _translated(self, asked: dict[str, str], answer: Json) -> str | None:
        matches = (one["part"] for one in answer["parameter"] if one["name"] == "match")
        found = [part["valueCoding"] for match in matches for part in match if part["name"] == "concept"]
        right = self._targets[asked["system"], asked["code"]]
        return _differs("match", [(one["system"], one["code"]) for one in found], [right])


def _of_type(resources: list[Json], name: str) -> list[Json]:
    return [one for one in resources if one["resourceType"] == name]


def _found(asked: dict[str, str], answer: Json) -> str | None:
    urls = [one["resource"]["url"] for one in answer["entry"]]
    return _differs("entries", urls, [asked["url"]])


def _value(answer: Json, name: str) -> object:
    """Of a parameter, whatever its type."""
    for one in answer["parameter"]:
        if one["name"] == name:
            return next(value for key, value in one.items() if key.startswith("value"))
    return None


def _contained(expansion: Json) -> Iterator[Json]:
    """Entries, those below others too."""
    for one in expansion.get("contains", ()):
        yield one
        yield from _contained(one)


def _differs(what: str, found: object, right: object) -> str | None:
    return None if found == right else f"{what} {found} instead of {right}"
