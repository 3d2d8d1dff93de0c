"""Releases in a store: what concepts come of them, in whatever order the files are loaded."""

from __future__ import annotations

import gzip
import zipfile
from itertools import permutations

import pytest

from terminology.ingest.loading import load
from terminology.ingest.removing import remove
from terminology.model.coding import Coding
from terminology.model.outcome import TerminologyError
from tests.loaders.icd10pcs import samples
from tests.loaders.icd10pcs.conftest import URL, names, notes

ORDER, CODES, TABLES, DEFINITIONS, INDEX, ADDENDUM = samples.FILES
GROUPS = ["0", "0A", "0AB", "0AC", "G", "GX", "GXY"]


def properties(concept, *, axes: bool = True) -> list[tuple[str, object]]:
    return [(p.code, p.value) for p in concept.properties if axes or not p.code.endswith("Code")]


def test_the_order_file_alone(bench):
    report = bench.load(ORDER)
    assert bench.versions() == {"2025": ("complete", 16)}
    concepts = bench.concepts()
    assert list(concepts) == sorted([*samples.CODES, *samples.HEADERS])
    assert concepts["0AB"].parents == ()
    assert concepts["0AB"].children == tuple(c for c in samples.CODES if c.startswith("0AB"))
    assert concepts["0AB10JZ"].parents == ("0AB",)
    assert concepts["0AB10JZ"].properties == ()
    assert notes(report) == ["PCS_ORDER_READ"]
    assert report.claims[0].stored == {"CodeSystem": 1, "concepts": 16, "facts": 1}


def test_an_addendum_without_totals_may_be_cut_off(bench):
    report = bench.load(order_addenda_2025__txt=samples.order_addendum().partition("Headers")[0])
    assert "PCS_ADDENDUM_OPEN" in notes(report)


def test_an_empty_file_is_not_left_out(bench):
    samples.write(bench.folder, ORDER, icd10pcs_tables_2025__xml="")
    with pytest.raises(TerminologyError, match=r"icd10pcs_tables_2025\.xml is empty"):
        load(bench.store, [bench.folder])
    assert bench.versions() == {}


def test_the_codes_file_alone(bench):
    bench.load(CODES)
    concepts = bench.concepts()
    assert list(concepts) == samples.CODES
    assert concepts["0AC10JZ"].display == "Swap of Bulb, Left and Open and Spare Bulb and No Qualifier"


def test_the_tables_alone(bench):
    bench.load(TABLES)
    assert bench.versions() == {"2025": ("complete", 20)}
    concepts = bench.concepts()
    assert list(concepts) == sorted([*samples.CODES, *GROUPS])
    assert [concepts[code].display for code in GROUPS] == [
        "Repairs", "Lamps", "Lamps, Polish", "Lamps, Swap", "Chatting", "None", "None, Gossip Assessment",
    ]  # fmt: skip
    assert [concepts[code].parents for code in GROUPS] == [(), ("0",), ("0A",), ("0A",), (), ("G",), ("GX",)]
    assert all(("notSelectable", True) in properties(concepts[code]) for code in GROUPS)
    assert concepts["0AB"].definition == "Rubbing a part of a lamp until it shines"
    code = concepts["0AB14JZ"]
    assert code.display == "Polish: Bulb, Left, Through Glass, Cloth"
    assert code.definition == "Polish: Rubbing a part of a lamp until it shines."
    assert properties(code) == [
        ("section", "Repairs"), ("sectionCode", "0"), ("bodySystem", "Lamps"), ("bodySystemCode", "A"),
        ("operation", "Polish"), ("operationCode", "B"), ("bodyPart", "Bulb, Left"), ("bodyPartCode", "1"),
        ("approach", "Through Glass"), ("approachCode", "4"), ("device", "Cloth"), ("deviceCode", "J"),
        ("qualifier", "No Qualifier"), ("qualifierCode", "Z"),
    ]  # fmt: skip


