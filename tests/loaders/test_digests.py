"""Several files that make one part have one digest."""

from pathlib import Path

from loaders.digests import digest_of
from loaders.sources import open_tree


def digest(folder: Path, **texts: str) -> str:
    folder.mkdir(parents=True)
    for name, text in texts.items():
        (folder / name).write_text(text)
    return digest_of(open_tree([folder]).files())


def test_a_digest_depends_on_names_and_contents_but_not_on_folders(tmp_path: Path) -> None:
    first = digest(tmp_path / "one", a="1", b="2")
    assert digest(tmp_path / "elsewhere" / "two", b="2", a="1") == first
    others = [
        digest(tmp_path / "content", a="1", b="3"),
        digest(tmp_path / "name", a="1", c="2"),
        digest(tmp_path / "exchanged", a="2", b="1"),
        digest(tmp_path / "fewer", a="1"),
    ]
    assert len({first, *others}) == 5


def test_a_digest_does_not_depend_on_the_order_of_files(tmp_path: Path) -> None:
    expected = digest(tmp_path / "one", a="1", b="2")
    assert digest_of(reversed(open_tree([tmp_path / "one"]).files())) == expected
