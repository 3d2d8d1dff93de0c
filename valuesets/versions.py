"""Chooses the version of a system or value set from what the value set and the request's version rules say.

Applies `force-system-version`, `system-version`, `check-system-version`, and the same three for value sets. Pure: looks
nothing up (the catalogue knows what is loaded) and raises only for rules that contradict each other.

In order: a force rule replaces whatever the value set states; else what the value set states counts; else the
`system-version` (`default-valueset-version`) rule; else the check rule, so that a default satisfies its own check; else
the catalogue's default. The choice must then agree with every check rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from terminology.model.coding import Canonical
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.requests import VersionRules
from terminology.model.versions import matches

Reason = Literal["force-system-version", "stated", "system-version", "check-system-version", "default"]
Decision = tuple[str, Canonical]
"""A rule that chose a version: the name of its parameter, and its value."""


@dataclass(frozen=True, slots=True)
class VersionChoice:
    """The version to look for, and what decided it.

    `version` may hold wildcards; None means the default version. `stated` is the include's own version. `rule` is the
    request's rule that decided, which expansions echo under the name `reason`.
    """

    system: str
    version: str | None
    stated: str | None = None
    reason: Reason = "default"
    rule: Canonical | None = None

    @property
    def reference(self) -> Canonical:
        """What to ask the catalogue for."""
        return Canonical(self.system, self.version)


def choose_version(rules: VersionRules, system: str, stated: str | None, wanted: str | None = None) -> VersionChoice:
    """Choose the version of a system that an include names with version `stated`.

    `wanted` is the version a coding states: where the choice leaves it open (wildcards, an edition), it is taken.
    Raises TerminologyError invalid when two rules of the same strength disagree.
    """
    choice = _choose(rules, system, stated)
    if wanted and choice.version and matches(choice.version, wanted):
        return VersionChoice(system, wanted, stated, choice.reason, choice.rule)
    return choice


def _choose(rules: VersionRules, system: str, stated: str | None) -> VersionChoice:
    if rule := _only_rule(rules.force_system_version, system, "SYSTEM_VERSION_MULTIPLE_OVERRIDE"):
        return VersionChoice(system, rule.version, stated, "force-system-version", rule)
    if stated:
        return VersionChoice(system, stated, stated, "stated")
    if rule := _only_rule(rules.system_version, system, "SYSTEM_VERSION_MULTIPLE_DEFAULT"):
        return VersionChoice(system, rule.version, stated, "system-version", rule)
    if rule := next((r for r in rules.check_system_version if r.url == system and r.version), None):
        return VersionChoice(system, rule.version, stated, "check-system-version", rule)
    return VersionChoice(system, None, stated)


def _only_rule(rules: Sequence[Canonical], system: str, conflict: str) -> Canonical | None:
    if not rules:
        return None
    mine = list(dict.fromkeys(r for r in rules if r.url == system and r.version))
    if len(mine) > 1:
        raise TerminologyError.of(
            "invalid", conflict, code="exception", detail="version-error",
            system=system, version1=mine[0].version or "", version2=mine[1].version or "",
        )  # fmt: skip
    return mine[0] if mine else None


def check_version(rules: VersionRules, system: str, version: str | None) -> Issue | None:
    """The issue when a resolved version breaks a `check-system-version` rule, else None."""
    broken = _broken(rules.check_system_version, Canonical(system, version))
    if broken is None:
        return None
    arguments = {"version": version or "", "system": system, "required": broken}
    return Issue("error", "exception", "VALUESET_VERSION_CHECK", arguments, "version-error")


def choose_value_set(rules: VersionRules, reference: Canonical) -> tuple[Canonical, Decision | None]:
    """What to ask the catalogue for when a value set is imported, and the rule that decided, if any.

    Raises TerminologyError invalid when two rules force different versions.
    """
    if forced := _only_rule(rules.force_valueset_version, reference.url, "VALUESET_VERSION_MULTIPLE_OVERRIDE"):
        return forced, ("force-valueset-version", forced)
    if reference.version:
        return reference, None
    for name, known in (
        ("default-valueset-version", rules.default_valueset_version),
        ("check-valueset-version", rules.check_valueset_version),
    ):
        if rule := next((r for r in known if r.url == reference.url and r.version), None):
            return rule, (name, rule)
    return reference, None


def choose_asked(rules: VersionRules, reference: Canonical) -> tuple[Canonical, Decision | None]:
    """The same for the value set that the request is about: a version it states itself is not overridden."""
    return (reference, None) if reference.version else choose_value_set(rules, reference)


def check_value_set(rules: VersionRules, found: Canonical) -> Issue | None:
    """The issue when a value set that is used breaks a `check-valueset-version` rule, else None."""
    broken = _broken(rules.check_valueset_version, found)
    if broken is None:
        return None
    arguments = {"version": found.version or "", "url": found.url, "required": broken}
    return Issue("error", "exception", "VALUESET_REFERENCE_VERSION_CHECK", arguments, "version-error")


def _broken(checks: Sequence[Canonical], found: Canonical) -> str | None:
    """The version that a check demands and that was not found."""
    demanded = (rule.version for rule in checks if rule.url == found.url and rule.version)
    return next((version for version in demanded if not matches(version, found.version or "")), None)
