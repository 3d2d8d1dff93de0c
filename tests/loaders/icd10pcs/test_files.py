"""Each file by itself: what is read, and what is wrong with broken ones, by line."""

from __future__ import annotations

import pytest

from loaders.icd10pcs import addenda, conversion, definitions, index, lists, tables
from loaders.icd10pcs.roles import role_of
from loaders.sources import open_tree
from terminology.model.coding import Coding
from terminology.model.outcome import TerminologyError
from tests.loaders.icd10pcs import samples


@pytest.fixture
def opened(tmp_path):
    def open_(content: str | bytes, name: str = "file.txt"):
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return open_tree([tmp_path / name]).files()[0]

    return open_


def broken(read, file) -> str:
    with pytest.raises(TerminologyError) as caught:
        list(read(file) or ())
    assert caught.value.kind == "invalid"
    assert file.path in str(caught.value)
    return str(caught.value)


# What a file is


@pytest.mark.parametrize(
    ("name", "content", "role"),
    [
        ("x.txt", samples.order_txt(), "order"),
        ("x.txt", samples.codes_txt(), "codes"),
        ("x.xml", samples.tables_xml(), "tables"),
        ("x.xml", samples.DEFINITIONS, "definitions"),
        ("x.xml", samples.INDEX, "index"),
        ("order_addenda_2025.txt", samples.order_addendum(), "order-addendum"),
        ("changes.txt", samples.order_addendum(), "order-addendum"),
        ("codes_addenda_2025.txt", "Add:         0AB10JZ Polish of Bulb\r\n", "codes-addendum"),
        ("changes.txt", "Add:         0AB10JZ Polish of Bulb\r\n", "codes-addendum"),
        ("pcs_conversion_table_2025.xlsx", samples.conversion_xlsx(), "conversion"),
        ("index_addenda_2025.txt", "Lttr  E\r\nMain Add  Globe\r\n", "readable-addendum"),
        # of others
        ("other.xlsx", samples.conversion_xlsx(), None),
        ("x.xml", "<ICD10CM.tabular><version>2025</version></ICD10CM.tabular>", None),
        ("x.txt", f"00001 A00     0 {'Bad':<60} Bad\r\n00002 A000    1 {'Bad by':<60} Bad by\r\n00003", None),
        ("icd10cm_order_2025.txt", f"00001 A00     0 {'Bad':<60} Bad\r\n", None),
        ("x.txt", "0AB10JZ 4711  10000\r\n0AB10ZZ 4711  10000\r\n", None),
        ("x.txt", "ABDUCENS nerve\r\nREPAIRS Of Lamps\r\n", None),
        ("x.txt", "A text about 0AB10JZ\r\n", None),
        ("x.csv", samples.order_txt(), None),
    ],
)  # fmt: skip
def test_the_role_of_a_file_is_recognised(opened, name, content, role):
    assert role_of(opened(content, name)) == role


def test_a_line_that_is_cut_off_in_the_sample_does_not_matter(opened):
    many = "".join(f"{n:05} 0AB10{c}Z 1 {'t':<60} {'title ' * 20}\r\n" for n, c in enumerate("0123456789", 1)) * 5
    assert role_of(opened(many)) == "order"


# Lists


def test_the_order_file(opened):
    concepts = list(lists.order_file(opened(samples.order_txt())))
    assert [c.code for c in concepts if len(c.code) == 7] == samples.CODES
    header, first = concepts[:2]
    assert (header.code, header.display, header.parents) == ("0AB", "Lamps, Polish", ())
    assert header.properties[0].code == "notSelectable"
    assert first.display == "Polish of Bulb, Left and Open and Cloth and No Qualifier"
    assert [(d.value, d.use.code) for d in first.designations] == [
        ("Polish of Bulb, Left, Open, Cloth, No Qualifier", "abbreviated-title")
    ]
    assert first.parents == ("0AB",)


def test_equal_titles_are_given_once(opened):
    line = f"00001 0AB     0 {'Lamps':<60} Lamps\r\n"
    (concept,) = lists.order_file(opened(line))
    assert concept.designations == ()


