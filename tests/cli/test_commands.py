"""The commands, in process: what they print, for people and as JSON, and their exit codes."""

from __future__ import annotations

import io
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from loaders.documents import samples
from loaders.systems import HCPCS
from terminology.cli import output
from terminology.cli.demo import free_port
from terminology.cli.main import cli
from tests.docs.examples import DOCS

CLINIC = DOCS / "examples" / "clinic.json"
SYSTEM = "https://terminology.example.org/CodeSystem/procedures"
ADD_ON_CODES = "https://fhir-terminology-server.example.org/ValueSet/example-add-on"
DOCUMENT = """Tightening of a demonstration bolt

Name of the Procedure:
Bolt Tightening
(Screwing)

Summary
A bolt is tightened until it holds.

Setting
  • Workshop
"""

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command on a database of the test's own."""

    def call(command: str, *arguments: str) -> Result:
        database = f"sqlite:///{tmp_path / 'cli.db'}"
        return CliRunner().invoke(cli, [command, *arguments], env={"TERMINOLOGY_DATABASE": database})

    return call


@pytest.fixture
def loaded(run: Run) -> Run:
    """The same with the samples loaded."""
    with samples.folder() as folder:
        assert run("load", str(folder)).exit_code == 0
    return run


def read(result: Result) -> Any:
    """The JSON a command printed."""
    return json.loads(result.stdout)


def first_code(run: Run) -> str:
    """A code of the samples."""
    return str(read(run("search", "knee", "--json"))["hits"][0]["code"])


def test_status_of_an_empty_database_says_what_to_do(run: Run) -> None:
    assert "terminology load" in run("status").stdout


def test_load_reports_what_it_published(loaded: Run) -> None:
    found = read(loaded("status", "--json"))
    assert [system["url"] for system in found["codeSystems"]] == [SYSTEM]
    assert found["documents"]["loaded"] >= 12
    assert SYSTEM[:30] in loaded("status").stdout


def test_loading_again_changes_nothing(loaded: Run) -> None:
    before = read(loaded("status", "--json"))
    with samples.folder() as folder:
        report = read(loaded("load", "--json", str(folder)))
    after = read(loaded("status", "--json"))
    assert not report["versions"]
    assert after["codeSystems"] == before["codeSystems"]


def test_a_document_without_a_code_waits_and_is_assigned(run: Run, tmp_path: Path) -> None:
    document = tmp_path / "bolt.txt"
    document.write_text(DOCUMENT)
    assert run("load", str(document)).exit_code == 0
    document.unlink()
    (waiting,) = read(run("pending", "--json"))["pending"]
    assert waiting["reason"] in run("pending").stdout
    assigned = run("assign", waiting["id"], "EX900", "--system", SYSTEM)
    assert assigned.exit_code == 0, assigned.output
    assert "Nothing is pending" in run("pending").stdout
    shown = run("lookup", SYSTEM, "EX900").stdout
    assert "A bolt is tightened until it holds." in shown
    assert "Workshop" in shown
    assert run("reparse").exit_code == 0
    assert run("lookup", SYSTEM, "EX900").stdout == shown


def test_lookup_shows_text_or_the_operation_answer(loaded: Run) -> None:
    code = first_code(loaded)
    assert code in loaded("lookup", SYSTEM, code).stdout
    answer = read(loaded("lookup", SYSTEM, code, "--json", "--property", "setting"))
    assert answer["resourceType"] == "Parameters"
    assert {p["part"][0]["valueCode"] for p in answer["parameter"] if p["name"] == "property"} == {"setting"}


def test_lookup_of_an_unknown_code_fails_and_names_it(loaded: Run) -> None:
    result = loaded("lookup", SYSTEM, "NOPE")
    assert result.exit_code == 1
    assert "NOPE" in result.stderr


