"""Packages by name, from a registry on this machine."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from loaders import registry as registry_module
from loaders.fetch import Gathered, Reference, gather
from loaders.fhir_packages import packages
from loaders.registry import Registry
from terminology.model.outcome import TerminologyError
from terminology.model.records import LoadOptions
from tests.loaders.packing import package
from tests.loaders.serving import Answer, LocalServer


class FakeRegistry:
    """Serves packages as npm does; `answers` overrides the status of an address for a number of times."""

    def __init__(self) -> None:
        self.served: dict[str, dict[str, bytes]] = {}
        self.asked: Counter[str] = Counter()
        self.answers: dict[str, list[int]] = {}
        self.dist: dict[str, Any] = {}
        self._server = LocalServer(self._answer)
        self.url = self._server.url
        self.close = self._server.close

    def add(self, name: str, version: str, dependencies: dict[str, str] | None = None) -> None:
        self.served.setdefault(name, {})[version] = package(name, version, dependencies)

    def _answer(self, path: str, _headers: Message) -> Answer:
        self.asked[path] += 1
        failures = self.answers.get(path, [])
        status, body = (failures.pop(0), b"") if failures else self.answer(path)
        return status, "application/octet-stream", body

    def answer(self, path: str) -> tuple[int, bytes]:
        name, _, file = path.strip("/").partition("/-/")
        if name not in self.served:
            return 404, b"{}"
        if file:
            version = file.removeprefix(f"{name}-").removesuffix(".tgz")
            return 200, self.served[name][version]
        return 200, json.dumps(self.metadata(name)).encode()

    def metadata(self, name: str) -> dict[str, Any]:
        versions = {}
        for version, data in self.served[name].items():
            digest = base64.b64encode(hashlib.sha512(data).digest()).decode()
            dist = {"tarball": f"{self.url}/{name}/-/{name}-{version}.tgz", "integrity": f"sha512-{digest}"}
            versions[version] = {"name": name, "version": version, "dist": {**dist, **self.dist}}
        return {"name": name, "versions": versions, "dist-tags": {"latest": next(iter(versions))}}


@pytest.fixture
def fake() -> Iterator[FakeRegistry]:
    found = FakeRegistry()
    yield found
    found.close()


@pytest.fixture
def client(fake: FakeRegistry, tmp_path: Path) -> Registry:
    return Registry(fake.url, tmp_path / "cache", pauses=(0.0, 0.0))


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry_module, "PAUSES", (0.0, 0.0))


def test_a_package_is_fetched_once(fake: FakeRegistry, client: Registry, tmp_path: Path) -> None:
    fake.add("example.a", "1.0.0")
    found = client.fetch("example.a", "1.0.0")
    assert found.read_bytes() == fake.served["example.a"]["1.0.0"]
    assert client.fetch("example.a", "1.0.0") == found
    assert fake.asked == {"/example.a": 1, "/example.a/-/example.a-1.0.0.tgz": 1}
    assert list((tmp_path / "cache" / "packages").iterdir()) == [found]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [(None, "1.10.0"), ("latest", "1.10.0"), ("1.9.x", "1.9.2"), ("1.x", "1.10.0"), ("1.9.0", "1.9.0")],
)
def test_versions(fake: FakeRegistry, client: Registry, asked: str | None, expected: str) -> None:
    for version in ("1.10.0", "1.9.0", "1.9.2", "2.0.0-ballot"):
        fake.add("example.a", version)
    assert client.fetch("example.a", asked).name == f"example.a-{expected}.tgz"


def test_a_version_or_package_that_is_not_there(fake: FakeRegistry, client: Registry) -> None:
    fake.add("example.a", "1.0.0")
    fake.served["example.empty"] = {}
    with pytest.raises(TerminologyError, match=r"not there in version 2\.0\.0. There is: 1\.0\.0") as error:
        client.fetch("example.a", "2.0.0")
    assert error.value.kind == "not-found"
    with pytest.raises(TerminologyError, match=r"has no package example\.b"):
        client.fetch("example.b")
    with pytest.raises(TerminologyError):
        client.fetch("../../etc", "1.0.0")
    assert not any("etc" in path for path in fake.asked)


@pytest.mark.parametrize("statuses", [[503], [500, 429]])
def test_temporary_failures_are_retried(fake: FakeRegistry, client: Registry, statuses: list[int]) -> None:
    fake.add("example.a", "1.0.0")
    fake.answers = {"/example.a": list(statuses), "/example.a/-/example.a-1.0.0.tgz": list(statuses)}
    assert client.fetch("example.a").exists()
    assert fake.asked["/example.a"] == len(statuses) + 1


def test_lasting_failures_are_reported(fake: FakeRegistry, client: Registry) -> None:
    fake.answers = {"/example.a": [500] * 10, "/example.b": [403]}
    with pytest.raises(TerminologyError, match="status 500") as error:
        client.fetch("example.a")
    assert error.value.kind == "unavailable"
    assert fake.asked["/example.a"] == 3
    with pytest.raises(TerminologyError, match="status 403"):
        client.fetch("example.b")
    assert fake.asked["/example.b"] == 1, "a refusal is final"


@pytest.mark.parametrize(
    "dist", [{"integrity": "sha512-" + base64.b64encode(b"x" * 64).decode()}, {"integrity": "", "shasum": "ab" * 20}]
)
def test_a_wrong_checksum_leaves_nothing_behind(
    fake: FakeRegistry, client: Registry, tmp_path: Path, dist: dict[str, str]
) -> None:
    fake.add("example.a", "1.0.0")
    fake.dist = dist
    with pytest.raises(TerminologyError, match="checksum"):
        client.fetch("example.a")
    assert list((tmp_path / "cache" / "packages").iterdir()) == []


def test_a_sha1_checksum_is_enough_where_there_is_no_other(fake: FakeRegistry, client: Registry) -> None:
    fake.add("example.a", "1.0.0")
    fake.dist = {"integrity": "", "shasum": hashlib.sha1(fake.served["example.a"]["1.0.0"]).hexdigest()}
    assert client.fetch("example.a").exists()


def test_a_mirror_serves_what_its_metadata_places_elsewhere(fake: FakeRegistry, client: Registry) -> None:
    fake.add("example.a", "1.0.0")
    fake.dist = {"tarball": "http://127.0.0.1:9/elsewhere.tgz"}
    assert client.fetch("example.a").exists()


def test_an_answer_without_metadata_is_refused(
    fake: FakeRegistry, client: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake, "answer", lambda _path: (200, b"<html>"))
    with pytest.raises(TerminologyError, match="did not answer as a package registry"):
        client.fetch("example.a")


def test_progress_is_told(fake: FakeRegistry, tmp_path: Path) -> None:
    fake.add("example.a", "1.0.0")
    told: list[tuple[str, int, int | None]] = []
    Registry(fake.url, tmp_path, lambda *what: told.append(what)).fetch("example.a")
    size = len(fake.served["example.a"]["1.0.0"])
    assert told[-1] == ("example.a#1.0.0", size, size)


def gathered(fake: FakeRegistry, tmp_path: Path, *arguments: str | Path, **parameters: str) -> Gathered:
    options = LoadOptions(parameters={"registry": fake.url, "cache": str(tmp_path / "cache"), **parameters})
    return gather(arguments, options)


def names(found: Gathered) -> set[str]:
    return {str(p) for p in packages(found.tree)}


def test_dependencies_come_too_each_once(fake: FakeRegistry, tmp_path: Path) -> None:
    fake.add("example.a", "1.0.0", {"example.b": "1.x", "example.c": "1.0.0"})
    fake.add("example.b", "1.2.0", {"example.c": "1.0.0", "example.a": "0.9.0"})
    fake.add("example.c", "1.0.0")
    found = gathered(fake, tmp_path, "example.a@1.0.0")
    assert names(found) == {"example.a#1.0.0", "example.b#1.2.0", "example.c#1.0.0"}
    assert found.notes == ()
    assert fake.asked["/example.c/-/example.c-1.0.0.tgz"] == 1


def test_a_newer_version_that_is_wanted_is_loaded_beside_the_older(fake: FakeRegistry, tmp_path: Path) -> None:
    fake.add("example.a", "1.0.0", {"example.b": "1.0.0", "example.c": "2.0.0"})
    fake.add("example.b", "1.0.0", {"example.c": "1.0.0"})
    fake.add("example.c", "2.0.0")
    fake.add("example.c", "1.0.0")
    assert names(gathered(fake, tmp_path, "example.a")) == {"example.a#1.0.0", "example.b#1.0.0", "example.c#2.0.0"}


def test_without_dependencies(fake: FakeRegistry, tmp_path: Path) -> None:
    fake.add("example.a", "1.0.0", {"example.b": "1.0.0"})
    found = gathered(fake, tmp_path, "example.a", dependencies="no")
    assert names(found) == {"example.a#1.0.0"}
    assert found.notes == ()
    assert not fake.asked["/example.b"]


def test_a_missing_dependency_is_a_warning_or_with_strict_an_error(fake: FakeRegistry, tmp_path: Path) -> None:
    fake.add("example.a", "1.0.0", {"example.b": "1.0.0", "example.c": "3.0.0"})
    fake.add("example.c", "1.0.0")
    found = gathered(fake, tmp_path, "example.a")
    assert [n.issue.severity for n in found.notes] == ["warning", "warning"]
    assert "example.a#1.0.0 depends on example.b#1.0.0, which is not loaded" in found.notes[0].issue.text
    with pytest.raises(TerminologyError):
        gathered(fake, tmp_path, "example.a", strict="yes")


def test_files_bring_their_dependencies_and_an_unreachable_registry_is_asked_once(tmp_path: Path) -> None:
    dependencies = {"example.b": "1.0.0", "example.c": "1.0.0"}
    (tmp_path / "p.tgz").write_bytes(package("example.a", "1.0.0", dependencies))
    parameters = {"registry": "http://127.0.0.1:9", "cache": str(tmp_path / "cache")}
    found = gather([tmp_path / "p.tgz"], LoadOptions(parameters=parameters))
    first, second = found.notes
    assert "no connection" in first.issue.text
    assert "could not be reached before" in second.issue.text


def test_files_and_packages_together(fake: FakeRegistry, tmp_path: Path) -> None:
    fake.add("example.a", "1.0.0")
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    found = gathered(fake, tmp_path, tmp_path / "notes.txt", "example.a#1.0.0")
    assert names(found) == {"example.a#1.0.0"}
    assert any(f.name == "notes.txt" for f in found.tree.files())


def test_a_typing_error_asks_no_registry(fake: FakeRegistry, tmp_path: Path) -> None:
    for wrong in ("nowhere", "nowhere/else", "notes.txt", "release.zip"):
        with pytest.raises(TerminologyError, match="no file or folder"):
            gathered(fake, tmp_path, wrong)
    assert not fake.asked


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hl7.terminology.r4@7.0.1", Reference("hl7.terminology.r4", "7.0.1")),
        ("hl7.terminology.r4#7.0.1", Reference("hl7.terminology.r4", "7.0.1")),
        ("hl7.terminology.r4", Reference("hl7.terminology.r4")),
        ("mine@1.0", Reference("mine", "1.0")),
        ("mine", None),
        ("a.pdf", None),
        ("folder/hl7.terminology.r4", None),
    ],
)
def test_names_of_packages(text: str, expected: Reference | None) -> None:
    assert Reference.parse(text) == expected
    if expected and expected.version:
        assert str(expected) == text.replace("@", "#")
