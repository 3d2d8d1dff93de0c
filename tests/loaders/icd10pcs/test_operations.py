"""Operations on a loaded release: lookup, expansion by axis, search, and what is said of codes that do not exist."""

from __future__ import annotations

import pytest

from terminology.ingest.loading import load
from terminology.library import Terminology
from terminology.model.coding import Canonical
from terminology.model.valueset import Compose, ConceptSet, Filter, ValueSet
from terminology.store.opening import open_store
from tests.loaders.icd10pcs import samples
from tests.loaders.icd10pcs.conftest import URL


def expanded(terminology, *filters: Filter, text: str | None = None) -> list[str]:
    include = ConceptSet(URL, filters=filters, path="ValueSet.compose.include[0]")
    value_set = ValueSet(url="http://example.org/vs", compose=Compose((include,)))
    found = terminology.expand(value_set, filter=text, exclude_nested=True)
    assert found.expansion.total == len(found.expansion.contains)
    return [entry.code for entry in found.expansion.contains]


def test_lookup(terminology):
    found = terminology.lookup(URL, "0AB10JZ")
    assert found.display == "Polish of Bulb, Left and Open and Cloth and No Qualifier"
    assert {p.property.code: p.property.value for p in found.properties}["parent"] == "0AB"
    assert found.concept.values("approach")[0].value == "Open"


def test_values_of_axes_are_filters(terminology):
    through = expanded(terminology, Filter("approach", "=", "Through Glass"))
    assert through == ["0AB14JZ", "0AB14ZZ", "0AB24JZ", "0AB24ZZ"]
    assert expanded(terminology, Filter("approachCode", "=", "X")) == ["0AB3XZ5", "0AB3XZZ"]
    assert expanded(terminology, Filter("device", "=", "Cloth"), Filter("approach", "=", "Open")) == [
        "0AB10JZ", "0AB20JZ",
    ]  # fmt: skip
    assert expanded(terminology, Filter("change", "=", "added")) == ["0AB24ZZ"]


def test_the_hierarchy_is_a_filter(terminology):
    assert expanded(terminology, Filter("concept", "is-a", "0AC")) == ["0AC", "0AC10JZ"]
    assert expanded(terminology, Filter("concept", "descendent-of", "G")) == ["GX", "GXY", "GXY0ZZZ", "GXY1ZZZ"]
    assert terminology.subsumes(URL, "0", "0AC10JZ") == "subsumes"


def test_names_are_found(terminology):
    assert expanded(terminology, text="brightmax") == ["0AC10JZ"]
    assert set(expanded(terminology, text="whispering")) == {"GXY0ZZZ"}
    assert set(expanded(terminology, text="glow")) == {c for c in samples.CODES if c[3] in "12" and c[0] == "0"}


def said(terminology, code: str, version: str = "") -> list[str]:
    found = terminology.validate_code(f"{URL}|{version}" if version else URL, code)
    assert found.result is False
    return [issue.text for issue in found.issues][1:]


WHY = {
    "0AB1XZZ": """
        0AB1XZZ: the approach 'X' (character 5) is not possible after 0AB1 (Repairs, Lamps, Polish, Bulb, Left).
        Possible: 0 (Open), 4 (Through Glass). In this table X (Outside) goes with the body part 3 (Shade).
    """,
    "0AB10JY": """
        0AB10JY: the qualifier 'Y' (character 7) is not possible after 0AB10J (Repairs, Lamps, Polish, Bulb, Left,
        Open, Cloth). Possible: Z (No Qualifier).
    """,
    "0AB90JZ": """
        0AB90JZ: the body part '9' (character 4) is not possible after 0AB (Repairs, Lamps, Polish).
        Possible: 1 (Bulb, Left), 2 (Bulb, Right), 3 (Shade).
    """,
    "0AX10JZ": """
        0AX10JZ: the operation 'X' (character 3) is not possible after 0A (Repairs, Lamps).
        Possible: B (Polish), C (Swap).
    """,
    "0X110JZ": """
        0X110JZ: the body system 'X' (character 2) is not possible after 0 (Repairs). Possible: A (Lamps).
    """,
    "1AB10JZ": "1AB10JZ: there is no section '1' (character 1). Possible: 0 (Repairs), G (Chatting).",
    "GXY2ZZZ": """
        GXY2ZZZ: the qualifier '2' (character 4) is not possible after GXY (Chatting, None, Gossip Assessment).
        Possible: 0 (Short), 1 (Long).
    """,
    "0AB14J5": """
        0AB14J5 (Polish of Bulb, Left, with a Rag) was deleted from ICD-10-PCS on 2024-10-01, with release 2025.
    """,
    "0AB10J": "'0AB10J' cannot be an ICD-10-PCS code: it has 6 characters, and codes have 7.",
    "0AB10JZZ": "'0AB10JZZ' cannot be an ICD-10-PCS code: it has 8 characters, and codes have 7.",
    "0AB1OJZ": """
        '0AB1OJZ' cannot be an ICD-10-PCS code: its character 5 is 'O', and codes are made of 0-9, A-H, J-N and P-Z.
    """,
    "0AB.10JZ": """
        '0AB.10JZ' cannot be an ICD-10-PCS code: its character 4 is '.', and codes are made of 0-9, A-H, J-N and P-Z.
    """,
    "0ab10jz": "ICD-10-PCS codes are written in capital letters: 0AB10JZ instead of 0ab10jz.",
}


