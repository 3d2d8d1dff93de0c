"""The table of known code systems: names, labels, notices, syntax; one row per system.

Loaders look systems up by the label that documents use ("CPT4 code") or by canonical, and get the header for a
CodeSystem made from documents alone. This module contains no codes and no descriptors, and does not decide which
version is loaded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlsplit

from terminology.model.codesystem import CodeSystemMetadata

CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
ICD10PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD9CM = "http://hl7.org/fhir/sid/icd-9-cm"
CDT = "http://www.ada.org/cdt"
OPS = "http://fhir.de/CodeSystem/bfarm/ops"
CHOP = "urn:oid:2.16.756.5.30.1.126.3.1"
CCAM = "https://smt.esante.gouv.fr/terminologie-ccam"
SNOMED_CT = "http://snomed.info/sct"
LOINC = "http://loinc.org"
EXAMPLE = "https://terminology.example.org/CodeSystem/procedures"
"""The system of the sample documents; its codes are invented."""


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """One code system.

    `key` is short and stable: it begins the ids of value sets made for the system. `labels` are the words that
    name the system in "… code", as documents write them; case, spaces and punctuation do not count. `pattern`
    is what a whole code must match, `form` says it to people. `oids` are without the `urn:oid:` prefix.
    """

    key: str
    url: str
    labels: tuple[str, ...]
    name: str
    title: str
    publisher: str
    pattern: re.Pattern[str]
    form: str
    case_sensitive: bool
    oids: tuple[str, ...] = ()
    copyright: str | None = None
    description: str | None = None
    experimental: bool = False

    def spells(self, code: str) -> bool:
        """Whether the text could be a code of this system, by its syntax alone."""
        return self.pattern.fullmatch(code) is not None


SYSTEMS: tuple[System, ...] = (
    System(
        key="cpt",
        url=CPT,
        labels=("CPT", "CPT4", "CPT-4", "AMA CPT", "Current Procedural Terminology"),
        name="CPT",
        title="Current Procedural Terminology (CPT®)",
        publisher="American Medical Association",
        pattern=re.compile(r"[0-9]{4}[0-9A-Z]"),
        form="four digits and a digit or capital letter",
        case_sensitive=True,
        oids=("2.16.840.1.113883.6.12",),
        copyright=(
            "CPT © American Medical Association. All rights reserved. CPT is a registered trademark of the American "
            "Medical Association. Use of CPT content requires a licence from the AMA."
        ),
    ),
    System(
        key="hcpcs",
        url=HCPCS,
        labels=("HCPCS", "HCPCS Level II", "HCPCS Level 2", "HCPCS II", "HCPC"),
        name="HCPCSLevelII",
        title="Healthcare Common Procedure Coding System (HCPCS), Level II",
        publisher="Centers for Medicare & Medicaid Services",
        pattern=re.compile(r"[A-CE-Z][0-9]{4}"),
        form="a letter (not D) and four digits",
        case_sensitive=True,
        oids=("2.16.840.1.113883.6.285",),
    ),
    System(
        key="icd-10-pcs",
        url=ICD10PCS,
        labels=("ICD-10-PCS", "ICD 10 PCS", "ICD-10 procedure"),
        name="ICD10PCS",
        title="International Classification of Diseases, 10th Revision, Procedure Coding System (ICD-10-PCS)",
        publisher="Centers for Medicare & Medicaid Services",
        pattern=re.compile(r"[0-9A-HJ-NP-Z]{7}"),
        form="seven digits and capital letters, without I and O",
        case_sensitive=True,
        oids=("2.16.840.1.113883.6.4",),
    ),
    System(
        key="icd-10-cm",
        url=ICD10CM,
        labels=("ICD-10-CM", "ICD 10 CM", "ICD-10 diagnosis"),
        name="ICD10CM",
        title="International Classification of Diseases, 10th Revision, Clinical Modification (ICD-10-CM)",
        publisher="National Center for Health Statistics",
        pattern=re.compile(r"[A-Z][0-9A][0-9A-Z](?:\.[0-9A-Z]{1,4})?"),
        form="three characters, the first a letter, and up to four more after a dot",
        case_sensitive=True,
        oids=("2.16.840.1.113883.6.90",),
    ),
    System(
        key="icd-9-cm",
        url=ICD9CM,
        labels=("ICD-9-CM", "ICD-9", "ICD-9-CM procedure", "ICD-9 procedure", "ICD-9-CM volume 3"),
        name="ICD9CM",
        title="International Classification of Diseases, 9th Revision, Clinical Modification (ICD-9-CM)",
        publisher="Centers for Medicare & Medicaid Services; National Center for Health Statistics",
        pattern=re.compile(r"[0-9]{2}(?:\.[0-9]{1,2})?|[0-9V][0-9]{2}(?:\.[0-9]{1,2})?|E[0-9]{3}(?:\.[0-9])?"),
        form="digits with a dot after the second or third (12.34, 123.4, V12.3, E123.4)",
        case_sensitive=True,
        oids=("2.16.840.1.113883.6.103", "2.16.840.1.113883.6.104"),
    ),
    System(
        key="cdt",
        url=CDT,
        labels=("CDT", "ADA", "ADA CDT", "Dental procedure", "Current Dental Terminology"),
        name="CDT",
        title="Code on Dental Procedures and Nomenclature (CDT)",
        publisher="American Dental Association",
        pattern=re.compile(r"D[0-9]{4}"),
        form="the letter D and four digits",
        case_sensitive=True,
        oids=("2.16.840.1.113883.6.13",),
        copyright=(
            "CDT © American Dental Association. All rights reserved. "
            "Use of CDT content requires a licence from the ADA."
        ),
    ),
    System(
        key="ops",
        url=OPS,
        labels=("OPS", "OPS-301", "Operationen- und Prozedurenschlüssel"),
        name="OPS",
        title="Operationen- und Prozedurenschlüssel (OPS)",
        publisher="Bundesinstitut für Arzneimittel und Medizinprodukte",
        pattern=re.compile(r"[1-9]-[0-9]{2}(?:[0-9a-z](?:\.[0-9a-z]{1,2})?)?"),
        form="a digit, a hyphen and three or four characters, maybe with two more after a dot (1-234.5a)",
        case_sensitive=True,
    ),
    System(
        key="chop",
        url=CHOP,
        labels=("CHOP", "Schweizerische Operationsklassifikation"),
        name="CHOP",
        title="Schweizerische Operationsklassifikation (CHOP)",
        publisher="Bundesamt für Statistik",
        pattern=re.compile(r"Z?[0-9]{2}(?:\.[0-9A-Z]{1,2}){0,4}"),
        form="two digits, then dots with one or two characters (12.34.5A)",
        case_sensitive=True,
        oids=("2.16.756.5.30.1.126.3.1",),
    ),
    System(
        key="ccam",
        url=CCAM,
        labels=("CCAM", "Classification commune des actes médicaux"),
        name="CCAM",
        title="Classification commune des actes médicaux (CCAM)",
        publisher="Caisse nationale de l'assurance maladie",
        pattern=re.compile(r"[A-Z]{4}[0-9]{3}"),
        form="four capital letters and three digits",
        case_sensitive=True,
    ),
    System(
        key="snomed-ct",
        url=SNOMED_CT,
        labels=("SNOMED CT", "SNOMED", "SCTID", "SNOMED CT concept"),
        name="SNOMEDCT",
        title="SNOMED CT",
        publisher="SNOMED International",
        pattern=re.compile(r"[1-9][0-9]{5,17}"),
        form="numbers of 6 to 18 digits",
        case_sensitive=True,
        oids=("2.16.840.1.113883.6.96",),
        copyright=(
            "SNOMED CT © International Health Terminology Standards Development Organisation (SNOMED International). "
            "All rights reserved. SNOMED CT is a registered trademark; use requires an affiliate licence."
        ),
    ),
    System(
        key="loinc",
        url=LOINC,
        labels=("LOINC",),
        name="LOINC",
        title="Logical Observation Identifiers Names and Codes (LOINC)",
        publisher="Regenstrief Institute, Inc.",
        pattern=re.compile(r"(?:LP|LA|LG|LL|MTHU)?[0-9]{1,7}-[0-9]"),
        form="a number, a hyphen and a check digit",
        case_sensitive=False,
        oids=("2.16.840.1.113883.6.1",),
        copyright=(
            "This material contains content from LOINC (http://loinc.org). LOINC is copyright © Regenstrief Institute, "
            "Inc. and the Logical Observation Identifiers Names and Codes (LOINC) Committee and is available at no "
            "cost under the license at http://loinc.org/license. LOINC® is a registered United States trademark of "
            "Regenstrief Institute, Inc."
        ),
    ),
    System(
        key="example",
        url=EXAMPLE,
        labels=("Example", "Example procedure", "EX"),
        name="ExampleProcedures",
        title="Example Procedure Codes",
        publisher="The FHIR Terminology Server project",
        pattern=re.compile(r"EX[0-9]{3}"),
        form="the letters EX and three digits",
        case_sensitive=True,
        copyright="The sample documents and their invented codes are part of this software (Apache License 2.0).",
        description=(
            "Invented procedure codes of the sample documents that come with the server. They classify nothing and "
            "must not be used in records or claims."
        ),
        experimental=True,
    ),
)  # fmt: skip

_NOT_ALPHANUMERIC = re.compile(r"[^0-9a-z]+")


def _folded(label: str) -> str:
    return _NOT_ALPHANUMERIC.sub("", label.casefold())


_BY_URL: Mapping[str, System] = MappingProxyType({system.url: system for system in SYSTEMS})
_BY_LABEL: Mapping[str, System] = MappingProxyType(
    {_folded(label): system for system in SYSTEMS for label in (*system.labels, system.key, system.title)}
)


def by_url(url: str | None) -> System | None:
    """The system with that canonical, if this module knows it."""
    return _BY_URL.get(url or "")


def by_label(label: str) -> System | None:
    """The system a document means by "CPT4", "ICD-10-PCS", "HCPCS Level II" and the like."""
    return _BY_LABEL.get(_folded(label))


def canonical(text: str) -> str | None:
    """The canonical that a text means: of a label or an OID its system's, a URI is one itself; None for other texts."""
    text = text.strip()
    if known := by_label(text):
        return known.url
    oid = text.removeprefix("urn:oid:")
    for system in SYSTEMS:
        if oid in system.oids:
            return system.url
    return text if urlsplit(text).scheme and " " not in text else None


