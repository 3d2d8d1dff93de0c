"""Codes from every place they may be stated in, in the order of trust."""

from __future__ import annotations

import pytest

from loaders import systems
from loaders.documents.blocks import StatedInMarkup
from loaders.documents.codes import Stated, Statements, from_name, from_url, leading_code
from loaders.documents.labels import code_line
from terminology.model.records import LoadOptions, StatedCode

CPT = systems.CPT


@pytest.mark.parametrize(
    ("text", "system", "codes"),
    [
        ("CPT4 code", "cpt", ()),
        ("CPT code: 90000", "cpt", ("90000",)),
        ("CPT® Code 90000", "cpt", ("90000",)),
        ("CPT: 90000", "cpt", ("90000",)),
        ("CPT-4 codes: 90000, 90001", "cpt", ("90000", "90001")),
        ("HCPCS Level II code – X0001", "hcpcs", ("X0001",)),
        ("ICD-10-PCS code: 0ABC1ZZ.", "icd-10-pcs", ("0ABC1ZZ",)),
        ("CDT code: D0001", "cdt", ("D0001",)),
        ("CDT code: D001", "cdt", ("D001",)),
        ("SNOMED CT code: 71388002", "snomed-ct", ("71388002",)),
        ("LOINC: 1234-5", "loinc", ("1234-5",)),
        ("CPT code: n/a", "cpt", ()),
        ("Code: X17", None, ("X17",)),
        ("Procedure code: 12-34", None, ("12-34",)),
        ("Code: 90000 (CPT)", "cpt", ("90000",)),
        ("System: CPT", "cpt", ()),
    ],
)
def test_code_lines(text: str, system: str | None, codes: tuple[str, ...]) -> None:
    line = code_line(text)
    assert line is not None
    assert (line.system.key if line.system else None, line.codes) == (system, codes)


@pytest.mark.parametrize(
    "text",
    [
        "CPT codes are listed below", "The code of conduct", "Code: see below", "Dress code: casual",
        "Summary: 90000", "HCPCS code: x", "Similar Codes", "Search all medical codes", "Zip code: 12345",
        "System: good",
    ],
)  # fmt: skip
def test_no_code_lines(text: str) -> None:
    assert code_line(text) is None


@pytest.mark.parametrize(
    ("name", "system", "code"),
    [
        ("90000.txt", None, "90000"),
        ("90000.txt", CPT, "90000"),
        ("CPT-90000-some-procedure.html", None, "90000"),
        ("cpt4_code_90000.md", None, "90000"),
        ("HCPCS X0001.txt", None, "X0001"),
        ("icd-10-pcs-0ABC1ZZ.txt", None, "0ABC1ZZ"),
        ("loinc-1234-5.txt", None, "1234-5"),
        ("90000-some-procedure.txt", CPT, "90000"),
        ("ex101-colonoscopy.txt", systems.EXAMPLE, "EX101"),
        ("a/b/EX101.md", systems.EXAMPLE, "EX101"),
        ("docs.zip!/x/90000.txt", CPT, "90000"),
    ],
)
def test_codes_in_names(name: str, system: str | None, code: str) -> None:
    found = from_name(name, systems.by_url(system), any_system=system is None)
    assert found is not None
    assert found[1] == code


@pytest.mark.parametrize(
    ("name", "system"),
    [
        ("pharmacologic-management.txt", CPT), ("mplus_0000038.xml", None), ("2024-notes.txt", None),
        ("chapter 1.txt", None),
        ("SURGERY.txt", systems.ICD10PCS), ("90000-some-procedure.txt", None), ("cpt-notes.txt", None),
        ("cpt.txt", None),
    ],
)  # fmt: skip
def test_names_without_codes(name: str, system: str | None) -> None:
    assert from_name(name, systems.by_url(system), any_system=system is None) is None


@pytest.mark.parametrize(
    ("url", "stated"),
    [
        ("https://site.example/cpt/90000", StatedInMarkup("90000", CPT)),
        ("https://site.example/codes/CPT-90000-some-procedure/", StatedInMarkup("90000", CPT)),
        ("https://site.example/p/90000?x=1", StatedInMarkup("90000", None)),
    ],
)
def test_codes_in_addresses(url: str, stated: StatedInMarkup) -> None:
    assert list(from_url(url)) == [stated]


@pytest.mark.parametrize("url", ["https://site.example/", "https://site.example/about/us", "", "/blog/2024/title"])
def test_addresses_without_codes(url: str) -> None:
    assert list(from_url(url)) == []


@pytest.mark.parametrize(
    ("text", "system", "found"),
    [
        ("EX101 – Colonoscopy", systems.EXAMPLE, ("EX101", "Colonoscopy")),
        ("CPT 90000: Some procedure", None, ("90000", "Some procedure")),
        ("90000 Some procedure", CPT, ("90000", "Some procedure")),
        ("90000 Some procedure", None, None),
        ("Some procedure", CPT, None),
        ("12 lead recording", CPT, None),
        ("X-ray: chest", systems.HCPCS, None),
    ],
)
def test_code_before_the_descriptor(text: str, system: str | None, found: tuple[str, str] | None) -> None:
    assert leading_code(text, system) == found


def test_order_of_trust() -> None:
    line = code_line("CPT code: 90003")
    assert line is not None
    placement = Statements(
        front_matter=Stated("90000", "CPT", "2025"),
        manifest=Stated("90001", None, "2024"),
        markup=(StatedInMarkup("90002", CPT),),
        lines=(line,),
        file_name="90005.txt",
        options=LoadOptions(system=CPT, version="2023", code="90006"),
    ).placement("90004")
    assert [(code.code, code.origin) for code in placement.codes] == [
        ("90000", "front matter"),
        ("90001", "manifest"),
        ("90002", "html"),
        ("90003", "label"),
        ("90004", "label"),
        ("90005", "file name"),
        ("90006", "option"),
    ]
    assert {code.system for code in placement.codes} == {CPT}
    assert (placement.system, placement.version) == (CPT, "2025")


def test_options_fill_what_is_not_stated() -> None:
    placement = Statements(options=LoadOptions(system="https://x.example/s", version="7", code="A1")).placement(None)
    assert placement.codes == (StatedCode("https://x.example/s", "A1", "7", "option"),)
    assert (placement.system, placement.version) == ("https://x.example/s", "7")


def test_label_without_code_gives_the_system() -> None:
    line = code_line("CPT4 code")
    assert line is not None
    placement = Statements(lines=(line,), options=LoadOptions(code="90000")).placement(None)
    assert placement.codes == (StatedCode(CPT, "90000", None, "option"),)
