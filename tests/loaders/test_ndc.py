"""The NDC directory, and its codes in all forms."""

from __future__ import annotations

import pytest

from loaders.ndc import LOADER, eleven_digits
from terminology.codesystems.ndc import spellings
from tests.codesystems.opening import loaded_system, selected
from tests.loaders.loading import claimed, load, refusal

NDC = "http://hl7.org/fhir/sid/ndc"
COLUMNS = (
    "PRODUCTID", "PRODUCTNDC", "PROPRIETARYNAME", "PROPRIETARYNAMESUFFIX", "NONPROPRIETARYNAME", "DOSAGEFORMNAME",
    "ROUTENAME", "STARTMARKETINGDATE", "ENDMARKETINGDATE", "SUBSTANCENAME", "PHARM_CLASSES", "NDC_EXCLUDE_FLAG",
)  # fmt: skip
PRODUCTS = (
    "\t".join(COLUMNS),
    "1_a\t0901-1234\tZebra\tForte\tzebrine\tTABLET\tORAL\t20200102\t\tZEBRINE; INK\tStripe [MoA], Ink, dry [EPC]\tN",
    "2_a\t90011-123\t\t\tquaggine\t\tORAL\t20200102\t20240101\tQUAGGINE\t\tN",
    "3_a\t90011-1234\tQuagga\t\tquaggine\tSYRUP\tORAL\t20200102\t20270101\tQUAGGINE\t\tE",
)
PACKAGES = (
    "PRODUCTID\tPRODUCTNDC\tNDCPACKAGECODE\tPACKAGEDESCRIPTION\tENDMARKETINGDATE\tNDC_EXCLUDE_FLAG",
    "1_a\t0901-1234\t0901-1234-01\t10 TABLET in 1 BOTTLE (0901-1234-01)\t\tN",
    "1_a\t0901-1234\t0901-1234-02\t20 TABLET in 1 BOTTLE (0901-1234-02)\t20250101\tN",
    "2_a\t90011-123\t90011-123-45\t1 BOTTLE (90011-123-45)\t\tN",
    "3_a\t90011-1234\t90011-1234-5\t1 BOTTLE (90011-1234-5)\t\tN",
    "9_a\t0999-9999\t0999-9999-99\t1 BOTTLE (0999-9999-99)\t\tN",
)


def write(folder, products=PRODUCTS, packages=PACKAGES):
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("product.txt", products), ("package.txt", packages)):
        (folder / name).write_text("".join(f"{row}\r\n" for row in rows))
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("ndc") / "2025-07-11")


@pytest.fixture(scope="module")
def loaded(folder):
    return load(LOADER, folder)


@pytest.fixture(scope="module")
def ndc(folder):
    return loaded_system(NDC, folder)


def test_products_and_their_packages(loaded):
    assert list(loaded.concepts) == [
        "0901-1234", "0901-1234-01", "0901-1234-02", "0999-9999-99", "90011-123", "90011-123-45", "90011-1234",
        "90011-1234-5",
    ]  # fmt: skip
    assert loaded.concepts["0901-1234-01"].parents == ("0901-1234",)
    assert loaded.concepts["0999-9999-99"].parents == ()  # its product is not listed
    assert loaded.metadata.version == "2025-07-11"
    assert loaded.notes["NDC_LOADED"].text == "NDC 2025-07-11: 3 products, 5 packages."


@pytest.mark.parametrize(
    ("code", "display"),
    [
        ("0901-1234", "Zebra Forte, TABLET (product)"),
        ("90011-123", "quaggine (product)"),
        ("0901-1234-01", "Zebra Forte, 10 TABLET in 1 BOTTLE (0901-1234-01) (package)"),
        ("0999-9999-99", "1 BOTTLE (0999-9999-99) (package)"),
    ],
)
def test_displays(loaded, code, display):
    assert loaded.concepts[code].display == display


def test_columns_are_properties_by_their_names(loaded):
    assert loaded.values("0901-1234", "SUBSTANCENAME") == ["ZEBRINE", "INK"]
    assert loaded.values("0901-1234", "PHARM_CLASSES") == ["Stripe [MoA]", "Ink, dry [EPC]"]
    (start,) = loaded.concepts["0901-1234"].values("STARTMARKETINGDATE")
    assert (start.kind, start.value) == ("dateTime", "2020-01-02")
    assert loaded.values("0901-1234-01", "ndc11") == ["00901123401"]
    assert loaded.values("0901-1234-01", "product") == ["0901-1234"]
    assert {p.code for c in loaded.concepts.values() for p in c.properties} <= {
        p.code for p in loaded.metadata.properties
    }


