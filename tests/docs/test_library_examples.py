"""The examples of docs/library.md run in order, and print what is shown."""

from __future__ import annotations

import contextlib
import io
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from terminology.cli.main import cli
from tests.docs.examples import DOCS, blocks, curl


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


def test_the_way_from_nothing_to_a_pick_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands of the page, and its application as a program of its own."""
    page = blocks("library.md")
    commands, asked = (next(b for b in page if b.text.startswith(start)) for start in ("terminology load", "curl"))
    program = next(b for b in page if b.language == "python" and "terminology_blueprint" in b.text)
    (tmp_path / "docs").symlink_to(DOCS)
    monkeypatch.chdir(tmp_path)
    told = [CliRunner().invoke(cli, shlex.split(line)[1:]) for line in commands.text.splitlines()]
    assert [each.exit_code for each in told] == [0, 0], [each.output for each in told]
    key, namespace = told[1].stdout.strip(), dict[str, Any]()
    exec(compile(program.text, "app.py", "exec"), namespace)
    client = namespace["app"].test_client()
    put, expand = (curl(f"curl{text}".replace("$KEY", key)) for text in asked.text.split("curl")[1:])
    place = "http://127.0.0.1:5000"
    answer = client.open(put.path.removeprefix(place), method=put.method, headers=put.headers, data=put.body)
    assert answer.status_code == 201, answer.text
    shown = client.get(expand.path.removeprefix(place), headers={"Origin": "http://forms.example.org"})
    assert {c["display"] for c in shown.json["expansion"]["contains"]} >= {"Biopsy"}
    assert shown.headers["Access-Control-Allow-Origin"] == "*"
