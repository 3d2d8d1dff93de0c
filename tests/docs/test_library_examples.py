"""The examples of docs/library.md run in order, and print what is shown."""

from __future__ import annotations

import contextlib
import io
import shutil
from pathlib import Path

import pytest

from tests.docs.examples import blocks


def test_library_page(clinic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(clinic, tmp_path / clinic.name)  # the examples write
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"SYSTEM": "http://example.org/CodeSystem/clinic-procedures"}
    ran = 0
    for block in blocks("library.md"):
        if block.language != "python":
            continue
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(block.text, f"library.md:{block.line}", "exec"), namespace)
        assert block.follows is not None, f"line {block.line}: show what it prints"
        assert printed.getvalue().rstrip() == block.follows.text.rstrip(), f"line {block.line}"
        ran += 1
    assert ran >= 7
