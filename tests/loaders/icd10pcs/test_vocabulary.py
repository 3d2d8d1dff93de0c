"""Names of axis values as CMS writes them: labels, and labels with a condition on the table."""

from __future__ import annotations

import pytest

from loaders.icd10pcs import tables
from loaders.icd10pcs.vocabulary import ALWAYS, Condition, Place, Vocabulary
from loaders.sources import open_tree
from tests.loaders.icd10pcs import samples


@pytest.fixture
def read(tmp_path):
    (tmp_path / "t.xml").write_text(samples.tables_xml())
    found = tables.parse(open_tree([tmp_path / "t.xml"]).files()[0])
    return {table.code: table for table in found}


@pytest.mark.parametrize(
    ("name", "where", "places"),
    [
        ("Cloth", {}, [Place("0", 6, "Cloth")]),
        ("Bulb, Left", {"section": "0", "position": 4}, [Place("0", 4, "Bulb, Left")]),
        ("Bulb, Left", {"section": "G"}, []),
        ("Cloth", {"section": "0", "position": 4}, [Place("0", 6, "Cloth")]),  # CMS files it under another axis
        ("Cloth in Lamps", {}, [Place("0", 6, "Cloth", Condition(body_system="Lamps"))]),
        ("Cloth for Polish in Lamps", {}, [Place("0", 6, "Cloth", Condition("Polish", "Lamps"))]),
        ("Short (Assessment)", {}, [Place("G", 4, "Short", Condition(ending="Assessment"))]),
        ("None", {"section": "G"}, [Place("G", n, "None") for n in (2, 5, 6, 7)]),
        ("Feather", {}, []),
        ("Feather in Lamps", {}, []),
    ],
)
def test_names_are_found(read, name, where, places):
    assert Vocabulary(read).find(name, **where) == places


@pytest.mark.parametrize(
    ("condition", "tables_"),
    [
        (ALWAYS, ["0AB", "0AC", "GXY"]),
        (Condition(body_system="Lamps"), ["0AB", "0AC"]),
        (Condition(body_system="Chatting"), ["GXY"]),  # a section's name stands for all of it
        (Condition("Swap", "Lamps"), ["0AC"]),
        (Condition(ending="Assessment"), ["GXY"]),
        (Condition(table="0AC"), ["0AC"]),
        (Condition(body_system="Heaters"), []),
    ],
)
def test_conditions_on_tables(read, condition, tables_):
    assert [code for code, table in read.items() if condition.holds(table)] == tables_
