"""A start-up file is brought about, again and again; what it does not name is told, and removed only when asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from terminology.cli import startup
from terminology.cli.main import cli
from terminology.http import reading
from terminology.http.app import create_app
from tests.http.serving import at_a_port

URL = "http://example.org/CodeSystem/{}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("one", "two", "three"):
        system = {
            "resourceType": "CodeSystem", "url": URL.format(name), "version": "1", "status": "active",
            "content": "complete", "concept": [{"code": "a", "display": name}],
        }  # fmt: skip
        (tmp_path / f"{name}.json").write_text(json.dumps(system))
    return tmp_path


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, [arguments[0], "--database", f"sqlite:///{folder / 'sync.db'}", *arguments[1:]])


def sync(folder: Path, content: str, *options: str) -> Any:
    (folder / "terminology.toml").write_text(content)
    done = run(folder, "sync", "--json", str(folder / "terminology.toml"), *options)
    return {**json.loads(done.stdout), "code": done.exit_code}


def held(folder: Path) -> set[str]:
    found = json.loads(run(folder, "status", "--json").stdout)
    return {system["url"].rpartition("/")[2] for system in found["codeSystems"]}


BOTH = '[[load]]\npath = "one.json"\n[[load]]\npath = "two.json"\n'


def test_every_named_entry_is_loaded_once(folder: Path) -> None:
    first = sync(folder, BOTH)
    assert (first["code"], first["others"], held(folder)) == (0, [], {"one", "two"})
    again = sync(folder, BOTH)
    assert [one["report"]["versions"] for one in again["loads"]] == [[], []]


def test_other_sources_are_listed_and_pruned_on_request(folder: Path) -> None:
    sync(folder, BOTH)
    run(folder, "load", str(folder / "three.json"))
    told = sync(folder, '[[load]]\npath = "one.json"\n')
    assert [Path(source).name for source in told["others"]] == ["three.json", "two.json"]
    assert (told["removed"], held(folder)) == ([], {"one", "two", "three"})
    pruned = sync(folder, '[[load]]\npath = "one.json"\n', "--prune")
    assert (len(pruned["removed"]), held(folder)) == (2, {"one"})


def test_profiles_come_from_sources_too(folder: Path) -> None:
    profile = {
        "resourceType": "StructureDefinition", "url": "http://example.org/p", "status": "active", "name": "P",
        "kind": "resource", "abstract": False, "type": "Patient", "derivation": "constraint",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
        "differential": {"element": [{"id": "Patient", "path": "Patient"}]},
    }  # fmt: skip
    (folder / "profile.json").write_text(json.dumps(profile))
    run(folder, "load", str(folder / "profile.json"))
    assert [Path(source).name for source in sync(folder, BOTH)["others"]] == ["profile.json"]


def test_a_failed_entry_does_not_stop_the_others_and_prevents_pruning(folder: Path) -> None:
    run(folder, "load", str(folder / "three.json"))
    found = sync(folder, f'[[load]]\npath = "gone.json"\n{BOTH}', "--prune")
    assert found["code"] == 1
    assert "gone.json" in found["loads"][0]["error"]
    assert held(folder) == {"one", "two", "three"}


FROM_THERE = '[[load]]\nurl = "{0}/CodeSystem?url:below=http://example.org"\n[[load]]\nurl = "{0}/ValueSet/two"\n'


def test_resources_are_read_whole_from_another_server_of_ours(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it shows a part of in a search is read whole; what it cuts is left out and named, not taken for all."""
    there = folder / "there"
    there.mkdir()
    database = f"sqlite:///{there / 'there.db'}"
    value_set = {"resourceType": "ValueSet", "id": "two", "url": "http://example.org/two", "status": "active"}
    (folder / "vs.json").write_text(json.dumps(value_set))
    run(there, "load", "--database", database, *(str(file) for file in folder.glob("*.json")))
    monkeypatch.setattr(reading, "MOST_CONCEPTS", 1)
    with at_a_port(create_app(database=database)) as url:
        first = sync(folder, FROM_THERE.format(f"{url}/r4"))
        assert (first["code"], held(folder)) == (0, {"one", "two", "three"})
        assert concepts(folder) == {"one": 1, "two": 1, "three": 1}
        again = sync(folder, FROM_THERE.format(f"{url}/r4"))
        assert [one["report"]["versions"] for one in again["loads"]] == [[], []]
        monkeypatch.setattr(reading, "MOST_CONCEPTS", 0)
        cut = run(folder, "load", f"{url}/r5/CodeSystem?url:below=http://example.org")
        assert cut.output.count("only a part of this CodeSystem") == 3
        assert concepts(folder) == {"one": 1, "two": 1, "three": 1}
    gone = sync(folder, FROM_THERE.format(f"{url}/r4") + BOTH)
    assert gone["code"] == 1
    assert ["nobody answers there" in (one["error"] or "") for one in gone["loads"]] == [True, True, False, False]


def concepts(folder: Path) -> dict[str, int]:
    found = json.loads(run(folder, "status", "--json").stdout)
    return {system["url"].rpartition("/")[2]: system["concepts"] for system in found["codeSystems"]}


def test_system_code_and_version_of_an_entry_are_used(folder: Path) -> None:
    (folder / "page.txt").write_text("Bolting of a bolt\n\nSummary\nA bolt is bolted.\n")
    entry = '[[load]]\npath = "page.txt"\nsystem = "http://example.org/bolts"\ncode = "B1"\nversion = "7"\n'
    assert sync(folder, entry)["code"] == 0
    looked = run(folder, "lookup", "http://example.org/bolts", "B1", "--json")
    assert {"name": "version", "valueString": "7"} in json.loads(looked.stdout)["parameter"]


def test_default_versions_are_read_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text('[versions]\n"http://loinc.org" = "2.82"\n')
    assert startup.read(file).versions == ("http://loinc.org|2.82",)


def test_a_start_up_file_that_is_not_there_is_told(folder: Path) -> None:
    assert "missing.toml cannot be read: No such file or directory." in run(folder, "sync", "missing.toml").stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[[load]", "line 1"),
        ("load = 3", "[[load]]"),
        ("[[load]]\npath = 'a'\nurl = 'b'", "load 1: give one of"),
        ("[[load]]\nsystem = 'a'", "load 1: give one of"),
        ("[[load]]\npath = 'a'\nsistem = 'b'", "'sistem' is not understood"),
        ("[other]\na = 1", "'other' is not understood"),
        ("[versions]\nx = 2", "in quotes"),
    ],
)
def test_a_wrong_start_up_file_is_refused_with_the_place(folder: Path, content: str, said: str) -> None:
    (folder / "terminology.toml").write_text(content)
    done = run(folder, "sync", str(folder / "terminology.toml"))
    assert done.exit_code == 2
    assert said in done.stderr
