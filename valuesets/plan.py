"""A resolved value set: what can be asked about it, what could not be resolved, and what it stands on.

    p.contains(system, code, version=None)     -> Membership | None    without enumerating anything
    p.memberships(system, code, version=None)  -> list[Membership]     one per version of the system, newest first
    p.problems                                 -> what could not be resolved, as data; each operation words it
    p.usage                                    -> code systems, value sets, supplements and version rules used

A `Membership` has `outcome` ('in', 'excluded', 'inactive', 'undecided'), `code_system`, `located`, `rule`
(`.definition.path` and `.choice` say which include, and how its version was chosen) and `reference` (the include's own
display, extensions).
Plans are made by `valuesets.planning` and listed by `valuesets.select`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Canonical
from terminology.model.outcome import Issue
from terminology.model.protocols import CodeSystem, NotEnumerable
from terminology.model.valueset import ExpansionParameter, ValueSet
from terminology.model.versions import Release, ordered
from valuesets.rules import OUTCOMES, Membership, Node, Query
from valuesets.versions import VersionChoice

ProblemKind = Literal[
    "unknown-system", "unknown-version", "version-check", "unknown-value-set", "value-set-check", "content", "withheld"
]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a value set refers to that cannot be used.

    `reference` is the system or value set that was looked for (with the version chosen), `known` the versions that
    exist, oldest first, `path` the include or exclude, and `choice` how the version was chosen. `issue` words it as an
    expansion does.
    """

    kind: ProblemKind
    reference: Canonical
    path: str
    issue: Issue
    known: tuple[str, ...] = ()
    choice: VersionChoice | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What a plan uses, each thing once, in the order of the definition.

    `value_sets` are the imported ones, without contained ones. `decisions` are the request's version rules that decided
    something, as expansion parameters.
    """

    code_systems: tuple[CodeSystem, ...] = ()
    value_sets: tuple[ValueSet, ...] = ()
    supplements: tuple[CodeSystemMetadata, ...] = ()
    decisions: tuple[ExpansionParameter, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A resolved value set."""

    root: Node
    usage: Usage
    problems: tuple[Problem, ...] = ()

    @property
    def value_set(self) -> ValueSet:
        """The value set that was planned."""
        return self.root.value_set

    def memberships(self, system: str, code: str, version: str | None = None) -> list[Membership]:
        """The ways in which includes select a code: effective ones first, then undecided ones, newer versions first.

        `version` restricts them to one version of the system (wildcards allowed). Cost: one read of the code for each
        version of its system, and one `holds` for each filter, however many codes the value set has.
        """
        return self.members(Query(system, code, version))

    def members(self, query: Query) -> list[Membership]:
        """Like `memberships`; the query keeps what it read for later calls."""
        found = list(self.root.members(query))
        if len(found) < 2:
            return found
        algorithm = next((a for m in found if m.code_system and (a := _algorithm(m.code_system.metadata))), None)
        newest_first = ordered(found, lambda m: Release(m.version), algorithm)[::-1]
        return sorted(newest_first, key=lambda m: OUTCOMES.index(m.outcome))

    def contains(self, system: str, code: str, version: str | None = None) -> Membership | None:
        """The first of `memberships`: it counts when its outcome is `in`. None when no include selects the code."""
        return next(iter(self.memberships(system, code, version)), None)

    def unlistable(self, error: NotEnumerable) -> Issue:
        """Why its codes cannot be listed."""
        systems = [cs.metadata.url for cs in self.usage.code_systems if not cs.enumerable]
        arguments = {"path": str(error) or "ValueSet.compose", "system": ", ".join(systems)}
        return Issue("error", "not-supported", "VALUESET_NOT_ENUMERABLE", arguments)


def truth(value_set: ValueSet, name: str) -> bool | None:
    """A boolean among the value set's own expansion parameters, of any type; None when it is missing."""
    stated = next((p.value for p in value_set.expansion_parameters if p.name == name), None)
    return None if stated is None else str(stated).lower() == "true"


def usable(code_system: CodeSystem) -> bool:
    """Whether a system has codes to judge by: it is neither a mere header, an example nor a supplement."""
    content = code_system.metadata.content
    return content in {"complete", "fragment"} or (content == "not-present" and not code_system.enumerable)


def _algorithm(metadata: CodeSystemMetadata) -> str | None:
    stated = metadata.version_algorithm
    return stated if isinstance(stated, str) or stated is None else stated.code
