"""Source trees: what is opened, what is refused, what is said about it."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from loaders import archives, files, sources
from loaders.sources import Tree, open_tree
from terminology.model.outcome import TerminologyError


def zipped(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def tarred(members: dict[str, bytes], mode: str = "w:gz") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def contents(tree: Tree, root: Path) -> dict[str, bytes]:
    return {file.path.removeprefix(root.as_posix() + "/"): file.read() for file in tree.files()}


def problems(tree: Tree, root: Path) -> dict[str, str]:
    return {path.removeprefix(root.as_posix() + "/"): issue.message_id for path, issue in tree.problems().items()}


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("release.zip", zipped),
        ("release.tgz", tarred),
        ("release.tar.gz", tarred),
        ("release.TAR", lambda members: tarred(members, "w")),
        ("stored.ZIP", lambda members: zipped(members, zipfile.ZIP_STORED)),
        ("strong.zip", lambda members: zipped(members, zipfile.ZIP_LZMA)),
    ],
)
def test_archives_are_read_in_place(tmp_path: Path, name: str, pack: Callable[[dict[str, bytes]], bytes]) -> None:
    (tmp_path / name).write_bytes(pack({"b/two.txt": b"2\r\n3\n4", "a.txt": b"1"}))
    tree = open_tree([tmp_path / name])
    assert contents(tree, tmp_path) == {f"{name}!/a.txt": b"1", f"{name}!/b/two.txt": b"2\r\n3\n4"}
    second = tree.files()[1]
    assert (second.name, second.size) == ("two.txt", 6)
    assert list(second.lines()) == [b"2", b"3", b"4"]
    assert second.head(1) == b"2"
    assert second.digest() == hashlib.sha256(b"2\r\n3\n4").hexdigest()
    assert tree.file(second.path) is second
    assert not tree.problems()
    assert list(tmp_path.iterdir()) == [tmp_path / name], "nothing is unpacked beside it"


def test_folders_in_path_order_without_hidden_files(tmp_path: Path) -> None:
    for name in ("z.txt", "a/b.txt", ".hidden", ".git/x", "__MACOSX/y", "a/.DS_Store", "Thumbs.db"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert list(contents(open_tree([tmp_path]), tmp_path)) == ["a/b.txt", "z.txt"]


def test_hidden_members_are_left_out_too(tmp_path: Path) -> None:
    (tmp_path / "r.zip").write_bytes(zipped({"__MACOSX/._a": b"x", "package/.index.json": b"x", "a": b"x"}))
    assert list(contents(open_tree([tmp_path]), tmp_path)) == ["r.zip!/a"]


def test_a_hidden_folder_that_was_named_is_read(tmp_path: Path) -> None:
    (tmp_path / ".data").mkdir()
    (tmp_path / ".data" / "a.txt").write_bytes(b"x")
    assert list(contents(open_tree([tmp_path / ".data"]), tmp_path)) == [".data/a.txt"]


def test_a_path_is_the_same_from_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "a.txt").write_bytes(b"x")
    expected = [(tmp_path / "x" / "a.txt").as_posix()]
    monkeypatch.chdir(tmp_path)
    for given in ("x", "./x/", "x/../x/a.txt", str(tmp_path / "x")):
        assert [f.path for f in open_tree([given]).files()] == expected
    assert [f.path for f in open_tree(["x", "x/a.txt"]).files()] == expected


def test_gzip_files_lose_their_suffix(tmp_path: Path) -> None:
    data = b"line\n" * 1000
    (tmp_path / "codes.txt.gz").write_bytes(gzip.compress(data))
    (file,) = open_tree([tmp_path]).files()
    assert (file.name, file.size, file.read()) == ("codes.txt", len(data), data)
    assert file.path.endswith("codes.txt.gz")


def test_archives_in_archives_are_opened_one_level(tmp_path: Path) -> None:
    innermost = zipped({"deep.txt": b"deep"})
    inner = zipped({"in.txt": b"in", "more.zip": innermost, "more.txt.gz": gzip.compress(b"more")})
    outer = {
        "a.zip": inner,
        "b.tgz": tarred({"t.txt": b"t"}),
        "c.txt.gz": gzip.compress(b"c"),
        "d.tar": tarred({"u": b"u"}, "w"),
    }
    for name, data in (("o.zip", zipped(outer)), ("o.tgz", tarred(outer))):
        (tmp_path / name).write_bytes(data)
        tree = open_tree([tmp_path / name])
        assert problems(tree, tmp_path) == {f"{name}!/a.zip!/more.zip": "FILE_DEEP"}
        assert contents(tree, tmp_path) == {
            f"{name}!/a.zip!/in.txt": b"in",
            f"{name}!/a.zip!/more.txt.gz": b"more",
            f"{name}!/b.tgz!/t.txt": b"t",
            f"{name}!/c.txt.gz": b"c",
            f"{name}!/d.tar!/u": b"u",
        }


def test_members_can_be_read_in_any_order_and_together(tmp_path: Path) -> None:
    members = {f"{n}.txt": bytes([65 + n]) * 3_000_000 for n in range(3)}
    for name, pack in (("x.zip", zipped), ("x.tgz", tarred)):
        (tmp_path / name).write_bytes(pack(members))
        streams = [file.chunks() for file in reversed(open_tree([tmp_path / name]).files())]
        together = zip(*streams, strict=True)
        assert all({chunk[:1] for chunk in chunks} == {b"A", b"B", b"C"} for chunks in together)


@pytest.mark.parametrize("name", ["../up.txt", "a/../../up.txt", "/etc/passwd", "C:/x.txt", "..\\up.txt"])
def test_paths_that_leave_the_archive_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "x.zip").write_bytes(zipped({name: b"x", "ok.txt": b"ok"}))
    (tmp_path / "x.tgz").write_bytes(tarred({name: b"x", "ok.txt": b"ok"}))
    for archive in ("x.zip", "x.tgz") if "\\" not in name else ("x.zip",):
        tree = open_tree([tmp_path / archive])
        assert list(contents(tree, tmp_path)) == [f"{archive}!/ok.txt"]
        assert set(problems(tree, tmp_path).values()) == {"FILE_PATH_UNSAFE"}


def test_links_and_devices_in_archives_are_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x.tgz", "w:gz") as archive:
        for name, kind in (
            ("sym", tarfile.SYMTYPE),
            ("hard", tarfile.LNKTYPE),
            ("pipe", tarfile.FIFOTYPE),
            ("dev", tarfile.CHRTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/hostname"
            archive.addfile(info)
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as zip_:
        info = zipfile.ZipInfo("sym")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        zip_.writestr(info, "/etc/hostname")
    tree = open_tree([tmp_path])
    assert tree.files() == []
    assert problems(tree, tmp_path) == dict.fromkeys(
        ["x.tgz!/dev", "x.tgz!/hard", "x.tgz!/pipe", "x.tgz!/sym", "x.zip!/sym"], "FILE_SPECIAL"
    )


def test_special_files_and_broken_links_on_disk(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.txt").write_bytes(b"a")
    (tmp_path / "link.txt").symlink_to(tmp_path / "real" / "a.txt")
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere")
    (tmp_path / "circle").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(tmp_path / "pipe")
    tree = open_tree([tmp_path])
    assert list(contents(tree, tmp_path)) == ["link.txt", "real/a.txt"]
    assert problems(tree, tmp_path) == {"circle": "FILE_SPECIAL", "gone.txt": "FILE_UNREADABLE", "pipe": "FILE_SPECIAL"}
    with pytest.raises(TerminologyError, match="special file"):
        open_tree([tmp_path / "pipe"])


def test_empty_files_are_reported_not_fatal(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    (tmp_path / "x.zip").write_bytes(zipped({"none.csv": b"", "a": b"a"}))
    tree = open_tree([tmp_path])
    assert list(contents(tree, tmp_path)) == ["x.zip!/a"]
    assert problems(tree, tmp_path) == {"empty.txt": "FILE_EMPTY", "x.zip!/none.csv": "FILE_EMPTY"}


def test_an_unreadable_file_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As any user but root meets it."""
    (tmp_path / "secret.txt").write_bytes(b"x")
    monkeypatch.setattr(sources.os, "access", lambda path, _mode: path.name != "secret.txt")
    assert problems(open_tree([tmp_path]), tmp_path) == {"secret.txt": "FILE_UNREADABLE"}


