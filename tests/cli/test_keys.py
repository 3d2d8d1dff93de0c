"""`terminology keys`: what it prints, and that servers heed it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from terminology.cli.main import cli
from terminology.http.app import create_app


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'keys.db'}"


def run(url: str, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["keys", *arguments, "--database", url])


def test_a_key_lives_and_is_revoked(url: str) -> None:
    made = run(url, "add", "ward", "--scope", "system/*.rs", "--scope", "licence/cpt", "--days", "30")
    assert (made.exit_code, made.stdout.startswith("tsk_")) == (0, True)
    key = made.stdout.strip()
    client = create_app(database=url, open_reading=False, audit_log="").test_client()

    def status() -> int:
        return client.get("/r5/ValueSet", headers={"Authorization": f"Bearer {key}"}).status_code

    assert status() == 200
    listed = run(url, "list")
    assert all(word in listed.stdout for word in ("ward", "system/*.rs", "licence/cpt", "in force"))
    assert key.rpartition("_")[2] not in listed.stdout
    assert "Revoked ward" in run(url, "revoke", "ward").stdout
    assert status() == 401
    assert "revoked" in run(url, "list").stdout


def test_keys_are_added_listed_and_revoked_in_json(url: str) -> None:
    made = json.loads(run(url, "add", "lab", "--scope", "system/ValueSet.cud", "--json").stdout)
    assert (made["name"], made["scopes"], made["state"], made["expires"]) == (
        "lab",
        ["system/ValueSet.cud"],
        "in force",
        None,
    )
    (listed,) = json.loads(run(url, "list", "--json").stdout)["keys"]
    assert listed == {name: value for name, value in made.items() if name != "key"}
    assert json.loads(run(url, "revoke", listed["id"], "--json").stdout) == {"revoked": listed["id"]}


def test_a_word_that_no_licence_asks_for_is_pointed_out(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = run(url, "add", "ward", "--scope", "system/*.rs", "--scope", "write")
    assert made.exit_code == 0
    assert made.stderr.startswith("write permits nothing yet")
    monkeypatch.setenv("TERMINOLOGY_LICENCES", "http://www.ama-assn.org/go/cpt=licence/cpt")
    assert "permits nothing" not in run(url, "add", "lab", "--scope", "licence/cpt").stderr


def test_wrong_scopes_days_and_names_are_refused(url: str) -> None:
    assert run(url, "add", "x", "--scope", "system/ValueSet.everything").exit_code == 1
    assert run(url, "add", "x").exit_code == 2
    assert run(url, "add", "x", "--scope", "a", "--days", "0").exit_code == 2
    assert run(url, "revoke", "nobody").exit_code == 1
    assert "There are no keys" in run(url, "list").stdout
