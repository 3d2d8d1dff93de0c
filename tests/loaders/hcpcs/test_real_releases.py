"""The control figures of CMS's own files (2018, 2019, October 2025), from the shared data."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminology.ingest import load
from terminology.library import Terminology
from terminology.model.coding import Canonical, Coding
from terminology.model.valueset import Compose, ConceptSet, Filter, ValueSet

HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
FIGURES = {
    "2018": ("2018-Alpha-Numeric-HCPCS-File.zip", 6_205, 354, 466),
    "2019": ("2019-Alpha-Numeric-HCPCS-File.zip", 6_440, 360, 515),
    "2025-10": ("HCPC2025_OCT_ANWEB.xlsx", 8_463, 383, 1_225),
}
"""Version → file, codes, modifiers, terminated."""


@pytest.fixture(scope="module")
def reports():
    return {}


@pytest.fixture(scope="module")
def server(shared: Path, tmp_path_factory: pytest.TempPathFactory, reports):
    with Terminology(tmp_path_factory.mktemp("hcpcs") / "t.db") as terminology:
        for version, (name, *_) in FIGURES.items():
            reports[version] = load(terminology.store, [shared / "data" / "hcpcs" / name])
        yield terminology


def count(server: Terminology, version: str, *filters: tuple[str, str, str]) -> int:
    include = ConceptSet(HCPCS, version, filters=tuple(Filter(*f) for f in filters))
    total = server.expand(ValueSet(url="", compose=Compose((include,))), count=0).expansion.total
    assert total is not None
    return total


@pytest.mark.parametrize("version", FIGURES)
def test_the_counts_of_a_release(server, version):
    _, codes, modifiers, terminated = FIGURES[version]
    assert count(server, version, ("kind", "=", "code")) == codes
    assert count(server, version, ("kind", "=", "modifier")) == modifiers
    assert count(server, version, ("terminationDate", "exists", "true")) == terminated
    assert count(server, version, ("inactive", "=", "true")) == terminated, "all of them ended before the release"
    groups = count(server, version, ("kind", "=", "group"))
    assert count(server, version) == codes + modifiers + groups
    assert count(server, version, ("concept", "descendent-of", "modifier")) == modifiers


def test_descriptions_over_several_lines(server, reports):
    (read,) = (r.issue for r in reports["2019"].notes if r.issue.message_id == "HCPCS_READ_LINES")
    assert (read.arguments["continued"], read.arguments["lines"]) == ("2,864", "17")
    display = server.lookup(f"{HCPCS}|2018", "G9489").display
    assert display is not None
    assert display.endswith("time, audio and video intercommunications technology")
    assert "  " not in display


def test_from_2018_to_2019(server):
    old, new = (codes(server, version) for version in ("2018", "2019"))
    assert len(new.keys() - old.keys()) == 244
    assert len(old.keys() - new.keys()) == 3
    both = old.keys() & new.keys()
    assert sum(old[c][0] != new[c][0] for c in both) == 114
    assert sum(old[c][1] != new[c][1] for c in both) == 101


def codes(server: Terminology, version: str) -> dict[str, tuple[str | None, str]]:
    """Code → long and short description, of codes and modifiers."""
    system = server.catalogue(server.context()).code_system(Canonical(HCPCS, version))
    assert system is not None
    concepts = system.concepts(range(system.size))
    return {
        c.code: (c.display, c.designations[0].value if c.designations else "")
        for c in concepts
        if any(p.code == "kind" and p.value != "group" for p in c.properties)
    }


@pytest.mark.usefixtures("server")
def test_cms_s_report_of_changes_agrees(reports):
    assert "HCPCS_TOTALS_AGREE" in [r.issue.message_id for r in reports["2019"].notes]
    (differs,) = (r.issue for r in reports["2018"].notes if r.issue.message_id == "HCPCS_TOTALS_DIFFER")
    assert (differs.arguments["missing"], differs.arguments["extra"]) == ("none", "L1")


@pytest.mark.usefixtures("server")
def test_everything_in_the_archives_is_recognised(reports):
    for report in reports.values():
        assert (report.unclaimed, report.skipped) == ([], [])


def test_the_release_in_effect_is_the_default(server):
    assert server.lookup(HCPCS, "A1", date="2018-07-01").code_system.version == "2018"
    assert server.lookup(HCPCS, "A1", date="2019-12-31").code_system.version == "2019"
    assert server.lookup(HCPCS, "A1", date="2025-10-01").code_system.version == "2025-10"


def test_labels_notes_corrections_and_unlisted_codes_join_the_release(server, shared):
    folder = shared / "data" / "hcpcs"
    names = ("2019-HCPCS-Record-Layout.zip", "2019-HCPCS-Alpha-Numeric-Corrections.zip", "2019-HCPCS-NOC-Codes.zip")
    for name in names:
        load(server.store, [folder / name])

    def values(code: str, property_: str) -> list[object]:
        found = server.lookup(f"{HCPCS}|2019", code).properties
        return [f.property.value for f in found if f.property.code == property_]

    assert values("A1", "coverage") == [Coding(code="C", display="Carrier judgment")]
    assert values("B4105", "coverage") == [Coding(code="C", display="Carrier judgment")], "corrected from D"
    assert values("B4105", "pricingIndicator") == [Coding(code="39", display="Parenteral and Enteral Nutrition")]
    assert values("C9034", "terminationDate") == ["2018-12-31"]
    assert values("C9034", "replacedBy") == ["J1095"]
    assert values("C1890", "ascPaymentGroup") == ["YY"], "added by one document, corrected by the next"
    assert values("A0999", "notOtherwiseClassified") == [True]
    assert values("B4105", "processingNoteText") == ["SEC 30.7.2 OF THE CLAIMS PROCESSING MANUAL."]
    added = count(server, "2019", ("kind", "=", "code")) - 6_440
    assert added == 5
