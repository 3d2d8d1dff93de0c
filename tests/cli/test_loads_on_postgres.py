"""Loads on PostgreSQL: one that is killed leaves nothing, and those of several processes do not collide."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from click.testing import CliRunner

from terminology.cli.main import cli
from terminology.library import Terminology
from tests.cli.processes import AFTER, SYSTEM, Bench, bench, code_system
from tests.cli.test_interrupted import STAGES, UNTOUCHED


@pytest.fixture
def loads(tmp_path: Path, postgres_url: str) -> Bench:
    made = bench(tmp_path, postgres_url)
    assert made.state() == UNTOUCHED
    return made


FIRST, *OTHERS = STAGES
SMALL = 2000


@pytest.mark.parametrize("stage", [*(pytest.param(stage, marks=pytest.mark.slow) for stage in OTHERS), FIRST])
def test_a_killed_load_leaves_nothing_and_the_next_one_succeeds(loads: Bench, stage: str) -> None:
    sql = STAGES[stage].replace("count(*) > 3", "CAST(count(*) > 3 AS integer)")
    with loads.start("load", loads.file("after.json")) as process:
        loads.wait_until(sql, process)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert loads.state() == UNTOUCHED
    assert CliRunner().invoke(cli, ["check", "--database", loads.database]).exit_code == 0
    code, _, err = loads.run("load", loads.file("after.json"))
    assert code == 0, err
    assert loads.state() == (AFTER, "After")


@pytest.mark.slow
def test_loads_of_different_systems_at_once_all_succeed(loads: Bench) -> None:
    for n in range(2):
        content = code_system(SMALL, f"System {n}") | {"url": f"{SYSTEM}-{n}", "valueSet": f"{SYSTEM}-{n}/all"}
        (loads.folder / f"{n}.json").write_text(json.dumps(content))
    processes = [loads.start("load", loads.file(f"{n}.json")) for n in range(2)]
    for process in processes:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    with Terminology(loads.database) as terminology:
        for n in range(2):
            assert terminology.lookup(f"{SYSTEM}-{n}", "root").display == f"System {n}"
    assert CliRunner().invoke(cli, ["check", "--deep", "--database", loads.database]).exit_code == 0


def test_loads_of_one_system_at_once_leave_one_of_them_whole(loads: Bench) -> None:
    titles = ("One", "Other")
    for title in titles:
        (loads.folder / f"{title}.json").write_text(json.dumps(code_system(SMALL, title)))
    processes = [loads.start("load", loads.file(f"{title}.json")) for title in titles]
    ended = [(process.communicate(timeout=60)[1], process.returncode) for process in processes]
    assert 0 in {code for _, code in ended}, ended
    assert all(code == 0 or "Another load changed" in err for err, code in ended), ended
    assert loads.state() in {(SMALL, title) for title in titles}
    assert CliRunner().invoke(cli, ["check", "--deep", "--database", loads.database]).exit_code == 0