GOOD = samples.order_txt().splitlines(keepends=True)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([*GOOD[:2], GOOD[2][:50]], "line 3: the line ends too early"),
        ([*GOOD[:2], GOOD[3]], "line 3: the order number is 00004 where 00003 should come"),
        ([*GOOD[:2], "00003" + GOOD[1][5:]], "line 3: 0AB10JZ is given for the second time"),
        ([*GOOD[:2], GOOD[2].replace(" 1 ", " 0 ", 1)], "line 3: the flag 0 does not fit 0AB10ZZ"),
        ([GOOD[0].replace(" 0 ", " 1 ", 1)], "line 1: the flag 1 does not fit 0AB"),
        (["00001" + GOOD[1][5:]], "line 1: 0AB10JZ does not follow the header of its table, 0AB"),
        ([GOOD[0], GOOD[1].replace("0AB10JZ", "0AB1OJZ")], "line 2: '00002 0AB1OJZ"),
        ([*GOOD[:2], "Some remark\r\n"], "line 3: 'Some remark' is not a line of an order file"),
    ],
)
def test_broken_order_files(opened, lines, expected):
    assert expected in broken(lists.order_file, opened("".join(lines)))


def test_wrong_encodings(opened):
    assert "line 1: this is not text in UTF-8" in broken(lists.order_file, opened(samples.order_txt().encode("utf-16")))
    assert "line 2: this is not text" in broken(lists.order_file, opened(GOOD[0].encode() + b"\x81\n"))
    latin = opened(f"00001 0AB     0 {'Ménière':<60} Ménière\r\n".encode("cp1252"))
    assert next(lists.order_file(latin)).display == "Ménière"
    marked = opened(b"\xef\xbb\xbf" + GOOD[0].encode())
    assert next(lists.order_file(marked)).code == "0AB"


def test_the_codes_file(opened):
    concepts = list(lists.codes_file(opened(samples.codes_txt())))
    assert [c.code for c in concepts] == samples.CODES
    assert concepts[0].display == "Polish of Bulb, Left and Open and Cloth and No Qualifier"
    twice = samples.codes_txt() + samples.codes_txt()
    assert "line 14: 0AB10JZ is given for the second time" in broken(lists.codes_file, opened(twice))
    assert "line 1: 'x' is not a line of a codes file" in broken(lists.codes_file, opened("x"))


# Tables


def test_the_tables_multiply_out(opened):
    read = tables.parse(opened(samples.tables_xml(), "t.xml"))
    assert [table.code for table in read] == samples.HEADERS
    made = [code for table in read for row in table.rows for code, _ in row.codes(table.code)]
    assert sorted(made) == samples.CODES
    assert read[0].definition == "Rubbing a part of a lamp until it shines"
    assert read[1].definition is None
    assert tables.from_facts(tables.to_facts(read)) == {table.code: table for table in read}


def test_properties_by_the_titles_of_the_axes(opened):
    read = tables.parse(opened(samples.tables_xml(), "t.xml"))
    assert [d.code for d in tables.property_definitions(read)] == [
        "section", "sectionCode", "bodySystem", "bodySystemCode", "operation", "operationCode", "bodyPart",
        "bodyPartCode", "approach", "approachCode", "device", "deviceCode", "qualifier", "qualifierCode", "type",
        "typeCode",
    ]  # fmt: skip


XML = samples.tables_xml()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('codes="8"', 'codes="9"', "line 8: the row states 9 codes, and its values make 8"),
        ('values="2"', 'values="3"', "line 9: the axis states 3 values and has 2"),
        ('pos="5"', 'pos="6"', "line 10: the axis has position '6', and not 5"),
        ("<title>Approach</title>", "", "line 10: axis has no title"),
        ('<label code="4">', "<label>", "line 10: label has no attribute 'code'"),
        ('<label code="4">', '<label code="O">', "line 10: 'O' (Through Glass) cannot be a character"),
        (">Through Glass<", "><", "line 10: label has no text"),
        ("</pcsTable>", "", "the XML is broken"),
        ('<axis pos="2" values="1"><title>Body System</title><label code="A">Lamps</label></axis>', "",
         "line 7: the axis has position '3', and not 2"),
        ('C">Swap', 'B">Swap', "line 21: 0AB is given for the second time"),
        ('code="5">Twice', 'code="Z">Twice', "line 14: 0AB3XZZ is given for the second time"),
    ],
)  # fmt: skip
def test_broken_tables(opened, old, new, expected):
    assert old in XML
    assert expected in broken(tables.parse, opened(XML.replace(old, new, 1), "t.xml"))


