"""Two-letter abbreviations of the United States Postal Service (`https://www.usps.com/`; Publication 28, appendix B).

States, the federal district, territories and freely associated states, and the places of armed forces.
"""

from __future__ import annotations

from collections.abc import Iterator

from terminology.codesystems.built import BuiltCodeSystem
from terminology.codesystems.grammar import everything_of
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept

URL = "https://www.usps.com/"
ALL = "http://terminology.hl7.org/ValueSet/USPS-State"

HEADER = CodeSystemMetadata(
    url=URL,
    id="usps",
    name="USPSState",
    title="USPS two-letter state and possession abbreviations",
    publisher="United States Postal Service",
    description="Abbreviations of states, territories and armed forces locations in postal addresses.",
    language="en",
    identifiers=("urn:oid:2.16.840.1.113883.6.350",),
    case_sensitive=True,
    value_set=ALL,
)

ABBREVIATIONS = {
    "AA": "Armed Forces Americas", "AE": "Armed Forces Europe, the Middle East, and Canada",
    "AK": "Alaska", "AL": "Alabama", "AP": "Armed Forces Pacific", "AR": "Arkansas", "AS": "American Samoa",
    "AZ": "Arizona", "CA": "California", "CO": "Colorado", "CT": "Connecticut", "DC": "District of Columbia",
    "DE": "Delaware", "FL": "Florida", "FM": "Federated States of Micronesia", "GA": "Georgia", "GU": "Guam",
    "HI": "Hawaii", "IA": "Iowa", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "KS": "Kansas", "KY": "Kentucky",
    "LA": "Louisiana", "MA": "Massachusetts", "MD": "Maryland", "ME": "Maine", "MH": "Marshall Islands",
    "MI": "Michigan", "MN": "Minnesota", "MO": "Missouri", "MP": "Northern Mariana Islands", "MS": "Mississippi",
    "MT": "Montana", "NC": "North Carolina", "ND": "North Dakota", "NE": "Nebraska", "NH": "New Hampshire",
    "NJ": "New Jersey", "NM": "New Mexico", "NV": "Nevada", "NY": "New York", "OH": "Ohio", "OK": "Oklahoma",
    "OR": "Oregon", "PA": "Pennsylvania", "PR": "Puerto Rico", "PW": "Palau", "RI": "Rhode Island",
    "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VA": "Virginia",
    "VI": "Virgin Islands", "VT": "Vermont", "WA": "Washington", "WI": "Wisconsin", "WV": "West Virginia",
    "WY": "Wyoming",
}  # fmt: skip


def states_system() -> BuiltCodeSystem:
    """The abbreviations."""
    value_sets = (ALL, "http://hl7.org/fhir/us/core/ValueSet/us-core-usps-state")
    return BuiltCodeSystem(HEADER, states, {url: everything_of(URL) for url in value_sets})


def states() -> Iterator[Concept]:
    """By abbreviation."""
    for code, name in ABBREVIATIONS.items():
        yield Concept(code, name)
