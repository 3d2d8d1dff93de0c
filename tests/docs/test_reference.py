"""The reference pages name everything there is."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from terminology.cli.main import COMMANDS, cli
from terminology.settings import SETTINGS, Setting

DOCS = Path(__file__).parent.parent.parent / "docs"


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda s: s.name)
def test_every_setting_is_documented(setting: Setting) -> None:
    row = next(line for line in (DOCS / "settings.md").read_text().splitlines() if f"`{setting.variable}`" in line)
    assert f"`{setting.name}`" in row
    assert setting.help.split(":")[0] in row
    if "directory" not in row and setting.default != "":
        assert f"`{setting.default}`" in row


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_is_documented_with_its_options(name: str) -> None:
    text = (DOCS / "cli.md").read_text()
    assert f"## `terminology {name}" in text
    section = text.split(f"## `terminology {name}")[1].split("\n## ")[0]
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    options = [p.opts[0] for p in command.params if isinstance(p, click.Option)]
    shared = {"--database", "--json"}
    assert not [o for o in options if o not in shared and o not in section]
