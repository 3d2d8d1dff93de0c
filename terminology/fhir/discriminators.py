"""Decides whether a value matches the discriminators of a slicing (R5 profiling, 5.1.0.4): yes, no, or unknown.

A path is the FHIRPath subset that discriminators allow: members, `$this`, `resolve()`, `ofType(…)` and
`extension('…')`. It is followed twice. In the value it leads to JSON values (`Node`), in the definition of the slice to
elements (`Constraint`), which say what those values must be: a fixed value or pattern (discriminator type `value`), a
cardinality (`exists`), types (`type`) or profiles (`profile`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from terminology.fhir.coded_values import CodedValue, guess
from terminology.fhir.definitions import Definition, Find, roots
from terminology.fhir.referring import Targets
from terminology.model.coding import Canonical
from terminology.model.structure import Element, Structure

STEP = re.compile(
    r"""\s*(?: (?P<function>extension|ofType|resolve) \((?P<argument>[^)]*)\)
           | (?P<member>\$this|\w+) ) \s*(?:\.|$)""",
    re.VERBOSE,
)
"""One step of a path. No two quantifiers may match the same text: profiles come from clients."""
Holds = Callable[[Canonical, CodedValue], bool | None]
"""Whether codes are in a value set; None where that cannot be told."""
ANY_RESOURCE = frozenset({"Resource", "DomainResource"})


@dataclass(frozen=True, slots=True)
class Node:
    """A value at the end of a path so far, with its type ("" if unknown).

    `here` is False for the target of a reference that could not be resolved; only its type may be known.
    """

    value: Any
    type: str = ""
    here: bool = True


@dataclass(frozen=True, slots=True)
class Constraint:
    """A definition at the end of a path so far. If `sliced`, one of the values there must match it, not all."""

    definition: Definition
    sliced: bool = False

    @property
    def element(self) -> Element:
        """The element of the definition."""
        return self.definition.element


class Discriminators:
    """Judges the values of one resource; `holds` decides required bindings, without it they are unknown."""

    def __init__(self, find: Find, targets: Targets, holds: Holds | None = None) -> None:
        self._find = find
        self._targets = targets
        self._holds = holds

    def judge(self, kind: str, path: str, slice_: Sequence[Definition], node: Node) -> bool | None:
        """Whether a value matches a slice (all its definitions) by this discriminator; None if that is unknown."""
        steps = _steps(path)
        if steps is None:
            return None
        constraints, nodes = [Constraint(definition) for definition in slice_], [node]
        for function, name in steps:
            constraints = [found for one in constraints for found in self._narrowed(one, function, name)]
            choice = any(one.element.name == f"{name}[x]" for one in constraints)
            nodes = [found for one in nodes for found in self._within(one, function, name, choice=choice)]
        judged = {"exists": self._exists, "type": self._type, "profile": self._profile}.get(kind, self._value)
        return judged(constraints, nodes)

    # Following a path

    def _narrowed(self, outer: Constraint, function: str, name: str) -> Iterator[Constraint]:
        """The definitions that one step of the path leads to."""
        if function == "ofType":
            if not outer.element.types or any(t.code == name for t in outer.element.types):
                yield outer
            return
        if function == "resolve":
            targets = (t for type_ in outer.element.types for t in type_.targets)
            yield from (Constraint(d, outer.sliced) for d in self._roots(targets))
            return
        member = "extension" if function == "extension" else name
        for projected in _projected(outer.element.fixed, member):
            element = Element(id="", path="", fixed=projected)
            yield Constraint(replace(outer.definition, element=element), outer.sliced)
        if outer.element.id:
            for definition in (outer.definition, *self._roots(p for t in outer.element.types for p in t.profiles)):
                yield from _members(definition, member, name if function else None, sliced=outer.sliced)

    def _roots(self, refs: Iterator[Canonical]) -> Iterator[Definition]:
        for ref in refs:
            if (structure := self._find(ref)) is not None:
                yield from roots(structure, self._find)[0]

    def _within(self, node: Node, function: str, name: str, *, choice: bool) -> Iterator[Node]:
        """The values that one step leads to. With `choice`, the member may have a type suffix (`valueQuantity`)."""
        if not node.here or function == "ofType":
            if not node.here or node.type.lower() in {name.lower(), ""}:
                yield node
            return
        if function == "resolve":
            found, type_ = self._targets.target(node.value)
            yield Node(found, type_, here=found is not None)
            return
        if not isinstance(node.value, dict):
            return
        for member, value in node.value.items():
            rest = member.removeprefix("extension" if function else name)
            if rest != member and (not rest or (choice and rest[0].isupper())):
                for item in value if isinstance(value, list) else [value]:
                    if not function or (isinstance(item, dict) and item.get("url") == name):
                        yield Node(item, _type_of(item, rest))

    # Judging what is at its end, by the type of the discriminator

    def _value(self, constraints: Sequence[Constraint], nodes: Sequence[Node]) -> bool | None:
        """By fixed values and patterns; if there are none, by the required binding."""
        stated = [c for c in constraints if c.element.fixed is not None]
        if not stated:
            return self._member(constraints, nodes)
        everywhere = [c.element.fixed for c in stated if not c.sliced]
        somewhere = [c.element.fixed for c in stated if c.sliced]
        right = all(any(contains(n.value, fixed) for n in nodes) for fixed in everywhere) and (
            not somewhere or any(contains(n.value, fixed) for n in nodes for fixed in somewhere)
        )
        return right or (False if all(n.here for n in nodes) else None)

    def _member(self, constraints: Sequence[Constraint], nodes: Sequence[Node]) -> bool | None:
        bindings = (c.element.binding for c in constraints)
        bound = next((b.value_set for b in bindings if b and b.strength == "required" and b.value_set), None)
        if bound is None or self._holds is None:
            return None
        verdicts = {None if (v := guess(n.value)) is None else self._holds(bound, v) for n in nodes}
        return True if True in verdicts else None if None in verdicts else False

    def _exists(self, constraints: Sequence[Constraint], nodes: Sequence[Node]) -> bool | None:
        for element in (c.element for c in constraints):
            if element.most == "0":
                return not nodes
            if element.least:
                return bool(nodes)
        return None

    def _type(self, constraints: Sequence[Constraint], nodes: Sequence[Node]) -> bool | None:
        types = next((t for c in constraints if (t := {type_.code for type_ in c.element.types})), None)
        if types is None:
            types = {c.definition.structure.type for c in constraints if _is_root(c.element)}
        return _among(types, nodes)

    def _profile(self, constraints: Sequence[Constraint], nodes: Sequence[Node]) -> bool | None:
        """True if a resource states a profile (or one derived from it), False if its content contradicts all of them.

        Unknown otherwise: nothing is validated, so conformance that a resource does not state is not found.
        """
        named = [p for c in constraints for t in c.element.types for p in t.profiles]
        wanted = [s for p in named if (s := self._find(p)) is not None]
        wanted += [c.definition.structure for c in constraints if _is_root(c.element)]
        urls = {s.url for s in wanted}
        if any(s.url in urls for n in nodes for stated in stated_profiles(n.value) for s in self._lineage(stated)):
            return True
        possible = [s for s in wanted if not any(n.here and _is_against(s, n.value) for n in nodes)]
        return None if possible and _among({s.type for s in possible}, nodes) is not False else False

    def _lineage(self, ref: Canonical) -> Iterator[Structure]:
        seen = set()
        while (structure := self._find(ref)) is not None and structure.url not in seen:
            yield structure
            seen.add(structure.url)
            if structure.base is None:
                return
            ref = structure.base


def _steps(path: str) -> list[tuple[str, str]] | None:
    """The steps of a path as (function, argument) or ("", member), without `$this`; None if it cannot be read."""
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(path):
        step = STEP.match(path, at)
        if step is None:
            return None
        at = step.end()
        if step["member"] != "$this":
            found.append((step["function"] or "", step["member"] or step["argument"].strip(" \t\r\n'\"")))
    return found


def contains(value: Any, pattern: Any) -> bool:
    """Whether a value matches a `pattern[x]`: it has all that the pattern states; items of lists in any order."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(n in value and contains(value[n], p) for n, p in pattern.items())
    if isinstance(pattern, list):
        return isinstance(value, list) and all(any(contains(v, p) for v in value) for p in pattern)
    return bool(value == pattern)


