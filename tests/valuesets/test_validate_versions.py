"""Versions in verdicts: what the include says, what the coding says, and what the request's rules say."""

from __future__ import annotations

import pytest

from terminology.model.coding import Canonical
from terminology.model.outcome import TerminologyError
from tests.memory import MemoryCatalogue, MemoryCodeSystem
from tests.valuesets.building import include, value_set
from tests.valuesets.validating import coding, ids, said, texts, verdict

S = "http://example.org/s"
CATALOGUE = MemoryCatalogue(
    MemoryCodeSystem.of(S, "a", "b", version="1.0.0"), MemoryCodeSystem.of(S, "a", "b", "c", version="1.2.0")
)
NOT_IN = "None_of_the_provided_codes_are_in_the_value_set_one"
MISMATCH, CHANGED, DEFAULT = (
    "VALUESET_VALUE_MISMATCH", "VALUESET_VALUE_MISMATCH_CHANGED", "VALUESET_VALUE_MISMATCH_DEFAULT",
)  # fmt: skip
UNKNOWN, CHECK = "UNKNOWN_CODESYSTEM_VERSION", "VALUESET_VERSION_CHECK"
RULES = {
    "": {},
    "default": {"system_version": [f"{S}|1.0.0"]},
    "check": {"check_system_version": [f"{S}|1.0.x"]},
    "force": {"force_system_version": [f"{S}|1.0.x"]},
}

TABLE = """
rule    | include | coding | version | messages
        |         |        | 1.2.0   |
        |         | 1.0.0  | 1.0.0   |
        |         | 2.4.0  | 1.2.0   | DEFAULT UNKNOWN
        | 1.0.0   |        | 1.0.0   |
        | 1.0.0   | 1.0.0  | 1.0.0   |
        | 1.2.0   | 1.0.0  | 1.2.0   | MISMATCH
        | 1.0.0   | 2.4.0  | 1.0.0   | MISMATCH UNKNOWN
        | 1.x.x   |        | 1.2.0   |
        | 1.x.x   | 1.0.0  | 1.0.0   |
        | 1.x.x   | 2.4.0  | 1.2.0   | MISMATCH UNKNOWN
        | 1       |        | 1.2.0   | UNKNOWN
        | 1       | 1.0.0  | 1.0.0   | MISMATCH UNKNOWN
default |         |        | 1.0.0   |
default |         | 1.2.0  | 1.0.0   | CHANGED
default |         | 2.4.0  | 1.0.0   | CHANGED UNKNOWN
default | 1.2.0   |        | 1.2.0   |
default | 1.x.x   |        | 1.2.0   |
default | 1       |        | 1.0.0   | UNKNOWN
check   |         |        | 1.0.0   |
check   |         | 2.4.0  | 1.0.0   | CHANGED UNKNOWN
check   | 1.0.0   | 1.0.0  | 1.0.0   |
check   | 1.2.0   |        | 1.2.0   | CHECK
check   | 1.2.0   | 1.0.0  | 1.2.0   | CHECK MISMATCH
check   | 1.x.x   |        | 1.2.0   | CHECK
check   | 1.x.x   | 1.0.0  | 1.0.0   |
force   |         | 1.0.0  | 1.0.0   |
force   | 1.2.0   |        | 1.0.0   |
force   | 1.2.0   | 1.0.0  | 1.0.0   |
force   | 1.2.0   | 2.4.0  | 1.0.0   | CHANGED UNKNOWN
force   | 1       |        | 1.0.0   |
"""
ROWS = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()[1:]]


@pytest.mark.parametrize(("rule", "included", "stated", "version", "messages"), ROWS)
def test_the_version_that_is_used_and_what_is_said(rule, included, stated, version, messages):
    vs = value_set("v", include(S, version=included or None))
    result = verdict(CATALOGUE, vs, coding(S, "a", version=stated or None), rules=RULES[rule])
    assert result.coding.version == version
    assert ids(result) == sorted(globals()[name] for name in messages.split())
    assert result.result is (not messages)
    assert NOT_IN not in ids(result)


