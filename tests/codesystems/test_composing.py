"""Composed codes are codes only of systems that say that they are compositional (HL7's terminology ecosystem)."""

from __future__ import annotations

import pytest

from terminology.codesystems.cpt.system import CptCodeSystem
from terminology.codesystems.icd11 import Icd11CodeSystem
from terminology.codesystems.snomed.system import SnomedCodeSystem
from terminology.codesystems.stored import StoredCodeSystem
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept
from tests.codesystems.building import open_store, publish

SYSTEMS = [
    (SnomedCodeSystem, "404684003:363698007=39607008", ("404684003", "363698007", "39607008")),
    (CptCodeSystem, "99213:25", ("99213", "25")),
    (Icd11CodeSystem, "2C25.Z&XH74P3", ("2C25.Z", "XH74P3")),
]


def _system(kind: type[StoredCodeSystem], codes: tuple[str, ...], *, compositional: bool) -> StoredCodeSystem:
    metadata = CodeSystemMetadata(url="http://example.org/s", case_sensitive=True, compositional=compositional)
    store = open_store()
    return kind(metadata, store.version(publish(store, metadata, [Concept(code, code) for code in codes])), "it")


@pytest.mark.parametrize(("kind", "composed", "codes"), SYSTEMS)
def test_composed_codes_of_systems_that_do_not_say_so_are_explained(
    kind: type[StoredCodeSystem], composed: str, codes: tuple[str, ...]
) -> None:
    declared, silent = (_system(kind, codes, compositional=one) for one in (True, False))
    assert declared.locate(composed) is not None
    assert silent.locate(composed) is None
    reason = silent.explain(composed)
    assert reason is not None
    assert reason.message_id == "CODESYSTEM_NOT_COMPOSITIONAL"
    assert [silent.locate(code) is not None for code in codes] == [True] * len(codes)