def header(url: str) -> CodeSystemMetadata:
    """The header of a CodeSystem for that canonical, as far as it is known: content `fragment`, no version.

    A system this module does not know gets a name made from its canonical, so that documents of any system load.
    """
    system = _BY_URL.get(url)
    if system is None:
        name = url_name(url)
        return CodeSystemMetadata(url=url, name=name, title=name, content="fragment")
    return CodeSystemMetadata(
        url=url,
        name=system.name,
        title=system.title,
        publisher=system.publisher,
        description=system.description,
        copyright=system.copyright,
        experimental=system.experimental or None,
        identifiers=tuple(f"urn:oid:{oid}" for oid in system.oids),
        case_sensitive=system.case_sensitive,
        content="fragment",
    )


def url_name(url: str) -> str:
    """A name for a canonical after FHIR's rule (letter first, letters, digits, `_`): its last speaking segment."""
    parts = urlsplit(url)
    segments = [s for s in (*parts.netloc.split("."), *re.split(r"[/:]", parts.path)) if re.search("[A-Za-z]", s)]
    speaking = parts.path if parts.scheme == "urn" else segments[-1] if segments else ""
    words = re.findall(r"[A-Za-z0-9]+", speaking)
    name = "".join(word[:1].upper() + word[1:] for word in words)
    return name if name[:1].isalpha() else f"System{name}"
