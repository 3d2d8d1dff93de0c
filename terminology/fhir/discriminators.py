"""Decides whether a value matches the discriminators of a slicing (R5 profiling, 5.1.0.4): yes, no, or unknown.

A path is the FHIRPath subset that discriminators allow: members, `$this`, `resolve()`, `ofType(…)` and
`extension('…')`. It is followed in the value and in the slice's definition, where it leads to what the slice fixes: a
value or pattern (value), cardinality (exists), types (type) or profiles (profile).
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
    """A value and its type (`` when nothing says it). `here` is False for a resource that is elsewhere."""

    value: Any
    type: str = ""
    here: bool = True


@dataclass(frozen=True, slots=True)
class Constraint:
    """What a slice says at the end of a path. `sliced`: of one slice among the values there, so not of each."""

    definition: Definition
    sliced: bool = False

    @property
    def element(self) -> Element:
        """What is said."""
        return self.definition.element


class Discriminators:
    """Judges values of one resource."""

    def __init__(self, find: Find, targets: Targets, holds: Holds | None = None) -> None:
        self._find = find
        self._targets = targets
        self._holds = holds

    def judge(self, kind: str, path: str, slice_: Sequence[Definition], node: Node) -> bool | None:
        """Whether a value is in the slice as far as this discriminator says."""
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
        """What the definition of a slice says one step further."""
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
        """The values one step further; those of a choice have its type in their name."""
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

    # What is there at its end

    def _value(self, constraints: Sequence[Constraint], nodes: Sequence[Node]) -> bool | None:
        """By what is fixed there, else by the required binding there."""
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
        """By the profiles that a resource states, else by what it has that a profile does not allow.

        That it conforms to one without saying so is not found out.
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
    """The steps of a path: a function with its argument, or no function and a member. None for what is no such path."""
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
    """FHIR's pattern: all that it states is in the value, list items anywhere."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(n in value and contains(value[n], p) for n, p in pattern.items())
    if isinstance(pattern, list):
        return isinstance(value, list) and all(any(contains(v, p) for v in value) for p in pattern)
    return bool(value == pattern)


def _projected(fixed: Any, name: str) -> list[Any]:
    """What a pattern says of a member: each item of a list by itself."""
    found = fixed.get(name) if isinstance(fixed, dict) else None
    return found if isinstance(found, list) else [] if found is None else [found]


def _members(definition: Definition, name: str, url: str | None, *, sliced: bool) -> Iterator[Constraint]:
    """The elements of a name within a definition; extensions only those of a url."""
    for inner in definition.members():
        if inner.element.name in {name, f"{name}[x]"} and (url is None or _is_extension(inner, url)):
            yield Constraint(inner, sliced or (inner.element.slice_name is not None and url is None))


def _is_extension(definition: Definition, url: str) -> bool:
    profiles = {p.url for t in definition.element.types for p in t.profiles}
    return url in profiles or any(m.element.name == "url" and m.element.fixed == url for m in definition.members())


def _is_against(structure: Structure, value: Any) -> bool:
    """Whether a resource has not what a profile fixes outside of slices, or lacks an element that must be there."""
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
    """The values of a member, or of a choice."""
    if not isinstance(value, dict):
        return []
    items = [
        item
        for member, item in value.items()
        if member.startswith(name) and not member[len(name) : len(name) + 1].islower()
    ]
    return [one for item in items for one in (item if isinstance(item, list) else [item])]


def _is_root(element: Element) -> bool:
    """Whether this is a resource that a reference points to: it is of the type of its structure."""
    return bool(element.path) and "." not in element.path


def _type_of(item: Any, suffix: str) -> str:
    """A resource says its type, a choice has it in its name (`valueQuantity`, `valueString`)."""
    if isinstance(item, dict) and isinstance(item.get("resourceType"), str):
        return str(item["resourceType"])
    return suffix


def _among(types: set[str], nodes: Sequence[Node]) -> bool | None:
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
