"""How settings come together, where it is more than one value over another."""

from __future__ import annotations

import pytest

from terminology.settings import Settings

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