def test_how_disagreements_are_worded():
    def said_of(included, stated, rule=""):
        vs = value_set("v", include(S, version=included))
        return texts(verdict(CATALOGUE, vs, coding(S, "a", version=stated), rules=RULES[rule]))

    assert said_of("1.2.0", "1.0.0")[MISMATCH] == (
        f"The code system '{S}' version '1.2.0' in the ValueSet include is different to the one in the value ('1.0.0')"
    )
    assert "'1.0.x' resulting from the version '1.2.0'" in said_of("1.2.0", "2.4.0", "force")[CHANGED]
    assert "'1.0.x' resulting from the version ''" in said_of(None, "2.4.0", "check")[CHANGED]
    assert "'1.2.0' for the versionless include" in said_of(None, "2.4.0")[DEFAULT]
    assert said_of(None, "2.4.0")[UNKNOWN].endswith("Valid versions: 1.0.0 or 1.2.0")


def test_an_unknown_version_is_reported_at_the_system_and_the_version():
    result = verdict(CATALOGUE, value_set("v", include(S)), coding(S, "a", version="2.4.0"))
    assert said(result) == [
        ("error", "not-found", "Coding.system", UNKNOWN),
        ("warning", "vs-invalid", "Coding.version", DEFAULT),
    ]
    assert result.deciding_unknown_systems == (f"{S}|2.4.0",)
    assert DEFAULT not in result.message


def test_a_version_of_a_system_nobody_knows():
    result = verdict(CATALOGUE, value_set("v", include(S)), coding("http://example.org/u", "a", version="1"))
    assert ids(result) == [NOT_IN, "UNKNOWN_CODESYSTEM_VERSION_NONE"]
    assert result.unknown_systems == ("http://example.org/u",)


def test_versions_in_the_code_system_operation():
    assert verdict(CATALOGUE, None, coding(S, "c", version="1.0.0")).message.endswith("version '1.0.0'")
    assert verdict(CATALOGUE, None, coding(S, "a"), rules=RULES["default"]).coding.version == "1.0.0"
    assert verdict(CATALOGUE, None, coding(S, "a", version="1.2.0"), rules=RULES["force"]).coding.version == "1.0.0"
    checked = verdict(CATALOGUE, None, coding(S, "a", version="1.2.0"), rules=RULES["check"])
    assert said(checked) == [("error", "version-error", "Coding.version", CHECK)]
    unknown = verdict(CATALOGUE, None, coding(S, "a", version="7"))
    assert (ids(unknown), unknown.deciding_unknown_systems) == ([UNKNOWN], (f"{S}|7",))


def test_a_system_that_needs_a_version():
    catalogue = MemoryCatalogue(MemoryCodeSystem.of(S, "a", version="1", version_needed=True))
    for vs in (value_set("v", include(S)), None):
        bare = verdict(catalogue, vs, coding(S, "a"))
        assert said(bare) == [("error", "version-error", "Coding.version", "CODESYSTEM_VERSION_NEEDED")]
        assert verdict(catalogue, vs, coding(S, "a", version="1")).result
        assert verdict(catalogue, vs, coding(S, "a"), rules={"system_version": [f"{S}|1"]}).result
    assert verdict(catalogue, value_set("v", include(S, version="1")), coding(S, "a")).result


def test_a_day_chooses_a_version_where_one_is_needed():
    year = {"effective_start": "2031-01-01", "effective_end": "2031-12-31"}
    dated = MemoryCatalogue(MemoryCodeSystem.of(S, "a", version="1", version_needed=True, **year))
    always = MemoryCatalogue(MemoryCodeSystem.of(S, "a", version="1", version_needed=True))
    for vs in (value_set("v", include(S)), None):
        assert verdict(dated, vs, coding(S, "a"), date="2031-05-06").result
        assert ids(verdict(dated, vs, coding(S, "a"), date="2031")) == []
        assert ids(verdict(dated, vs, coding(S, "a"), date="2032-01-01")) == [
            "CODESYSTEM_VERSION_NEEDED", "VERSION_NOT_IN_EFFECT",
        ]  # fmt: skip
        assert ids(verdict(always, vs, coding(S, "a"), date="2031-05-06")) == ["CODESYSTEM_VERSION_NEEDED"]


# several versions in one value set

TWO = value_set("two", include(S, version="1.0.0"), include(S, version="1.2.0"))


def test_the_newest_version_that_has_the_code_is_used():
    assert verdict(CATALOGUE, TWO, coding(S, "a")).coding.version == "1.2.0"
    split = value_set("split", include(S, "a", version="1.0.0"), include(S, "b", version="1.2.0"))
    assert verdict(CATALOGUE, split, coding(S, "a")).coding.version == "1.0.0"


