"""The way of a new user: the commands of the README and of getting-started.md, in order, and their programs."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from terminology.cli.main import cli

PROJECT = Path(__file__).parents[2]
NEEDS_MORE = ("demo", "serve", "hl7.terminology")
"""Commands that go on until they are stopped, and packages from a registry."""


def commands(page: str) -> Iterator[list[str]]:
    """The `terminology` commands of a page that end, in order."""
    for block in re.findall(
        r"^```bash\n(.*?)^```", (PROJECT / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    ):
        for command in re.split(r"&&|\n", block):
            words = shlex.split(command, comments=True)
            if words[:1] == [".venv/bin/terminology"] and not words[-1].startswith(NEEDS_MORE):
                yield words[1:]


@pytest.mark.parametrize(("page", "number"), [("README.md", 1), ("docs/getting-started.md", 5)])
def test_commands_and_program_work_in_a_clone(
    page: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(PROJECT)
    monkeypatch.setenv("TERMINOLOGY_DATABASE", str(tmp_path / "new.db"))
    shown = ""
    ran = list(commands(page))
    for words in ran:
        waiting = re.search(r"^[0-9a-f]{8}", shown)
        result = CliRunner().invoke(cli, [waiting[0] if waiting and word == "$ID" else word for word in words])
        assert result.exit_code == 0, f"{words}: {result.output}"
        shown = result.stdout
    assert len(ran) == number
    (program,) = re.findall(
        r"^```python\n(.*?)^```", (PROJECT / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    printed = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, env=dict(os.environ)
    ).stdout
    assert "Arthroscopy of the knee" in printed
