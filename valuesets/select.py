"""Lists a plan: its codes as ordered segments, each a bitmap of ordinals of one code system version.

The counterpart of `valuesets.rules`: what `members` answers for one code, `Selector` answers for all. Rules combine by
bitmap operations. Single codes are tested only where a set cannot be listed (grammars), where two versions of a system
are compared by code, or where a value set names codes without an ordinal. Does not order by relevance, page, or write
entries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from pyroaring import BitMap

from terminology.model.deadline import check, in_time
from terminology.model.protocols import CodeSystem, NotEnumerable
from terminology.model.valueset import ConceptReference, Filter
from terminology.model.versions import Release, ordered
from valuesets.rules import Node, Query, Rule, code_key
from valuesets.segments import NO_REFERENCES, Loose, Pool, Segment, active, is_newer, same_version

CONES = frozenset({"is-a", "descendent-of"})
"""Operators that select a concept's descendants, which nest as in their system."""


@dataclass(slots=True)
class Selector:
    """Lists nodes. `enumeration` gives the value set that stands in for a grammar when all of it is requested.

    `versions_match` is that of the node whose rules are being combined.
    """

    enumeration: Callable[[CodeSystem], Node | None] = lambda _: None
    versions_match: bool | None = None
    stood_for: dict[str, Node] = field(default_factory=dict)
    """The value sets that stood in for grammars, by `CodeSystem.key`."""

    def node(self, node: Node) -> list[Segment]:
        """The codes of a value set, without repetition. Raises NotEnumerable."""
        if node.versions_match is not self.versions_match:
            return replace(self, versions_match=node.versions_match).node(node)
        found: list[Segment] = []
        for rule in newest_first(node.includes):
            found.extend(self.rule(rule))
        if node.excludes:
            found = [replace(s, nests=False) for s in self._without_excluded(node, found)]
        if node.active_only:
            found = [active(s) for s in found]
        return self._distinct(found)

    def rule(self, rule: Rule) -> list[Segment]:
        """The codes one include or exclude selects. Raises NotEnumerable."""
        check()
        if rule.definition.system is None:
            if not rule.imports:
                return []
            first, *others = rule.imports
            found = [replace(s, nests=False) for s in self.node(first)]
        else:
            try:
                found, others = self._of_system(rule), list(rule.imports)
            except NotEnumerable:
                found, others = self._candidates(rule)
        for node in others:
            found = self._common(found, node)
        return [s for s in found if len(s)]

    # one system

    def _of_system(self, rule: Rule) -> list[Segment]:
        system, code_system = rule.definition.system or "", rule.code_system
        if code_system is None:
            entries = [Loose(r.code, None, r) for r in rule.definition.concepts] if rule.stored else []
            return [Segment(system, rule.definition.version, None, BitMap(), loose=tuple(entries))]
        if rule.definition.concepts:
            return [self._listed(rule, code_system)]
        members = self._filtered(code_system, rule.definition.filters)
        nests = not rule.imports and all(_is_cone(f) for f in rule.definition.filters)
        return [Segment(system, code_system.metadata.version, code_system, members, nests=nests)]

    def _filtered(self, code_system: CodeSystem, filters: Sequence[Filter]) -> BitMap:
        """All filters together: those that can be listed are, the others test what is left."""
        if not filters:
            return code_system.every()
        members: BitMap | None = None
        unlisted = []
        for f in filters:
            check()
            try:
                selected = code_system.select(f)
            except NotEnumerable:
                unlisted.append(f)
            else:
                members = selected if members is None else members & selected
        if members is None:
            raise NotEnumerable
        if unlisted:
            held = (c for c in code_system.located(members) if all(code_system.holds(c, f) for f in unlisted))
            members = BitMap(c.ordinal for c in in_time(held) if c.ordinal is not None)
        return members

    def _listed(self, rule: Rule, code_system: CodeSystem) -> Segment:
        known = code_system.ordinals(c.code for c in rule.definition.concepts)
        references: dict[int, ConceptReference] = {}
        loose: dict[str, Loose] = {}
        for reference in in_time(rule.definition.concepts):
            ordinal, located = known.get(reference.code), None
            if ordinal is None:
                located = code_system.locate(reference.code)
                ordinal = located.ordinal if located else None
            if ordinal is not None:
                references.setdefault(ordinal, reference)
            elif located is not None and rule.passes(located):
                loose.setdefault(code_key(code_system, located.concept.code), Loose(reference.code, located, reference))
            elif located is None and rule.counts_unlocated:
                loose.setdefault(code_key(code_system, reference.code), Loose(reference.code, None, reference))
        members = BitMap(references)
        if rule.definition.filters:
            members &= self._filtered(code_system, rule.definition.filters)
        telling = {o: one for o, one in references.items() if one.display or one.designations or one.extensions}
        return Segment(
            rule.definition.system or "", code_system.metadata.version, code_system,
            members, tuple(references), telling, tuple(loose.values()),
        )  # fmt: skip

    def _candidates(self, rule: Rule) -> tuple[list[Segment], list[Node]]:
        """Candidates for a rule that cannot be listed: codes of an import, or of the value set that stands in."""
        code_system = rule.code_system
        if rule.imports:
            first, *others = rule.imports
        else:
            node = self.enumeration(code_system) if code_system else None
            if code_system is None or node is None:
                raise NotEnumerable(rule.definition.path)
            self.stood_for[code_system.key] = node
            return [self._tested(_without_references(s), self._selects(rule)) for s in self.node(node)], []
        return [self._tested(replace(s, nests=False), self._selects(rule)) for s in self.node(first)], others

    # combining

    def _common(self, segments: list[Segment], node: Node) -> list[Segment]:
        """The intersection of segments with a value set, by code where versions differ."""
        try:
            others = self.node(node)
        except NotEnumerable:
            return [self._tested(s, node.holds) for s in segments]
        return [s.restricted(*self._overlap(s, others)) for s in segments]

    def _without_excluded(self, node: Node, segments: list[Segment]) -> list[Segment]:
        removed, apart, unlisted = Pool(), Pool(), []
        for place, rule in enumerate(node.excludes):
            try:
                (apart if place in node.apart else removed).add(*self.rule(rule))
            except NotEnumerable:
                unlisted.append(rule)
        segments = [self._minus(s, [*removed, *(one for one in apart if same_version(one, s))]) for s in segments]
        for rule in unlisted:
            segments = [self._tested(s, self._misses(rule)) for s in segments]
        return segments

    def _selects(self, rule: Rule) -> Callable[[Query], bool]:
        found = partial(rule.members, versions_match=self.versions_match)
        return lambda query: any(member.outcome != "inactive" for member in found(query))

    def _misses(self, rule: Rule) -> Callable[[Query], bool]:
        selects = self._selects(rule)
        return lambda query: not selects(query)

    def _minus(self, segment: Segment, removed: Iterable[Segment]) -> Segment:
        members, loose = self._overlap(segment, removed)
        gone = {one.code for one in loose}
        return segment.restricted(segment.members - members, (o for o in segment.loose if o.code not in gone))

    def _overlap(self, segment: Segment, others: Iterable[Segment]) -> tuple[BitMap, list[Loose]]:
        """The part of a segment that is in others as well."""
        members, codes = BitMap(), set[str]()
        for other in others:
            if other.system_url != segment.system_url:
                continue
            if segment.code_system and other.code_system and segment.code_system.key == other.code_system.key:
                members |= segment.members & other.members
                codes.update(code_key(segment.code_system, one.code) for one in other.loose)
            elif self.versions_match is not False or segment.version == other.version:
                shared = self._shared(segment, other)
                members |= shared[0]
                codes |= shared[1]
        return members, [o for o in segment.loose if code_key(segment.code_system, o.code) in codes]

    def _shared(self, segment: Segment, other: Segment) -> tuple[BitMap, set[str]]:
        """The overlap of two versions of a system, by code; reads the smaller of the two."""
        if len(other) <= len(segment):
            codes = {code_key(segment.code_system, c) for c in in_time(other.codes())}
        else:
            mine = list(in_time(segment.codes()))
            theirs = other.code_system.ordinals(mine) if other.code_system else {}
            codes = {code_key(segment.code_system, c) for c in mine if c in theirs and theirs[c] in other.members}
            codes |= {code_key(segment.code_system, one.code) for one in other.loose}
        known = segment.code_system.ordinals(codes) if segment.code_system else {}
        return segment.members & BitMap(known.values()), codes

    def _tested(self, segment: Segment, keeps: Callable[[Query], bool]) -> Segment:
        """The codes of a segment that pass a test, one by one."""
        members = BitMap()
        if segment.code_system is not None:
            for located in in_time(segment.code_system.located(segment.members)):
                if located.ordinal is not None and keeps(self._query(segment, located.concept.code)):
                    members.add(located.ordinal)
        return segment.restricted(members, (o for o in segment.loose if keeps(self._query(segment, o.code))))

    def _query(self, segment: Segment, code: str) -> Query:
        return Query(segment.system, code, segment.version if self.versions_match is False else None)

    def _distinct(self, segments: list[Segment]) -> list[Segment]:
        """Removes duplicates: each code once per version of its system, or once at all where versions match.

        Of versions that match, the entry of the newest stays.
        """
        result: list[Segment] = []
        seen, everything = Pool(), Pool()
        if self.versions_match:
            everything.add(*segments)
        for segment in segments:
            check()
            before = [s for s in seen if same_version(s, segment)]
            before += [s for s in everything if s.system == segment.system and is_newer(s, segment)]
            kept = self._minus(segment, before) if before else segment
            if len(kept):
                result.append(kept)
            seen.add(segment)
        return result


def newest_first(rules: Sequence[Rule]) -> list[Rule]:
    """Includes in order, but those of one system with different versions newest first.

    Where versions meet, users see the current wording before older ones, as with HL7's servers. An include without a
    version comes after those with one.
    """
    result = list(rules)
    for system in {r.definition.system for r in rules if r.definition.version}:
        places = [i for i, r in enumerate(rules) if r.definition.system == system]
        newest = ordered((rules[i] for i in reversed(places)), lambda r: Release(r.definition.version))[::-1]
        for place, rule in zip(places, newest, strict=True):
            result[place] = rule
    return result


def _without_references(segment: Segment) -> Segment:
    """The codes of a stand-in value set, without its own displays and extensions, which were not requested."""
    loose = tuple(replace(one, reference=None) for one in segment.loose)
    return replace(segment, nests=False, references=NO_REFERENCES, loose=loose)


def _is_cone(f: Filter) -> bool:
    return f.op in CONES and f.property in {"concept", "code"}
