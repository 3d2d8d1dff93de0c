"""What a server tells those who watch it: counters of all workers, log lines, traces; never what was asked for."""

from __future__ import annotations

import gzip
import json
import logging
import re
import signal
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any
from unittest.mock import ANY, Mock

import pytest
import requests
from flask import Flask
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families

from terminology.http import logs, tracing
from terminology.http.metrics import Meters, MetricsLayer, operation_of
from terminology.http.store_metrics import StoreMetrics
from terminology.model.outcome import TerminologyError
from terminology.store.opening import open_store
from tests.http.content import PROCEDURES, SYSTEM
from tests.http.publishing import database_with
from tests.http.serving import PATIENCE, Served, at_a_port, served
from tests.replicas import until
from tests.store.ticking import publish

LOOKUP = f"/r5/CodeSystem/$lookup?system={SYSTEM}&code=P1"


@pytest.mark.parametrize(
    ("path", "operation"),
    [
        ("/r4/CodeSystem/$lookup", "$lookup"),
        ("/r4/CodeSystem/one/$validate-code", "$validate-code"),
        ("/r5/$no-such-thing", "$unknown"),
        ("/r5/metadata", "metadata"),
        ("/r5/ValueSet", "search"),
        ("/r5/ValueSet/_search", "search"),
        ("/r5/ValueSet/one", "read"),
        ("/r5/ValueSet/one/_history", "history"),
        ("/r5", "batch"),
        ("/r5/whatever-a-scanner-tries", "other"),
        ("/systems/one/codes/two", "page"),
        ("/health/ready", "health"),
    ],
)
def test_requests_are_counted_under_few_names(path: str, operation: str) -> None:
    assert operation_of(path) == operation


def count(url: str, operation: str, status: int) -> float:
    """What /metrics says, which any worker may answer."""
    text = requests.get(f"{url}/metrics", timeout=PATIENCE).text
    label = re.escape(f'terminology_request_seconds_count{{operation="{operation}",status="{status}"}}')
    found = re.search(rf"^{label} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0


def test_counters_of_all_workers_are_added_up(database: str, tmp_path: Path) -> None:
    with served(database, tmp_path, workers=2) as server:
        for _ in range(20):
            assert requests.get(server.url + LOOKUP, timeout=PATIENCE).status_code == 200
        assert requests.get(f"{server.url}/r5/CodeSystem/none", timeout=PATIENCE).status_code == 404
        assert count(server.url, "$lookup", 200) == 20
        assert count(server.url, "read", 404) == 1
        told = requests.get(f"{server.url}/metrics", timeout=PATIENCE)
        assert told.headers["Content-Type"].startswith("text/plain")
        assert SYSTEM not in told.text
        families = {family.name: family.type for family in text_string_to_metric_families(told.text)}
        assert families["terminology_request_seconds"] == "histogram"
        assert re.search(r"^terminology_publications_total [1-9]", told.text, re.MULTILINE)


def test_cached_answers_and_bytes_of_all_answers_are_counted(tmp_path: Path) -> None:
    database = database_with(tmp_path, PROCEDURES)  # what it publishes is no resource that others could list
    store = open_store(database)
    with served(database, tmp_path, workers=1) as server:
        for number in range(2):
            for _ in range(10):
                assert requests.get(server.url + LOOKUP, timeout=PATIENCE).status_code == 200
            publish(store, ["a"], version=str(number), id_=f"other-{number}", url="http://example.org/other")
        assert sample(server.url, "cache_lookups_total", cache="answers", result="hit") == 18
        assert sample(server.url, "cache_lookups_total", cache="answers", result="miss") == 2
        page = requests.get(f"{server.url}/systems", timeout=PATIENCE, headers={"Accept-Encoding": "identity"})
        assert sample(server.url, "response_bytes_total", operation="page", status="200") == len(page.content)
        assert requests.head(f"{server.url}/systems", timeout=PATIENCE).status_code == 200
        assert sample(server.url, "response_bytes_total", operation="page", status="200") == len(page.content)
    store.close()


def test_a_request_that_fails_is_counted() -> None:
    def broken(_environ: object, _start_response: object) -> list[bytes]:
        raise RuntimeError

    meters = Mock(spec=Meters)
    with pytest.raises(RuntimeError):
        MetricsLayer(broken, meters)({"PATH_INFO": "/r5/CodeSystem/$lookup"}, Mock())
    meters.count.assert_called_once_with("$lookup", "500", ANY, 0)


def sample(url: str, name: str, **labels: str) -> float:
    """A counter in /metrics."""
    told = requests.get(f"{url}/metrics", timeout=PATIENCE).text
    samples = [each for family in text_string_to_metric_families(told) for each in family.samples]
    (found,) = [each.value for each in samples if each.name == f"terminology_{name}" and each.labels == labels]
    return found


def test_publications_and_jobs_are_told_as_the_database_has_them(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'x.db'}")
    publish(store, ["a"])
    publish(store, ["b"], version="2", id_="cs2")
    store.jobs.add("load", b"")
    store.jobs.add("load", b"")
    publications, jobs = StoreMetrics(store).collect()
    assert [sample.value for sample in publications.samples] == [2]
    assert [(sample.labels, sample.value) for sample in jobs.samples] == [({"kind": "load", "state": "queued"}, 2)]
    store.close()


def test_without_a_database_the_other_counters_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'x.db'}")

    def broken() -> int:
        raise TerminologyError.of("unavailable", "STORE_CANNOT_OPEN", url="sqlite:///x.db", reason="gone")

    monkeypatch.setattr(store, "generation", broken)
    assert [*StoreMetrics(store).collect()] == []
    store.close()