def test_validate_tells_by_its_exit_code(loaded: Run) -> None:
    code = first_code(loaded)
    good = loaded("validate", SYSTEM, code)
    assert (good.exit_code, good.stdout.startswith("valid")) == (0, True)
    wrong = loaded("validate", SYSTEM, code, "--display", "Something else entirely")
    assert (wrong.exit_code, "Something else entirely" in wrong.stdout) == (1, True)
    outside = loaded("validate", SYSTEM, "NOPE", "--value-set", ADD_ON_CODES, "--json")
    assert outside.exit_code == 1
    assert next(p for p in read(outside)["parameter"] if p["name"] == "result")["valueBoolean"] is False


def test_expand_lists_codes_and_the_total(loaded: Run) -> None:
    shown = loaded("expand", ADD_ON_CODES)
    assert shown.exit_code == 0, shown.output
    assert "in all" in shown.stdout
    expansion = read(loaded("expand", ADD_ON_CODES, "--json", "--count", "1"))["expansion"]
    assert len(expansion["contains"]) == 1
    assert expansion["total"] >= 1


def test_search_finds_by_words_in_one_system_or_all(loaded: Run) -> None:
    assert "knee" in loaded("search", "knee").stdout.lower()


def test_remove_takes_a_system_away(loaded: Run) -> None:
    assert loaded("remove", SYSTEM, "--yes").exit_code == 0
    assert not read(loaded("status", "--json"))["codeSystems"]
    again = loaded("remove", SYSTEM, "--yes")
    assert again.exit_code == 1
    assert SYSTEM in again.stderr


