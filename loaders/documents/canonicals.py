"""Canonicals that documents introduce: of properties, designation uses and value sets.

They share one base. It is a name, not an address: example.org is reserved (RFC 2606), so nobody else can ever own it.
"""

from __future__ import annotations

from typing import Final

from terminology.model.coding import Coding

BASE: Final = "https://fhir-terminology-server.example.org"
PROPERTY_BASE: Final = f"{BASE}/procedure-document#"
VALUE_SET_BASE: Final = f"{BASE}/ValueSet/"

CONSUMER_NAME: Final = Coding(
    f"{BASE}/CodeSystem/designation-use", "consumer-friendly-name", display="Consumer-friendly name"
)
"""The use of the name for patients; FHIR's own value set of uses has no code for it."""

SYNONYM: Final = Coding("http://snomed.info/sct", "900000000000013009", display="Synonym")
"""The use of names in brackets: FHIR's code for synonyms."""