def test_a_path_that_is_not_there() -> None:
    with pytest.raises(TerminologyError, match=r"no file or folder 'nowhere\.zip'") as error:
        open_tree(["nowhere.zip"])
    assert error.value.kind == "not-found"


CUT = {
    "zip": zipped({"a.txt": os.urandom(5000)}),
    "tgz": tarred({"a.txt": os.urandom(5000)}),
    "tar": tarred({"a": os.urandom(5000)}, "w"),
}


@pytest.mark.parametrize("kind", CUT)
@pytest.mark.parametrize("keep", [30, 2000])
def test_a_truncated_archive_is_an_error_that_names_it(tmp_path: Path, kind: str, keep: int) -> None:
    (tmp_path / f"cut.{kind}").write_bytes(CUT[kind][:keep])
    with pytest.raises(TerminologyError) as error:
        open_tree([tmp_path / f"cut.{kind}"])
    assert error.value.kind == "invalid"
    assert f"cut.{kind} is not an archive, or is damaged or cut off" in str(error.value)


def test_a_broken_archive_among_others_is_reported(tmp_path: Path) -> None:
    (tmp_path / "cut.zip").write_bytes(CUT["zip"][:100])
    (tmp_path / "fake.zip").write_bytes(b"<html>not found</html>")
    (tmp_path / "a.txt").write_bytes(b"a")
    tree = open_tree([tmp_path])
    assert list(contents(tree, tmp_path)) == ["a.txt"]
    assert set(problems(tree, tmp_path)) == {"cut.zip", "fake.zip"}