def test_axes_of_one_title_keep_their_order(bench):
    bench.load(TABLES)
    assert properties(bench.concepts()["GXY1ZZZ"])[4:] == [
        ("type", "Gossip Assessment"), ("typeCode", "Y"), ("qualifier", "Long"), ("qualifierCode", "1"),
        *[("qualifier", "None"), ("qualifierCode", "Z")] * 3,
    ]  # fmt: skip


def test_everything_together(bench):
    report = bench.load()
    concepts = bench.concepts()
    assert bench.versions() == {"2025": ("complete", 20)}
    swap = concepts["0AC10JZ"]
    assert swap.display == "Swap of Bulb, Left and Open and Spare Bulb and No Qualifier"
    assert swap.definition == "Open: With the glass taken off."
    assert names(swap, "abbreviated-title") == ["Swap of Bulb, Left, Open, Spare Bulb, No Qualifier"]
    assert names(swap, "body-part-term") == ["Glass globe", "Glower", "Globe"]
    assert names(swap, "device-term") == ["BrightMax", "GlowMore"]
    assert names(swap, "previous-title") == ["Exchange of Bulb, Left"]
    assert properties(swap)[-3:] == [
        ("aggregateDevice", "Bulb"), ("aggregateDeviceCode", "Y"), ("change", "retitled"),
    ]  # fmt: skip
    polish = concepts["0AB10JZ"]
    assert polish.definition == "Polish: Rubbing until it shines. Open: With the glass taken off."
    assert names(polish, "device-term") == ["WipeWell(R)"]
    assert names(polish, "index-entry") == ["Burnish", "Polish, Bulb, Left"]
    assert names(concepts["0AB3XZ5"], "index-entry") == ["Polish, Shade"]
    assert names(concepts["GXY0ZZZ"], "index-entry") == ["Whispering"]
    assert concepts["GXY0ZZZ"].definition == "Short: Under a minute."
    assert concepts["GXY1ZZZ"].definition is None
    assert ("change", "added") in properties(concepts["0AB24ZZ"])
    group = concepts["0AB"]
    assert group.display == "Lamps, Polish"
    assert group.definition == "Rubbing until it shines."
    assert names(group, "index-entry") == ["Buffing"]
    assert names(concepts["0AC"], "index-entry") == ["Bulb change"]
    gone = Coding(URL, "0AB14J5", display="Polish of Bulb, Left, with a Rag")
    assert properties(group) == [
        ("notSelectable", True), ("explanation", "Not for dust alone"), ("includes", "Lamp shining, bulb buffing"),
        ("deletedCode", gone),
    ]  # fmt: skip
    assert notes(report) == [
        "PCS_ORDER_READ", "PCS_CODES_READ", "PCS_TABLES_READ", "PCS_DEFINITIONS_READ", "PCS_INDEX_READ",
        "PCS_ADDENDUM_READ", "PCS_TABLES_AGREE", "PCS_ADDENDUM_AGREES", "PCS_TERMS_UNKNOWN", "PCS_INDEX_UNKNOWN",
    ]  # fmt: skip
    unknown = [n.issue.arguments["names"] for n in report.notes if n.issue.message_id.endswith("_UNKNOWN")]
    assert unknown == ["1 (Feather)", "2 (Gone → 0AB9ZZZ, Wink → Nothing that is there)"]


FILES = [ORDER, TABLES, DEFINITIONS, INDEX, ADDENDUM]


@pytest.mark.parametrize("files", [*list(permutations(FILES))[::7], tuple(reversed(FILES))])
def test_the_order_of_loading_does_not_matter(bench, tmp_path, files):
    for name in files:
        bench.load(name)
    at_once = type(bench)(tmp_path)
    at_once.load(*FILES)
    assert bench.concepts() == at_once.concepts()
    assert bench.versions() == at_once.versions()


def test_loaded_again_nothing_changes(bench):
    bench.load()
    before = bench.store.generation()
    report = bench.load()
    assert not report.versions
    assert report.claims[0].stored == {}
    assert bench.store.generation() == before


