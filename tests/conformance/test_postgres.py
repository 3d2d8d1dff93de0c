"""The general suite against a server on PostgreSQL: the same content, moved there, and the same baseline."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from terminology.cli.main import cli
from tests.conformance.runner import passed, run_suite, server
from tests.conformance.runs import named


def test_nothing_of_the_baseline_is_lost_on_postgres(
    shared: Path, suite_database: str, postgres_url: str, tmp_path: Path
) -> None:
    moved = CliRunner().invoke(cli, ["migrate", suite_database, postgres_url])
    assert moved.exit_code == 0, moved.stderr
    run = named("general")
    with server(postgres_url, tmp_path / "server.log") as base:
        results = run_suite(shared / "conformance", base, run, tmp_path)
    lost = {test: results.get(test, "did not run") for test in run.must_pass() - passed(results)}
    assert run.must_pass()
    assert not lost, "\n".join(f"{test}: {difference}" for test, difference in sorted(lost.items()))
