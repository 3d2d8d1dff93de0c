"""The library: the same operations in process, typed, usable from many threads."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from terminology.fhir import codesystem, conceptmap, valueset
from terminology.library import Terminology
from terminology.model.coding import Coding
from terminology.model.outcome import TerminologyError
from terminology.settings import Settings, database_url
from tests.http.content import BIOPSIES, EVERYTHING, MAP, OLD, OLD_TO_NEW, PROCEDURES, SYSTEM, VALUE_SET
from tests.http.publishing import publish


@pytest.fixture
def terminology(tmp_path: Path) -> Terminology:
    opened = Terminology(tmp_path / "library.db")
    publish(opened.store, *EVERYTHING)
    return opened


def test_lookup(terminology: Terminology) -> None:
    found = terminology.lookup(SYSTEM, "P1.1", language="de", properties=["parent"])
    assert (found.display, found.code_system.version, found.abstract) == ("Hautbiopsie", "2025", False)
    assert [(p.property.code, p.property.value, p.description) for p in found.properties] == [
        ("parent", "P1", "Biopsy")
    ]
    assert (found.code, found.version, found.definition) == ("P1.1", "2025", None)
    assert terminology.lookup(f"{SYSTEM}|2025", "P2").display == "Suture"


@pytest.mark.parametrize("package", ["terminology", "valuesets", "loaders"])
def test_types_are_for_programs_that_use_the_package(package: str) -> None:
    assert (files(package) / "py.typed").is_file(), "type checkers look at annotations only beside this file"


def test_validate_code(terminology: Terminology) -> None:
    assert terminology.validate_code(SYSTEM, "P1").result
    assert not terminology.validate_code(SYSTEM, "P9").result
    assert not terminology.validate_code(SYSTEM, "P1", display="Suture").result
    assert terminology.validate_code(SYSTEM, "P1", display="Suture", lenient_display_validation=True).result
    assert terminology.validate_code(SYSTEM, "P1", value_set=VALUE_SET).result
    assert not terminology.validate_code(SYSTEM, "P2", value_set=VALUE_SET).result
    assert terminology.validate_code(code="P1", value_set=VALUE_SET, infer_system=True).result
    codings = [Coding("http://example.org/none", "x"), Coding(SYSTEM, "P1")]
    assert terminology.validate_code(codings=codings, value_set=VALUE_SET).codeable_concept.codings[1].code == "P1"


def test_validate_code_needs_one_thing_to_validate(terminology: Terminology) -> None:
    with pytest.raises(TerminologyError, match="Unable to find code to validate"):
        terminology.validate_code(SYSTEM)
    with pytest.raises(TerminologyError, match="Unable to find code to validate"):
        terminology.validate_code(SYSTEM, "P1", codings=[Coding(SYSTEM, "P1")])


def test_expand(terminology: Terminology) -> None:
    result = terminology.expand(VALUE_SET, count=1, offset=1)
    assert [c.code for c in result.expansion.contains] == ["P1.1"]
    assert result.expansion.total == 2
    own = valueset.parse({"resourceType": "ValueSet", "compose": {"include": [{"valueSet": [VALUE_SET]}]}})
    assert len(terminology.expand(own).expansion.contains) == 2


def test_subsumes_and_translate(terminology: Terminology) -> None:
    assert terminology.subsumes(SYSTEM, "P1", "P1") == "equivalent"
    assert [m.concept.code for m in terminology.translate(OLD, "7").matches] == ["P1", "P1.1"]
    assert [m.concept.code for m in terminology.translate(OLD, "7", concept_map=MAP).matches] == ["P1", "P1.1"]
    assert [m.concept.code for m in terminology.translate(SYSTEM, "P1", reverse=True).matches] == ["7"]
    assert not terminology.translate(OLD, "8").result


def test_related(terminology: Terminology) -> None:
    own = valueset.parse(
        {"resourceType": "ValueSet", "compose": {"include": [{"system": SYSTEM, "concept": [{"code": "P1"}]}]}}
    )
    assert terminology.related(own, VALUE_SET).relation == "subset"


def test_resources_of_the_caller_come_along(tmp_path: Path) -> None:
    with Terminology(tmp_path / "empty.db") as empty:
        mine = [codesystem.parse(PROCEDURES), valueset.parse(BIOPSIES)]
        assert empty.lookup(SYSTEM, "P1", resources=mine).display == "Biopsy"
        assert empty.subsumes(SYSTEM, "P1", "P1.1", resources=mine) == "subsumes"
        assert empty.validate_code(SYSTEM, "P1", value_set=VALUE_SET, resources=mine).result
        map_ = conceptmap.parse(OLD_TO_NEW)
        assert empty.translate(OLD, "7", concept_map=map_).result
        with pytest.raises(TerminologyError, match="is not loaded"):
            empty.lookup(SYSTEM, "P1")


def test_search(tmp_path: Path) -> None:
    with Terminology(tmp_path / "empty.db") as empty:
        mine = [codesystem.parse(PROCEDURES)]
        found = empty.search("bio", SYSTEM, resources=mine)
        assert (found.total, [h.code for h in found.hits]) == (2, ["P1", "P1.1"])
        assert [h.code for h in empty.search("haut", SYSTEM, resources=mine).hits] == ["P1.1"]
        assert [h.code for h in empty.search("b", SYSTEM, within="P2", resources=mine).hits] == []


def test_settings_and_clock(tmp_path: Path) -> None:
    settings = Settings.load({}, database=database_url(tmp_path / "x.db"), request_seconds=5.0)
    opened = Terminology(settings=settings, clock=lambda: datetime(2025, 7, 1, tzinfo=UTC))
    context = opened.context()
    assert context.today == "2025-07-01"
    assert opened.context(date="2024-01-01").today == "2024-01-01"
    opened.close()


def test_a_database_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("This is no database, whatever its name says. " * 100)
    with pytest.raises(TerminologyError) as raised:
        Terminology(tmp_path / "text.db").lookup(SYSTEM, "P1")
    assert raised.value.kind in {"unavailable", "invalid"}


def test_many_threads_may_use_one_object(terminology: Terminology) -> None:
    found: list[str | None] = []

    def ask() -> None:
        found.extend(terminology.lookup(SYSTEM, "P1").display for _ in range(20))
        terminology.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["Biopsy"] * 80
