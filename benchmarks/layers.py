"""What a worker does for a request in its own process: microseconds, and the share of each layer, without sockets.

    python -m benchmarks.layers [--size 100000] [--database URL] [--case lookup] [--functions]

The requests of `benchmarks.run` are given to what granian calls in a worker, and timed by the processor's clock: the
first time each question is asked, again when nothing of answers is kept, and repeated when they are. A layer's share is
the time spent in its own functions and in what they call of other libraries, when asked again. The profiler makes calls
look dearer than they are, so compare shares, not times.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from benchmarks import run
from terminology.http import server
from terminology.http.app import create_app
from terminology.http.draining import Draining
from terminology.http.environ import Environ
from terminology.settings import Settings

ROOT = Path(__file__).parent.parent
OUTSIDE = "python"
"""The layer of what was called from no layer."""
ROUNDS = 20
"""How often questions are asked again; the fastest round counts, since others use the machine as well."""
SHOWN = 0.02
"""Smaller shares are not shown."""

Function = tuple[str, int, str]
Answering = Callable[[Any, Environ], None]


class Body:
    """A body that has arrived."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def read(self, size: int) -> bytes:
        assert size == len(self._body)
        return self._body


class Exchange:
    """Takes answers as granian does, but sends them nowhere."""

    status = 0

    def response_bytes(self, status: int, _headers: object, _body: bytes) -> None:
        self.status = status


def environ(request: str) -> Environ:
    """What granian makes of a request, each text a new one."""
    target, _, body = request.partition("\t")
    place, _, query = target.partition("?")
    made: Environ = {
        "REQUEST_METHOD": "POST" if body else "GET",
        "PATH_INFO": unquote(place),
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8080",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1:8080",
        "wsgi.url_scheme": "http",
    }
    if body:
        made |= {"CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "application/fhir+json"}
        made["wsgi.input"] = Body(body.encode())
    return made


def microseconds(answering: Answering, requests: Sequence[str]) -> float:
    """Processor time of one request. Raises RuntimeError for one that fails."""
    exchange, asked = Exchange(), [environ(request) for request in requests]
    began = time.thread_time()
    for one in asked:
        answering(exchange, one)
    taken = time.thread_time() - began
    if exchange.status != HTTPStatus.OK:
        raise RuntimeError(f"{requests[-1]}: status {exchange.status}")
    return taken / len(asked) * 1e6


def shares(answering: Answering, requests: Sequence[str]) -> tuple[dict[str, float], list[tuple[float, str]]]:
    """The share of each layer, and the functions that take most by themselves."""
    exchange, asked = Exchange(), [environ(request) for request in requests]
    profile = cProfile.Profile()
    profile.enable()
    for one in asked:
        answering(exchange, one)
    profile.disable()
    stats: Mapping[Function, Any] = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    layers: Counter[str] = Counter()
    functions: Counter[str] = Counter()
    for function, (_, _, own, _, callers) in stats.items():
        functions[f"{_layer(function) or ''} {function[2]}:{function[1]}"] += own
        if layer := _layer(function):
            layers[layer] += own
            continue
        for caller, (_, _, own_from, _) in callers.items():
            layers[_layer(caller) or OUTSIDE] += own_from
    whole = sum(layers.values())
    return (
        {layer: seconds / whole for layer, seconds in layers.most_common()},
        [(seconds / whole, name.strip()) for name, seconds in functions.most_common(25)],
    )


def _layer(function: Function) -> str | None:
    """`terminology/http/api.py` → `http`; None for what is not of this project."""
    path = Path(function[0])
    if not path.is_relative_to(ROOT) or "site-packages" in path.parts:
        return None
    first, *rest = path.relative_to(ROOT).parts
    return rest[0].removesuffix(".py") if first == "terminology" else first


@contextmanager
def worker(database: str, kept_answers: int) -> Iterator[Answering]:
    """What a worker answers requests with."""
    settings = Settings.load(database=database, kept_answers=kept_answers)
    with server.shared_counters(enabled=True):
        yield server.answering(create_app(settings), settings, Draining())


def measured(database: str, requests: Sequence[str], *, functions: bool) -> Iterator[str]:
    """The cells of a row, and lines below it."""
    with worker(database, 0) as answering:
        microseconds(answering, requests[-1:] * 2)  # what is done once is no part of a question
        first = microseconds(answering, requests[:-1])
        server.seldom_collect_garbage()
        again = min(microseconds(answering, requests) for _ in range(ROUNDS))
        layers, longest = shares(answering, requests)
    with worker(database, run.KEPT) as answering:
        repeated = min(microseconds(answering, requests) for _ in range(ROUNDS))
    told = ", ".join(f"{layer} {share:.0%}" for layer, share in layers.items() if share >= SHOWN)
    yield f"{first:.0f} | {again:.1f} | {repeated:.1f} | {told} |"
    for share, name in longest if functions else ():
        yield f"  {share:6.1%}  {name}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=100_000, help="concepts of the synthetic system in the database")
    parser.add_argument("--database", help="one that has them; otherwise one is made")
    parser.add_argument("--case", choices=[case.__name__ for case in run.CASES], action="append")
    parser.add_argument("--functions", action="store_true", help="also the functions that take most")
    arguments = parser.parse_args()
    cases = [case for case in run.CASES if not arguments.case or case.__name__ in arguments.case]
    print("| request | first µs | again µs | repeated µs | largest shares when asked again |\n|-|-|-|-|-|")
    with loaded(arguments.database, arguments.size) as database:
        for case in cases:
            requests = case(arguments.size, random.Random(1))
            cells, *rest = measured(database, requests, functions=arguments.functions)
            print(f"| {case.__name__} | {cells}", *rest, sep="\n", flush=True)


@contextmanager
def loaded(database: str | None, size: int) -> Iterator[str]:
    """The database that is given, or a new one."""
    if database:
        yield database
    else:
        with run.loaded(size) as (made, _, _):
            yield made


if __name__ == "__main__":
    main()
