"""The commands of docs/access.md do, in order, what the page shows."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path

from click.testing import CliRunner

from terminology.cli.main import cli
from terminology.http.app import create_app
from tests.docs.examples import blocks, check_answer, curl


def test_access_page(clinic: Path, tmp_path: Path) -> None:
    database = f"sqlite:///{shutil.copy(clinic, tmp_path / 'clinic.db')}"
    log = tmp_path / "audit.jsonl"
    client = create_app(database=database, base_url="http://127.0.0.1:8080", audit_log=str(log)).test_client()
    key, asked = "", 0
    for block in blocks("access.md"):
        if block.text.startswith("terminology keys add"):
            _, *words = shlex.split(block.text)
            key = CliRunner().invoke(cli, [*words, "--database", database]).stdout.strip()
        elif block.text.startswith("curl"):
            command = curl(block.text.replace("$KEY", key))
            answer = client.open(command.path, method=command.method, headers=command.headers, data=command.body)
            check_answer(block, answer)
            asked += 1
    assert asked >= 4
    shown = next(b for b in blocks("access.md") if '"event"' in b.text)
    (written,) = (line for line in map(json.loads, log.read_text().splitlines()) if line["event"] == "write")
    assert written.keys() == json.loads(shown.text).keys()
    assert (written["resource"], written["caller"]) == ("ValueSet/ward-list/_history/1", "ward")
