"""Currencies (ISO 4217, `urn:iso:std:iso:4217`), by their codes of three letters."""

from __future__ import annotations

from collections.abc import Iterator

from terminology.codesystems.built import BuiltCodeSystem
from terminology.codesystems.grammar import everything_of
from terminology.codesystems.pycountry_data import records
from terminology.model.codesystem import CodeSystemMetadata, PropertyDefinition
from terminology.model.concept import Concept, Property

URL = "urn:iso:std:iso:4217"
ALL = "http://hl7.org/fhir/ValueSet/currencies"

HEADER = CodeSystemMetadata(
    url=URL,
    id="iso-4217",
    name="ISO4217",
    title="ISO 4217 Codes for the representation of currencies and funds",
    publisher="ISO",
    description="Codes of three letters for currencies and funds in use.",
    language="en",
    identifiers=("urn:oid:2.16.840.1.113883.6.9",),
    case_sensitive=True,
    value_set=ALL,
    properties=(PropertyDefinition("numeric", "string", description="The code of three digits"),),
)


def currencies_system() -> BuiltCodeSystem:
    """ISO 4217."""
    return BuiltCodeSystem(HEADER, currencies, {ALL: everything_of(URL)})


def currencies() -> Iterator[Concept]:
    """By code."""
    for record in sorted(records("4217"), key=lambda r: r["alpha_3"]):
        yield Concept(record["alpha_3"], record["name"], properties=(Property("numeric", "string", record["numeric"]),))
