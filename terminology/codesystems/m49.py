"""Areas of the United Nations' standard M49 (`http://unstats.un.org/unsd/methods/m49/m49.htm`): countries and regions.

Countries are those of ISO 3166-1, whose numeric codes are M49's; `NAMES` are those that the United Nations call
otherwise. Regions are those that IANA's language subtag registry takes over: continents and their parts, no economic
groupings. How regions contain each other is not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from terminology.codesystems.bcp47 import subtags
from terminology.codesystems.built import BuiltCodeSystem
from terminology.codesystems.pycountry_data import records
from terminology.model.codesystem import CodeSystemMetadata, FilterDefinition, PropertyDefinition
from terminology.model.concept import Concept, Designation, Property

URL = "http://unstats.un.org/unsd/methods/m49/m49.htm"

HEADER = CodeSystemMetadata(
    url=URL,
    id="m49",
    name="M49",
    title="Standard country or area codes for statistical use (M49)",
    publisher="United Nations Statistics Division",
    description="Codes of three digits for countries, areas and geographical regions.",
    language="en",
    case_sensitive=True,
    filters=(FilterDefinition("class", ("=",), "region | country"),),
    properties=(PropertyDefinition("class", "code", description="region or country"),),
)

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "068": "Bolivia (Plurinational State of)",
        "092": "British Virgin Islands",
        "180": "Democratic Republic of the Congo",
        "275": "State of Palestine",
        "336": "Holy See",
        "344": "China, Hong Kong Special Administrative Region",
        "364": "Iran (Islamic Republic of)",
        "408": "Democratic People's Republic of Korea",
        "410": "Republic of Korea",
        "446": "China, Macao Special Administrative Region",
        "498": "Republic of Moldova",
        "583": "Micronesia (Federated States of)",
        "654": "Saint Helena",
        "663": "Saint Martin (French Part)",
        "744": "Svalbard and Jan Mayen Islands",
        "826": "United Kingdom of Great Britain and Northern Ireland",
        "834": "United Republic of Tanzania",
        "840": "United States of America",
        "850": "United States Virgin Islands",
        "862": "Venezuela (Bolivarian Republic of)",
        "876": "Wallis and Futuna Islands",
    }
)
"""Names of the United Nations' list where ISO 3166-1 has others, which stay designations."""


def areas_system() -> BuiltCodeSystem:
    """M49."""
    return BuiltCodeSystem(HEADER, areas)


def areas() -> Iterator[Concept]:
    """By code."""
    regions = subtags.read(subtags.installed()).regions.all()
    found = {r.text: (r.name, "region") for r in regions if r.text.isdigit()}
    found |= {r["numeric"]: (r["name"], "country") for r in records("3166-1")}
    for code, (name, kind) in sorted(found.items()):
        others = (Designation(name, "en"),) if code in NAMES else ()
        yield Concept(code, NAMES.get(code, name), designations=others, properties=(Property("class", "code", kind),))
