from __future__ import annotations

import pytest

from terminology.http.errors import HttpError
from terminology.http.negotiation import sent, wanted

JSON, BOTH, HTML = ("json",), ("json", "xml"), ("json", "xml", "html")
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "format_", "offered", "expected"),
    [
        ("", None, BOTH, "json"),
        ("*/*", None, BOTH, "json"),
        ("application/fhir+json", None, BOTH, "json"),
        ("application/json", None, BOTH, "json"),
        ("application/fhir+json; fhirVersion=5.0", None, BOTH, "json"),
        ("application/fhir+xml", None, BOTH, "xml"),
        ("application/fhir+xml;q=0.5, application/fhir+json;q=0.9", None, BOTH, "json"),
        ("application/fhir+xml;q=1.0, application/fhir+json;q=1.0", None, BOTH, "json"),
        ("application/fhir+xml, application/fhir+json; fhirVersion=4.0", None, BOTH, "xml"),
        ("application/fhir+xml, application/fhir+json;q=0.9", None, BOTH, "xml"),
        ("application/fhir+xml, */*", None, BOTH, "xml"),
        ("text/html, application/fhir+xml, application/fhir+json", None, HTML, "html"),
        ("text/plain, application/*;q=0.1", None, BOTH, "json"),
        (BROWSER, None, JSON, "json"),
        (BROWSER, None, HTML, "html"),
        ("application/fhir+xml", "json", BOTH, "json"),
        ("application/fhir+json", "xml", BOTH, "xml"),
        ("", "application/fhir json", BOTH, "json"),
        ("", "application/fhir+xml", BOTH, "xml"),
        ("text/html;q=0, */*", None, ("html", "json"), "html"),
    ],
)
def test_the_response_format_is_chosen_from_accept_and_format(
    accept: str, format_: str | None, offered: tuple[str, ...], expected: str
) -> None:
    assert wanted(accept, format_, "R5", offered) == expected


@pytest.mark.parametrize(
    ("accept", "format_"),
    [
        ("text/plain", None),
        ("application/fhir+xml", None),
        ("application/fhir+json; fhirVersion=4.0", None),
        ("application/fhir+json;q=0", None),
        ("", "turtle"),
        ("", "xml"),
    ],
)
def test_an_unsupported_response_format_is_406(accept: str, format_: str | None) -> None:
    with pytest.raises(HttpError, match="cannot answer as") as raised:
        wanted(accept, format_, "R5", JSON)
    assert raised.value.status == 406


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("", "json"),
        ("application/fhir+json", "json"),
        ("application/json; charset=utf-8", "json"),
        ("application/fhir+json; fhirVersion=4.0;charset=UTF-8", "json"),
        ("application/x-www-form-urlencoded", "form"),
    ],
)
def test_the_request_format_is_read_from_content_type(content_type: str, expected: str) -> None:
    assert sent(content_type, "R4", JSON) == expected


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/fhir+xml", "application/fhir+json; fhirVersion=5.0"]
)
def test_an_unsupported_request_format_is_415(content_type: str) -> None:
    with pytest.raises(HttpError, match="cannot read a body") as raised:
        sent(content_type, "R4", JSON)
    assert raised.value.status == 415