def test_products_off_the_market_are_inactive_with_their_packages(loaded):
    assert [code for code in loaded.concepts if loaded.values(code, "inactive")] == [
        "0901-1234-02", "90011-123", "90011-123-45", "90011-1234", "90011-1234-5",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("0901-1234-01", "0901-1234-01"),
        ("00901-1234-01", "0901-1234-01"),
        ("00901123401", "0901-1234-01"),
        ("0901123401", "0901-1234-01"),
        ("90011012345", "90011-123-45"),
        ("9001112345", None),  # 90011-123-45 or 90011-1234-5
        ("90011123405", "90011-1234-5"),
        ("009011234", "0901-1234"),
        ("00901-1234", "0901-1234"),
        ("900110123", "90011-123"),
        ("00000000000", None),
        ("zebra", None),
    ],
)
def test_all_ways_to_write_a_code(ndc, written, code):
    located = ndc.locate(written)
    assert (located.concept.code if located else None) == code
    assert bool(ndc.ordinals([written])) == (code is not None)


def test_hierarchy_and_filters_take_all_forms(ndc):
    assert selected(ndc, "concept", "descendent-of", "00901-1234") == ["0901-1234-01", "0901-1234-02"]
    assert selected(ndc, "code", "=", "00901123401") == ["0901-1234-01"]
    assert selected(ndc, "SUBSTANCENAME", "=", "INK") == ["0901-1234"]


def test_eleven_digits():
    assert eleven_digits("90011-1234-5") == "90011123405"
    assert eleven_digits("90011-123") is None
    assert set(spellings("00901123401")) == {"0901-1234-01", "00901-1234-1", "00901-1234-01"}


def test_tables_of_others_are_left_alone(tmp_path):
    (tmp_path / "product.txt").write_text("id\tname\n1\tmilk\n")
    assert claimed(LOADER, tmp_path) == []


def test_a_code_given_twice(tmp_path):
    loaded = load(LOADER, write(tmp_path / "20250711", packages=(*PACKAGES, PACKAGES[1])))
    (skipped,) = loaded.skipped
    assert (
        "package.txt, line 7: the code '0901-1234-01' is listed a second time (first in line 2)" in skipped.reason.text
    )


@pytest.mark.parametrize(
    ("name", "products", "packages", "id_", "told"),
    [
        ("undated", PRODUCTS, PACKAGES, "RELEASE_VERSION_UNKNOWN", "--version"),
        ("2025-07-11", PRODUCTS[:1], PACKAGES, "RELEASE_ROWS_MISSING", "product.txt has headings, but no rows"),
        ("2025-07-11", PRODUCTS, PACKAGES[:1], "RELEASE_ROWS_MISSING", "package.txt has headings, but no rows"),
        ("2025-07-11", PRODUCTS, (), "RELEASE_FILE_EMPTY", "package.txt is empty"),
        ("2025-07-11", (*PRODUCTS, "4\t12"), PACKAGES, "RELEASE_ROW_LENGTH", "product.txt, line 5"),
        ("2025-07-11", PRODUCTS, (*PACKAGES, "1\tx\ty\t\t\t"), "RELEASE_CODE_MALFORMED", "package.txt, line 7"),
    ],
)
def test_broken_directories(tmp_path, name, products, packages, id_, told):
    found, text = refusal(LOADER, write(tmp_path / name, products, packages))
    assert found == id_
    assert told in text


def test_a_missing_table_and_a_stated_version(tmp_path):
    folder = write(tmp_path / "2025-07-11")
    (folder / "package.txt").unlink()
    assert refusal(LOADER, folder)[0] == "RELEASE_FILE_MISSING"
    assert load(LOADER, write(folder), version="7").metadata.version == "7"


def test_the_real_excerpt(shared):
    loaded = load(LOADER, shared / "data/tx-source/ndc")
    assert loaded.metadata.version == "2025-07-11"
    assert loaded.notes["NDC_LOADED"].text == "NDC 2025-07-11: 72 products, 100 packages."
    assert not loaded.skipped
