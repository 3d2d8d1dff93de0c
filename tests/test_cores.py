"""FHIR's own packages and a guide, loaded whole: bindings are answered, or it is said what they lack."""

from __future__ import annotations

import json
import re
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner

from terminology.cli.main import cli
from terminology.http.app import create_app
from terminology.library import Terminology
from terminology.model.coding import Canonical
from terminology.model.outcome import TerminologyError
from terminology.model.requests import ElementContext, FhirRelease, ValidateBindingsRequest
from terminology.model.structure import Element
from terminology.operations import bound, validate_bindings
from terminology.settings import Settings
from terminology.store.queries import ResourceQuery
from tests import packages

CODED = frozenset({"code", "Coding", "CodeableConcept", "CodeableReference", "Quantity"})
GUIDE, R4B, R5 = "hl7.fhir.uv.ips@2.0.0", "hl7.fhir.r4b.core@4.3.0", "hl7.fhir.r5.core@5.0.0"
SHORT_FORMATS = "CapabilityStatement.format["
"""Where FHIR allows `json`, though it binds media types: its own examples have that."""
WITH_CODES = frozenset({"complete", "fragment"})


class Loaded:
    """A database with packages, and the files that these had."""

    def __init__(self, url: str, release: str, names: tuple[str, ...]) -> None:
        self.url, self.names = url, names
        self.release = cast("FhirRelease", release)
        packages.load(url, *names)
        self.terminology = Terminology(url)
        self.catalogue = self.terminology.catalogue(self.terminology.context(release=self.release))
        self.client = create_app(database=url).test_client()
        self.value_sets = self.resources("ValueSet")

    def resources(self, type_: str) -> list[Canonical]:
        _, entries = self.terminology.store.resources(ResourceQuery(type=type_, count=10_000))
        return [Canonical(entry.url or "", entry.version) for entry in entries]

    def coded(self) -> Iterator[tuple[Canonical, Element]]:
        """Every element that may have a code."""
        for ref in self.resources("StructureDefinition"):
            structure = self.catalogue.structure(ref)
            assert structure is not None
            for element in structure.elements.values():
                if element.binding is not None or any(t.code in CODED for t in element.types):
                    yield ref, element

    def expanded(self, context: str) -> str:
        """How `$expand` answers for an element: with codes, or with what is not here, which is not here indeed."""
        query = urlencode({"context": context, "count": 5})
        answer = self.client.get(f"/{self.release.lower()}/ValueSet/$expand?{query}")
        if answer.status_code == 200:
            return "listed" if answer.json["expansion"].get("contains") else "empty"
        text = answer.json["issue"][0]["details"]["text"]
        if answer.status_code == 422:
            assert "by a grammar" in text, context
            return "by a grammar"
        assert answer.status_code == 404, text
        assert not self.here(*named(text)), f"{context}: {text}"
        return "missing"

    def here(self, url: str, version: str | None) -> bool:
        """Whether a value set, or a code system with its codes, is in the database."""
        found = {v.version for v in self.terminology.store.versions() if v.url == url and v.content in WITH_CODES}
        found |= {ref.version for ref in self.value_sets if ref.url == url}
        return version in found if version else bool(found)


def named(text: str) -> tuple[str, str | None]:
    """The canonical that a text says is missing."""
    found = re.search(r"'([^']+)'|((?:https?|urn):[^ ,]+)", text)
    assert found is not None, text
    url, _, version = (found[1] or found[2]).partition("|")
    stated = re.search(r"version '([^']+)'", text)
    return url, version or (stated and stated[1])


@pytest.fixture(scope="module")
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    release, names = request.param
    found = Loaded(f"sqlite:///{tmp_path_factory.mktemp('core') / 'core.db'}", release, names)
    yield found
    found.terminology.close()


EACH = pytest.mark.parametrize(
    "loaded",
    [pytest.param(("R4B", (GUIDE, R4B)), id="r4b"), pytest.param(("R5", (R5,)), id="r5", marks=pytest.mark.slow)],
    indirect=True,
)


@EACH
def test_every_coded_element_has_an_expansion_or_a_reason(loaded: Loaded) -> None:
    answers: dict[Canonical, str] = {}
    told: Counter[str] = Counter()
    for ref, element in loaded.coded():
        try:
            value_set = bound.value_set(loaded.catalogue, ElementContext(ref, element.id))
        except TerminologyError as error:
            told[error.issues[0].message_id] += 1
            assert element.binding is None or element.binding.value_set is None, f"{ref}#{element.id}"
            continue
        if element.binding is not None and element.binding.value_set is not None:
            assert value_set == element.binding.value_set
        if value_set not in answers:
            answers[value_set] = loaded.expanded(f"{ref}#{element.id}")
        told[answers[value_set]] += 1
    assert told["listed"] > 1000
    assert told["ELEMENT_NOT_BOUND"] < 700
    assert told["empty"] < 3, "of systems that FHIR itself leaves empty"
    assert set(told) <= {"listed", "by a grammar", "missing", "empty", "ELEMENT_NOT_BOUND"}


@EACH
def test_resources_that_ship_with_them_are_right(loaded: Loaded) -> None:
    """Their publishers checked them: what is wrong with one of them here would be wrong with us."""
    checked, every = 0, 3 if loaded.release == "R5" else 40
    for number, (name, resource) in enumerate(shipped(*loaded.names)):
        if "/example/" not in name and number % every:
            continue
        asked = ValidateBindingsRequest(resource=resource)
        context = loaded.terminology.context(release=loaded.release)
        result = validate_bindings.run(loaded.catalogue, asked, context, loaded.terminology.settings)
        checked += result.checked
        wrong = [i for i in result.issues if i.severity in {"fatal", "error"}]
        errors = [i.text for i in wrong if not i.expression[0].startswith(SHORT_FORMATS)]
        assert not errors, name
        unknown = {issue.arguments["url"] for issue in result.issues if issue.message_id == "STRUCTURE_NOT_CHECKED"}
        assert all(loaded.catalogue.structure(Canonical.parse(url)) is None for url in unknown), name
    assert checked > 2000


def shipped(*names: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The resources in packages, examples too, that nothing is loaded from."""
    for name in names:
        with tarfile.open(Path(Settings.load().cache) / "packages" / f"{name.replace('@', '-')}.tgz") as archive:
            for member in archive:
                if member.name.endswith(".json") and (file := archive.extractfile(member)) is not None:
                    resource = json.load(file)
                    if "resourceType" in resource and "/other/" not in member.name:
                        yield member.name, resource


@EACH
def test_the_report_on_a_guide_is_true(loaded: Loaded) -> None:
    command = ["bindings", loaded.names[0], "--json", "--database", loaded.url, "--release", loaded.release]
    told = CliRunner().invoke(cli, command)
    report = json.loads(told.stdout)
    needed = {"required", "extensible"}
    assert told.exit_code == int(any(b["answer"] == "none" and b["strength"] in needed for b in report["bindings"]))
    answers = {(b["valueSet"], b["answer"]): b for b in report["bindings"]}
    assert Counter(b["answer"] for b in report["bindings"]) == report["counts"]
    for (value_set, answer), binding in answers.items():
        if value_set is None:
            assert "words" in binding["reason"]
        elif answer == "none":
            assert not loaded.here(*named(binding["reason"])), binding
        else:
            query = urlencode({"url": value_set, "count": 1})
            expanded = loaded.client.get(f"/{loaded.release.lower()}/ValueSet/$expand?{query}")
            assert expanded.status_code == (200 if answer == "full" else 422), binding
    assert set(report["counts"]) >= {"full", "none"}