def _projected(fixed: Any, name: str) -> list[Any]:
    """The member of a fixed value or pattern as a list: its items, the value itself, or nothing."""
    found = fixed.get(name) if isinstance(fixed, dict) else None
    return found if isinstance(found, list) else [] if found is None else [found]


def _members(definition: Definition, name: str, url: str | None, *, sliced: bool) -> Iterator[Constraint]:
    """The elements below a definition with a name (`value` finds `value[x]`); with `url`, the extension of that url."""
    for inner in definition.members():
        if inner.element.name in {name, f"{name}[x]"} and (url is None or _is_extension(inner, url)):
            yield Constraint(inner, sliced or (inner.element.slice_name is not None and url is None))


def _is_extension(definition: Definition, url: str) -> bool:
    profiles = {p.url for t in definition.element.types for p in t.profiles}
    return url in profiles or any(m.element.name == "url" and m.element.fixed == url for m in definition.members())


def _is_against(structure: Structure, value: Any) -> bool:
    """Whether a resource contradicts a profile: a fixed value (outside of slices) differs, or an element is missing."""
    for element in structure.elements.values():
        names = element.id.split(".")[1:]
        if ":" in element.id or not (element.fixed is not None or (len(names) == 1 and element.least)):
            continue
        found = [value]
        for name in names:
            found = [inner for one in found for inner in _inner(one, name.removesuffix("[x]"))]
        if element.fixed is not None and not all(contains(one, element.fixed) for one in found):
            return True
        if len(names) == 1 and element.least and not found:
            return True
    return False


