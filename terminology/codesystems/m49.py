"""Areas of the United Nations' standard M49 (`http://unstats.un.org/unsd/methods/m49/m49.htm`): countries and regions.

Countries are those of ISO 3166-1, whose numeric codes are M49's. Regions are those that IANA's language subtag
registry takes over: continents and their parts, no economic groupings. How regions contain each other is not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from terminology.codesystems.bcp47 import subtags
from terminology.codesystems.built import BuiltCodeSystem
from terminology.codesystems.pycountry_data import records
from terminology.model.codesystem import CodeSystemMetadata, FilterDefinition, PropertyDefinition
from terminology.model.concept import Concept, Property

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


def areas_system() -> BuiltCodeSystem:
    """M49."""
    return BuiltCodeSystem(HEADER, areas)


def areas() -> Iterator[Concept]:
    """By code."""
    regions = subtags.read(subtags.installed()).regions.all()
    found = {r.text: (r.name, "region") for r in regions if r.text.isdigit()}
    found |= {r["numeric"]: (r["name"], "country") for r in records("3166-1")}
    for code, (name, kind) in sorted(found.items()):
        yield Concept(code, name, properties=(Property("class", "code", kind),))