def test_facts_wait_for_codes(bench):
    assert notes(bench.load(DEFINITIONS, INDEX))[-2:] == ["ANNOTATION_WAITS"] * 2
    assert bench.versions() == {}
    report = bench.load(ORDER)
    assert "PCS_DEFINITIONS_WAIT" in notes(report)  # they need the tables, the index does not
    assert names(bench.concepts()["0AB10JZ"], "index-entry") == ["Burnish", "Polish, Bulb, Left"]
    bench.load(TABLES)
    assert names(bench.concepts()["0AB10JZ"], "device-term") == ["WipeWell(R)"]


def test_an_addendum_alone_waits_too(bench):
    assert notes(bench.load(ADDENDUM))[-1] == "ANNOTATION_WAITS"
    assert bench.versions() == {}


# Versions side by side


def test_two_years_side_by_side(bench):
    bench.load()
    bench.load(icd10pcs_order_2026__txt=samples.order_txt(without=("0AB3XZ5",)))
    assert bench.versions() == {"2025": ("complete", 20), "2026": ("complete", 15)}
    entries = {v.version: (v.effective_start, v.effective_end) for v in bench.store.versions(URL)}
    assert entries == {"2025": ("2024-10-01", "2025-09-30"), "2026": ("2025-10-01", "2026-09-30")}


def test_an_update_of_april_is_a_version_of_its_own(bench, tmp_path):
    bench.load(ORDER)
    archive = tmp_path / "april-1-2025-icd-10-pcs-order-file.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("icd10pcs_order_2025.txt", samples.order_txt(samples.TABLES[:2]))
        zipped.writestr("icd10pcsOrderFile.pdf", b"%PDF-1.4 layout")
        zipped.writestr("Version Update Summary.pdf", b"%PDF-1.4 summary")
    report = load(bench.store, [archive])
    assert bench.versions() == {"2025": ("complete", 16), "2025-04": ("complete", 13)}
    assert [remark.issue.message_id for remark in report.skipped] == ["PCS_NOT_READ"] * 2
    assert report.unclaimed == []


def test_a_later_edition_of_a_file_takes_the_place_of_the_earlier_one(bench):
    bench.load(ORDER)
    bench.load(updated_icd10pcs_order_2025__txt=samples.order_txt(samples.TABLES[:2]))
    assert bench.versions() == {"2025": ("complete", 13)}


def test_the_same_file_twice_is_one(bench, tmp_path):
    packed = tmp_path / "icd10pcs_order_2025.txt.gz"
    packed.write_bytes(gzip.compress(samples.order_txt().encode()))
    report = load(bench.store, [*samples.write(tmp_path, ORDER), packed])
    assert bench.versions() == {"2025": ("complete", 16)}
    assert [remark.issue.message_id for remark in report.skipped] == ["PCS_FILE_AGAIN"]


def test_removed_with_all_its_files(bench):
    bench.load()
    bench.load(icd10pcs_order_2026__txt=samples.order_txt())
    remove(bench.store, URL, "2025")
    assert list(bench.versions()) == ["2026"]
    assert {part.version for part in bench.store.parts(URL)} == {"2026"}
    assert [v.resource_id for v in bench.store.versions(URL)] == ["icd-10-pcs-2026"]
    remove(bench.store, "icd-10-pcs/2026/order")
    assert bench.versions() == {}


