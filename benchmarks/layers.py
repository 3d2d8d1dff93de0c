"""Where the time of one request goes: the share of each layer, in process, without a server.

    python -m benchmarks.layers DATABASE-URL [--case lookup] [--rounds 3000]

Requests are those of `benchmarks.run`, given to the WSGI application one after another. A layer's share is the time
spent in its own functions and in what they call of other libraries. The profiler makes calls look dearer than they are,
so compare shares, not times; microseconds per request are measured without it. Nothing is kept of answers.
"""

from __future__ import annotations

import argparse
import cProfile
import io
import pstats
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication

from benchmarks import run
from terminology.http.app import create_app

ROOT = Path(__file__).parent.parent
OUTSIDE = "python"
"""The layer of what was called from no layer."""

Function = tuple[str, int, str]


def environ(path: str, **headers: str) -> dict[str, Any]:
    """A WSGI environment as granian makes it."""
    target, _, body = path.partition("\t")
    place, _, query = target.partition("?")
    posted = {"CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "application/fhir+json"} if body else {}
    return {
        "REQUEST_METHOD": "POST" if body else "GET",
        "PATH_INFO": place,
        "QUERY_STRING": query,
        "SCRIPT_NAME": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8080",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1:8080",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body.encode()),
        **posted,
        **headers,
    }


def answer(application: WSGIApplication, path: str, **headers: str) -> bytes:
    """The body of a successful answer. Raises RuntimeError for another."""
    statuses: list[str] = []

    def start_response(status: str, *_rest: object) -> Callable[[bytes], object]:
        statuses.append(status)
        return lambda _data: None

    body = b"".join(application(environ(path, **headers), start_response))
    if not statuses[0].startswith("200"):
        raise RuntimeError(f"{path}: {statuses[0]} {body[:500].decode()}")
    return body


def microseconds(application: WSGIApplication, paths: Iterable[str]) -> float:
    """Processor time of one request."""
    paths = list(paths)
    started = time.process_time()
    for path in paths:
        answer(application, path)
    return (time.process_time() - started) / len(paths) * 1e6


def shares(application: WSGIApplication, paths: Iterable[str]) -> tuple[dict[str, float], list[tuple[float, str]]]:
    """The share of each layer, and the functions that take most by themselves."""
    profile = cProfile.Profile()
    profile.enable()
    for path in paths:
        answer(application, path)
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database")
    parser.add_argument("--size", type=int, default=20_000, help="concepts of the synthetic system in the database")
    parser.add_argument("--case", choices=[case.__name__ for case in run.CASES], action="append")
    parser.add_argument("--rounds", type=int, default=2_000)
    parser.add_argument("--functions", action="store_true", help="also the functions that take most")
    arguments = parser.parse_args()
    application = create_app(database=arguments.database, kept_answers=0).wsgi_app
    rng = random.Random(1)
    for case in run.CASES:
        if arguments.case and case.__name__ not in arguments.case:
            continue
        paths = case(arguments.size, rng)[: arguments.rounds]
        microseconds(application, paths[:200])
        print(f"{case.__name__}: {microseconds(application, paths):.0f} µs")
        layers, functions = shares(application, paths)
        print("  " + ", ".join(f"{layer} {share:.0%}" for layer, share in layers.items() if share >= 0.005))
        for share, name in functions if arguments.functions else ():
            print(f"  {share:6.1%}  {name}")


if __name__ == "__main__":
    main()
