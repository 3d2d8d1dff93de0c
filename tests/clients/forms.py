"""Forms in a browser: a questionnaire whose pick lists come from a terminology server, and a place for the page."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Json = dict[str, Any]

CONTROL = "http://hl7.org/fhir/StructureDefinition/questionnaire-itemControl"
CONTROLS = "http://hl7.org/fhir/questionnaire-item-control"
TERMINOLOGY_SERVER = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-preferredTerminologyServer"


def questionnaire(endpoint: str, *items: Json) -> Json:
    """An R4 questionnaire that takes its value sets from an endpoint."""
    return {
        "resourceType": "Questionnaire",
        "status": "active",
        "title": "Procedure report",
        "extension": [{"url": TERMINOLOGY_SERVER, "valueUrl": endpoint}],
        "item": list(items),
    }


def choice(text: str, value_set: str, control: str) -> Json:
    """A question that one code of a value set answers; `control` is how it is picked (`autocomplete`, `drop-down`)."""
    concept = {"coding": [{"system": CONTROLS, "code": control}]}
    return {
        "linkId": text,
        "text": text,
        "type": "choice",
        "answerValueSet": value_set,
        "extension": [{"url": CONTROL, "valueCodeableConcept": concept}],
    }


def answers(response: Json) -> dict[str, list[str]]:
    """The codes of a QuestionnaireResponse, by question."""
    return {
        item["linkId"]: [answer["valueCoding"]["code"] for answer in item.get("answer", ())]
        for item in response.get("item", ())
    }


class _Quiet(SimpleHTTPRequestHandler):
    """Writes no access log."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def published(folder: Path) -> Iterator[str]:
    """A web server of its own for a folder: to the terminology server, its pages come from another origin."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
