"""How many requests a caller may send a minute."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from flask.testing import FlaskClient

from terminology.http.access import limits
from tests.http.access.calling import (
    bearer,
    client,
    key,
    read,
)
from tests.http.changing import said


def test_a_bucket_fills_evenly() -> None:
    now = [0.0]
    bucket = limits.Limits(60, clock=lambda: now[0])
    assert [bucket.take("a") for _ in range(60)] == [0.0] * 60
    assert bucket.take("a") == pytest.approx(1)
    assert bucket.take("b") == 0
    now[0] = 0.5
    assert bucket.take("a") == pytest.approx(0.5)
    now[0] = 2.5
    assert [bucket.take("a") for _ in range(3)] == [0, 0, pytest.approx(0.5)]


def test_processes_share_the_limit_and_forget_who_was_not_seen_for_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    with limits.shared(enabled=True):
        workers = [limits.Limits(60, clock=lambda: now[0]) for _ in range(3)]
        assert sum(workers[n % 3].take("a") == 0 for n in range(100)) == 60
        script = "from terminology.http.access.limits import Limits; print(Limits(60, clock=lambda: 0.0).take('a'))"
        told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
        assert float(told) == pytest.approx(1)
    assert limits.FILE not in os.environ
    monkeypatch.setattr(limits, "ROWS", 1)
    alone = limits.Limits(60, clock=lambda: now[0])
    for number in range(limits.WIDTH + 1):
        now[0] = number / 1000
        for _ in range(60):
            alone.take(f"caller {number}")
    assert alone.take("caller 1") > 0
    assert alone.take("caller 0") == 0, "forgotten"


def test_threads_and_processes_lose_no_count() -> None:
    script = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from terminology.http.access.limits import Limits\n"
        "limits = Limits(1000, clock=lambda: 0.0)\n"
        "print(sum(w == 0 for w in ThreadPoolExecutor(4).map(lambda _: limits.take('a'), range(600))))"
    )
    with limits.shared(enabled=True):
        running = [subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) for _ in range(2)]
        assert sum(int(process.communicate()[0]) for process in running) == 1000


def test_too_many_requests(url: str) -> None:
    app = client(url, rate_limit=3)
    ward = bearer(key(url, "system/*.rs"))
    assert [read(app) for _ in range(5)] == [200, 200, 200, 429, 429]
    response = app.get("/r5/ValueSet/biopsies")
    assert said(response)[1] == "throttled"
    assert 1 <= int(response.headers["Retry-After"]) <= 20
    assert [read(app, ward) for _ in range(4)] == [200, 200, 200, 429], "a key has a limit of its own"


def test_guessing_keys_is_limited_by_address(url: str) -> None:
    app = client(url, rate_limit=2)
    assert [read(app, bearer(f"tsk_{n}")) for n in range(4)] == [401, 401, 429, 429]


def test_pages_count_too(url: str) -> None:
    app = client(url, rate_limit=3)
    assert [app.get(path).status_code for path in ("/", "/suggest?q=x", "/systems", "/value-sets")] == [
        200,
        200,
        200,
        429,
    ]
    refused = app.get("/")
    assert "Too many requests" in refused.text
    assert int(refused.headers["Retry-After"]) >= 1
    assert read(app) == 429, "it is one address"
    assert app.get("/health/live").status_code == 200


def test_addresses_behind_a_proxy(url: str) -> None:
    def ask(app: FlaskClient, forwarded: str) -> int:
        return app.get("/r5/ValueSet/biopsies", headers={"X-Forwarded-For": forwarded}).status_code

    believed, direct = client(url, rate_limit=1, proxies=1), client(url, rate_limit=1)
    assert [ask(believed, f"9.9.9.9, 10.0.0.{n}") for n in (1, 2, 2)] == [200, 200, 429]
    assert [ask(direct, f"10.0.0.{n}") for n in (1, 2)] == [200, 429]