def test_a_damaged_member_is_named_when_it_is_read(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.txt": b"A" * 1000}, zipfile.ZIP_STORED))
    data[100] ^= 0xFF
    (tmp_path / "x.zip").write_bytes(data)
    (file,) = open_tree([tmp_path / "x.zip"]).files()
    with pytest.raises(TerminologyError, match=r"x\.zip!/a\.txt is damaged"):
        file.read()


def test_a_truncated_gzip_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.txt.gz").write_bytes(gzip.compress(os.urandom(5000))[:-20])
    (file,) = open_tree([tmp_path]).files()
    with pytest.raises(TerminologyError, match=r"x\.txt\.gz is damaged or cut off"):
        list(file.lines())


def test_encrypted_and_unknown_compression(tmp_path: Path) -> None:
    data = bytearray(zipped({"secret.txt": b"x", "odd.txt": b"y"}))
    first = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", first + 4)
    data[first + 8] |= 1
    data[second + 10] = 9
    (tmp_path / "x.zip").write_bytes(data)
    tree = open_tree([tmp_path])
    assert problems(tree, tmp_path) == {"x.zip!/secret.txt": "FILE_ENCRYPTED", "x.zip!/odd.txt": "FILE_COMPRESSION"}
    assert "password" in tree.problems()[f"{tmp_path.as_posix()}/x.zip!/secret.txt"].text


SMALL = files.Limits(max_file=100_000, max_total=1_000_000, max_members=50, ratio=20, harmless=50_000)


def small(tree_of: Path) -> Tree:
    opening = sources._Opening(SMALL, Path.as_posix)
    opening.named(tree_of)
    return Tree(opening.files, opening.problems)


def test_bombs_are_refused(tmp_path: Path) -> None:
    zeros = b"\0" * 90_000
    (tmp_path / "x.zip").write_bytes(zipped({"bomb": zeros, "ok": b"ok"}))
    tree = small(tmp_path / "x.zip")
    assert problems(tree, tmp_path) == {"x.zip!/bomb": "FILE_BOMB"}
    (tmp_path / "x.tgz").write_bytes(tarred({"bomb": zeros}))
    with pytest.raises(TerminologyError, match="no honest archive"):
        small(tmp_path / "x.tgz")
    (tmp_path / "x.gz").write_bytes(gzip.compress(zeros))
    (file,) = small(tmp_path / "x.gz").files()
    with pytest.raises(TerminologyError, match="no honest file"):
        file.read()


def test_a_bomb_hidden_in_an_archive(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(zipped({"in.tgz": tarred({"bomb": b"\0" * 900_000}), "ok": b"ok"}))
    tree = small(tmp_path / "x.zip")
    assert problems(tree, tmp_path) == {"x.zip!/in.tgz": "ARCHIVE_BOMB"}
    assert list(contents(tree, tmp_path)) == ["x.zip!/ok"]


def test_limits_on_file_size_archive_size_and_number_of_members(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(zipped({"big": os.urandom(100_001), "ok": b"ok"}))
    assert problems(small(tmp_path / "x.zip"), tmp_path) == {"x.zip!/big": "FILE_TOO_LARGE"}
    (tmp_path / "y.zip").write_bytes(zipped({f"{n}": os.urandom(99_000) for n in range(11)}))
    with pytest.raises(TerminologyError, match="holds more than 1000000 bytes"):
        small(tmp_path / "y.zip")
    for name, pack in (("z.zip", zipped), ("z.tgz", tarred)):
        (tmp_path / name).write_bytes(pack({f"{n}": os.urandom(2000) for n in range(51)}))
        with pytest.raises(TerminologyError, match="50 files"):
            small(tmp_path / name)
    (tmp_path / "disk").write_bytes(os.urandom(100_001))
    (file,) = small(tmp_path / "disk").files()
    with pytest.raises(TerminologyError, match="larger than 100000 bytes"):
        file.read()


def test_a_line_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LONGEST_LINE", 1000)
    (tmp_path / "x.txt").write_bytes(b"short\n" + b"x" * 2_000_000)
    lines = open_tree([tmp_path]).files()[0].lines()
    assert next(lines) == b"short"
    with pytest.raises(TerminologyError, match="not a text file"):
        next(lines)


def test_lines_across_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_CHUNK", 3)
    (tmp_path / "x.txt").write_bytes(b"ab\r\n\ncdefgh\r\ni")
    assert list(open_tree([tmp_path]).files()[0].lines()) == [b"ab", b"", b"cdefgh", b"i"]


def test_a_file_that_goes_away_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_bytes(b"x")
    (file,) = open_tree([tmp_path]).files()
    (tmp_path / "x.txt").unlink()
    with pytest.raises(TerminologyError, match=r"x\.txt cannot be read"):
        file.read()


def test_joined_trees_have_the_files_and_problems_of_both(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "none"):
        (tmp_path / name).write_bytes(name.encode() if name != "none" else b"")
    joined = open_tree([tmp_path / "b.txt"]).joined(open_tree([tmp_path]))
    assert list(contents(joined, tmp_path)) == ["a.txt", "b.txt"]
    assert set(problems(joined, tmp_path)) == {"none"}


def test_kinds_are_known_by_name() -> None:
    assert [archives.kind_of(n) for n in ("a.zip", "a.tar.gz", "a.TGZ", "a.gz", "a.tar", "a.docx", "zip")] == [
        "zip", "tgz", "tgz", "gz", "tar", None, None,
    ]  # fmt: skip
