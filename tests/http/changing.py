"""Sends resources to a server that takes them, and reads what it says of them."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from tests.http.content import SYSTEM

PATCH = "application/json-patch+json"


def put(client: FlaskClient, resource: dict[str, Any], **headers: str) -> Any:
    response = client.put(f"/r5/{resource['resourceType']}/{resource['id']}", json=resource, headers=_headers(headers))
    assert response.status_code in {200, 201}, response.text
    return response


def _headers(given: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in given.items()}


def said(response: Any) -> tuple[int, str, str]:
    issue = response.json["issue"][0]
    return response.status_code, issue["code"], issue["details"]["text"]


def display(client: FlaskClient, code: str = "P1", **more: str) -> str | None:
    response = client.get("/r5/CodeSystem/$lookup", query_string={"system": SYSTEM, "code": code, **more})
    if response.status_code != 200:
        return None
    return next(p["valueString"] for p in response.json["parameter"] if p["name"] == "display")