def test_a_coding_with_version_is_only_looked_up_there():
    assert verdict(CATALOGUE, TWO, coding(S, "a", version="1.0.0")).coding.version == "1.0.0"
    result = verdict(CATALOGUE, TWO, coding(S, "c", version="1.0.0"))
    assert ids(result) == [NOT_IN, "Unknown_Code_in_Version"]
    assert result.coding.version == "1.0.0"
    unknown = verdict(CATALOGUE, TWO, coding(S, "x"))
    assert texts(unknown)["Unknown_Code_in_Version"].endswith("version '1.2.0'")


def test_the_display_tells_versions_apart():
    catalogue = MemoryCatalogue(
        MemoryCodeSystem.of(S, "old name", version="1.0.0"), MemoryCodeSystem.of(S, "old name", version="1.2.0")
    )
    newer = catalogue.systems[1]
    object.__setattr__(newer.all[0], "display", "New name")
    assert verdict(catalogue, TWO, coding(S, "old name", "Old name")).coding.version == "1.0.0"
    assert verdict(catalogue, TWO, coding(S, "old name", "New name")).coding.version == "1.2.0"
    wrong = verdict(catalogue, TWO, coding(S, "old name", "Old name", version="1.2.0"))
    assert (wrong.result, wrong.display) == (False, "New name")


BASES = [value_set("base", include(S, code), version=version) for code, version in (("a", "1"), ("b", "2"))]
BASE = "http://example.org/base"


def test_versions_of_imports_are_forced():
    catalogue = MemoryCatalogue(*CATALOGUE.systems, *BASES)
    importing = value_set("v", include(imports=[f"{BASE}|2"]))
    assert not verdict(catalogue, importing, coding(S, "a")).result
    assert verdict(catalogue, importing, coding(S, "a"), rules={"force_valueset_version": [f"{BASE}|1"]}).result


def test_an_import_of_a_version_that_is_not_allowed_leaves_every_code_open():
    catalogue = MemoryCatalogue(*CATALOGUE.systems, *BASES)
    importing = value_set("v", include(imports=[f"{BASE}|2"]))
    checked = verdict(catalogue, importing, coding(S, "b"), rules={"check_valueset_version": [f"{BASE}|1"]})
    assert not checked.result
    assert said(checked) == [("error", "version-error", "", "VALUESET_REFERENCE_VERSION_CHECK")]
    assert verdict(catalogue, importing, coding(S, "b"), rules={"check_valueset_version": [f"{BASE}|2"]}).result


def test_the_value_set_asked_for_is_checked_for_each_request():
    catalogue = MemoryCatalogue(*CATALOGUE.systems, *BASES)
    assert verdict(catalogue, Canonical(BASE, "2"), coding(S, "b")).result
    with pytest.raises(TerminologyError, match="not allowed for value set"):
        verdict(catalogue, Canonical(BASE, "2"), coding(S, "b"), rules={"check_valueset_version": [f"{BASE}|1"]})


@pytest.mark.parametrize(
    ("exclude", "decided"),
    [
        (include(S, version="9"), None),
        (include(S, "b", version="9"), None),
        (include(S, "a", version="9"), True),  # whatever that version has, it is not b
        (include(S, "b", imports=["http://example.org/unknown-version"]), None),
        (include(S, "a", imports=["http://example.org/unknown-version"]), True),
        (include(imports=["http://example.org/unknown-version"]), None),
        (include(imports=["http://example.org/unknown-version", "http://example.org/only-a"]), True),
        (include("http://example.org/unknown-system"), True),
        (include(S, version="1.0.0"), False),
    ],
)
def test_an_exclude_of_what_is_not_here_leaves_its_codes_undecided(exclude, decided):
    """They may be excluded: to call them valid would be a guess, and so would it be to call them no members."""
    beside = value_set("unknown-version", include(S, version="9")), value_set("only-a", include(S, "a"))
    catalogue = MemoryCatalogue(*CATALOGUE.systems, *beside)
    within = value_set("within", include(S), exclude=[exclude])
    for vs in (within, value_set("around", include(imports=[within.url]))):
        result = verdict(MemoryCatalogue(*catalogue.systems, *beside, within), vs, coding(S, "b"))
        assert result.result is (decided is True)
        assert (NOT_IN in ids(result)) is (decided is False)
        assert (ids(result) == [UNKNOWN]) is (decided is None)
        assert result.deciding_unknown_systems == ((f"{S}|9",) if decided is None else ())
