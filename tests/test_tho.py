"""HL7 Terminology, loaded whole: every value set expands, or says which code system is not there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from terminology.library import Terminology
from terminology.model.coding import Canonical
from terminology.model.outcome import TerminologyError
from terminology.model.requests import VersionRules
from terminology.store.queries import ResourceQuery
from tests import packages


@pytest.fixture(scope="module")
def tho(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminology]:
    url = f"sqlite:///{tmp_path_factory.mktemp('tho') / 'tho.db'}"
    packages.load(url, "hl7.terminology.r4@7.0.1")
    with Terminology(url) as terminology:
        yield terminology


def test_every_code_system_and_value_set_of_tho_is_loaded(tho: Terminology) -> None:
    counts = {t: tho.store.resources(ResourceQuery(type=t, count=0))[0] for t in ("CodeSystem", "ValueSet")}
    assert counts == {"CodeSystem": 897, "ValueSet": 2499}


def test_every_value_set_expands_or_names_what_is_missing(tho: Terminology) -> None:
    latest = VersionRules(default_to_latest_version=True)
    loaded = {version.url for version in tho.store.versions() if version.size}
    _, entries = tho.store.resources(ResourceQuery(type="ValueSet", count=5_000))
    refused = {}
    for entry in entries:
        try:
            tho.expand(Canonical(entry.url or "", entry.version), count=20, versions=latest)
        except TerminologyError as error:
            refused[entry.url] = error
    assert len(refused) < 90
    grammars = {url for url, error in refused.items() if error.issues[0].message_id == "VALUESET_NOT_ENUMERABLE"}
    assert all("http://unitsofmeasure.org" in str(refused[url]) for url in grammars)
    for url in refused.keys() - grammars:
        error = refused[url]
        arguments = error.issues[0].arguments
        missing = arguments.get("system") or arguments.get("url") or ""
        assert error.kind == "not-found", url
        assert missing.split("|")[0] not in loaded, f"{url}: {error}"
        assert missing in str(error)
