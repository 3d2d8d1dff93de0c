"""Which version is newer, and which ones a reference means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminology.model.versions import Release, compare, is_pattern, matches, ordered


@pytest.mark.parametrize(
    ("wanted", "version"),
    [
        ("1.0.0", "1.0.0"),
        ("1.x.x", "1.2.0"),
        ("1.x", "1.2.0"),
        ("1.X", "1.2"),
        ("1.*", "1.2.0"),
        ("1.0.x", "1.0.0"),
        ("1.?.?", "1.2.0"),
        ("1.?", "1.2.0"),
        ("1.2?", "1.2.0-rc1"),
        ("x", "2025"),
        ("*", "anything at all"),
        ("4.0", "4.0.1"),
        ("http://snomed.info/sct/900000000000207008", "http://snomed.info/sct/900000000000207008/version/20250201"),
    ],
)
def test_a_reference_means(wanted, version):
    assert matches(wanted, version)


@pytest.mark.parametrize(
    ("wanted", "version"),
    [
        ("1", "1.0.0"),
        ("1.x.x", "2.2.0"),
        ("1.0.x", "1.2.0"),
        ("1.x.0", "1.2.3"),
        ("1.x.0", "1.2.0.4"),
        ("1.0.x", "1"),
        ("4.0", "4.01"),
        ("4.0.1", "4.0"),
        ("2025", "2025-10-01"),
        ("http://snomed.info/sct/90", "http://snomed.info/sct/900000000000207008/version/20250201"),
    ],
)
def test_a_reference_does_not_mean(wanted, version):
    assert not matches(wanted, version)


def test_patterns_are_told_from_versions():
    assert [v for v in ("1.x", "1.0", "2.?", "1.2?", "*", "fix.1", "x86.1") if is_pattern(v)] == [
        "1.x",
        "2.?",
        "1.2?",
        "*",
    ]


@pytest.mark.parametrize(
    "versions",
    [
        ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0"],
        ["1.9.0", "1.10.0", "2.0", "2.0.1"],
        ["2.80", "2.81", "2.82"],
        ["9", "10", "2025"],
        ["2024", "2024-09", "2024-09-01", "20241001"],
        ["release 2", "release 10", "Release 11"],
        [
            "http://snomed.info/sct/900000000000207008/version/20240201",
            "http://snomed.info/sct/900000000000207008/version/20250201",
        ],
    ],
)
def test_order_without_a_stated_algorithm(versions):
    assert ordered(reversed(versions), Release) == versions


def test_a_stated_algorithm_decides():
    assert ordered(["10", "9"], Release, "alpha") == ["10", "9"]
    assert ordered(["10", "9"], Release, "integer") == ["9", "10"]


def test_an_algorithm_that_does_not_fit_is_passed_over():
    assert ordered(["2025-01-01", "2024-01-01"], Release, "semver") == ["2024-01-01", "2025-01-01"]


def test_a_changed_scheme_is_ordered_by_publication():
    old, new = Release("2018-08-12", "2018-08-12"), Release("4.0.0", "2024-11-19T09:00:00Z")
    assert ordered([new, old], lambda r: r) == [old, new]


def test_no_version_is_the_oldest():
    assert ordered([Release("1.0.0"), Release(None), Release("0.1.0")], lambda r: r) == [
        Release(None),
        Release("0.1.0"),
        Release("1.0.0"),
    ]


VERSIONS = st.one_of(
    st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){0,3}(-[a-z0-9]{1,4})?", fullmatch=True),
    st.dates().map(str),
    st.text(min_size=1, max_size=8),
)


@given(st.lists(VERSIONS, max_size=6), st.sampled_from(["natural", "alpha"]))
def test_the_order_of_a_list_agrees_with_pairs(versions, algorithm):
    ranked = ordered(versions, Release, algorithm)
    assert len(ranked) == len(versions)
    assert all(compare(a, b, algorithm) <= 0 for i, a in enumerate(ranked) for b in ranked[i:])


@given(VERSIONS, VERSIONS)
def test_comparing_is_antisymmetric(one, other):
    assert compare(one, other) == -compare(other, one)


@given(VERSIONS)
def test_every_version_matches_itself(version):
    assert matches(version, version)


@pytest.mark.parametrize("form", ["{}", "{}.0.1", "1.{}", "1.0.0-{}", "v{}"])
def test_numbers_of_any_length_are_ordered(form):
    long = form.format("9" * 5000)
    assert compare(long, form.format("8")) > 0
    assert compare(long, long) == 0
    assert matches(long, long)
