"""How settings come together, where it is more than one value over another."""

from __future__ import annotations

import pytest

from terminology.settings import Settings, misspelt

DATABASE, READ = "postgresql://a/x", "postgresql://b/x postgresql://c/x"


@pytest.mark.parametrize(
    ("environment", "given", "replicas"),
    [
        ({"TERMINOLOGY_DATABASE": DATABASE, "TERMINOLOGY_DATABASE_READ": READ}, {}, READ),
        ({"TERMINOLOGY_DATABASE": DATABASE, "TERMINOLOGY_DATABASE_READ": READ}, {"database": DATABASE}, READ),
        ({"TERMINOLOGY_DATABASE": DATABASE, "TERMINOLOGY_DATABASE_READ": READ}, {"database": "postgresql://a/y"}, ""),
        ({"TERMINOLOGY_DATABASE_READ": READ}, {"database": DATABASE}, READ),
        ({}, {"database": DATABASE, "database_read": READ}, READ),
    ],
)
def test_another_database_has_not_the_replicas_of_the_one_in_the_environment(environment, given, replicas) -> None:
    assert Settings.load(environment, **given).database_read == replicas


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("clinic.db", "sqlite:///clinic.db"),
        ("/data/clinic.db", "sqlite:////data/clinic.db"),
        ("postgresql://u@h/n",) * 2,
    ],
)
def test_a_path_is_a_database(given, url):
    assert Settings.load({}, database=given).database == url
    assert Settings.load({"TERMINOLOGY_DATABASE": given}).database == url


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("WORKERS", "two", "'two' is not a whole number"),
        ("WORKERS", "0", "0 is less than 1"),
        ("THREADS", "0", "0 is less than 1"),
        ("WORKER_MEMORY", "-5", "-5 is less than 0"),
        ("REQUEST_SECONDS", "soon", "'soon' is not a number"),
        ("METRICS", "maybe", "'maybe' is not yes or no"),
        ("LOG_FORMAT", "yaml", "'yaml' is none of text, json"),
    ],
)
def test_a_value_that_a_setting_cannot_have_is_refused_by_name(name: str, text: str, said: str) -> None:
    with pytest.raises(ValueError, match=f"^TERMINOLOGY_{name}: {said}$"):
        Settings.load({f"TERMINOLOGY_{name}": text})


def test_values_that_are_given_in_the_program_are_checked_as_well() -> None:
    with pytest.raises(ValueError, match=r"^TERMINOLOGY_WORKERS: 0 is less than 1$"):
        Settings.load({}, workers=0)


@pytest.mark.parametrize(("text", "on"), [("yes", True), ("On", True), ("1", True), ("no", False), ("", False)])
def test_switches(text: str, on: bool) -> None:
    assert Settings.load({"TERMINOLOGY_METRICS": text}).metrics is on


def test_a_name_that_is_almost_that_of_a_setting_is_taken_for_a_mistake() -> None:
    environment = dict.fromkeys(
        ("TERMINOLOGY_WORKERS", "TERMINOLOGY_WORKER", "TERMINOLOGY_LOGFORMAT", "TERMINOLOGY_SERVICE_HOST", "WORKER"),
        "1",
    )
    assert misspelt(environment) == {
        "TERMINOLOGY_WORKER": "TERMINOLOGY_WORKERS",
        "TERMINOLOGY_LOGFORMAT": "TERMINOLOGY_LOG_FORMAT",
    }
