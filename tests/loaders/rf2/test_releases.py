"""What a release becomes: concepts with texts and properties, tables of members; snapshot and full, folder and zip."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from loaders.rf2 import LOADER
from loaders.rf2.concepts import concrete_value
from loaders.sources import open_tree
from terminology.codesystems.snomed import ids
from terminology.model.records import LoadOptions
from tests.loaders.rf2.reading import Part, read_release
from tests.menagerie import ACCEPTED, MENAGERIE, READ_CODES, SPANISH
from tests.rf2 import DATE, EARLIER, Release

M = MENAGERIE


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> Part:
    (part,) = read_release(M.write(tmp_path_factory.mktemp("rf2")))
    return part


def test_everything_of_a_release_is_one_claim(tmp_path: Path) -> None:
    (tmp_path / "Readme_en.txt").write_text("about")
    M.write(tmp_path)
    (claim,) = LOADER.recognise(open_tree([tmp_path]))
    assert claim.description == f"SNOMED CT (RF2) SnomedCT_Invented_PRODUCTION_{DATE}T120000Z"
    assert not [path for path in claim.paths if "Readme" in path]
    assert len(claim.paths) == len(M.contents())


def test_the_version_and_what_is_said_of_it(part: Part) -> None:
    header = part.begin.metadata
    assert (header.url, header.version) == (ids.SYSTEM, M.version)
    assert (header.title, header.effective_start) == ("SNOMED CT International Edition", "2025-07-31")
    assert (header.count, header.compositional, header.case_sensitive) == (len(part.concepts), True, True)
    (note,) = part.notes
    assert note.message_id == "RF2_READ"
    assert note.arguments["concepts"] == str(len(M.rows["Concept"]))
    assert note.arguments["inactive"] == "4"
    assert note.arguments["relationships"] == str(len(M.rows["Relationship"]))


def test_concepts_come_after_a_parent_of_theirs(part: Part) -> None:
    seen: set[str] = set()
    for concept in part.concepts.values():
        assert not concept.parents or seen & {*concept.parents}, concept.code
        seen.add(concept.code)
    assert seen == {row[0] for row in M.rows["Concept"]}


def test_properties(part: Part) -> None:
    paw = M["Scratched paw"]
    assert part.properties(paw, "effectiveTime") == ["2024-01-31"]
    assert part.properties(paw, "moduleId") == [ids.CORE_MODULE]
    assert part.properties(paw, "sufficientlyDefined") == [True]
    assert part.properties(paw, "inactive") == []
    assert part.concepts[paw].parents == [M["Ailment"]]
    assert [p for p in part.concepts[M["Swollen ear and scratched tail"]].properties if p[3] is not None] == [
        (M["site"], "code", M["Ear"], 1),
        (M["form"], "code", M["Swelling"], 1),
        (M["form"], "code", M["Scratch"], 2),
        (M["exact site"], "code", M["Tail"], 2),
    ]


def test_concrete_values(part: Part) -> None:
    assert [p[:3] for p in part.concepts[M["Honey ointment"]].properties if p[3] == 1] == [
        (M["dose"], "decimal", Decimal("2.5")),
        (M["flavour"], "string", "Wild honey"),
        (M["edible"], "boolean", True),
    ]
    assert part.properties(M["Mint ointment"], M["dose"]) == [5]
    assert concrete_value("#-1.50") == ("decimal", Decimal("-1.50"))
    assert concrete_value('"#5"') == ("string", "#5")


def test_inactive_concepts_name_what_may_be_used_instead(part: Part) -> None:
    assert part.properties(M["Scuffed paw"], "inactive") == [True]
    assert part.properties(M["Scuffed paw"], "sameAs") == [M["Scratched paw"]]
    assert part.properties(M["Fat ear"], "replacedBy") == [M["Swollen ear"]]
    assert part.properties(M["Grazed paw"], "wasA") == [M["Scratched paw"]]
    assert part.properties(M["Odd ear"], "possiblyEquivalentTo") == [M["Ailment of ear"], M["Swollen ear"]]
    assert part.properties(M["Odd ear"], "sameAs") == [], "the association is inactive"
    declared = {definition.code for definition in part.begin.metadata.properties}
    assert {"sameAs", "replacedBy", "wasA", "possiblyEquivalentTo"} <= declared


def test_display_definition_and_designations(part: Part) -> None:
    abscess = part.concepts[M["Abscess"]]
    assert (abscess.display, abscess.definition) == ("Abscess", "A swelling that holds what it should not.")
    assert [(text, language) for text, language, _ in part.concepts[M["Paw"]].designations] == [
        ("Paw", "en"), ("Paw (invented)", "en"), ("Foot of an animal", "en"),
    ]  # fmt: skip
    ear = [(text, language) for text, language, _ in part.concepts[M["Ear"]].designations]
    assert ("Oído", "es") in ear
    tail = [text for text, _, _ in part.concepts[M["Tail"]].designations]
    assert tail[-1] == "Behind", "inactive descriptions come last"


def test_a_term_that_one_dialect_prefers_is_in_that_dialect(part: Part) -> None:
    languages = {text: language for text, language, _ in part.concepts[M["Swelling"]].designations}
    assert languages["Tumour-like swelling"] == "en-GB"
    assert languages["Tumor-like swelling"] == "en-US"
    assert languages["Swelling"] == "en"


def test_the_display_is_what_the_first_dialect_prefers(tmp_path: Path) -> None:
    release = Release()
    colour = release.concept("Shade", ids.ROOT)
    release.rows["Description"] = [row for row in release.rows["Description"] if row[4] != colour]
    release.description(colour, "Colour", dialects={ids.GB_ENGLISH: ids.PREFERRED, ids.US_ENGLISH: ids.ACCEPTABLE})
    release.description(colour, "Color", dialects={ids.US_ENGLISH: ids.PREFERRED, ids.GB_ENGLISH: ids.ACCEPTABLE})
    release.description(colour, "Hue", dialects=ACCEPTED)
    release.description(colour, "Tint", dialects={})
    (part,) = read_release(release.write(tmp_path))
    assert part.concepts[colour].display == "Color"
    assert [text for text, _, _ in part.concepts[colour].designations] == ["Color", "Colour", "Hue", "Tint"]


def test_an_extension_prefers_its_own_dialect(tmp_path: Path) -> None:
    release = Release(module="731000124108", namespace="1000124")
    dialect = release.concept("Extended words", "900000000000455006")
    shade = release.concept("Shade", ids.ROOT)
    release.description(shade, "Farbe", dialects={dialect: ids.PREFERRED})
    (part,) = read_release(release.write(tmp_path))
    assert part.concepts[shade].display == "Farbe"


def test_reference_sets_are_tables_with_all_their_fields(part: Part) -> None:
    cute = part.rows(f"refset/{M['Cute ailments']}")
    assert [(row["referencedComponentId"], row["active"]) for row in cute] == [
        (int(M["Scratched paw"]), 1), (int(M["Swollen ear"]), 1), (int(M["Fat ear"]), 1), (int(M["Ailment of ear"]), 0),
    ]  # fmt: skip
    letters = part.rows(f"refset/{M['Map to letters']}")
    assert [(row["mapGroup"], row["mapPriority"], row["mapTarget"]) for row in letters][:2] == [
        (1, 1, "S1"), (1, 2, "E9"),
    ]  # fmt: skip
    assert part.rows(f"refset/{READ_CODES}")[0]["mapTarget"] == "X17"
    (owl,) = part.rows("refset/733073007")
    assert owl["owlExpression"] == "EquivalentClasses(:1 :2)"
    rarity = part.rows(f"refset/{M['Rarity']}")
    assert {(row["valueId"], row["effectiveTime"]) for row in rarity} == {
        (int(M["Left"]), int(EARLIER)), (int(M["Right"]), int(DATE)),
    }  # fmt: skip
    (identifier, inactive) = part.rows("identifier")
    assert (identifier["alternateIdentifier"], identifier["active"], inactive["active"]) == ("EAR-1", 1, 0)


def test_descriptions_are_a_table_with_their_dialects(part: Part) -> None:
    rows = {row["term"]: row for row in part.rows("description")}
    assert rows["Behind"]["active"] == 0
    assert rows["Tumour-like swelling"][f"dialect/{ids.GB_ENGLISH}"] == int(ids.PREFERRED)
    assert rows["Oído"][f"dialect/{ids.GB_ENGLISH}"] == 0
    assert rows["Oído"][f"dialect/{SPANISH}"] == int(ids.PREFERRED)
    assert rows["A swelling that holds what it should not."]["typeId"] == int(ids.DEFINITION)


@pytest.mark.parametrize("type_", ["Snapshot", "Full"])
def test_a_zip_is_read_as_a_folder_is(part: Part, type_: str, tmp_path: Path) -> None:
    (zipped,) = read_release(M.zipped(tmp_path, type_))
    assert zipped.concepts == part.concepts
    assert zipped.version == part.version
    assert zipped.tables.keys() == part.tables.keys()
    for table in part.tables:
        assert sorted(map(str, zipped.rows(table))) == sorted(map(str, part.rows(table)))


def test_files_without_folders_are_a_release_too(part: Part, tmp_path: Path) -> None:
    for path, content in M.contents().items():
        (tmp_path / path.rpartition("/")[2]).write_bytes(content)
    (flat,) = read_release(tmp_path)
    assert flat.concepts == part.concepts


def with_history() -> tuple[Release, str, str]:
    """A concept that was renamed, moved and retired, and the concept that its last parent is."""
    release = Release(date=EARLIER)
    early = release.concept("Early parent", ids.ROOT)
    late = release.concept("Late parent", ids.ROOT)
    one = release.concept("Thing", early)
    name, parent = release.rows["Description"][-2], release.rows["Relationship"][-1]
    release.date = "20240731"
    release.row("Description", name[0], *name[4:], active=False)
    release.description(one, "Renamed thing")
    release.row("Relationship", parent[0], *parent[4:], active=False)
    release.relate(one, ids.IS_A, late)
    release.date = "20250131"
    release.row("Concept", one, ids.PRIMITIVE, active=False)
    return release, one, late


@pytest.mark.parametrize(
    ("as_of", "display", "active", "version"),
    [
        ("2024-06-30", "Thing", True, EARLIER),
        ("20240731", "Renamed thing", True, EARLIER),
        ("2025-01-31", "Renamed thing", False, "20250131"),
        (None, "Renamed thing", False, "20250131"),
    ],
)
def test_a_full_release_has_the_state_of_any_day(
    as_of: str | None, display: str, active: bool, version: str, tmp_path: Path
) -> None:
    release, one, late = with_history()
    options = LoadOptions(parameters={"as-of": as_of} if as_of else {})
    (part,) = read_release(release.write(tmp_path, "Full"), options=options)
    assert part.concepts[one].display == display
    assert part.properties(one, "inactive") == ([] if active else [True])
    assert (part.concepts[one].parents == [late]) == (display == "Renamed thing")
    assert part.version == f"http://snomed.info/sct/{ids.CORE_MODULE}/version/{version}"


def test_a_snapshot_is_preferred_to_a_full_release_beside_it(part: Part, tmp_path: Path) -> None:
    M.write(tmp_path)
    root = M.write(tmp_path, "Full")
    (root / f"Full/Terminology/sct2_Concept_Full_INT_{DATE}.txt").write_bytes(b"cannot be read")
    (read,) = read_release(tmp_path)
    assert read.concepts == part.concepts


def test_descriptions_of_strangers_are_left_out_and_counted(tmp_path: Path) -> None:
    release = Release()
    release.description("99991999999100", "Of nobody")
    (part,) = read_release(release.write(tmp_path))
    assert [note.message_id for note in part.notes] == ["RF2_READ", "RF2_DESCRIPTIONS_WITHOUT_CONCEPT"]
    assert part.notes[1].arguments == {"count": "1"}
    assert not [row for row in part.rows("description") if row["term"] == "Of nobody"]


def test_stated_relationships_are_not_taken_for_inferred_ones(tmp_path: Path) -> None:
    release = Release()
    one, other = release.concept("One", ids.ROOT), release.concept("Other", ids.ROOT)
    release.relate(one, ids.IS_A, other, kind=ids.STATED)
    release.relate(one, ids.IS_A, other, active=False)
    (part,) = read_release(release.write(tmp_path))
    assert part.concepts[one].parents == [ids.ROOT]


def test_a_byte_order_mark_and_line_ends_of_unix_are_no_hindrance(part: Part, tmp_path: Path) -> None:
    root = M.write(tmp_path)
    for file in root.rglob("*.txt"):
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\r\n", b"\n").removesuffix(b"\n"))
    (unix,) = read_release(root)
    assert unix.concepts == part.concepts


def test_files_are_read_in_pieces(part: Part, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loaders.rf2.columns.CHUNK", 100)
    (read,) = read_release(M.write(tmp_path))
    assert read.concepts == part.concepts
