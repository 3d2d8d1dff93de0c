"""OpenTelemetry traces: a span for each request, exported as the standard `OTEL_…` variables say (extra `tracing`).

A caller's trace is continued (`traceparent`). Spans are named by operation; the query is left out, since it may name a
patient's condition.
"""

from __future__ import annotations

from typing import Any
from wsgiref.types import WSGIApplication

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.wsgi import OpenTelemetryMiddleware
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Span

from terminology.http.wsgi import request_id_of

NAME = "fhir-terminology-server"
SHORTENED = ("http.url", "url.full", "url.query", "http.target")
"""Attributes with the query in them."""


def traced(app: WSGIApplication, traces: TracerProvider | None = None) -> WSGIApplication:
    """A WSGI layer that traces requests."""
    return OpenTelemetryMiddleware(app, request_hook=_begin, tracer_provider=traces or provider())


def provider(exporter: SpanExporter | None = None) -> TracerProvider:
    """The provider that makes spans and exports them, in a thread of its own."""
    made = TracerProvider(resource=Resource.create({SERVICE_NAME: NAME}))
    made.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter()))
    return made


def _begin(span: Span, environ: dict[str, Any]) -> None:
    path = environ.get("PATH_INFO", "")
    span.update_name(path.rstrip("/").rpartition("/")[2] if "$" in path else environ["REQUEST_METHOD"])
    span.set_attribute("terminology.request_id", request_id_of(environ))
    for name in SHORTENED:
        span.set_attribute(name, path)
