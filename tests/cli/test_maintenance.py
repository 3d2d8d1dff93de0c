"""`backup`, `restore` and `check` as commands."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from loaders.documents import samples
from terminology.cli.main import cli


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with samples.folder() as documents:
        assert run(tmp_path, "load", str(documents)).exit_code == 0
    return tmp_path


def run(folder: Path, command: str, *arguments: str, database: str = "main.db") -> Result:
    return CliRunner().invoke(cli, [command, "--database", f"sqlite:///{folder / database}", *arguments])


def status(folder: Path, database: str = "main.db") -> dict[str, object]:
    found = json.loads(run(folder, "status", "--json", database=database).stdout)
    return {name: found[name] for name in ("codeSystems", "documents")}


def test_a_backup_goes_into_a_new_database(folder: Path) -> None:
    backup = folder / "backup.db"
    assert run(folder, "backup", str(backup)).exit_code == 0
    restored = run(folder, "restore", str(backup), database="other.db")
    assert restored.exit_code == 0, restored.stderr
    assert status(folder, "other.db") == status(folder)
    assert run(folder, "check", "--deep", database="other.db").exit_code == 0


@pytest.mark.parametrize(
    "command",
    [
        ["backup", "{folder}/backup.db"],
        ["check"],
        ["downgrade", "1"],
        ["migrate", "{url}", "sqlite:///{folder}/to.db"],
        ["status"],
        ["pending"],
        ["lookup", "CPT", "1"],
        ["export", "CPT"],
    ],
)
def test_a_misspelt_path_becomes_no_database(tmp_path: Path, command: list[str]) -> None:
    missing = f"sqlite:///{tmp_path}/missing.db"
    named = [word.format(folder=tmp_path, url=missing) for word in command]
    option = [] if "migrate" in command else ["--database", missing]
    refused = CliRunner().invoke(cli, [*named, *option])
    assert (refused.exit_code, f"There is no database {missing}" in refused.stderr) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_a_backup_that_is_not_there_is_told_first(folder: Path, tmp_path: Path) -> None:
    """No new database is made for it, and nobody is told to replace what there is."""
    new, missing = tmp_path / "new.db", str(tmp_path / "missing.db")
    for more in ((), ("--database", f"sqlite:///{new}")):
        refused = run(folder, "restore", missing, *more)
        assert (refused.exit_code, missing in refused.stderr, "--replace" in refused.stderr) == (1, True, False)
    assert not new.exists()


def test_a_database_with_content_is_only_replaced_when_asked(folder: Path) -> None:
    backup = folder / "backup.db"
    before = status(folder)
    assert run(folder, "backup", str(backup)).exit_code == 0
    assert run(folder, "remove", "--yes", "https://terminology.example.org/CodeSystem/procedures").exit_code == 0
    refused = run(folder, "restore", str(backup))
    assert (refused.exit_code, "--replace" in refused.stderr) == (1, True)
    assert status(folder) != before
    assert run(folder, "restore", str(backup), "--replace").exit_code == 0
    assert status(folder) == before


def test_a_database_migrates_to_postgres_and_back(folder: Path, postgres_url: str) -> None:
    main, other = f"sqlite:///{folder / 'main.db'}", f"sqlite:///{folder / 'other.db'}"
    there = CliRunner().invoke(cli, ["migrate", main, postgres_url])
    assert there.exit_code == 0, there.stderr
    assert "rows, verified" in there.stdout
    again = CliRunner().invoke(cli, ["migrate", main, postgres_url])
    assert (again.exit_code, "--replace" in again.stderr) == (1, True)
    assert CliRunner().invoke(cli, ["check", "--deep", "--database", postgres_url]).exit_code == 0
    back = CliRunner().invoke(cli, ["migrate", "--json", postgres_url, other])
    assert json.loads(back.stdout)["concept"]["rows"] > 0
    assert status(folder, "other.db") == status(folder)


def test_check_finds_and_repairs(folder: Path) -> None:
    sound = run(folder, "check")
    assert (sound.exit_code, "all is well" in sound.stdout) == (0, True)
    with closing(sqlite3.connect(folder / "main.db", isolation_level=None)) as connection:
        connection.execute("UPDATE concept SET document = x'00' WHERE key = 'EX102'")
    broken = run(folder, "check", "--json")
    assert broken.exit_code == 1
    assert [found["id"] for found in json.loads(broken.stdout)["found"]] == ["CHECK_DOCUMENTS"]
    repaired = run(folder, "check", "--repair")
    assert (repaired.exit_code, "all repaired" in repaired.stdout) == (0, True)
    assert run(folder, "lookup", "https://terminology.example.org/CodeSystem/procedures", "EX102").exit_code == 0
