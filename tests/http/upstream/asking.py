"""A server that asks another one, and reading what it answers."""

from __future__ import annotations

from typing import Any

import requests
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from terminology.http.app import create_app
from tests.http.content import PROCEDURES, SYSTEM

HERE = {**PROCEDURES, "url": "http://example.org/CodeSystem/here", "id": "here"}
LOOKUP = f"CodeSystem/$lookup?system={SYSTEM}&code=P1"
ANSWER = {
    "resourceType": "Parameters",
    "parameter": [{"name": "name", "valueString": "Far"}, {"name": "display", "valueString": "Biopsy, far away"}],
}


def app_of(database: str, base: str, **settings: Any) -> Flask:
    urls = base if "=" in base else f"R4={base}/r4 R5={base}/r5"
    return create_app(database=database, audit_log="", upstream=urls, **settings)


def asking(database: str, base: str, **settings: Any) -> FlaskClient:
    return app_of(database, base, **settings).test_client()


def without_marks(response: TestResponse | requests.Response) -> Any:
    found = response.json() if isinstance(response, requests.Response) else response.json
    found.pop("meta", None)
    found.get("expansion", {}).pop("timestamp", None)
    found.get("expansion", {}).pop("identifier", None)
    return found


def texts(resource: dict[str, Any]) -> list[str]:
    issues: list[dict[str, Any]] = resource.get("issue", [])
    for parameter in resource.get("parameter", []):
        if parameter["name"] == "issues":
            issues = parameter["resource"]["issue"]
    return [issue["details"]["text"] for issue in issues if issue["severity"] == "information"]
