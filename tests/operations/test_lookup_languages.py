"""Properties that are texts in a language tell it."""

from __future__ import annotations

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept, Extension, Property
from terminology.operations.lookup import OPERATION
from terminology.operations.lookup_response import LANGUAGE
from tests.memory import MemoryCatalogue, MemoryCodeSystem
from tests.operations.calling import call, values

SYSTEM = "http://example.org/words"


def test_the_language_of_a_property() -> None:
    german = Property("related", "string", "Streifen", (Extension(LANGUAGE, "Code", "de-DE"),))
    concept = Concept("a", properties=(german, Property("related", "string", "Stripes")))
    catalogue = MemoryCatalogue(MemoryCodeSystem(CodeSystemMetadata(url=SYSTEM), [concept]))
    found = call(OPERATION, catalogue, system=SYSTEM, code="a")
    related = [p for p in values(found, "property") if p["code"] == "related"]
    assert [(p["value"], p.get("language")) for p in related] == [("Streifen", "de-DE"), ("Stripes", None)]
