"""The invented release, loaded once."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminology import ingest
from terminology.codesystems.snomed import ids
from terminology.codesystems.snomed.system import SnomedCodeSystem
from terminology.library import Terminology
from terminology.model.coding import Canonical
from tests.menagerie import MENAGERIE


@pytest.fixture(scope="session")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Terminology:
    """A server with the invented release."""
    folder: Path = tmp_path_factory.mktemp("menagerie")
    terminology = Terminology(folder / "menagerie.db")
    ingest.load(terminology.store, [MENAGERIE.zipped(folder)])
    return terminology


@pytest.fixture(scope="session")
def snomed(zoo: Terminology) -> SnomedCodeSystem:
    """The version of that release."""
    system = zoo.catalogue(zoo.context()).code_system(Canonical(ids.SYSTEM))
    assert isinstance(system, SnomedCodeSystem)
    return system