def test_what_cannot_be_loaded_fails_with_a_reason(run: Run, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{"resourceType": "CodeSystem",\n "url": oops}')
    result = run("load", str(broken))
    assert result.exit_code == 1
    assert "broken.json" in result.output
    assert "line 2" in result.output


def test_wrong_usage_is_exit_code_2(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("load").exit_code == 2
    assert run("lookup", SYSTEM).exit_code == 2
    monkeypatch.setenv("TERMINOLOGY_PORT", "many")
    result = run("status")
    assert result.exit_code == 2
    assert "TERMINOLOGY_PORT" in result.stderr


def test_demo_loads_its_samples(tmp_path: Path) -> None:
    database = str(tmp_path / "demo.db")
    result = CliRunner().invoke(cli, ["demo", "--load-only", "--database", database])
    assert f"--database sqlite:///{database}" in result.stdout
    assert result.exit_code == 0, result.output
    assert SYSTEM in result.stdout


def test_demo_passes_a_taken_port_over() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port("127.0.0.1", port) > port


def test_serve_on_a_busy_port_is_an_error(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = run("serve", "--port", port)
    assert result.exit_code == 1
    assert port in result.stderr


def test_the_date_of_service_chooses_the_version(run: Run, tmp_path: Path) -> None:
    for year in ("2030", "2031"):
        (tmp_path / f"{year}.json").write_text(
            json.dumps(
                {
                    "resourceType": "CodeSystem", "url": "http://example.org/cs", "version": year, "status": "active",
                    "content": "complete", "valueSet": "http://example.org/all", "concept": [{"code": f"c{year}"}],
                    "extension": [
                        {
                            "url": "http://hl7.org/fhir/StructureDefinition/artifact-effectivePeriod",
                            "valuePeriod": {"start": year, "end": year},
                        }
                    ],
                }
            )
        )  # fmt: skip
    assert run("load", str(tmp_path / "2030.json"), str(tmp_path / "2031.json")).exit_code == 0
    for date, other in (("2030", "2031"), ("2031-05-01", "2030")):
        code = f"c{date[:4]}"
        assert run("lookup", "http://example.org/cs", code, "--date", date).exit_code == 0
        assert run("lookup", "http://example.org/cs", f"c{other}", "--date", date).exit_code == 1
        assert run("validate", "http://example.org/cs", code, "--date", date).exit_code == 0
        assert run("expand", "http://example.org/all", "--date", date).stdout.split() == [code, "1", "in", "all"]


def test_a_valid_heading_is_called_one(run: Run, tmp_path: Path) -> None:
    headings = [{"code": "notSelectable", "valueBoolean": True}]
    concepts = [{"code": "A", "property": headings, "concept": [{"code": "A1"}]}]
    system = {"resourceType": "CodeSystem", "url": "http://example.org/cs", "status": "active", "content": "complete"}
    (tmp_path / "cs.json").write_text(json.dumps(system | {"concept": concepts}))
    assert run("load", str(tmp_path / "cs.json")).exit_code == 0
    heading = run("validate", "http://example.org/cs", "A")
    assert heading.exit_code == 0
    assert "A is a heading" in heading.stdout
    assert "heading" not in run("validate", "http://example.org/cs", "A1").stdout


def test_export_writes_what_load_reads(loaded: Run, tmp_path: Path) -> None:
    for name in ("one.json", "one.xml", "one.tgz"):
        result = loaded("export", SYSTEM, "-o", str(tmp_path / name), "--release", "R4")
        assert (result.exit_code, result.stdout) == (0, "")
        assert "concepts" in result.stderr
        other = CliRunner().invoke(
            cli, ["load", "--json", "--database", f"sqlite:///{tmp_path}/{name}.db", str(tmp_path / name)]
        )
        assert [v["url"] for v in read(other)["versions"]] == [SYSTEM]
    assert "value set" in result.stderr


def test_export_to_standard_output(loaded: Run) -> None:
    assert read(loaded("export", SYSTEM))["url"] == SYSTEM
    assert loaded("export", SYSTEM, "--format", "xml").stdout.startswith("<?xml")


def test_export_of_what_is_not_there_leaves_no_file(loaded: Run, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    assert loaded("export", "http://example.org/nothing", "-o", str(tmp_path / "x.json")).exit_code == 1
    assert loaded("export", SYSTEM, "-o", str(tmp_path / "x.doc")).exit_code == 2
    assert loaded("export", SYSTEM, "--version", "0", "-o", str(tmp_path / "x.json")).exit_code == 1
    assert sorted(tmp_path.iterdir()) == before


def test_export_of_systems_that_are_built_in(run: Run) -> None:
    countries = read(run("export", "urn:iso:std:iso:3166"))
    assert countries["concept"][0]["code"] == "AD"
    units = read(run("export", "http://unitsofmeasure.org"))
    assert (units["content"], units.get("concept")) == ("not-present", None)


def test_systems_go_by_the_labels_that_documents_use(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text(DOCUMENT, encoding="utf-8")
    assert run("load", str(page), "--system", "hcpcs", "--code", "A9301").exit_code == 0
    assert run("lookup", "HCPCS", "A9301").stdout.startswith("A9301  Tightening of a demonstration bolt")
    assert run("validate", "hcpcs level ii", "A9301").exit_code == 0
    assert "1 found" in run("search", "bolt", "--system", "HCPCS").stdout
    assert run("export", "HCPCS").exit_code == 0
    assert HCPCS in run("status").stdout
    assert run("remove", "HCPCS", "--yes").exit_code == 0


@pytest.mark.parametrize(
    ("command", "next_step"),
    [
        (("lookup", "http://nowhere.example", "1"), "terminology status"),
        (("search", "bolt", "--system", "http://nowhere.example"), "terminology status"),
        (("lookup", SYSTEM, "EX999"), "terminology search"),
        (("expand", "http://nowhere.example/vs"), "/r5/ValueSet"),
    ],
)
def test_what_is_not_found_says_what_to_do_next(loaded: Run, command: tuple[str, ...], next_step: str) -> None:
    result = loaded(*command)
    assert result.exit_code == 1
    assert next_step in result.stderr
    assert all(line.startswith("Error: ") for line in result.stderr.splitlines()[:-1])


def test_what_takes_long_is_shown_on_a_terminal_only(loaded: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(output, "STDERR", Console(file=screen, force_terminal=True))
    assert loaded("reparse").exit_code == 0
    assert loaded("diff", SYSTEM, "2025", "2025").exit_code == 0
    assert "Reading documents again" in screen.getvalue()
    assert "Comparing" in screen.getvalue()
    screen.truncate(0)
    assert loaded("diff", SYSTEM, "2025", "2025", "--json").exit_code == 0
    assert not screen.getvalue().strip("\0")


def test_decimals_keep_their_digits(tmp_path: Path, run: Run) -> None:
    table, mapping = tmp_path / "prices.csv", tmp_path / "prices.mapping.toml"
    table.write_text("Code,Price\nT1,12.50\nT2,9\n", encoding="utf-8")
    told = 'system = "http://example.org/p"\ncolumns = { code = "Code", property = [{ %s }] }\n'
    mapping.write_text(told % 'column = "Price", code = "price", type = "decimal"', encoding="utf-8")
    assert run("load", str(table), str(mapping)).exit_code == 0
    assert '"valueDecimal": 12.50\n' in run("lookup", "http://example.org/p", "T1", "--json").stdout
    assert "  price: 9\n" in run("lookup", "http://example.org/p", "T2").stdout
    assert '{"code":"price","valueDecimal":12.50}' in run("export", "http://example.org/p").stdout


def test_commands_that_ask_have_no_time_limit(loaded: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERMINOLOGY_REQUEST_SECONDS", "0.000001")
    assert loaded("diff", SYSTEM, "2025", "2025").exit_code == 0
    assert loaded("search", "bolt").exit_code == 0
    assert loaded("expand", ADD_ON_CODES).exit_code == 0


def test_a_manifest_decides_versions_and_parameters(run: Run, tmp_path: Path) -> None:
    assert run("load", str(CLINIC)).exit_code == 0
    biopsies, manifest = "http://example.org/ValueSet/clinic-biopsies", tmp_path / "manifest.json"
    library = {
        "resourceType": "Library", "url": "http://example.org/Library/2024", "status": "active", "type": {},
        "extension": [
            {
                "url": "http://hl7.org/fhir/StructureDefinition/cqf-expansionParameters",
                "valueReference": {"reference": "#expansion"},
            }
        ],
        "contained": [
            {
                "resourceType": "Parameters", "id": "expansion",
                "parameter": [{"name": "includeDefinition", "valueBoolean": True}],
            }
        ],
        "relatedArtifact": [
            {"type": "depends-on", "resource": "http://example.org/CodeSystem/clinic-procedures|2024"}
        ],
    }  # fmt: skip
    manifest.write_text(json.dumps(library))
    assert "BIO-LIVER" in run("expand", biopsies).stdout
    asked = read(run("expand", biopsies, "--manifest", str(manifest), "--json"))["expansion"]
    assert "BIO-LIVER" not in str(asked), "which is new in 2025"
    assert {"name": "includeDefinition", "valueBoolean": True} in asked["parameter"]
    liver = ("validate", "http://example.org/CodeSystem/clinic-procedures", "BIO-LIVER", "--value-set", biopsies)
    assert run(*liver).exit_code == 0
    assert run(*liver, "--manifest", str(manifest)).exit_code == 1
    wrong = run("expand", biopsies, "--manifest", str(CLINIC))
    assert (wrong.exit_code, "must be a FHIR Library" in wrong.stderr) == (1, True)


def test_settings_that_are_wrong_or_misspelt_are_pointed_out(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERMINOLOGY_DATABSE", "clinic.db")
    result = run("status")
    assert (result.exit_code, result.stderr) == (
        0,
        "TERMINOLOGY_DATABSE is no setting. Is TERMINOLOGY_DATABASE meant?\n",
    )
    monkeypatch.setenv("TERMINOLOGY_WORKERS", "0")
    result = run("serve")
    assert result.exit_code == 2
    assert "Error: TERMINOLOGY_WORKERS: 0 is less than 1\n" in result.stderr
