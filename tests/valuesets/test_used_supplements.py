"""A supplement was used when the expansion has codes that it supplements."""

from __future__ import annotations

import pytest

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Canonical
from terminology.model.concept import Concept, Designation
from tests.memory import MemoryCatalogue, MemoryCodeSystem
from tests.valuesets.building import expansion, include, parameters, value_set

S = "http://example.org/dogs"
SUPPLEMENT = Canonical("http://example.org/sup")
USED = ("used-supplement", "http://example.org/sup|2")


@pytest.fixture
def catalogue():
    header = CodeSystemMetadata(
        url=SUPPLEMENT.url, version="2", content="supplement", supplements=Canonical(S)
    )  # fmt: skip
    supplement = MemoryCodeSystem(header, [Concept("dog", designations=(Designation("hond", "nl"),))])
    return MemoryCatalogue(MemoryCodeSystem.of(S, "dog", "cat"), supplement)


@pytest.mark.parametrize(
    ("asked", "wishes", "used"),
    [
        (include(S), {}, True),
        (include(S), {"count": 0}, True),
        (include(S, "cat"), {}, True),
        (include(S, "nobody"), {}, False),
        (include(S, filters=[("concept", "descendent-of", "dog")]), {}, False),
        (include(S), {"filter": "zebra"}, False),
    ],
)
def test_a_supplement_is_used_where_codes_are_listed(catalogue, asked, wishes, used):
    found = expansion(catalogue, value_set("v", asked), use_supplements=(SUPPLEMENT,), **wishes)
    assert (USED in parameters(found)) is used
    assert any(name == "used-codesystem" for name, _ in parameters(found))
