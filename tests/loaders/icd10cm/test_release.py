"""Versions and periods of ICD-10-CM by the names of its files."""

from __future__ import annotations

import pytest

from loaders.icd10cm.release import header, release_of
from loaders.releases import Release, fiscal_year
from terminology.model.outcome import TerminologyError


@pytest.mark.parametrize(
    ("path", "year", "version", "start"),
    [
        ("/x/icd10cm_order_2031.txt", None, "2031", "2030-10-01"),
        ("/x/icd10cm-order-April-2031.txt", None, "2031-04", "2031-04-01"),
        ("/x/icd10c-tabular-April-1-2031.xml", "2031", "2031-04", "2031-04-01"),
        ("/x/2031-code-descriptions.zip!/icd10cm_order.txt", None, "2031", "2030-10-01"),
        ("/x/april-1-2031-code-tables.zip!/tabular.xml", "2031", "2031-04", "2031-04-01"),
        ("/x/icd10cm_tabular.xml", "2031", "2031", "2030-10-01"),
        ("/x/october-2030-icd10cm.txt", None, "2031", "2030-10-01"),
        ("/home/april/2019/tabular.xml", "2031", "2031", "2030-10-01"),
        ("/home/icd10cm-2031/order.txt", None, "2031", "2030-10-01"),
    ],
)
def test_release(path: str, year: str | None, version: str, start: str) -> None:
    release = release_of(path, year, None)
    assert (release.version, release.start, release.end) == (version, start, "2031-09-30")


def test_the_user_may_say_which() -> None:
    assert release_of("/x/order.txt", None, "2031-04") == Release("2031-04", "2031-04-01", "2031-09-30")
    assert release_of("/x/order_2031.txt", None, "2031-04").version == "2031-04"
    assert release_of("/x/order_2031.txt", None, "draft") == Release("draft")


def test_unknown_and_contradicted() -> None:
    with pytest.raises(TerminologyError, match=r"/x/order.txt does not say which fiscal year"):
        release_of("/x/order.txt", None, None)
    with pytest.raises(TerminologyError, match="is for 2031, not for 2030"):
        release_of("/x/order_2031.txt", None, "2030")


def test_header() -> None:
    made = header(fiscal_year(2031))
    assert made.url == "http://hl7.org/fhir/sid/icd-10-cm"
    assert (made.version, made.content, made.effective_start, made.effective_end) == (
        "2031", "complete", "2030-10-01", "2031-09-30",
    )  # fmt: skip
    assert "urn:oid:2.16.840.1.113883.6.90" in made.identifiers
