"""What the suite expects to be loaded already (its other tests bring their content with the request)."""

from __future__ import annotations

from pathlib import Path

from tests import packages

PACKAGES = ("hl7.fhir.r5.core@5.0.0", "hl7.terminology.r4@7.0.1")
FILES = ("data/fhir-r4-core-terminology/hl7.fhir.r4.core-4.0.1-terminology-only.tgz",)
RELEASES = {"data/tx-source/loinc": "2.82", "data/tx-source/snomed": None}
"""Releases of code systems, with the version that the suite knows them by where they do not say it themselves."""
SETTINGS = {"TERMINOLOGY_DEFAULT_VERSIONS": "http://hl7.org/fhir/ValueSet/ucum-common|4.0.1"}
"""The suite lists units by R4's common units at every endpoint; R5's have no annotations."""


def load_content(shared: Path, folder: Path) -> str:
    """Load packages and files of the shared folder by the ordinary command into a new database; returns its url."""
    database = f"sqlite:///{folder / 'conformance.db'}"
    packages.load(database, *PACKAGES, *(str(shared / file) for file in FILES))
    for path, version in RELEASES.items():
        packages.load(database, *(("--version", version) if version else ()), str(shared / path))
    return database
