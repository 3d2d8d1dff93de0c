"""The table of search parameters is what the packages of FHIR say, by the tool that makes it."""

from __future__ import annotations

import json
import runpy
import shutil
import subprocess
from pathlib import Path

import pytest

from terminology.http import search_parameters

TABLE = Path(search_parameters.__file__).with_name("search_definitions.json")
TOOL = Path(search_parameters.__file__).parents[2] / "tools" / "make_search_definitions.py"
TYPES = ("CodeSystem", "ConceptMap", "NamingSystem", "ValueSet")
NOT_SEARCHED = {
    "context-quantity", "context-type-quantity", "dependson", "product", "_filter", "_has", "_in", "_list", "_query",
    "_type",
}  # fmt: skip
"""What FHIR defines and nobody here can search for."""


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize("release", ["R4", "R5"])
def test_all_that_fhir_defines_is_searched_for_or_named_here(release: str, type_: str) -> None:
    table = json.loads(TABLE.read_text(encoding="utf-8"))[release]
    defined = {*table["Resource"], *table[type_]}
    assert defined - search_parameters.of_type(type_).keys() == NOT_SEARCHED & defined


@pytest.mark.slow
def test_the_table_is_what_the_packages_say(tmp_path: Path) -> None:
    if not (npm := shutil.which("npm")):
        pytest.skip("needs npm")
    names = ["hl7.fhir.r4b.core@4.3.0", "hl7.fhir.r5.core@5.0.0"]
    packed = subprocess.run([npm, "pack", *names], cwd=tmp_path, capture_output=True, check=False)
    if packed.returncode:
        pytest.skip("the package registry does not give the packages of FHIR")
    definitions = runpy.run_path(str(TOOL))["definitions"]
    made = dict(definitions(file) for file in sorted(tmp_path.glob("*.tgz")))
    assert made == json.loads(TABLE.read_text(encoding="utf-8"))
