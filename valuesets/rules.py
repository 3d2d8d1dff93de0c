"""The resolved value set: a tree of rules that tells whether a code belongs, without listing anything.

`Node` is one value set, `Rule` one of its includes or excludes, with the code system version it means and the nodes of
the value sets it imports. Both answer `members`: the ways in which a code belongs, one for each version of its system
that the value set takes it from. `valuesets.select` lists the tree; `valuesets.planning` builds it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from terminology.model.deadline import check
from terminology.model.protocols import CodeSystem, Located
from terminology.model.valueset import ConceptReference, ConceptSet, ValueSet
from terminology.model.versions import matches
from valuesets.versions import VersionChoice

Outcome = Literal["in", "excluded", "inactive", "undecided"]
OUTCOMES: Sequence[Outcome] = ("in", "undecided", "inactive", "excluded")
"""In the order in which they decide about a code that several includes select."""


def code_key(code_system: CodeSystem | None, code: str) -> str:
    """How codes are compared: as written, or casefolded where the system says that case does not matter."""
    if code_system is not None and code_system.metadata.case_sensitive is False:
        return code.casefold()
    return code


@dataclass(frozen=True, slots=True)
class Membership:
    """One way in which an include selects a code, and the outcome.

    `excluded`: an exclude removes it again. `undecided`: an exclude may remove it, but what that is about is not here.
    `inactive`: the value set, or one that it imports, leaves inactive codes out (`compose.inactive` false). `located`
    is None only for codes known from a stored expansion alone, or listed from a fragment. `reference` is the include's
    own entry for the code (display, extensions) where it lists codes.
    """

    system: str
    code: str
    rule: Rule
    code_system: CodeSystem | None
    located: Located | None
    reference: ConceptReference | None = None
    outcome: Outcome = "in"

    @property
    def version(self) -> str | None:
        """The version of the system that this membership is about."""
        return self.code_system.metadata.version if self.code_system else self.rule.definition.version


@dataclass(frozen=True, slots=True)
class Query:
    """A code to look for. `version` None means any version. Remembers where the code was located.

    `guesses` lets an include of all of a system have a code that the system lacks, where only a fragment of it is here.
    """

    system: str
    code: str
    version: str | None = None
    guesses: bool = False
    found: dict[str, Located | None] = field(default_factory=dict)

    def locate(self, code_system: CodeSystem) -> Located | None:
        """Find the code in one version of its system; read once, however many rules ask."""
        key = code_system.key
        if key not in self.found:
            self.found[key] = code_system.locate(self.code)
        return self.found[key]

    def fits(self, version: str | None) -> bool:
        """Whether the query covers a version of the system."""
        return self.version is None or matches(self.version, version or "")

    def of_version(self, version: str | None) -> Query:
        """The same code in another version."""
        return replace(self, version=version)


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One include or exclude. `code_system` is None when the system is unknown or not named.

    `listed` are the enumerated codes by `code_key`. `stored` marks codes of a value set that has only an expansion:
    they count even when their system is unknown. `lacks`: something it stands on is missing, imports included.
    """

    definition: ConceptSet
    choice: VersionChoice | None = None
    code_system: CodeSystem | None = None
    listed: Mapping[str, ConceptReference] = field(default_factory=dict)
    imports: tuple[Node, ...] = ()
    stored: bool = False
    lacks: bool = field(init=False)

    def __post_init__(self) -> None:
        own = self.definition.system is not None and self.code_system is None and not self.stored
        object.__setattr__(self, "lacks", own or any(node.lacks for node in self.imports))

    def is_about(self, system: str) -> bool:
        """Whether its codes are of this system, by the include's own name for it (an OID perhaps) or by url."""
        if self.code_system is not None and self.code_system.metadata.url == system:
            return True
        return self.definition.system == system

    @property
    def is_of_all(self) -> bool:
        """Whether it has every code of its system, or those of them that its imports have."""
        return bool(self.definition.system) and not (self.definition.concepts or self.definition.filters)

    @property
    def whole_system(self) -> bool:
        """Whether it selects every code of its system."""
        return self.is_of_all and not self.imports

    def members(self, query: Query, *, versions_match: bool | None) -> Iterator[Membership]:
        """The ways in which this rule selects a code; each has the outcome `in`, or is `undecided`.

        It does not select codes that an import leaves out as `inactive`, but says so.

        `versions_match` is that of the value set it belongs to.

        Raises TerminologyError too-costly when the time is up: value sets that import each other have many rules.
        """
        check()
        if self.definition.system is None:
            found = self.imports[0].members(query) if self.imports else iter(())
            candidates: Iterator[Membership] = (m for m in found if m.outcome != "excluded")
            others = self.imports[1:]
        else:
            candidates = self._of_system(query)
            others = self.imports
        for member in candidates:
            shared = _in_all(others, query.of_version(member.version if versions_match is False else None))
            if shared is not False:
                yield member if shared or member.outcome == "inactive" else replace(member, outcome="undecided")

    def leaves_open(self, query: Query) -> bool:
        """Whether nobody can say if it selects a code, since the version of the system it is about is not here."""
        if not self.lacks:
            return False
        is_open = self.definition.system is not None and self.code_system is None
        if is_open:
            named = not self.definition.concepts or query.code in self.listed
            if self.stored or not named or not self.is_about(query.system):
                return False
        elif self.code_system and next(self._of_system(query), None) is None:
            return False
        shared = _in_all(self.imports, query)
        return shared is None or (is_open and shared)

    def _of_system(self, query: Query) -> Iterator[Membership]:
        if not self.is_about(query.system):
            return
        located = None
        if self.code_system is not None:
            if not query.fits(self.code_system.metadata.version):
                return
            located = query.locate(self.code_system)
        reference = self._reference(query.code, located)
        named = reference is not None or (query.guesses and self.is_of_all)
        if located is None and not (named and self.counts_unlocated):
            return
        if self.definition.concepts and reference is None:
            return
        if located is not None and not self.passes(located):
            return
        yield Membership(query.system, query.code, self, self.code_system, located, reference)

    @property
    def counts_unlocated(self) -> bool:
        """Whether a code counts that was not found in its system.

        One of a stored expansion does where the system is missing, and any does where the system is a fragment.
        """
        return self.stored if self.code_system is None else self.code_system.metadata.content == "fragment"

    def passes(self, located: Located) -> bool:
        """Whether a code passes all filters."""
        system = self.code_system
        return system is not None and all(system.holds(located, f) for f in self.definition.filters)

    def _reference(self, code: str, located: Located | None) -> ConceptReference | None:
        if not self.listed:
            return None
        by_code = self.listed.get(code_key(self.code_system, code))
        if by_code is None and located is not None:  # another spelling of the same code, as grammars have
            return self.listed.get(code_key(self.code_system, located.concept.code))
        return by_code


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One value set with its rules. `active_only` is `compose.inactive` false; `lacks` as for rules.

    `versions_match` is its expansion parameter, or that of what imports it: True means that versions of one system
    count as one, False that they never meet. Unstated (None), includes keep versions apart while excludes go by code
    alone.
    """

    value_set: ValueSet
    includes: tuple[Rule, ...] = ()
    excludes: tuple[Rule, ...] = ()
    active_only: bool = False
    versions_match: bool | None = None
    lacks: bool = field(init=False)
    apart: frozenset[int] = field(init=False)
    """Places of excludes that remove codes of their own version alone: it is included beside others, and nothing is
    said of whether versions match."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "lacks", any(rule.lacks for rule in (*self.includes, *self.excludes)))
        object.__setattr__(self, "apart", frozenset(self._apart()) if self.versions_match is None else frozenset())

    def _apart(self) -> Iterator[int]:
        if not self.excludes:
            return
        included = defaultdict[str, set[str | None]](set)
        for system in (rule.code_system.metadata for rule in self.includes if rule.code_system is not None):
            included[system.url].add(system.version)
        for place, rule in enumerate(self.excludes):
            if rule.code_system is not None:
                versions = included.get(rule.code_system.metadata.url, ())
                if len(versions) > 1 and rule.code_system.metadata.version in versions:
                    yield place

    def members(self, query: Query) -> Iterator[Membership]:
        """The ways in which includes select a code, after excludes."""
        for rule in self.includes:
            for member in rule.members(query, versions_match=self.versions_match):
                yield self._judged(member, query)

    def _judged(self, member: Membership, query: Query) -> Membership:
        asked = query.of_version(member.version if self.versions_match is False else None)
        excluded = self._excludes(asked, member.version)
        if excluded:
            return replace(member, outcome="excluded")
        if self.active_only and member.located is not None and member.located.inactive:
            return replace(member, outcome="inactive")
        if excluded is None and member.outcome != "inactive":
            return replace(member, outcome="undecided")
        return member

    def _excludes(self, query: Query, version: str | None = None) -> bool | None:
        """Whether an exclude has a code that is included of this version; None when nobody can say."""
        undecided = False
        for place, rule in enumerate(self.excludes):
            if place in self.apart and rule.code_system and rule.code_system.metadata.version != version:
                continue
            for member in rule.members(query, versions_match=self.versions_match):
                if member.outcome == "in":
                    return True
                undecided = undecided or member.outcome == "undecided"
            undecided = undecided or rule.leaves_open(query)
        return None if undecided else False

    def holds(self, query: Query) -> bool:
        """Whether a code certainly belongs."""
        return self.belongs(query) is True

    def belongs(self, query: Query) -> bool | None:
        """Whether a code belongs; None when nobody can say, since a version of its system is not here."""
        undecided = False
        for member in self.members(query):
            if member.outcome == "in":
                return True
            undecided = undecided or member.outcome == "undecided"
        if not undecided and any(rule.leaves_open(query) for rule in self.includes):
            undecided = self._excludes(query) is not True
        return None if undecided else False

    def sources(self) -> Iterator[tuple[Rule, ValueSet]]:
        """The includes that name a system, with the value set they stand in; imported ones too."""
        for rule in self.includes:
            if rule.definition.system is not None:
                yield rule, self.value_set
            for imported in rule.imports:
                yield from imported.sources()

    def walk(self) -> Iterator[Node]:
        """This node and all that it imports, depth first; a value set imported twice comes twice."""
        yield self
        for rule in (*self.includes, *self.excludes):
            for node in rule.imports:
                yield from node.walk()


def _in_all(nodes: Iterable[Node], query: Query) -> bool | None:
    """Whether a code belongs to all of these value sets; None when nobody can say."""
    undecided = False
    for node in nodes:
        found = node.belongs(query)
        if found is False:
            return False
        undecided = undecided or found is None
    return None if undecided else True