def test_documents_add_detail_to_the_codes_of_every_release(bench):
    bench.load(ORDER, TABLES)
    bench.load(icd10pcs_order_2026__txt=samples.order_txt())
    page = (
        "# Polishing the left bulb\n\n**ICD-10-PCS code:** 0AB10JZ\n\n"
        "## Steps\n\n1. Taking the glass off\n2. Rubbing\n\n"
        "## Equipment used\n\nA soft cloth\n\n## Recovery\n\nThe lamp cools down for an hour.\n"
    )
    report = bench.load(polishing__md=page)
    assert report.pending == []
    for version in ("2025", "2026"):
        concept = bench.concepts(version)["0AB10JZ"]
        assert concept.display == "Polish of Bulb, Left and Open and Cloth and No Qualifier"
        assert "Polishing the left bulb" in [d.value for d in concept.designations]
        assert ("recovery", "The lamp cools down for an hour.") in properties(concept)
    assert ("approach", "Open") in properties(bench.concepts("2025")["0AB10JZ"])
    bench.load(INDEX)  # what comes later leaves the detail where it is
    concept = bench.concepts("2025")["0AB10JZ"]
    assert names(concept, "index-entry") == ["Burnish", "Polish, Bulb, Left"]
    assert ("recovery", "The lamp cools down for an hour.") in properties(concept)


# Broken releases


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({TABLES: samples.tables_xml(tables=samples.TABLES[:2])}, "only in the list 2 (GXY0ZZZ, GXY1ZZZ)"),
        ({ORDER: samples.order_txt(without=("0AB3XZ5",))}, "only in the tables 1 (0AB3XZ5), only in the list none"),
        ({ADDENDUM: samples.order_addendum(codes=14)}, "it has 14 codes instead of 13"),
        ({ADDENDUM: samples.order_addendum(headers=2)}, "it has 2 headers instead of 3"),
        ({ADDENDUM: samples.addendum_line("Delete", "0AB10JZ", "x")}, "it has 1 (0AB10JZ) added, retitled or deleted"),
        ({ADDENDUM: samples.addendum_line("Add", "0AB99ZZ", "x")}, "it has 1 (0AB99ZZ) added, retitled or deleted"),
        ({CODES: samples.codes_txt(samples.TABLES[:2])}, "icd-10-pcs/2025/codes alone has 11"),
        ({ORDER: samples.order_txt()[:400]}, "icd10pcs_order_2025.txt, line 4: the line ends too early"),
        ({INDEX: samples.INDEX[:300]}, "icd10pcs_index_2025.xml, line"),
    ],
)
def test_what_contradicts_stops_the_load_and_nothing_is_stored(bench, files, expected):
    given = {name: text for name, text in samples.FILES.items() if name != CODES} | files
    with pytest.raises(TerminologyError) as caught:
        bench.load(**{name.replace(".", "__"): text for name, text in given.items()})
    assert expected in str(caught.value)
    assert bench.versions() == {}
    assert bench.store.parts(URL) == []


def test_a_broken_file_leaves_what_was_loaded(bench):
    bench.load(ORDER)
    before = bench.concepts()
    with pytest.raises(TerminologyError, match="do not make"):
        bench.load(icd10pcs_tables_2025__xml=samples.tables_xml(tables=samples.TABLES[:2]))
    assert bench.concepts() == before


def test_a_file_without_a_year_needs_one(bench):
    with pytest.raises(TerminologyError, match="does not say which fiscal year it is for"):
        bench.load(order__txt=samples.order_txt())
    bench.load(order__txt=samples.order_txt(), version="2025-04")
    assert list(bench.versions()) == ["2025-04"]


def test_a_zip_that_is_cut_off_is_named(bench, tmp_path):
    archive = tmp_path / "2025-icd-10-pcs.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr(ORDER, samples.order_txt())
    archive.write_bytes(archive.read_bytes()[:-60])
    with pytest.raises(TerminologyError, match=r"2025-icd-10-pcs\.zip"):
        load(bench.store, [archive])
    assert bench.versions() == {}


# Conversion table


def test_codes_that_were_replaced(bench):
    report = bench.load(ORDER, pcs_conversion_table_2025__xlsx=samples.conversion_xlsx())
    assert "PCS_CONVERSION_READ" in notes(report)
    former = [value.value for value in bench.concepts()["0AB10JZ"].values("replaces")]
    assert former == [
        Coding(URL, "0AB1AJZ", display="Polish left, by Ann"), Coding(URL, "0AB1BJZ", display="Polish left, by Bob"),
    ]  # fmt: skip
    assert report.claims[0].stored["ConceptMap"] == 1
