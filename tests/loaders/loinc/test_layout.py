"""Which files are a release, and which version."""

from __future__ import annotations

import zipfile

from loaders.loinc import LOADER
from tests.loaders.loading import claimed, load, write_csv
from tests.loaders.loinc.release import PATH, TERM_COLUMNS, term, write_release


def zipped(folder, archive):
    with zipfile.ZipFile(archive, "w") as out:
        for file in sorted(folder.rglob("*.csv")):
            out.write(file, file.relative_to(folder))
    return archive


def test_a_release_is_one_claim_with_the_tables_that_are_not_read(tmp_path):
    folder = write_release(tmp_path / "release")
    (folder / "LoincReadMe.txt").write_text("Read me")
    (folder / "shopping.txt").write_text("milk")
    (names,) = claimed(LOADER, tmp_path)
    assert {"Loinc.csv", "deDE15LinguisticVariant.csv", "DocumentOntology.csv", "LoincReadMe.txt"} <= set(names)
    assert "shopping.txt" not in names


def test_the_version_is_in_the_name_of_the_archive(tmp_path):
    archive = zipped(write_release(tmp_path / "a"), tmp_path / "Loinc_2.81.zip")
    loaded = load(LOADER, archive)
    assert loaded.metadata.version == "2.81"
    assert "RELEASE_VERSION_GUESSED" not in loaded.notes


def test_the_version_asked_for_counts(tmp_path):
    archive = zipped(write_release(tmp_path / "a"), tmp_path / "Loinc_2.81.zip")
    assert load(LOADER, archive, version="2.82").metadata.version == "2.82"


def test_without_either_the_newest_change_of_a_term_tells_the_version(tmp_path):
    loaded = load(LOADER, write_release(tmp_path))
    assert loaded.metadata.version == "2.70"  # and not 2.9, which is older
    assert "'2.70' was taken from the newest change" in loaded.notes["RELEASE_VERSION_GUESSED"].text


def test_an_archive_and_its_unpacked_folder_are_the_same_source(tmp_path):
    folder = write_release(tmp_path / "a")
    packed = load(LOADER, zipped(folder, tmp_path / "Loinc.zip"), version="2.82").begins[0].source
    unpacked = load(LOADER, folder, version="2.82").begins[0].source
    assert (packed.name, packed.digest) == (unpacked.name, unpacked.digest) == ("loinc|2.82", packed.digest)


def test_two_releases_lie_side_by_side(tmp_path):
    write_release(tmp_path / "Loinc_2.81")
    write_release(tmp_path / "Loinc_2.82")
    assert [begin.metadata.version for begin in load(LOADER, tmp_path).begins] == ["2.81", "2.82"]


def test_the_core_table_alone_is_enough(tmp_path):
    write_csv(tmp_path / "LoincTableCore/LoincTableCore.csv", TERM_COLUMNS, term("90001-9", "Zebrium"))
    loaded = load(LOADER, tmp_path, version="2.82")
    assert loaded.values("90001-9", "COMPONENT") == ["Zebrium"]
    assert loaded.metadata.property_definition("COMPONENT").kind == "string"


def test_a_table_without_folders(tmp_path):
    write_csv(tmp_path / "Loinc.csv", TERM_COLUMNS, term("90001-9", "Zebrium"))
    write_csv(tmp_path / "Part.csv", ("anything",))
    assert sorted(claimed(LOADER, tmp_path)[0]) == ["Loinc.csv", "Part.csv"]


def test_tables_of_others_are_left_alone(tmp_path):
    write_csv(tmp_path / "Loinc.csv", ("code", "display"), ("1", "one"))
    write_csv(tmp_path / "Part.csv", ("PartNumber", "Price"), ("1", "2"))
    assert claimed(LOADER, tmp_path) == []


def test_a_core_table_beside_the_main_one_is_not_read(tmp_path):
    folder = write_release(tmp_path)
    (folder / "LoincTableCore").mkdir()
    (folder / "LoincTableCore/LoincTableCore.csv").write_bytes((folder / PATH["main"]).read_bytes())
    assert "LoincTableCore.csv" in load(LOADER, folder).notes["RELEASE_FILES_UNREAD"].text