def test_a_row_without_all_axes(opened):
    start = XML.index('<axis pos="7"')
    cut = XML[:start] + XML[XML.index("</pcsRow>") :]
    assert "a row has the four axes 4 to 7; this one has 3" in broken(tables.parse, opened(cut, "t.xml"))


def test_a_file_with_entities_of_its_own_is_refused(opened, tmp_path):
    (tmp_path / "secret").write_text("secret")
    bomb = f'<!DOCTYPE x [<!ENTITY s SYSTEM "file://{tmp_path}/secret">]>\n' + XML.split("\n", 1)[1]
    assert "declares XML entities" in broken(tables.parse, opened(bomb.replace(">Open<", ">&s;<", 1), "t.xml"))


# Definitions and index


def test_the_definitions(opened):
    read = definitions.parse(opened(samples.DEFINITIONS, "d.xml"))
    assert [(t.section, t.position, t.labels) for t in read.terms][:3] == [
        ("0", 3, ("Polish",)), ("0", 4, ("Bulb, Left", "Bulb, Right")), ("0", 5, ("Open",)),
    ]  # fmt: skip
    assert read.terms[0].includes == ("Lamp shining, bulb buffing",)
    assert read.terms[0].explanation == "Not for dust alone"
    assert read.aggregates[0].parent == Coding(code="Y", display="Bulb")
    assert definitions.from_facts(definitions.to_facts(read)) == read


def test_broken_definitions(opened):
    text = samples.DEFINITIONS
    assert "line 17: terms has no title" in broken(
        definitions.parse, opened(text.replace("<title>Cloth in Lamps</title>", ""), "d.xml")
    )
    assert "the axis has position '9'" in broken(definitions.parse, opened(text.replace('pos="5"', 'pos="9"'), "d.xml"))
    assert "parent has no attribute 'value'" in broken(
        definitions.parse, opened(text.replace(' value="Y"', ""), "d.xml")
    )


def test_the_index(opened):
    read = index.parse(opened(samples.INDEX, "i.xml"))
    assert read == (
        index.Entry("see", "Buffing", "Polish"),
        index.Entry("see", "Burnish", "Polish, Bulb, Left"),
        index.Entry("codes", "Bulb change", "0AC"),
        index.Entry("use", "Globe", "Bulb, Left"),
        index.Entry("use", "Globe", "Bulb, Right"),
        index.Entry("use", "GlowMore", "Spare Bulb", "0AC"),
        index.Entry("codes", "Gone", "0AB9ZZZ"),
        index.Entry("codes", "Polish, Bulb, Left", "0AB1"),
        index.Entry("codes", "Polish, Bulb, Right", "0AB2"),
        index.Entry("codes", "Polish, Shade", "0AB3XZ"),
        index.Entry("codes", "Whispering", "GXY0ZZZ"),
        index.Entry("see", "Wink", "Nothing that is there"),
    )
    assert tuple(index.from_facts(index.to_facts(read))) == read


def test_broken_indexes(opened):
    text = samples.INDEX
    assert "line 15: '0AB9ZZO' cannot be from ICD-10-PCS" in broken(
        index.parse, opened(text.replace("0AB9ZZZ", "0AB9ZZO"), "i.xml")
    )
    assert "mainTerm has no title" in broken(index.parse, opened(text.replace("<title>Gone</title>", ""), "i.xml"))


# Addenda


def test_an_addendum_of_the_order_file(opened):
    read = addenda.parse(opened(samples.order_addendum()), with_short=True)
    assert [(c.action, c.code) for c in read.changes] == [
        ("deleted", "0AB14J5"), ("added", "0AB24ZZ"), ("retitled", "0AC10JZ"),
    ]  # fmt: skip
    assert read.changes[2].was == "Exchange of Bulb, Left"
    assert (read.headers, read.codes) == (3, 13)
    assert addenda.from_facts(addenda.to_facts(read)) == read