def test_metrics_can_be_turned_off(database: str, tmp_path: Path) -> None:
    with served(database, tmp_path, workers=1, metrics="no") as server:
        assert requests.get(f"{server.url}/metrics", timeout=PATIENCE).status_code == 404


def test_a_line_for_every_request(database: str, tmp_path: Path) -> None:
    with served(database, tmp_path, workers=1, log_format="json", log_requests="yes") as server:
        asked = requests.get(server.url + LOOKUP, headers={"X-Request-Id": "mine-1"}, timeout=PATIENCE)
        assert asked.headers["X-Request-Id"] == "mine-1"
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    (line,) = [line for line in lines if line.get("request_id") == "mine-1"]
    assert (line["operation"], line["status"], line["path"]) == ("$lookup", 200, "/r5/CodeSystem/$lookup")
    assert line["bytes"] == len(asked.content)
    assert "code=P1" not in server.log.read_text()


@pytest.mark.parametrize("formatter", [logs.TextLines(), logs.JsonLines()])
@pytest.mark.parametrize("text", ["/r4/x\n2026-01-01 INFO forged", "\x1b[2J\x9b\r", "\u2028", "\ud800"])
def test_texts_of_clients_make_no_lines_of_their_own(formatter: logging.Formatter, text: str) -> None:
    line = formatter.format(logging.LogRecord("terminology", logging.INFO, "", 0, "GET %s 200", (text,), None))
    assert not {"\n", "\r", "\x1b"} & {*line}
    if isinstance(formatter, logs.JsonLines):
        assert json.loads(line)["message"] == f"GET {text} 200"
    else:
        assert len(line.splitlines()) == 1
        assert line.endswith(" 200")


def test_a_request_is_a_span_of_the_callers_trace(app: Flask) -> None:
    exporter = InMemorySpanExporter()
    layered = Flask("around")
    provider = tracing.provider(exporter)
    layered.wsgi_app = tracing.traced(app.wsgi_app, provider)  # type: ignore[method-assign]
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01", "X-Request-Id": "mine-2"}
    assert layered.test_client().get(LOOKUP, headers=headers).status_code == 200
    provider.force_flush()
    (span,) = exporter.get_finished_spans()
    assert span.name == "$lookup"
    assert span.context is not None
    assert format(span.context.trace_id, "032x") == trace
    assert span.attributes is not None
    assert span.attributes["terminology.request_id"] == "mine-2"
    assert not [value for value in span.attributes.values() if "P1" in str(value)]


def test_spans_go_where_the_variables_say(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the real exporter, from a real worker, to a collector's address."""
    sent: list[bytes] = []

    def collector(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        sent.append(gzip.decompress(body) if environ.get("HTTP_CONTENT_ENCODING") == "gzip" else body)
        start_response("200 OK", [("Content-Type", "application/x-protobuf")])
        return []

    with at_a_port(collector) as url:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
        with served(database, tmp_path, workers=1, tracing="yes") as server:
            assert requests.get(server.url + LOOKUP, timeout=PATIENCE).status_code == 200
            until(lambda: any(b"$lookup" in body for body in sent))
    spans = [
        span
        for body in sent
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    assert "$lookup" in {span.name for span in spans}
    assert b"P1" not in b"".join(sent)


def ask_until(stop: threading.Event, server: Served, seen: Counter[str]) -> None:
    """Ask without a pause, each time on a new connection, as many small clients do; what fails is not asked again."""
    with requests.Session() as session:
        while not stop.is_set():
            try:
                answer = session.get(server.url + LOOKUP, headers={"Connection": "close"}, timeout=PATIENCE)
                seen[str(answer.status_code)] += 1
            except requests.RequestException as error:
                seen[repr(error)] += 1


def test_workers_are_replaced_without_a_failed_request(database: str, tmp_path: Path) -> None:
    stop, seen = threading.Event(), Counter[str]()
    with served(database, tmp_path, workers=2, worker_memory="4000") as server:
        clients = [threading.Thread(target=ask_until, args=(stop, server, seen)) for _ in range(3)]
        for client in clients:
            client.start()
        time.sleep(0.5)
        server.process.send_signal(signal.SIGHUP)
        time.sleep(4)
        stop.set()
        for client in clients:
            client.join(PATIENCE)
        assert count(server.url, "$lookup", 200) >= seen["200"] > 50
    assert set(seen) == {"200"}, seen
    logged = server.log.read_text()
    assert f"serves {server.url} with 2 workers" in logged
    assert [line.partition(" INFO ")[2] for line in logged.splitlines()[1:]] == [
        "terminology.http.master: worker 1 is replaced: SIGHUP",
        "terminology.http.master: worker 2 is replaced: SIGHUP",
        "terminology.http.master: stopping; clients have up to 2 seconds to leave",
    ]


def test_a_request_in_progress_is_answered_when_the_server_stops(database: str, tmp_path: Path) -> None:
    answers: list[int] = []
    with served(database, tmp_path, workers=1) as server:
        many = {"resourceType": "Parameters", "parameter": [
            {"name": "validation", "resource": {"resourceType": "Parameters", "parameter": [
                {"name": "url", "valueUri": SYSTEM}, {"name": "code", "valueCode": f"X{n}"}]}}
            for n in range(15_000)]}  # fmt: skip

        def ask() -> None:
            path = f"{server.url}/r5/CodeSystem/$batch-validate-code"
            answers.append(requests.post(path, json=many, timeout=PATIENCE).status_code)

        client = threading.Thread(target=ask)
        client.start()
        time.sleep(0.15)
        assert not answers, "the request is too short to be stopped in"
        server.process.terminate()
        client.join(PATIENCE)
    assert answers == [200]
