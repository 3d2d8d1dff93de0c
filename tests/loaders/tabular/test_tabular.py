"""Tables with a mapping: the documented example, every kind of column, broken tables and mappings."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from loaders import LOADERS
from loaders.sources import open_tree
from loaders.tabular import LOADER
from terminology import ingest
from terminology.model.coding import Coding
from terminology.model.outcome import TerminologyError
from terminology.model.records import LoadOptions
from terminology.store.opening import open_store
from tests.conftest import PROJECT
from tests.loaders.reading import Read, read, values
from tests.loaders.workbooks import workbook

PAGE = (PROJECT / "docs" / "code-systems.md").read_text(encoding="utf-8")
TABLE = re.findall(r"```csv\n(.*?)```", PAGE, re.DOTALL)[0]
MAPPING = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0]
TABBED = TABLE.replace(",", "\t")


def load(folder: Path, table: str | bytes = TABLE, mapping: str = MAPPING, name: str = "tools.csv") -> Read:
    (folder / name).write_bytes(table.encode() if isinstance(table, str) else table)
    (folder / f"{name.partition('.')[0]}.mapping.toml").write_text(mapping, encoding="utf-8")
    return read(LOADER, [folder])


def check_example(result: Read) -> None:
    found, made = result.concepts, result.parts[0][0].metadata
    assert (made.url, made.version, made.title) == ("http://example.org/CodeSystem/tools", "2031", "Tools")
    assert [(c.code, c.display, c.parents) for c in found.values()] == [
        ("T", "Tools", ()), ("T1", "Hammer", ("T",)), ("T2", "Sickle", ("T",)),
    ]  # fmt: skip
    synonym = Coding("http://snomed.info/sct", "900000000000013009")
    assert [(d.value, d.language, d.use) for d in found["T1"].designations] == [
        ("Marteau", "fr", None), ("Mallet", None, synonym), ("Beater", None, synonym),
    ]  # fmt: skip
    assert [str(price) for price in values(found["T1"], "price")] == ["12.50"]
    assert values(found["T2"], "inactive") == [True]
    assert values(found["T1"], "inactive") == []
    assert [(p.code, p.kind) for p in made.properties] == [("price", "decimal"), ("inactive", "boolean")]


def test_documented_example(tmp_path: Path) -> None:
    check_example(load(tmp_path))


def test_semicolons_as_spreadsheets_write_them_where_numbers_have_commas(tmp_path: Path) -> None:
    check_example(
        load(tmp_path, TABLE.replace("; Beater", "/ Beater").replace(",", ";"), MAPPING.replace('";"', '"/"'))
    )


def test_commas_with_a_semicolon_in_every_row(tmp_path: Path) -> None:
    rows = [line + ("; more" if "Also" not in line else "") for line in TABLE.splitlines()]
    found = load(tmp_path, "\n".join(rows)).concepts
    assert [d.value for d in found["T2"].designations] == ["Faucille", "more"]


def test_every_form_of_table(tmp_path: Path) -> None:
    rows = [line.split(",") for line in TABLE.splitlines()]
    for name, data in {
        "a.tsv": TABBED.encode(), "b.xlsx": workbook([["A title"], *rows]), "c.txt": TABBED.encode(),
    }.items():  # fmt: skip
        folder = tmp_path / name[0]
        folder.mkdir()
        check_example(load(folder, data, name=name))


@pytest.mark.parametrize("name", ["tools.mapping.toml", "tools.mapping.json"])
def test_mappings_as_editors_of_windows_save_them(tmp_path: Path, name: str) -> None:
    (tmp_path / "tools.csv").write_text(TABLE, encoding="utf-8")
    mapping = MAPPING if name.endswith("toml") else json.dumps(tomllib.loads(MAPPING))
    (tmp_path / name).write_text(mapping, encoding="utf-8-sig")
    check_example(read(LOADER, [tmp_path]))


def test_mapping_in_json(tmp_path: Path) -> None:
    (tmp_path / "tools.csv").write_text(TABLE, encoding="utf-8")
    (tmp_path / "other.mapping.json").write_text(json.dumps(tomllib.loads(MAPPING)), encoding="utf-8")
    check_example(read(LOADER, [tmp_path]))  # names differ, but there is only one of each


def test_several_tables_and_none_without_mapping(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text(TABLE, encoding="utf-8")
    result = load(tmp_path)
    assert result.claimed == ["tools.csv", "tools.mapping.toml"]
    (tmp_path / "tools.mapping.toml").unlink()
    assert LOADER.recognise(open_tree([tmp_path])) == []


def test_options_come_first(tmp_path: Path) -> None:
    load(tmp_path)
    made = read(LOADER, [tmp_path], LoadOptions(system="http://x.example", version="9")).parts[0][0].metadata
    assert (made.url, made.version) == ("http://x.example", "9")


def test_typed_properties(tmp_path: Path) -> None:
    table = "id,n,flag,when,link,state,p\na,3,YES,2031-01-02,http://x.example|b,gone,\nb,,no,,c,there,a;a\n"
    mapping = 'system = "http://x.example"\ncaseSensitive = false\ncontent = "fragment"\n[columns]\ncode = "ID"\n'
    mapping += 'inactive = { column = "state", values = ["Gone"] }\nparent = { column = "p", separator = ";" }\n'
    for column, kind in (("n", "integer"), ("flag", "boolean"), ("when", "dateTime"), ("link", "Coding")):
        mapping += f'[[columns.property]]\ncolumn = "{column}"\ncode = "{column}"\ntype = "{kind}"\n'
    result = load(tmp_path, table, mapping)
    a, b = result.concepts.values()
    assert {p.code: p.value for p in a.properties} == {
        "inactive": True, "n": 3, "flag": True, "when": "2031-01-02", "link": Coding("http://x.example", "b"),
    }  # fmt: skip
    assert values(b, "flag") == [False]
    assert values(b, "link") == [Coding(None, "c")]
    assert b.parents == ("a",)
    made = result.parts[0][0].metadata
    assert (made.case_sensitive, made.content) == (False, "fragment")


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (
            TABLE.replace("Nom,", "Nome,"),
            "has no columns called Nom, which its mapping names. Its headings: Code, Name",
        ),
        (TABLE.replace("T1,", ","), "line 3: the column 'Code' is empty"),
        (TABLE.replace("T2,", "T1,"), "line 4: the code T1 stands in line 3 already"),
        (TABLE.replace(",T,9", ",Z,9"), "line 4: the parent Z is not a code of this table"),
        (TABLE.replace("12.50", "cheap"), "line 3: 'cheap' in the column 'Price' is not a decimal"),
        (TABLE.replace(",yes,", ",perhaps,"), "line 4: 'perhaps' in the column 'Retired' is not a boolean"),
        (TABLE + '"T3', "line 5"),
        (TABLE.partition("\n")[0] + "\n", "tools.csv has headings, but no rows"),
        ("Kode,Name\nT,Tools\n", "Its headings: Kode, Name."),
        (TABLE + "T3,Saw,,T,1,,Blade, long\n", "line 5: 'long' stands beyond the last heading"),
    ],
)
def test_broken_tables(tmp_path: Path, table: str, told: str) -> None:
    with pytest.raises(TerminologyError) as caught:
        load(tmp_path, table)
    assert told in str(caught.value)
    assert "tools.csv" in str(caught.value)


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        (MAPPING.replace('code = "Code"', ""), "columns has no 'code'"),
        (MAPPING.replace("title =", "titel ="), "the mapping has titel"),
        (MAPPING.replace('"decimal"', '"money"'), "type 'money' is none of"),
        (MAPPING.replace('"Nom"', "3"), "'column' must be a text"),
        ("x = ", "Invalid value"),
        ('system = "x"', "it has no table 'columns'"),
    ],
)
def test_broken_mappings(tmp_path: Path, mapping: str, told: str) -> None:
    with pytest.raises(TerminologyError) as caught:
        load(tmp_path, mapping=mapping)
    assert told in str(caught.value)
    assert "tools.mapping.toml cannot be used" in str(caught.value)


def test_no_system(tmp_path: Path) -> None:
    with pytest.raises(TerminologyError, match="Nothing says which code system"):
        load(tmp_path, mapping=MAPPING.replace("system", "# system", 1))


def test_two_mappings(tmp_path: Path) -> None:
    (tmp_path / "tools.mapping.json").write_text("{}", encoding="utf-8")
    with pytest.raises(TerminologyError, match="is another mapping"):
        load(tmp_path)


def test_a_loaded_table_can_be_queried(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    load(tmp_path / "in")
    store = open_store(f"sqlite:///{tmp_path / 'x.db'}")
    report = ingest.load(store, [tmp_path / "in"], loaders=LOADERS)
    assert [(v.url, v.concepts) for v in report.versions] == [("http://example.org/CodeSystem/tools", 3)]
    assert report.unclaimed == []
    mapping = tmp_path / "in" / "tools.mapping.toml"
    mapping.write_text(MAPPING.replace('parent = "Kind of"', ""), encoding="utf-8")
    again = ingest.load(store, [tmp_path / "in"], loaders=LOADERS)
    assert len(again.versions) == 1  # a changed mapping is a changed source
