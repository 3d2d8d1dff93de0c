"""Who decides about a version: force before value set before default before check."""

from __future__ import annotations

import pytest

from terminology.model.coding import Canonical
from terminology.model.outcome import TerminologyError
from terminology.model.requests import VersionRules
from valuesets.versions import check_value_set, check_version, choose_asked, choose_value_set, choose_version

S = "http://example.org/s"


def rules(**given):
    return VersionRules(**{name: tuple(Canonical.parse(v) for v in versions) for name, versions in given.items()})


@pytest.mark.parametrize(
    ("given", "stated", "version", "reason"),
    [
        ({}, None, None, "default"),
        ({}, "1.0", "1.0", "stated"),
        ({"system_version": [f"{S}|2"]}, None, "2", "system-version"),
        ({"system_version": [f"{S}|2"]}, "1.0", "1.0", "stated"),
        ({"system_version": ["http://example.org/other|2"]}, None, None, "default"),
        ({"check_system_version": [f"{S}|1.x"]}, None, "1.x", "check-system-version"),
        ({"check_system_version": [f"{S}|1.x"], "system_version": [f"{S}|2"]}, None, "2", "system-version"),
        ({"force_system_version": [f"{S}|3"], "system_version": [f"{S}|2"]}, "1.0", "3", "force-system-version"),
    ],
)
def test_version_rules_have_an_order(given, stated, version, reason):
    choice = choose_version(rules(**given), S, stated)
    assert (choice.version, choice.reason, choice.stated) == (version, reason, stated)
    assert (choice.rule is not None) == (reason not in {"default", "stated"})


def test_a_wildcard_takes_the_version_that_a_coding_states():
    assert choose_version(rules(), S, "1.x", wanted="1.4").version == "1.4"
    assert choose_version(rules(), S, "1.x", wanted="2.4").version == "1.x"
    assert choose_version(rules(), S, "1.2", wanted="1.4").version == "1.2"


def test_contradicting_rules_are_refused():
    with pytest.raises(TerminologyError) as caught:
        choose_version(rules(force_system_version=[f"{S}|1", f"{S}|2"]), S, None)
    assert caught.value.issues[0].message_id == "SYSTEM_VERSION_MULTIPLE_OVERRIDE"
    with pytest.raises(TerminologyError):
        choose_version(rules(system_version=[f"{S}|1", f"{S}|2"]), S, None)
    assert choose_version(rules(system_version=[f"{S}|1", f"{S}|1"]), S, None).version == "1"


def test_a_check_rule_refuses_other_versions():
    wanted = rules(check_system_version=[f"{S}|1.0.x"])
    assert check_version(wanted, S, "1.0.7") is None
    assert check_version(wanted, "http://example.org/other", "2") is None
    issue = check_version(wanted, S, "1.2.0")
    assert issue is not None
    assert issue.text == (
        f"The version '1.2.0' is not allowed for system '{S}': required to be '1.0.x' by a version-check parameter"
    )
    assert (issue.code, issue.detail) == ("exception", "version-error")


DEFAULT, CHECK, FORCE = "default-valueset-version", "check-valueset-version", "force-valueset-version"


@pytest.mark.parametrize(
    ("given", "stated", "version", "decided"),
    [
        ({}, None, None, None),
        ({}, "1", "1", None),
        ({"default_valueset_version": [f"{S}|2"]}, None, "2", DEFAULT),
        ({"default_valueset_version": [f"{S}|2"]}, "1", "1", None),
        ({"default_valueset_version": ["http://example.org/other|2"]}, None, None, None),
        ({"check_valueset_version": [f"{S}|1.x"]}, None, "1.x", CHECK),
        ({"check_valueset_version": [f"{S}|1.x"], "default_valueset_version": [f"{S}|2"]}, None, "2", DEFAULT),
        ({"check_valueset_version": [f"{S}|1.x"]}, "2", "2", None),
        ({"force_valueset_version": [f"{S}|3"], "default_valueset_version": [f"{S}|2"]}, "1", "3", FORCE),
    ],
)
def test_versions_of_value_sets(given, stated, version, decided):
    chosen, decision = choose_value_set(rules(**given), Canonical(S, stated))
    assert chosen == Canonical(S, version)
    assert decision == (decided and (decided, chosen))


def test_a_version_that_a_request_asks_for_is_not_overridden():
    wanted = rules(force_valueset_version=[f"{S}|3"])
    assert choose_asked(wanted, Canonical(S, "1")) == (Canonical(S, "1"), None)
    assert choose_asked(wanted, Canonical(S)) == (Canonical(S, "3"), (FORCE, Canonical(S, "3")))


def test_contradicting_rules_for_value_sets_are_refused():
    with pytest.raises(TerminologyError, match="force-valueset-version names two versions"):
        choose_value_set(rules(force_valueset_version=[f"{S}|1", f"{S}|2"]), Canonical(S))


def test_check_rules_for_value_sets():
    wanted = rules(check_valueset_version=[f"{S}|1.x"])
    assert check_value_set(wanted, Canonical(S, "1.4")) is None
    assert check_value_set(wanted, Canonical("http://example.org/other", "2")) is None
    issue = check_value_set(wanted, Canonical(S, "2.0"))
    assert issue is not None
    assert issue.text == (
        f"The version '2.0' is not allowed for value set '{S}': required to be '1.x' by a version-check parameter"
    )
    assert (issue.code, issue.detail) == ("exception", "version-error")
