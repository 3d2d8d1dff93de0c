"""From a value set's definition to a `Plan`: resolves includes, excludes and imports to versions.

Raises TerminologyError only for unusable definitions: circular imports, a filter that has no value or is not
understood, a missing supplement, contradicting version rules. Everything else that is wrong becomes a `Problem` of the
plan. Does not look at codes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from terminology.model.coding import Canonical
from terminology.model.deadline import check
from terminology.model.name_lists import alternatives
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.protocols import Catalogue, CodeSystem
from terminology.model.requests import VersionRules
from terminology.model.valueset import ConceptSet, ExpansionParameter, ValueSet
from valuesets.definitions import refuse_nonsense, stored_codes
from valuesets.parameters import stated_versions
from valuesets.plan import Plan, Problem, ProblemKind, Usage, truth, usable
from valuesets.rules import Node, Rule, code_key
from valuesets.versions import VersionChoice, check_value_set, check_version, choose_value_set, choose_version

MOST_LEVELS = 64
"""How deep value sets may import each other: readers of the tree descend level by level."""
MOST_IMPORTS = 10_000
"""Imports of a value set and everything it imports, each as often as it is reached: a few definitions that import each
other twice would make a tree too large to walk."""


def plan(
    catalogue: Catalogue,
    value_set: ValueSet,
    *,
    rules: VersionRules | None = None,
    supplements: Sequence[Canonical] = (),
    wanted: Mapping[str, str] | None = None,
    exclude_systems: Sequence[Canonical] = (),
    passes_withheld: bool = False,
) -> Plan:
    """Resolve a value set with everything it refers to.

    `wanted` maps systems to the version a coding states: an include without a version uses it, if it exists.
    `exclude_systems` are systems (or versions of them) whose includes are left out. Systems are compared by canonical:
    `rules`, `wanted` and `exclude_systems` must use canonicals, the definition may use other names.

    Raises TerminologyError forbidden for a system the caller has no licence for; with `passes_withheld` it becomes a
    problem, for callers that ask about codes of other systems.
    """
    required = tuple(dict.fromkeys((*supplements, *value_set.supplements)))  # also for what is imported
    builder = _Builder(
        catalogue, rules or VersionRules(), required, wanted or {}, tuple(exclude_systems), passes_withheld
    )
    root = builder.node(value_set, ())
    return Plan(root, builder.usage(), tuple(builder.problems))


@dataclass(slots=True)
class _Builder:
    """One planning: collects what is used and what is wrong on the way."""

    catalogue: Catalogue
    rules: VersionRules
    supplements: tuple[Canonical, ...]
    wanted: Mapping[str, str]
    exclude_systems: tuple[Canonical, ...]
    passes_withheld: bool
    versions_match: bool | None = None
    problems: list[Problem] = field(default_factory=list)
    code_systems: dict[str, CodeSystem] = field(default_factory=dict)
    value_sets: dict[Canonical, ValueSet] = field(default_factory=dict)
    decisions: dict[tuple[str, Canonical], None] = field(default_factory=dict)
    imports: Iterator[int] = field(default_factory=lambda: count(1))

    def usage(self) -> Usage:
        used = {s.canonical: s for cs in self.code_systems.values() for s in cs.supplements}
        return Usage(
            tuple(self.code_systems.values()),
            tuple(self.value_sets.values()),
            tuple(used.values()),
            tuple(ExpansionParameter(name, "Uri", str(rule)) for name, rule in self.decisions),
        )

    def node(self, value_set: ValueSet, pathway: tuple[Canonical, ...], contained_as: str = "") -> Node:
        """Resolve one value set; `pathway` are those it is imported through, `contained_as` names a contained one."""
        here = Canonical(contained_as) if contained_as else value_set.canonical
        if here.url and here in pathway:
            raise _circle(here, pathway)
        self._count_import(pathway)
        below = (*pathway, here)
        compose = value_set.compose
        if compose is None:
            listed = tuple(self.rule(s, value_set, below, stored=True) for s in stored_codes(value_set))
            return Node(value_set, listed, versions_match=self._versions_match(value_set))
        then = self._inside(value_set, compose.locked_date)
        return Node(
            value_set,
            tuple(then.rule(s, value_set, below) for s in compose.include if not then.leaves_out(s)),
            tuple(then.rule(s, value_set, below) for s in compose.exclude),
            active_only=compose.inactive is False,
            versions_match=then.versions_match,
        )

    def _inside(self, value_set: ValueSet, locked: str | None) -> _Builder:
        """The same planning, imports included, by what a value set says of versions.

        Rules that it states hold for what nobody above it has one for; versions left open are those of `lockedDate`.
        """
        if not (locked or value_set.expansion_parameters):
            return self
        catalogue = self.catalogue.as_of(locked) if locked else self.catalogue
        rules = stated_versions(catalogue, self.rules, value_set)
        return replace(self, catalogue=catalogue, rules=rules, versions_match=self._versions_match(value_set))

    def _versions_match(self, value_set: ValueSet) -> bool | None:
        return truth(value_set, "versionsMatch") if self.versions_match is None else self.versions_match

    def _count_import(self, pathway: tuple[Canonical, ...]) -> None:
        check()
        if len(pathway) > MOST_LEVELS or next(self.imports) > MOST_IMPORTS:
            levels, imports = str(MOST_LEVELS), str(MOST_IMPORTS)
            raise TerminologyError.of(
                "too-costly", "VALUESET_IMPORTS_TOO_COSTLY", value_set=str(pathway[0]), levels=levels, imports=imports
            )

    def leaves_out(self, definition: ConceptSet) -> bool:
        """Whether the request excludes the system of an include, or the version that it states or means."""
        if not (self.exclude_systems and definition.system):
            return False
        system = self.catalogue.canonical_of(definition.system)
        versions = {e.version for e in self.exclude_systems if e.url == system}
        if not versions or None in versions or definition.version in versions:
            return bool(versions)
        choice = choose_version(self.rules, system, definition.version, self.wanted.get(system))
        meant = self.catalogue.code_system(choice.reference)
        return meant is not None and meant.metadata.version in versions

    def rule(
        self, definition: ConceptSet, value_set: ValueSet, pathway: tuple[Canonical, ...], *, stored: bool = False
    ) -> Rule:
        check()  # a request may bring very many includes, and very many rules to look through for each
        refuse_nonsense(definition)
        definition = self._by_canonical(definition)
        imports = tuple(
            node for reference in definition.value_sets
            if (node := self._import(reference, value_set, pathway, definition.path)) is not None
        )  # fmt: skip
        missing = len(definition.value_sets) - len(imports)
        if definition.system is None:
            # an intersection with something unknown selects nothing; the problem says why
            return Rule(definition, imports=() if missing else imports)
        choice = choose_version(self.rules, definition.system, definition.version, self.wanted.get(definition.system))
        code_system = self._code_system(choice, value_set, definition, stored=stored)
        if code_system is not None:
            for f in definition.filters:  # also where no code of the request reaches it: nobody learns of it later
                code_system.must_understand(f)
        listed = {code_key(code_system, c.code): c for c in reversed(definition.concepts)}
        return Rule(definition, choice, None if missing else code_system, listed, imports, stored)

    def _by_canonical(self, definition: ConceptSet) -> ConceptSet:
        """The include with its system named by canonical, where it uses another name (an OID, say)."""
        if definition.system is None or (url := self.catalogue.canonical_of(definition.system)) == definition.system:
            return definition
        return replace(definition, system=url)

    def _code_system(
        self, choice: VersionChoice, value_set: ValueSet, definition: ConceptSet, *, stored: bool
    ) -> CodeSystem | None:
        supplements = tuple(dict.fromkeys((*self.supplements, *value_set.supplements)))
        try:
            found = (
                self._wanted(choice, supplements)
                or self.catalogue.code_system(choice.reference, supplements)
                or self._latest(choice, supplements)
            )
        except TerminologyError as error:
            if not (self.passes_withheld and error.kind == "forbidden"):
                raise
            self._problem("withheld", choice.reference, definition.path, error.issues[0], choice)
            return None
        if found is None:
            if not stored:
                self.problems.append(self._unknown(choice, definition.path))
            return None
        metadata = found.metadata
        if choice.rule is not None:
            self.decisions[choice.reason, choice.rule] = None
        if issue := check_version(self.rules, choice.system, metadata.version):
            self._problem("version-check", metadata.canonical, definition.path, issue, choice)
        if not usable(found):
            arguments = {"system": str(metadata.canonical), "content": metadata.content}
            message = "CODESYSTEM_SUPPLEMENT_EXP" if metadata.content == "supplement" else "CODESYSTEM_CONTENT_EXP"
            issue = Issue("error", "not-found", message, arguments, "not-found")
            self._problem("content", metadata.canonical, definition.path, issue, choice)
            return None
        self.code_systems.setdefault(found.key, found)
        return found

    def _wanted(self, choice: VersionChoice, supplements: Sequence[Canonical]) -> CodeSystem | None:
        """The version that a coding states, where nothing else states one."""
        version = self.wanted.get(choice.system) if choice.reason == "default" else None
        return self.catalogue.code_system(Canonical(choice.system, version), supplements) if version else None

    def _latest(self, choice: VersionChoice, supplements: Sequence[Canonical]) -> CodeSystem | None:
        """The latest version in place of a missing one, where the client accepts that (`default-to-latest-version`)."""
        if choice.version is None or not self.rules.default_to_latest_version:
            return None
        return self.catalogue.code_system(Canonical(choice.system), supplements)

    def _unknown(self, choice: VersionChoice, path: str) -> Problem:
        known = tuple(v for v in self.catalogue.code_system_versions(choice.system) if v)
        arguments = {"system": choice.system, "version": choice.version or "", "known": alternatives(known)}
        if choice.version is None:
            issue = Issue("error", "not-found", "UNKNOWN_CODESYSTEM_EXP", arguments, "not-found")
            return Problem("unknown-system", choice.reference, path, issue, known, choice)
        message = "UNKNOWN_CODESYSTEM_VERSION_EXP" if known else "UNKNOWN_CODESYSTEM_VERSION_EXP_NONE"
        issue = Issue("error", "not-found", message, arguments, "not-found")
        return Problem("unknown-version", choice.reference, path, issue, known, choice)

    def _problem(
        self, kind: ProblemKind, reference: Canonical, path: str, issue: Issue, choice: VersionChoice | None = None
    ) -> None:
        self.problems.append(Problem(kind, reference, path, issue, choice=choice))

    def _import(
        self, reference: Canonical, importer: ValueSet, pathway: tuple[Canonical, ...], path: str
    ) -> Node | None:
        if reference.url.startswith("#"):
            return self._contained(reference, importer, pathway)
        wanted, decision = choose_value_set(self.rules, reference)
        found = self.catalogue.value_set(wanted)
        if found is None and wanted in {*pathway, *(Canonical(c.url) for c in pathway)}:
            raise _circle(wanted, pathway)  # it is the value set that the request brings itself
        if found is None:
            known = tuple(self.catalogue.value_set_versions(reference.url))
            message = "VS_EXP_IMPORT_UNK_PINNED" if wanted.version else "VS_EXP_IMPORT_UNK"
            arguments = {"url": wanted.url, "version": wanted.version or ""}
            issue = Issue("error", "not-found", message, arguments, "not-found")
            self.problems.append(Problem("unknown-value-set", wanted, path, issue, known))
            return None
        if decision:
            self.decisions[decision] = None
        if broken := check_value_set(self.rules, found.canonical):
            self._problem("value-set-check", found.canonical, path, broken)
        self.value_sets.setdefault(found.canonical, found)
        return self.node(found, pathway)

    def _contained(self, reference: Canonical, importer: ValueSet, pathway: tuple[Canonical, ...]) -> Node:
        found = next((v for v in importer.contained if v.id == reference.url[1:]), None)
        if found is None:
            raise TerminologyError.of(
                "invalid", "VALUESET_CONTAINED_MISSING", code="not-found", detail="not-found",
                url=str(pathway[-1]), reference=reference.url,
            )  # fmt: skip
        beside = replace(found, contained=importer.contained)  # what their container has, contained ones can refer to
        container, _, _ = pathway[-1].url.partition("#")
        return self.node(beside, pathway, contained_as=container + reference.url)


def _circle(reference: Canonical, pathway: tuple[Canonical, ...]) -> TerminologyError:
    steps = ", ".join(str(c) for c in pathway)
    return TerminologyError.of(
        "invalid", "VALUESET_CIRCULAR_REFERENCE", code="processing", detail="vs-invalid",
        url=str(reference), pathway=steps,
    )  # fmt: skip
