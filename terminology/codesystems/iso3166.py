"""Countries and their subdivisions (ISO 3166-1, `urn:iso:std:iso:3166`; ISO 3166-2, `urn:iso:std:iso:3166:-2`).

Countries have three codes each: two letters, three letters, three digits. The two-letter codes that ISO leaves to
users (AA, QM-QZ, XA-XZ, ZZ) are codes too, whose meaning and display their users define.
"""

from __future__ import annotations

from collections.abc import Iterator
from string import ascii_uppercase

from terminology.codesystems.built import BuiltCodeSystem
from terminology.codesystems.grammar import everything_of
from terminology.codesystems.pycountry_data import Record, records
from terminology.model.codesystem import CodeSystemMetadata, PropertyDefinition
from terminology.model.concept import Concept, Designation, Property, PropertyKind
from terminology.model.protocols import Located
from terminology.model.valueset import Filter
from terminology.store.entries import ConceptRow

COUNTRIES = "urn:iso:std:iso:3166"
SUBDIVISIONS = "urn:iso:std:iso:3166:-2"
COUNTRIES_VERSION = "2018"
"""What HL7's servers and guides call ISO 3166. The codes have been the same since; names are today's."""

FORMER_NAMES = {
    "MK": ("Macedonia, the former Yugoslav Republic of",),
    "SZ": ("Swaziland",),
    "TR": ("Turkey",),
}
"""Names that were replaced after 2018, and still stand in data of that version."""

USER_ASSIGNED = ("AA", *(f"Q{c}" for c in ascii_uppercase[12:]), *(f"X{c}" for c in ascii_uppercase), "ZZ")
ALPHA2, ALPHA3, NUMERIC = "alpha2", "alpha3", "numeric"
FORMS = {ALPHA2: "alpha_2", ALPHA3: "alpha_3", NUMERIC: "numeric"}
"""Property → pycountry's name for that code."""
VALUE_SETS = {
    "http://hl7.org/fhir/ValueSet/country": everything_of(COUNTRIES),
    "http://hl7.org/fhir/ValueSet/iso3166-1-2": everything_of(COUNTRIES, Filter("code", "regex", "[A-Z]{2}")),
    "http://hl7.org/fhir/ValueSet/iso3166-1-3": everything_of(COUNTRIES, Filter("code", "regex", "[A-Z]{3}")),
    "http://hl7.org/fhir/ValueSet/iso3166-1-N": everything_of(COUNTRIES, Filter("code", "regex", "[0-9]{3}")),
}


def _defined(code: str, text: str, kind: PropertyKind = "code") -> PropertyDefinition:
    return PropertyDefinition(code, kind, description=text)


COUNTRIES_HEADER = CodeSystemMetadata(
    url=COUNTRIES,
    id="iso-3166-1",
    version=COUNTRIES_VERSION,
    name="ISO3166Part1",
    title="ISO 3166-1 Codes for the representation of names of countries: country code",
    publisher="ISO",
    description="Codes of two letters, three letters and three digits for countries and areas of special interest.",
    language="en",
    identifiers=("urn:oid:1.0.3166.1", *(f"urn:oid:1.0.3166.1.2.{n}" for n in (1, 2, 3))),
    case_sensitive=True,
    value_set="http://hl7.org/fhir/ValueSet/country",
    properties=(
        _defined(ALPHA2, "The code of two letters"),
        _defined(ALPHA3, "The code of three letters"),
        _defined(NUMERIC, "The code of three digits"),
    ),
)
SUBDIVISIONS_HEADER = CodeSystemMetadata(
    url=SUBDIVISIONS,
    id="iso-3166-2",
    name="ISO3166Part2",
    title="ISO 3166-2 Codes for the representation of names of countries: country subdivision code",
    publisher="ISO",
    description="Codes of the principal subdivisions of countries (states, provinces, regions).",
    language="en",
    identifiers=("urn:oid:1.0.3166.2",),
    case_sensitive=True,
    hierarchy_meaning="part-of",
    properties=(
        _defined("country", "The country, as its code of two letters"),
        _defined("type", "What the subdivision is called in its country", "string"),
    ),
)


class Countries(BuiltCodeSystem):
    """ISO 3166-1, with the codes that are left to users."""

    def __init__(self) -> None:
        super().__init__(COUNTRIES_HEADER, countries, VALUE_SETS)

    def _located(self, row: ConceptRow) -> Located:
        found = super()._located(row)
        if row.code not in USER_ASSIGNED:
            return found
        return Located(ordinal=found.ordinal, concept=found.concept, user_assigned=True)


def subdivisions_system() -> BuiltCodeSystem:
    """ISO 3166-2."""
    return BuiltCodeSystem(SUBDIVISIONS_HEADER, subdivisions)


def countries() -> Iterator[Concept]:
    """All codes of one form, then those of the next, each sorted."""
    known = records("3166-1")
    for form in FORMS.values():
        for record in sorted(known, key=lambda r: r[form]):
            yield _country(record, form)
        if form == "alpha_2":
            yield from (Concept(code, "User-assigned") for code in USER_ASSIGNED)


def _country(record: Record, form: str) -> Concept:
    names = [record[key] for key in ("official_name", "common_name") if key in record]
    names += FORMER_NAMES.get(record["alpha_2"], ())
    return Concept(
        record[form],
        record["name"],
        designations=tuple(Designation(name, "en") for name in dict.fromkeys(names) if name != record["name"]),
        properties=tuple(Property(code, "code", record[key]) for code, key in FORMS.items() if key != form),
    )


def subdivisions() -> Iterator[Concept]:
    """Countries in the order of their codes; larger subdivisions before the smaller ones in them."""
    known = sorted(records("3166-2"), key=lambda r: ("parent" in r, r["code"]))
    for record in known:
        country = record["code"].partition("-")[0]
        yield Concept(
            record["code"],
            record["name"],
            properties=(Property("country", "code", country), Property("type", "string", record["type"])),
            parents=(_parent(record["parent"], country),) if "parent" in record else (),
        )


def _parent(text: str, country: str) -> str:
    return text if text.startswith(f"{country}-") else f"{country}-{text}"
