"""Known systems: labels, canonicals, headers, syntax."""

from __future__ import annotations

import pytest

from loaders import systems


@pytest.mark.parametrize(
    ("label", "url"),
    [
        ("CPT4", systems.CPT), ("cpt", systems.CPT), ("CPT-4", systems.CPT), ("HCPCS", systems.HCPCS),
        ("HCPCS Level II", systems.HCPCS), ("ICD-10-PCS", systems.ICD10PCS), ("ICD 10 PCS", systems.ICD10PCS),
        ("ICD10CM", systems.ICD10CM), ("CDT", systems.CDT), ("ICD-9-CM", systems.ICD9CM),
        ("SNOMED CT", systems.SNOMED_CT),
        ("LOINC", systems.LOINC), ("Example", systems.EXAMPLE),
    ],
)  # fmt: skip
def test_labels(label: str, url: str) -> None:
    system = systems.by_label(label)
    assert system is not None
    assert system.url == url


@pytest.mark.parametrize(
    ("url", "codes", "others"),
    [
        (systems.CPT, ["99999", "0001T", "0001F", "0001U"], ["9999", "A1234", "99999-25", "0001t"]),
        (systems.HCPCS, ["A0001", "G9999"], ["12345", "A001"]),
        (systems.ICD10PCS, ["0ABC1ZZ", "XXXXXXX"], ["0ABC1Z", "0ABCIZZ", "0ABCOZZ"]),
        (systems.ICD10CM, ["A00", "Z99.89", "S72.001A", "U07.1"], ["A0", "A00.12345"]),
        (systems.ICD9CM, ["00.01", "99", "250.00", "V10.3", "E800.1"], ["1", "00.001"]),
        (systems.CDT, ["D0001"], ["0001", "D001"]),
        (systems.OPS, ["5-511.11", "1-650.1", "8-98f.0"], ["5511.11", "0-123"]),
        (systems.CHOP, ["51.23", "Z00.99.10"], ["5"]),
        (systems.CCAM, ["HMFC004"], ["HMFC04", "hmfc004"]),
        (systems.SNOMED_CT, ["71388002"], ["0138800", "12345"]),
        (systems.LOINC, ["1-8", "12345-6", "LP123-4"], ["12345", "123456789-1"]),
        (systems.EXAMPLE, ["EX101"], ["EX1", "ex101"]),
    ],
)
def test_syntax(url: str, codes: list[str], others: list[str]) -> None:
    system = systems.by_url(url)
    assert system is not None
    assert [code for code in codes if not system.spells(code)] == []
    assert [code for code in others if system.spells(code)] == []


def test_labels_and_urls_are_unambiguous() -> None:
    urls = [system.url for system in systems.SYSTEMS]
    keys = [system.key for system in systems.SYSTEMS]
    assert len(set(urls)) == len(urls)
    assert len(set(keys)) == len(keys)
    for system in systems.SYSTEMS:
        assert all(systems.by_label(label) is system for label in system.labels)


def test_canonical() -> None:
    assert systems.canonical(" CPT ") == systems.CPT
    assert systems.canonical("urn:oid:2.16.840.1.113883.6.285") == systems.HCPCS
    assert systems.canonical("2.16.840.1.113883.6.4") == systems.ICD10PCS
    assert systems.canonical("https://x.example/s") == "https://x.example/s"
    assert systems.canonical("some system") is None


def test_headers() -> None:
    for system in systems.SYSTEMS:
        header = systems.header(system.url)
        assert (header.url, header.content, header.version) == (system.url, "fragment", None)
        assert header.name
        assert header.name.isalnum()
        assert header.title
        assert header.publisher
        assert all(identifier.startswith("urn:oid:") for identifier in header.identifiers)
    assert "American Medical Association" in (systems.header(systems.CPT).copyright or "")
    assert systems.header(systems.EXAMPLE).experimental is True


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://x.example/CodeSystem/my-ops", "MyOps"),
        ("urn:oid:1.2.3", "Oid123"),
        ("https://99.example/1", "Example"),
    ],
)
def test_header_of_any_other_system(url: str, name: str) -> None:
    header = systems.header(url)
    assert header.url == url
    assert header.name
    assert header.name[0].isupper()
    assert header.name == name
