"""Which release a file is of: by its content, its names, and what the user says."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from loaders.icd10pcs.release import header, names_of, release_in_names, release_of
from loaders.releases import Release, fiscal_year, parse
from terminology.model.outcome import TerminologyError

OCTOBER = Release("2025", "2024-10-01", "2025-09-30")
APRIL = Release("2025-04", "2025-04-01", "2025-09-30")


def file(path: str):
    return SimpleNamespace(path=path)


@pytest.mark.parametrize(
    ("path", "release"),
    [
        ("/x/icd10pcs_order_2025.txt", OCTOBER),
        ("/x/2025-icd-10-pcs-order-file.zip!/order.txt", OCTOBER),
        ("/x/2025-icd-10-pcs-order-file.zip!/inner/icd10pcs_order_2025.txt", OCTOBER),
        ("/data/icd10pcs-2025/order.txt", OCTOBER),
        ("/x/april-1-2025-icd-10-pcs-order-file.zip!/icd10pcs_order_2025.txt", APRIL),
        ("/x/icd-10-pcs-april-2025/icd10pcs_order_2025.txt", APRIL),
        ("/x/icd10pcs_order_Apr_1_2025.txt", APRIL),
        ("/x/2025 April ICD-10-PCS.zip!/order.txt", APRIL),
        ("/x/october-1-2024-icd-10-pcs.zip!/icd10pcs_order_2025.txt", OCTOBER),
        ("/x/january-1-2022-pcs.zip!/icd10pcs_order_2022.txt", Release("2022-01", "2022-01-01", "2022-09-30")),
        ("/x/november-2024-pcs.zip!/order.txt", Release("2025-11", "2024-11-01", "2025-09-30")),
        ("/home/april/2019/icd10pcs_order_2025.txt", OCTOBER),
        ("/home/april-2019/order.txt", None),
        ("/x/order.txt", None),
        ("/x/market-2025-pcs.txt", OCTOBER),
        ("/x/20250401.txt", None),
    ],
)
def test_the_release_is_read_from_the_names(path, release):
    assert release_in_names(file(path)) == release


def test_the_year_stated_in_the_file_takes_precedence():
    assert release_in_names(file("/x/2019-pcs.zip!/t.xml"), "2025") == OCTOBER
    assert release_in_names(file("/x/april-1-2025-pcs.zip!/t.xml"), "2025") == APRIL
    assert release_in_names(file("/x/april-1-2024-pcs.zip!/t.xml"), "2025") == OCTOBER


def test_the_user_says_what_the_file_does_not():
    assert release_of(file("/x/order.txt"), None, "2025") == OCTOBER
    assert release_of(file("/x/icd10pcs_order_2025.txt"), None, "2025-04") == APRIL
    assert release_of(file("/x/icd10pcs_order_2025.txt"), None, "draft") == Release("draft")
    with pytest.raises(TerminologyError, match=r"/x/order\.txt does not say which fiscal year"):
        release_of(file("/x/order.txt"), None, None)
    with pytest.raises(TerminologyError, match="is of release 2025, not of 2024"):
        release_of(file("/x/icd10pcs_order_2025.txt"), None, "2024")


@pytest.mark.parametrize("text", ["2025", "2025-04", "2025-01", "2025-11"])
def test_versions_are_read_as_they_are_written(text):
    assert parse(text, fiscal_year).version == text
    assert parse(text, fiscal_year).end == "2025-09-30"


@pytest.mark.parametrize("text", ["2025-13", "25", "2025-00", "v2025", "2025-4"])
def test_other_versions_have_no_period(text):
    assert parse(text, fiscal_year) == Release(text)


def test_names_around_a_file_come_nearest_first():
    assert names_of("/a/icd/b.ZIP!/c/d.txt") == ["d.txt", "c", "b.zip", "icd"]
    assert names_of("/a/other/b.txt") == ["b.txt"]
    assert names_of("b.txt") == ["b.txt"]


def test_the_header_says_when_the_release_is_in_effect():
    metadata = header(APRIL)
    assert (metadata.url, metadata.version, metadata.content) == (
        "http://www.cms.gov/Medicare/Coding/ICD10", "2025-04", "complete",
    )  # fmt: skip
    assert (metadata.effective_start, metadata.effective_end) == ("2025-04-01", "2025-09-30")
    assert metadata.case_sensitive
    assert metadata.identifiers == ("urn:oid:2.16.840.1.113883.6.4",)