@pytest.mark.parametrize(
    ("property_code", "op", "value"),
    [
        ("approach", "=", "through glass"),
        ("approach", "in", "THROUGH GLASS , nothing"),
        ("approach", "not-in", "open, outside"),
        ("bodyPart", "=", "bulb, LEFT"),
    ],
)
def test_labels_are_selected_in_any_case(terminology, property_code, op, value):
    system = terminology.catalogue(terminology.context()).code_system(Canonical(URL))
    labels = {"approach": ("Through Glass",), "bodyPart": ("Bulb, Left",)}[property_code]
    found = system.select(Filter(property_code, op, value))
    stated = {one.ordinal: one.concept.values(property_code) for one in system.located(system.every())}
    have = [ordinal for ordinal, values in stated.items() if any(v.value in labels for v in values)]
    assert have
    if op == "not-in":
        assert set(have) <= set(found)
    else:
        assert list(found) == have
    every = system.located(system.every())
    assert [one.ordinal for one in every if system.holds(one, Filter(property_code, op, value))] == list(found)


def test_characters_are_selected_as_they_are_written(terminology):
    assert expanded(terminology, Filter("approachCode", "=", "x")) == []


@pytest.mark.parametrize("code", WHY)
def test_wrong_codes_are_explained(terminology, code):
    assert said(terminology, code) == [" ".join(WHY[code].split())]


def test_every_possible_code_exists_and_every_other_is_explained(terminology):
    """What is offered as possible leads, character by character, to all codes and to nothing else."""
    system = terminology.catalogue(terminology.context()).code_system(Canonical(URL))
    found, waiting = set(), [""]
    while waiting:
        beginning = waiting.pop()
        issue = system.explain((beginning + "V" * 7)[:7])
        assert issue is not None
        assert issue.arguments["position"] == str(len(beginning) + 1)
        possible = [value[0] for value in issue.arguments["possible"].split("), ")]
        longer = [beginning + character for character in possible]
        found |= {code for code in longer if len(code) == 7}
        waiting += [code for code in longer if len(code) < 7]
    assert sorted(found) == samples.CODES


@pytest.fixture
def opened(tmp_path):
    """Loads files into a database in a file and opens it."""
    made = []

    def open_(*names, **contents):
        url = f"sqlite:///{tmp_path}/o.db"
        load(open_store(url), samples.write(tmp_path, *names, **contents))
        made.append(Terminology(url))
        return made[-1]

    yield open_
    for terminology in made:
        terminology.close()


def test_without_the_tables_only_characters_are_known(opened):
    terminology = opened("icd10pcs_order_2025.txt")
    assert said(terminology, "0AB1XZZ") == ["0AB1XZZ: 'X' (character 5) is not possible after 0AB1. Possible: 0, 4."]
    assert said(terminology, "1AB1XZZ") == ["1AB1XZZ: there is no section '1' (character 1). Possible: 0, G."]


def test_codes_that_were_replaced_are_answered_with_what_stands_for_them(opened):
    terminology = opened("icd10pcs_order_2025.txt", pcs_conversion_table_2025__xlsx=samples.conversion_xlsx())
    (text,) = said(terminology, "0AB1BJZ")
    assert text.startswith("0AB1BJZ (Polish left, by Bob) is a former code. In its place there is since 2020-10-01: ")
    assert "0AB10JZ (Polish of Bulb, Left and Open and Cloth and No Qualifier), 0AB14JZ (" in text
    (text,) = said(terminology, "0AB1CJZ")
    assert text.startswith("0AB1CJZ (Polish left, by Cat) is a former code, and there is none in its place. Source: ")
    assert not terminology.translate(URL, "0AB1CJZ", target_system=URL).result
    found = terminology.translate(URL, "0AB1BJZ", target_system=URL)
    assert [match.concept.code for match in found.matches] == ["0AB10JZ", "0AB14JZ"]
    back = terminology.translate(URL, "0AB14JZ", target_system=URL, reverse=True)
    assert [match.concept.code for match in back.matches] == ["0AB1BJZ"]


def test_of_a_fragment_only_the_form_of_codes_is_known(opened):
    resource = (
        f'{{"resourceType":"CodeSystem","url":"{URL}","version":"x","status":"active","content":"fragment",'
        '"concept":[{"code":"0AB10JZ","display":"Polish"}]}'
    )
    terminology = opened(fragment__json=resource)
    assert terminology.validate_code(URL, "0AB99ZZ").result is True  # with a warning
    assert said(terminology, "0AB9OZZ")[0].startswith("'0AB9OZZ' cannot be an ICD-10-PCS code")


def test_the_date_of_service_chooses_the_release(opened):
    terminology = opened(
        icd10pcs_order_2025__txt=samples.order_txt(),
        icd10pcs_order_2099__txt=samples.order_txt(without=("0AB3XZ5",)),
    )
    assert terminology.validate_code(URL, "0AB3XZ5").result is True  # next October's codes are not today's
    assert terminology.lookup(URL, "0AB3XZZ", date="2024-12-24").code_system.version == "2025"
    assert terminology.lookup(URL, "0AB3XZZ", date="2098-12-24").code_system.version == "2099"
    assert terminology.validate_code(URL, "0AB3XZ5", date="2099-01-01").result is False
