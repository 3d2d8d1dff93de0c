"""ClaML: classes, rubrics, usages, Metas and modifiers of an invented file; samples; broken files."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders import LOADERS
from loaders.claml import LOADER
from terminology import ingest
from terminology.library import Terminology
from terminology.model.concept import Concept
from terminology.model.outcome import TerminologyError
from terminology.model.records import LoadOptions
from terminology.store.opening import open_store
from tests.loaders.claml.sample import CLASSES, MODIFIERS, claml
from tests.loaders.reading import Read, read, values


def load(folder: Path, text: str, options: LoadOptions | None = None) -> Read:
    path = folder / "claml.xml"
    path.write_text(text, encoding="utf-8")
    return read(LOADER, [path], options or LoadOptions())


@pytest.fixture
def found(tmp_path: Path) -> dict[str, Concept]:
    return load(tmp_path, claml()).concepts


def test_order_and_hierarchy(found: dict[str, Concept]) -> None:
    assert [code for code in found if len(code) <= 2] == ["2", "B", "B1", "B2", "1", "A", "A2", "A1", "A3"]
    assert found["A1"].parents == ("A",)
    assert found["1"].parents == ()


def test_display_designations_definition(found: dict[str, Concept]) -> None:
    suture = found["A1"]
    assert (suture.display, suture.definition) == ("Naht der Haut", "Mit Faden")
    said = {(d.value, d.language, d.use.code if d.use else None) for d in suture.designations}
    assert said == {
        ("Suture", "fr", "preferredForLanguage"), ("Naht", "de", "preferred"), ("Klammern", "de", "inclusion"),
        ("Agrafes", "fr", "inclusion"),
    }  # fmt: skip


def test_properties(found: dict[str, Concept]) -> None:
    suture = found["A1"]
    assert values(suture, "kind") == ["category"]
    assert values(suture, "usage") == ["dagger"]
    assert values(suture, "usageMark") == ["+"]
    assert values(suture, "Para295") == ["P"]
    assert values(suture, "claml-status") == ["x"]
    assert values(suture, "exclusion") == ["Kleben B1*", "Coller ailleurs"]
    german, french = suture.values("exclusion")
    assert (german.extensions, [e.value for e in french.extensions]) == ((), ["fr"])
    assert values(found["1"], "notSelectable") == values(found["A"], "notSelectable") == [True]
    assert values(suture, "notSelectable") == []


def test_inherited_modifiers(found: dict[str, Concept]) -> None:
    assert {code for code in found if code.startswith("A1")} == {"A1", "A1R", "A1L"}
    right = found["A1R"]
    assert right.display == "Naht der Haut: Rechts"
    assert right.parents == ("A1",)
    assert [(d.value, d.language) for d in right.designations] == [("Suture: Droite", "fr")]
    assert values(right, "note") == ["Von vorn gesehen"]
    assert values(right, "usage") == ["dagger"]
    assert values(right, "Para295") == ["P"]
    assert values(right, "modifierClass") == ["SIDE R"]
    assert values(found["A1L"], "Paar") == ["L"]
    assert "AR" not in found  # a modifier is passed down to where the hierarchy ends


def test_excluded_and_own_modifiers(found: dict[str, Concept]) -> None:
    assert {code for code in found if code.startswith("A2")} == {"A2"}
    assert {code for code in found if code.startswith("A3")} == {"A3", "A3L"}


def test_several_modifiers_by_position(found: dict[str, Concept]) -> None:
    made = {code: concept.parents for code, concept in found.items() if code.startswith("B1")}
    assert made == {
        "B1": ("B",), "B1.0": ("B1",), "B1.0R": ("B1.0",), "B1.1": ("B1",), "B1.10": ("B1.1",), "B1.10R": ("B1.10",),
        "B1.10L": ("B1.10",),
    }  # fmt: skip
    assert found["B1.10L"].display == "Kleben: Ganz geschlossen: Links"


def test_a_class_that_is_a_combination_has_used_its_modifier(found: dict[str, Concept]) -> None:
    assert {code for code in found if code.startswith("B2")} == {"B2", "B2.0"}


def test_header_and_report(tmp_path: Path) -> None:
    result = load(tmp_path, claml())
    made = result.parts[0][0].metadata
    assert (made.url, made.version, made.name) == ("http://fhir.de/CodeSystem/bfarm/ops", "2031", "OPS")
    assert (made.title, made.copyright, made.language) == ("Invented procedures 2031", "Nobody", "de")
    assert (made.date, made.effective_start, made.effective_end) == ("2030-10-20", "2031-01-01", "2031-12-31")
    assert {"kind", "usage", "Para295", "exclusion", "claml-status"} <= {p.code for p in made.properties}
    assert any(note.endswith("10 classes, 9 codes made of them by modifiers.") for note in result.notes)


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("OPS", "http://fhir.de/CodeSystem/bfarm/ops"),
        ("ICD-10-GM", "http://fhir.de/CodeSystem/bfarm/icd-10-gm"),
        ("icd10gm2031", "http://fhir.de/CodeSystem/bfarm/icd-10-gm"),
        ("CHOP_2031", "urn:oid:2.16.756.5.30.1.126.3.1"),
        ("ICD-10-WHO", "http://hl7.org/fhir/sid/icd-10"),
    ],
)
def test_known_systems(tmp_path: Path, name: str, url: str) -> None:
    assert load(tmp_path, claml(name)).parts[0][0].metadata.url == url


def test_other_systems_are_stated(tmp_path: Path) -> None:
    with pytest.raises(TerminologyError, match=r"\('Mine', identifiers: 1\.2\.3\) belongs to a classification"):
        load(tmp_path, claml("Mine"))
    made = load(tmp_path, claml("Mine"), LoadOptions(system="http://example.org/mine")).parts[0][0].metadata
    assert (made.url, made.name, made.publisher) == ("http://example.org/mine", "Mine", "Nobody")
    assert made.effective_start is None


def test_version(tmp_path: Path) -> None:
    with pytest.raises(TerminologyError, match="states no version"):
        load(tmp_path, claml(version=""))
    assert load(tmp_path, claml(version=""), LoadOptions(version="2032")).parts[0][0].metadata.version == "2032"


def test_version_3_with_a_namespace(tmp_path: Path) -> None:
    text = claml().replace('<ClaML version="2.0.0">', '<c:ClaML version="3.0.0" xmlns:c="http://x.example/claml">')
    text = text.replace("</ClaML>", "</c:ClaML>")
    assert len(load(tmp_path, text).concepts) == 19


def test_everything_that_version_3_may_have_changes_no_code(tmp_path: Path) -> None:
    """Authors, variants, displays of kinds, histories, names of modifiers, attributes of labels."""
    history = "<History author='n' date='2031-01-01'>New</History>"
    changes = {
        'ClaML version="2.0.0"': 'ClaML version="3.0.0"',
        "<ClassKinds>": "<Authors><Author name='n'>Nobody</Author></Authors>"
        "<Variants><Variant name='print'>Print</Variant></Variants><ClassKinds>",
        '<ClassKind name="block"/>': '<ClassKind name="block"><Display xml:lang="de">Gruppe</Display></ClassKind>',
        '<RubricKind name="preferred"/>': '<RubricKind name="preferred" inherited="false"/>',
        '<Modifier code="SIDE">': '<Modifier code="SIDE"><Rubric kind="text"><Label>Seite</Label></Rubric>',
        '<ModifiedBy code="SIDE"/>': '<ModifiedBy code="SIDE" all="true" variants="print"/>',
        '<Label xml:lang="de">Schnitt</Label>': '<Label xml:lang="de" xml:space="default">Schnitt</Label>',
        "Kapitel eins</Label></Rubric>": f"Kapitel eins</Label>{history}</Rubric>",
        "Kapitel zwei</Label></Rubric>": f"Kapitel zwei</Label></Rubric>{history}",
    }
    text = claml()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    assert load(tmp_path, text).concepts == load(tmp_path, claml()).concepts


def test_two_years_are_compared_and_chosen_by_the_day(tmp_path: Path) -> None:
    url = "http://fhir.de/CodeSystem/bfarm/ops"
    with Terminology(tmp_path / "ops.db") as terminology:
        for year, side, title in (("2031", "R", "Gips"), ("2032", "Q", "Gipsverband")):
            modifiers = MODIFIERS.replace('code="R"', f'code="{side}"')
            path = tmp_path / f"ops{year}.xml"
            path.write_text(claml("OPS", year, modifiers, CLASSES.replace(">Gips<", f">{title}<")), encoding="utf-8")
            ingest.load(terminology.store, [path])
        found = terminology.diff(url, "2031", "2032")
        changes = {kind: [one.code for one in found.of(kind)] for kind in ("added", "removed", "retitled")}
        assert changes == {
            "added": ["B1.0Q", "B1.10Q", "A1Q"], "removed": ["B1.0R", "B1.10R", "A1R"], "retitled": ["B2"],
        }  # fmt: skip
        assert terminology.validate_code(url, "A1R", date="2031-05-05").result
        assert not terminology.validate_code(url, "A1R", date="2032-05-05").result
        without_day = terminology.validate_code(url, "A1L")
        assert [issue.message_id for issue in without_day.issues] == ["CODESYSTEM_VERSION_NEEDED"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-15"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    name = encoding.removesuffix("-sig").upper()
    path = tmp_path / "claml.xml"
    path.write_text(claml().replace('"UTF-8"', f'"{name}"').replace("Naht", "Nähte"), encoding=encoding)
    assert read(LOADER, [path]).concepts["A1"].display == "Nähte der Haut"
    attack = '"ClaML.dtd" [<!ENTITY x "Naht">]>'
    path.write_text(claml().replace('"UTF-8"', f'"{name}"').replace('"ClaML.dtd">', attack), encoding=encoding)
    with pytest.raises(TerminologyError, match="XML entities"):
        read(LOADER, [path])


@pytest.mark.parametrize(
    ("label", "told"),
    [
        ('Siehe <Reference class="in brackets" code="B1" usage="aster">B1.-</Reference>!', "Siehe (B1.-*)!"),
        ('Siehe <Reference usage="dagger">B1+</Reference>', "Siehe B1+"),
        ('Siehe <Reference usage="unknown">B1</Reference>', "Siehe B1"),
        ('Wie: <Include rubric="one"/>.', "Wie: Naht der Haut."),
        ('Wie: <Include rubric="two"/>', "Wie: (Naht der Haut)"),
        ("<Fragment type='list'>Naht</Fragment><Fragment type='item'>eng</Fragment>", "Naht eng"),
        ("<List><ListItem>a</ListItem><ListItem><Para>b</Para></ListItem></List>", "a b"),
        ("<Table><TBody><Row><Cell>a</Cell><Cell>b</Cell></Row></TBody></Table>", "a b"),
        ("H<Term class='subscript'>2</Term>O", "H2O"),
    ],
)
def test_labels(tmp_path: Path, label: str, told: str) -> None:
    text = claml().replace('<Rubric kind="preferredLong">', '<Rubric kind="preferredLong" id="one">')
    text = text.replace('<Label xml:lang="de">Von vorn gesehen', f'<Label xml:lang="de">{label}', 1)
    two = '<Rubric kind="text" id="two"><Label>(<Include rubric="one"/>)</Label></Rubric>'
    text = text.replace('<ExcludeModifier code="SIDE"/>', f'<ExcludeModifier code="SIDE"/>{two}')
    found = load(tmp_path, text).concepts
    assert values(found["A1R"], "note") == [told]
    assert values(found["A2"], "text") == ["(Naht der Haut)"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (claml().replace("Von vorn", '<Include rubric="none"/>'), "no rubric with the code none"),
        (claml()[:-30], "the XML is broken"),
        (claml(classes="</ClaML>"), "without a Class"),
        (claml(classes=CLASSES.replace('code="A3" kind', 'code="A2" kind')), "gives A2 a second time"),
        (claml(classes=CLASSES.replace('SuperClass code="B2"', 'SuperClass code="ZZ"')), "class that B2.0 names"),
        (claml(classes=CLASSES.replace('SubClass code="B1"', 'SubClass code="B9"')), "with the code B9"),
        (
            claml(classes=CLASSES.replace('ModifiedBy code="SIDE"/', 'ModifiedBy code="NO"/')),
            "no modifier with the code NO",
        ),
        (claml(classes=CLASSES.replace('Class code="L"', 'Class code="M"')), "class of modifier SIDE with the code M"),
        (claml(modifiers=MODIFIERS.replace('modifier="SIDE"', "", 1)), "has no attribute 'modifier'"),
        (
            claml(classes=CLASSES.replace('"1" kind="chapter">', '"1" kind="chapter"><SuperClass code="A"/>')),
            "has a cycle",
        ),
        (claml().replace('"ClaML.dtd">', '"ClaML.dtd" [<!ENTITY x SYSTEM "file:///etc/passwd">]>'), "XML entities"),
    ],
)
def test_broken(tmp_path: Path, text: str, told: str) -> None:
    assert text != claml()
    with pytest.raises(TerminologyError) as caught:
        load(tmp_path, text)
    assert told in str(caught.value)
    assert "claml.xml" in str(caught.value)


def test_a_loaded_classification_can_be_queried(tmp_path: Path) -> None:
    path = tmp_path / "ops.xml"
    path.write_text(claml(), encoding="utf-8")
    report = ingest.load(open_store(f"sqlite:///{tmp_path / 'x.db'}"), [path], loaders=LOADERS)
    assert [(v.url, v.version, v.concepts) for v in report.versions] == [
        ("http://fhir.de/CodeSystem/bfarm/ops", "2031", 19)
    ]


def sample(shared: Path, name: str) -> Read:
    (path,) = (shared / "data" / "claml-samples").glob(f"*/{name}")
    return read(LOADER, [path], LoadOptions(system="http://example.org/cs"))


def test_sample_of_modifiers(shared: Path) -> None:
    found = sample(shared, "modifiers-test.xml").concepts
    assert set(found) == {
        "A", "A.1", "A.2", "A.3", "B", "BM1", "BM2", "C", "CM1", "D", "DM1", "DM1N1", "DM2", "DM2N1", "DM2N2",
    }  # fmt: skip


def test_samples_of_hierarchies(shared: Path) -> None:
    assert set(sample(shared, "simple-claml.xml").concepts) == {"A", "A.1", "A.2", "A.3", "B", "C"}
    result = sample(shared, "test.xml")
    assert result.concepts["ID"].parents == ("A", "B")
    assert any("1 links to subclasses" in note for note in result.notes)
    with pytest.raises(TerminologyError, match=r"line 18: there is no class that Patient names with the code gender"):
        sample(shared, "fhir.xml")
