"""Releases that were loaded from different files: only what both have is compared, and it is said what is not."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from terminology.cli.main import cli
from terminology.http.app import create_app
from terminology.ingest.loading import load
from terminology.settings import Settings
from terminology.store.opening import open_store
from tests.loaders.icd10pcs import samples
from tests.loaders.icd10pcs.conftest import URL

LIST = {"icd10pcs_order_2026__txt": samples.order_txt(without=("0AB3XZ5",))}
CODES = {"icd10pcs_codes_2026__txt": samples.codes_txt()}
TABLES = {"icd10pcs_tables_2026__xml": samples.tables_xml(2026)}
BOTH = ("icd10pcs_order_2025.txt", "icd10pcs_tables_2025.xml")
WHOLE = {"icd10pcs_order_2026__txt": samples.order_txt()} | TABLES
SECTIONS = "sections and body systems. 2026 was loaded without the tables (icd10pcs_tables_….xml)"
TITLES = "titles. 2026 was loaded without the order file (icd10pcs_order_….txt)"


@pytest.mark.parametrize(
    ("old", "new", "codes", "not_compared"),
    [
        (BOTH, LIST, "1 removed", [SECTIONS]),
        (BOTH, CODES, "no change", [SECTIONS, "tables. 2026 was loaded without the order file"]),
        (BOTH, TABLES, "no change", [TITLES]),
        (BOTH, WHOLE, "no change", []),
        (BOTH[:1], LIST, "1 removed", []),
        (BOTH[1:], TABLES, "no change", []),
    ],
)
def test_only_what_both_have_is_compared(tmp_path, old, new, codes, not_compared):
    url = f"sqlite:///{tmp_path}/t.db"
    store = open_store(url)
    load(store, samples.write(tmp_path, *old))
    load(store, samples.write(tmp_path, **new))
    resource_id = next(v.resource_id for v in store.versions(URL) if v.version == "2026")
    store.close()
    said = CliRunner().invoke(cli, ["diff", URL, "2025", "2026", "--limit", "0", "--database", url]).stdout
    assert f"codes:  {codes}\n" in said
    assert " moved" not in said
    assert "groups" not in said
    client = create_app(Settings.load({}, database=url)).test_client()
    page = client.get(f"/systems/{resource_id}/changes?from=2025").text
    answer = client.get(f"/r5/CodeSystem/$diff?system={URL}&from=2025&to=2026").json["parameter"]
    told = [parameter["valueString"] for parameter in answer if parameter["name"] == "not-compared"]
    assert len(told) == len(not_compared)
    for text, expected in zip(told, not_compared, strict=True):
        assert text.startswith(f"Not compared: {expected}")
        assert text in said
        assert text in page
