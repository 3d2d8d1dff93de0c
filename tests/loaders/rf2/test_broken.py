"""Broken releases: named with file and line, and nothing of them is loaded."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from terminology import ingest
from terminology.codesystems.snomed import ids
from terminology.model.outcome import TerminologyError
from terminology.model.records import LoadOptions
from terminology.store.opening import open_store
from terminology.store.protocol import Store
from tests.loaders.rf2.reading import read_release
from tests.menagerie import MENAGERIE

CONCEPTS = "Snapshot/Terminology/sct2_Concept_Snapshot_INT_20250731.txt"
DESCRIPTIONS = "Snapshot/Terminology/sct2_Description_Snapshot-en_INT_20250731.txt"
RELATIONSHIPS = "Snapshot/Terminology/sct2_Relationship_Snapshot_INT_20250731.txt"
CONCRETE = "Snapshot/Terminology/sct2_RelationshipConcreteValues_Snapshot_INT_20250731.txt"
LANGUAGE = "Snapshot/Refset/Language/der2_cRefset_LanguageSnapshot-en_INT_20250731.txt"
SIMPLE = "Snapshot/Refset/Content/der2_Refset_SimpleSnapshot_INT_20250731.txt"
PAW, TAIL, SITE = MENAGERIE["Paw"].encode(), MENAGERIE["Tail"].encode(), MENAGERIE["site"].encode()
NOBODY = b"99991999999100"

Change = Callable[[list[bytes]], list[bytes]]


@pytest.fixture
def store() -> Store:
    return open_store()


def changed(line: int, old: bytes, new: bytes) -> Change:
    """One line (numbered from 1) with something else in it."""

    def change(lines: list[bytes]) -> list[bytes]:
        assert old in lines[line - 1], lines[line - 1]
        return [*lines[: line - 1], lines[line - 1].replace(old, new), *lines[line:]]

    return change


def doubled(line: int) -> Change:
    return lambda lines: [*lines, lines[line - 1]]


def line_with(path: str, *parts: bytes) -> int:
    """The first line of an unchanged file that has all of these."""
    content = MENAGERIE.contents()[path].split(b"\r\n")
    return next(n for n, line in enumerate(content, 1) if all(part in line.split(b"\t") for part in parts))


PAW_LINE = line_with(CONCEPTS, PAW)
TAIL_IS_A = line_with(RELATIONSHIPS, TAIL, ids.IS_A.encode())
PAW_SITE = line_with(RELATIONSHIPS, MENAGERIE["Scratched paw"].encode(), SITE)
PAW_NAME = line_with(DESCRIPTIONS, b"Paw")

BROKEN = {
    "a heading of another file": (
        CONCEPTS, changed(1, b"definitionStatusId", b"status"), "begins with the columns id, effectiveTime",
    ),
    "a column too few": (
        CONCEPTS, changed(PAW_LINE, b"\t1\t", b"\t"), f"line {PAW_LINE}: 4 columns where the heading has 5",
    ),
    "a column too many": (
        SIMPLE, changed(2, b"\t1\t", b"\t1\t\t"), "line 2: 7 columns where the heading has 6",
    ),
    "an identifier that is none": (
        CONCEPTS, changed(PAW_LINE, PAW, b"Paw"), f"line {PAW_LINE}: id is 'Paw', which is not a number",
    ),
    "an identifier that is too long": (
        CONCEPTS, changed(PAW_LINE, PAW, b"1234567890123456789"), f"line {PAW_LINE}: id is '1234567890123456789'",
    ),
    "no identifier": (CONCEPTS, changed(PAW_LINE, PAW, b""), f"line {PAW_LINE}: id is ''"),
    "a concept twice": (
        CONCEPTS, doubled(PAW_LINE), f"the concept {PAW.decode()} occurs twice",
    ),
    "a description twice": (
        DESCRIPTIONS, doubled(PAW_NAME), "occurs twice. A snapshot has every description once",
    ),
    "a relationship twice": (
        RELATIONSHIPS, doubled(TAIL_IS_A), "occurs twice. A snapshot has every relationship once",
    ),
    "a concrete value twice": (
        CONCRETE, doubled(2), "occurs twice. A snapshot has every relationship once",
    ),
    "a member twice": (
        SIMPLE, doubled(3), "occurs twice. A snapshot has every member of a reference set once",
    ),
    "a member of a language reference set twice": (
        LANGUAGE, doubled(2), "occurs twice. A snapshot has every member of a reference set once",
    ),
    "a member's identifier that is none": (SIMPLE, changed(2, b"-", b"+"), "line 2: id is '"),
    "a parent that is not there": (
        RELATIONSHIPS, changed(TAIL_IS_A, MENAGERIE["Body part"].encode(), NOBODY),
        f"line {TAIL_IS_A}: destinationId is {NOBODY.decode()}, and there is no such concept",
    ),
    "a child that is not there": (
        RELATIONSHIPS, changed(TAIL_IS_A, TAIL, NOBODY), f"line {TAIL_IS_A}: sourceId is {NOBODY.decode()}",
    ),
    "an attribute that is not there": (
        RELATIONSHIPS, changed(PAW_SITE, SITE, NOBODY), f"line {PAW_SITE}: typeId is {NOBODY.decode()}",
    ),
    "a concrete value of nothing": (
        CONCRETE, changed(2, MENAGERIE["Mint ointment"].encode(), NOBODY), f"line 2: sourceId is {NOBODY.decode()}",
    ),
    "a concrete value that is no number": (
        CONCRETE, changed(2, b"#5", b"#five"), "line 2: value is #five, which is not a number",
    ),
    "another encoding": (
        DESCRIPTIONS, changed(PAW_NAME, b"Paw", "Pfötchen".encode("latin-1")), f"line {PAW_NAME}: term is not UTF-8",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("path", "change", "said"), BROKEN.values(), ids=BROKEN)
def test_what_is_broken_is_named_and_nothing_is_loaded(
    path: str, change: Change, said: str, store: Store, tmp_path: Path
) -> None:
    root = MENAGERIE.write(tmp_path)
    file = root / path
    file.write_bytes(b"\r\n".join(change(file.read_bytes().removesuffix(b"\r\n").split(b"\r\n"))) + b"\r\n")
    with pytest.raises(TerminologyError) as failure:
        ingest.load(store, [root])
    text = failure.value.issues[0].text
    assert file.name in text
    assert said in text
    assert is_empty(store)


@pytest.mark.parametrize("path", [DESCRIPTIONS, RELATIONSHIPS])
def test_a_missing_file(path: str, store: Store, tmp_path: Path) -> None:
    root = MENAGERIE.write(tmp_path)
    (root / path).unlink()
    with pytest.raises(TerminologyError, match=f"has no file {Path(path).name.split('Snapshot')[0]}Snapshot…"):
        ingest.load(store, [root])
    assert is_empty(store)


@pytest.mark.parametrize("path", [CONCEPTS, DESCRIPTIONS, SIMPLE, LANGUAGE])
def test_an_empty_file(path: str, store: Store, tmp_path: Path) -> None:
    root = MENAGERIE.write(tmp_path)
    (root / path).write_bytes(b"")
    with pytest.raises(TerminologyError, match=f"{Path(path).name} is empty. It seems to be cut off"):
        ingest.load(store, [root])
    assert is_empty(store)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (DESCRIPTIONS, r"active concepts have no active description \(the first is \d+"),
        (RELATIONSHIPS, r"active concepts besides the root have no parent \(the first is \d+"),
        (LANGUAGE, "has no language reference set"),
    ],
)
def test_a_file_of_headings_only_leaves_something_out_which_is_told(
    path: str, said: str, store: Store, tmp_path: Path
) -> None:
    root = MENAGERIE.write(tmp_path)
    file = root / path
    file.write_bytes(file.read_bytes().partition(b"\r\n")[0] + b"\r\n")
    report = ingest.load(store, [root])
    assert [note for note in report.notes if re.search(said, note.issue.text)]


def test_a_whole_release_leaves_nothing_out(store: Store, tmp_path: Path) -> None:
    report = ingest.load(store, [MENAGERIE.write(tmp_path)])
    assert [note.issue.message_id for note in report.notes] == ["RF2_READ"]


def test_a_release_without_concepts_needs_its_edition(store: Store, tmp_path: Path) -> None:
    root = MENAGERIE.write(tmp_path)
    (root / CONCEPTS).unlink()
    with pytest.raises(TerminologyError, match="must be loaded together with the edition"):
        ingest.load(store, [root])
    assert is_empty(store)


def test_a_circle_of_parents(store: Store, tmp_path: Path) -> None:
    root = MENAGERIE.write(tmp_path)
    file = root / RELATIONSHIPS
    line = line_with(RELATIONSHIPS, PAW, MENAGERIE["Body part"].encode())
    lines = file.read_bytes().split(b"\r\n")
    lines[line - 1] = lines[line - 1].replace(MENAGERIE["Body part"].encode(), MENAGERIE["Hind paw"].encode())
    file.write_bytes(b"\r\n".join(lines))
    with pytest.raises(TerminologyError) as failure:
        ingest.load(store, [root])
    text = failure.value.issues[0].text
    assert PAW.decode() in text
    assert MENAGERIE["Hind paw"] in text
    assert f"{file.name}, line " in text
    assert "lead back" in text
    assert is_empty(store)


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_truncated_zip(share: float, store: Store, tmp_path: Path) -> None:
    archive = MENAGERIE.zipped(tmp_path)
    archive.write_bytes(archive.read_bytes()[: int(archive.stat().st_size * share)])
    with pytest.raises(TerminologyError, match=archive.name):
        ingest.load(store, [archive])
    assert is_empty(store)


def test_a_member_of_a_zip_that_is_damaged(store: Store, tmp_path: Path) -> None:
    archive = MENAGERIE.zipped(tmp_path)
    content = bytearray(archive.read_bytes())
    middle = content.index(b"sct2_Description_") + 400
    content[middle : middle + 40] = b"\0" * 40
    archive.write_bytes(content)
    with pytest.raises(TerminologyError, match="sct2_Description_Snapshot-en"):
        ingest.load(store, [archive])
    assert is_empty(store)


def test_a_date_that_is_none(tmp_path: Path) -> None:
    root = MENAGERIE.write(tmp_path, "Full")
    with pytest.raises(TerminologyError, match="'last year' is not a date"):
        read_release(root, options=LoadOptions(parameters={"as-of": "last year"}))


def test_a_member_of_a_full_release_without_a_uuid(tmp_path: Path) -> None:
    root = MENAGERIE.write(tmp_path, "Full")
    file = root / SIMPLE.replace("Snapshot", "Full")
    for id_ in ("12", "0000000g-0000-4000-8000-000000000000"):
        lines = file.read_bytes().split(b"\r\n")
        file.write_bytes(b"\r\n".join([*lines[:2], id_.encode() + lines[2][lines[2].index(b"\t") :], *lines[3:]]))
        with pytest.raises(TerminologyError, match=f"line 3: id is '{id_}', which is not a UUID"):
            read_release(root)


def test_a_snapshot_has_no_earlier_states(tmp_path: Path) -> None:
    root = MENAGERIE.write(tmp_path)
    with pytest.raises(TerminologyError, match="is not a full release"):
        read_release(root, options=LoadOptions(parameters={"as-of": "2024-07-31"}))


def test_a_delta_alone_is_no_release(store: Store, tmp_path: Path) -> None:
    root = MENAGERIE.write(tmp_path, "Delta")
    with pytest.raises(TerminologyError, match="are a delta") as failure:
        ingest.load(store, [root])
    assert "Delta" in failure.value.issues[0].text
    assert is_empty(store)


def is_empty(store: Store) -> bool:
    return not store.versions(ids.SYSTEM)