def _inner(value: Any, name: str) -> list[Any]:
    """The values of a member as a list; for a choice element (`value`) those of any type (`valueString`)."""
    if not isinstance(value, dict):
        return []
    items = [
        item
        for member, item in value.items()
        if member.startswith(name) and not member[len(name) : len(name) + 1].islower()
    ]
    return [one for item in items for one in (item if isinstance(item, list) else [item])]


def _is_root(element: Element) -> bool:
    """Whether this is the root of a structure (after `resolve()`): its type is that of the structure."""
    return bool(element.path) and "." not in element.path


def _type_of(item: Any, suffix: str) -> str:
    """The `resourceType` of a resource; for others the suffix of a choice (`Quantity` of `valueQuantity`), maybe ""."""
    if isinstance(item, dict) and isinstance(item.get("resourceType"), str):
        return str(item["resourceType"])
    return suffix


def _among(types: set[str], nodes: Sequence[Node]) -> bool | None:
    """Whether any value is of one of the types; None if a type is unknown, False if there are no values."""
    if not types or not nodes or any(not n.type for n in nodes):
        return False if types and not nodes else None
    if types & ANY_RESOURCE:
        return True
    return any(n.type.lower() in {t.lower() for t in types} for n in nodes)


def stated_profiles(resource: Any) -> list[Canonical]:
    """The profiles that a resource says it conforms to (`meta.profile`)."""
    meta = resource.get("meta") if isinstance(resource, dict) else None
    stated = meta.get("profile") if isinstance(meta, dict) else None
    return [Canonical.parse(p) for p in stated if isinstance(p, str)] if isinstance(stated, list) else []