def test_an_addendum_of_the_codes_file(opened):
    text = "Add:         0AB10JZ Polish of Bulb, Left\r\n\r\nCodes\r\n      1 additions\r\n      0 deletions\r\n"
    read = addenda.parse(opened(text), with_short=False)
    assert read.changes == (addenda.Change("added", "0AB10JZ", "", "Polish of Bulb, Left"),)
    assert (read.headers, read.codes) == (None, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (samples.order_addendum(additions=2), "line 18: the addendum states 2 (Codes, additions) and has 1"),
        (samples.order_addendum(deletions=0), "the addendum states 0 (Codes, deletions) and has 1"),
        (samples.order_addendum(revisions=9), "the addendum states 9 (Codes, revisions) and has 1"),
        ("Add: what\r\n", "line 1: 'Add: what' is neither a change"),
        (samples.addendum_line("Revise to", "0AC10JZ", "Swap"), "line 1: 'Revise from:' and 'Revise to:' come"),
        (samples.addendum_line("Revise from", "0AC10JZ", "Swap"), "'Revise from:' and 'Revise to:' come in pairs"),
        (samples.addendum_line("Revise from", "0AC10JZ", "Swap") * 2, "line 2: 'Revise from:' and"),
        (samples.addendum_line("Revise from", "0AC10JZ", "a") + samples.addendum_line("Revise to", "0AB10JZ", "b"),
         "line 2: 'Revise from:' and 'Revise to:' come in pairs for one code; 0AB10JZ does not"),
        ("Add:         0AB10JZ Polish of Bulb, L", "line 1: the line ends too early"),
    ],
)  # fmt: skip
def test_broken_addenda(opened, text, expected):
    assert expected in broken(lambda file: [addenda.parse(file, with_short=True)], opened(text))


# Conversion table


def test_the_conversion_table(opened):
    read = conversion.parse(opened(samples.conversion_xlsx(), "conversion.xlsx"))
    assert read.without_predecessor == 1
    assert len(read.pairs) == 7
    assert read.pairs[0].effective == "2020-10-01"
    assert read.pairs[4].effective == "2019-04-01"
    facts = conversion.from_facts(conversion.to_facts(read))
    assert {code: [old.code for old in former] for code, former in facts.items()} == {
        "0AB10JZ": ["0AB1AJZ", "0AB1BJZ"], "0AB14JZ": ["0AB1BJZ"],
    }  # fmt: skip


def test_the_map_of_the_conversion_table(opened):
    read = conversion.parse(opened(samples.conversion_xlsx(), "conversion.xlsx"))
    map_ = conversion.to_map(read, "2025")
    ((group),) = map_.groups
    found = {(m.source_code, m.target_code): m for m in group.mappings}
    assert {pair: m.relationship for pair, m in found.items()} == {
        ("0AB1AJZ", "0AB10JZ"): "equivalent",  # the only code in its place; the row `New` of this pair says less
        ("0AB1AJZ", "0AB20JZ"): "related-to",
        ("0AB1BJZ", "0AB10JZ"): "related-to",  # one of two
        ("0AB1BJZ", "0AB14JZ"): "related-to",
        ("0AB1CJZ", None): None,
        ("0AC10JZ", "0AC10JZ"): "equivalent",
    }
    first = found["0AB1AJZ", "0AB10JZ"]
    assert {p.attribute: p.value for p in first.properties} == {"changeType": "Deleted", "effectiveDate": "2020-10-01"}
    assert first.comment == "equivalent"


GOOD_ROW = samples.CONVERSION_ROWS[0]


@pytest.mark.parametrize(
    ("head", "row", "expected"),
    [
        (samples.CONVERSION_HEAD[:5], GOOD_ROW, "line 1: these are not the columns of a conversion table"),
        (samples.CONVERSION_HEAD, ("0AB1", *GOOD_ROW[1:]), "line 2: '0AB1' cannot be from ICD-10-PCS"),
        (samples.CONVERSION_HEAD, (*GOOD_ROW[:5], "Moved", "", "10.01"), "line 2: the change type is 'Moved'"),
        (samples.CONVERSION_HEAD, (*GOOD_ROW[:7], "13.01"), "line 2: year '2020' and month and day '13.01'"),
        (samples.CONVERSION_HEAD, (*GOOD_ROW[:2], "20", *GOOD_ROW[3:]), "line 2: year '20' and month and day '10.01'"),
    ],
)
def test_broken_conversion_tables(opened, head, row, expected):
    data = samples.conversion_xlsx([row], head)
    assert expected in broken(lambda file: [conversion.parse(file)], opened(data, "conversion.xlsx"))
