"""What files of a release alone bring: found in whole versions, and missing in those that were loaded without."""

from __future__ import annotations

import pytest

from terminology.codesystems import icd9cm, icd10cm
from terminology.codesystems.loinc import LOINC
from terminology.codesystems.registry import open_code_system
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept, Property
from terminology.model.protocols import HasLayers
from terminology.store.opening import open_store
from tests.codesystems.building import publish

NO_CODE = (Property("notSelectable", "boolean", True),)


@pytest.mark.parametrize(
    ("url", "codes", "groups", "expected"),
    [
        (icd10cm.URL, "A00.0 B20", "1 A00-A09 A00", {"chapters and sections": "1 A00-A09", "categories": "A00"}),
        (icd10cm.URL, "A00.0 B20", "A00", {"categories": "A00"}),
        (icd10cm.URL, "A00.0 B20", "", {}),
        (icd9cm.URL, "01.01", "01-05 01 01.0", {"chapters, and titles of categories": "01-05 01 01.0"}),
        (icd9cm.URL, "01.01", "01 01.0", {}),
        (
            LOINC, "1-8 LA1-1 LL1-1", "LP1-1",
            {"parts, and the hierarchy of codes below them": "LP1-1", "answer lists": "LL1-1", "answers": "LA1-1"},
        ),
        (LOINC, "1-8", "", {}),
    ],
)  # fmt: skip
def test_a_system_reports_the_layers_it_was_loaded_with(
    url: str, codes: str, groups: str, expected: dict[str, str]
) -> None:
    concepts = [
        *(Concept(code, properties=NO_CODE) for code in groups.split()),
        *(Concept(code, code) for code in codes.split()),
    ]
    store, metadata = open_store(), CodeSystemMetadata(url=url, version="1")
    system = open_code_system(metadata, store.version(publish(store, metadata, concepts)))
    assert isinstance(system, HasLayers)
    found = {layer.what: layer.codes for layer in system.layers() if layer.codes}
    assert found == {what: frozenset(named.split()) for what, named in expected.items()}
