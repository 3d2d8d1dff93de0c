"""Bad requests as data: what is sent, and the status, issue code and words it must be refused with."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from urllib.parse import quote

from terminology.fhir.json import dumps
from tests.bad_input.content import CIRCLE, DEVICES, LOST, MAP_CIRCLE, PATTERN, SYSTEM, WHOLE

JSON = "application/fhir+json"
XML = "application/fhir+xml"
UNKNOWN = "http://example.org/unknown"
HUGE = "9" * 5000


@dataclass(frozen=True)
class Case:
    """`says` are pieces of the text: the offending thing among them."""

    name: str
    path: str
    status: int
    code: str
    says: tuple[str, ...]
    method: str = "GET"
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def get(name: str, path: str, status: int, code: str, *says: str, method: str = "GET", **headers: str) -> Case:
    return Case(name, path, status, code, says, method, headers=_headers(headers))


def post(
    name: str, path: str, body: Any, status: int, code: str, *says: str, content_type: str = JSON, **headers: str
) -> Case:
    raw = body if isinstance(body, bytes) else dumps(body)
    return Case(name, path, status, code, says, "POST", raw, {"Content-Type": content_type, **_headers(headers)})


def _headers(given: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in given.items()}


def parameters(*entries: Any) -> dict[str, Any]:
    return {"resourceType": "Parameters", "parameter": list(entries)}


def parameter(name: str, **value: Any) -> dict[str, Any]:
    return {"name": name, **value}


def tx_resource(resource: dict[str, Any]) -> dict[str, Any]:
    return parameter("tx-resource", resource=resource)


def value_set(*include: dict[str, Any], url: str = "http://example.org/ValueSet/own") -> dict[str, Any]:
    return {"resourceType": "ValueSet", "url": url, "status": "active", "compose": {"include": list(include)}}


def supplied(*include: dict[str, Any]) -> dict[str, Any]:
    return parameter("valueSet", resource=value_set(*include))


def code_system(*concept: dict[str, Any]) -> dict[str, Any]:
    own = {"resourceType": "CodeSystem", "url": "http://example.org/CodeSystem/own", "content": "complete"}
    hierarchy = {"code": "parent", "uri": "http://hl7.org/fhir/concept-properties#parent", "type": "code"}
    return {**own, "status": "active", "property": [hierarchy], "concept": list(concept)}


def below(code: str, parent: str) -> dict[str, Any]:
    return {"code": code, "property": [{"code": "parent", "valueCode": parent}]}


OWN = value_set({"system": "http://example.org/CodeSystem/own"})
ITSELF = value_set({"valueSet": ["http://example.org/ValueSet/own"]})
LOOKUP = f"CodeSystem/$lookup?system={SYSTEM}&code="
EXPAND = f"ValueSet/$expand?url={DEVICES}"
VALIDATE = f"ValueSet/$validate-code?system={SYSTEM}&code=pump&url="


def chain(length: int) -> list[dict[str, Any]]:
    """Value sets that each import the next one twice."""
    links = [f"http://example.org/ValueSet/link-{n}" for n in range(length)]
    last = value_set({"system": SYSTEM}, url=links[-1])
    doubled = [value_set({"valueSet": [b]}, {"valueSet": [b]}, url=a) for a, b in pairwise(links)]
    return [tx_resource(one) for one in (*doubled, last)]


NOT_THERE = (
    get("unknown system", f"CodeSystem/$lookup?system={UNKNOWN}&code=a", 404, "not-found", UNKNOWN, "not loaded"),
    get("unknown code", LOOKUP + "nope", 404, "not-found", "'nope'", SYSTEM),
    get("unknown version", LOOKUP + "pump&version=9", 404, "not-found", "version '9'", "Loaded versions: 1"),
    get("unknown supplement", LOOKUP + f"pump&useSupplement={UNKNOWN}", 404, "not-found", UNKNOWN),
    get("unknown value set", f"ValueSet/$expand?url={UNKNOWN}", 404, "not-found", UNKNOWN),
    get("unknown value set to validate in", VALIDATE + UNKNOWN, 404, "not-found", UNKNOWN),
    get("unknown value set version", EXPAND + "|9", 404, "not-found", f"{DEVICES}|9"),
    get("unknown map", f"ConceptMap/$translate?url={UNKNOWN}&code=pump&system={SYSTEM}", 404, "not-found", UNKNOWN),
    get("unknown system to subsume in", f"CodeSystem/$subsumes?system={UNKNOWN}&codeA=a&codeB=b", 404, "not-found",
        UNKNOWN),
    get("unknown code to subsume", f"CodeSystem/$subsumes?system={SYSTEM}&codeA=pump&codeB=nope", 404, "not-found",
        "'nope'"),
    get("system of a value set", f"ValueSet/$expand?url={LOST}", 404, "not-found", "CodeSystem/not-loaded"),
    get("unknown id", "ValueSet/nope", 404, "not-found", "'nope'", "ValueSet"),
    get("unknown id of an operation", "CodeSystem/nope/$lookup?code=pump", 404, "not-found", "'nope'"),
    get("unknown operation", "ValueSet/$explode", 404, "not-supported", "$explode", "$expand"),
    get("unknown operation of the system", "$explode", 404, "not-supported", "$explode", "$versions"),
    get("unknown resource type", "Patient", 404, "not-supported", "'Patient'", "CodeSystem"),
    get("unknown path", "valuesets", 404, "not-found", "'/valuesets'"),
    get("a path that goes on", "ValueSet/devices/$expand/more", 404, "not-found", "'/ValueSet/devices/$expand/more'"),
    get("unknown cache", LOOKUP + "pump", 404, "not-found", "'nope'", X_Cache_Id="nope"),
)  # fmt: skip

WRONG_PARAMETERS = (
    get("no code", f"CodeSystem/$lookup?system={SYSTEM}", 400, "required", "$lookup", "code or coding"),
    get("no system", "CodeSystem/$lookup?code=pump", 400, "required", "'code'", "'system'"),
    get("no value set", "ValueSet/$expand", 400, "required", "url, valueSet or context"),
    get("an empty url", "ValueSet/$expand?url=", 400, "required", "url, valueSet or context"),
    get("half a subsumption", f"CodeSystem/$subsumes?system={SYSTEM}&codeA=a", 400, "required", "codeB or codingB"),
    get("a resource in the url", "ValueSet/$expand?valueSet=x", 400, "invalid", "'valueSet'", "POST"),
    get("a parameter twice", LOOKUP + "pump&code=b", 400, "invalid", "'code'", "2 times"),
    get("no boolean", EXPAND + "&activeOnly=maybe", 400, "value", "'activeOnly'", "a boolean", "'maybe'"),
    get("no integer", EXPAND + "&count=abc", 400, "value", "'count'", "an integer", "'abc'"),
    get("digits that are none", EXPAND + "&count=²", 400, "value", "'count'", "'²'"),
    get("two signs", EXPAND + "&offset=%2B-5", 400, "value", "'offset'", "'+-5'"),
    get("a negative count", EXPAND + "&count=-1", 400, "value", "'count'", "0 or more", "-1"),
    get("a negative offset", EXPAND + "&offset=-1", 400, "value", "'offset'", "0 or more", "-1"),
    get("an enormous count", EXPAND + "&count=99999999999", 400, "value", "'count'", "32 bits", "'99999999999'"),
    get("a count of 5,000 digits", EXPAND + f"&count={HUGE}", 400, "value", "'count'", "32 bits"),
    get("no language", EXPAND + "&displayLanguage=!!", 400, "value", "'displayLanguage'", "'!!'"),
    get("no date", LOOKUP + "pump&date=tomorrow", 400, "value", "'date'", "'tomorrow'"),
    get("contradicting versions", EXPAND + f"&system-version={SYSTEM}|1&system-version={SYSTEM}|2", 400, "exception",
        "system-version", "'1' and '2'"),
    get("a context without element", "ValueSet/$expand?context=x", 400, "invalid", "'x'", "names no element"),
    get("an invalid canonical", "ValueSet/$expand?url=%7C1", 404, "not-found", "'|1'"),
    get("a canonical with blanks", "ValueSet/$expand?url=no%20url%20at%20all", 404, "not-found", "'no url at all'"),
    get("a NUL in a code", LOOKUP + "pu%00mp", 404, "not-found", "mp'"),
    get("a NUL in a url", "ValueSet/$expand?url=http://example.org/%00", 404, "not-found", "http://example.org/"),
    get("a code of 100,000 letters", LOOKUP + "x" * 100_000, 404, "not-found", "xxx…", "100,000 characters"),
    get("percent signs that mean nothing", LOOKUP + "%zz%", 404, "not-found", "'%zz%'"),
    get("bytes that are no UTF-8", LOOKUP + "%ff%fe", 404, "not-found", "'\ufffd\ufffd'"),
    get("a circle", f"ValueSet/$expand?url={CIRCLE}", 400, "processing", CIRCLE, CIRCLE + "-back"),
    get("a circle to validate in", VALIDATE + CIRCLE, 400, "processing", CIRCLE, CIRCLE + "-back"),
    get("a circle of maps", f"ConceptMap/$translate?url={MAP_CIRCLE}&code=nope&system={SYSTEM}", 400, "invalid",
        MAP_CIRCLE, "circle"),
    get("a broken expression", f"ValueSet/$expand?url={PATTERN}-broken", 400, "invalid", "(unclosed", "regular"),
    get("a broken expression to validate by", f"{VALIDATE}{PATTERN}-broken", 400, "invalid", "(unclosed", "regular"),
    get("an unknown operator", f"ValueSet/$expand?url={PATTERN}-unknown-op", 400, "invalid", "'resembles'", "is-a"),
    get("an unknown property", f"ValueSet/$expand?url={PATTERN}-unknown-property", 400, "invalid", "'flavour'",
        "colour"),
    get("too many codes", f"ValueSet/$expand?url={WHOLE}", 422, "too-costly", WHOLE, ">1000"),
)  # fmt: skip

WRONG_SEARCHES = (
    get("no count", "ValueSet?_count=abc", 400, "value", "'_count'", "'abc'"),
    get("a count that only looks like one", "ValueSet?_count=²", 400, "value", "'_count'", "'²'"),
    get("an enormous offset", "ValueSet?_offset=99999999999999999999", 400, "value", "'_offset'"),
    get("a negative offset of a search", "ValueSet?_offset=-1", 400, "value", "'_offset'", "0 or more"),
    get("an unknown search parameter", "ValueSet?colour=blue", 400, "not-supported", "'colour'", "publisher"),
    get("an unknown modifier", "ValueSet?url:resembles=x", 400, "not-supported", "'url:resembles'"),
    get("no date to search for", "ValueSet?date=yesterday", 400, "invalid", "'yesterday'"),
    get("an unknown summary", "ValueSet?_summary=short", 400, "value", "'_summary'", "'short'"),
    get("an unknown mode", "metadata?mode=all", 400, "value", "'mode'", "all"),
    post("a search by a resource", "ValueSet/_search", parameters(), 400, "structure", "a form", "Parameters"),
)  # fmt: skip

WRONG_EXCHANGES = (
    get("DELETE", "ValueSet/devices", 401, "login", "ValueSet", "permission", method="DELETE"),
    get("PUT of all", "ValueSet/_history", 405, "not-supported", "PUT", "'/ValueSet/_history'", method="PUT"),
    get("PUT", "metadata", 405, "not-supported", "PUT", "GET", method="PUT"),
    get("a method nobody knows", "metadata", 405, "not-supported", "BREW", method="BREW"),
    get("an operation by PATCH", "ValueSet/$expand", 405, "not-supported", "PATCH", "GET, POST", method="PATCH"),
    get("GET of the base", "", 405, "not-supported", "GET", "POST"),
    post("POST of a type", "ValueSet", OWN, 401, "login", "ValueSet", "permission"),
    post("turtle", "ValueSet/$expand", b"x", 415, "not-supported", "text/turtle", XML, content_type="text/turtle"),
    post("a type that is none", "ValueSet/$expand", b"x", 415, "not-supported", "';;'", content_type=";;"),
    post("another release", "ValueSet/$expand", b"{}", 415, "not-supported", "fhirVersion=1.0", "5.0.0",
         content_type=JSON + "; fhirVersion=1.0"),
    post("a form with a file", "ValueSet/$expand", b"--x", 415, "not-supported", "multipart/form-data",
         content_type="multipart/form-data; boundary=x"),
    post("an unknown coding", "ValueSet/$expand", b"x", 415, "not-supported", "'zebra'", Content_Encoding="zebra"),
    post("gzip that is none", "ValueSet/$expand", b"x", 400, "invalid", "gzip", Content_Encoding="gzip"),
    post("2 MB and a byte", "ValueSet/$expand", b" " * 2_000_001, 413, "too-long", "2000000 bytes"),
)  # fmt: skip

DEEP = b'{"resourceType":"Parameters","parameter":'
BROKEN_BODIES = (
    post("nothing", "ValueSet/$expand", b"", 400, "required", "url, valueSet or context"),
    post("half an object", "ValueSet/$expand", b"{", 400, "structure", "line 1, column 2"),
    post("JSON broken in line 3", "ValueSet/$expand", b'{"resourceType":\n"Parameters",\n"parameter":}', 400,
         "structure", "JSON", "line 3, column 13"),
    post("null", "ValueSet/$expand", b"null", 400, "structure", "null"),
    post("an array", "ValueSet/$expand", b"[]", 400, "structure", "an array"),
    post("no resource", "ValueSet/$expand", b"{}", 400, "structure", "must be a FHIR resource"),
    post("a type that is no text", "ValueSet/$expand", b'{"resourceType":["x"]}', 400, "structure", "FHIR resource"),
    post("another resource", "ValueSet/$expand", b'{"resourceType":"Patient"}', 400, "structure", "a Patient"),
    post("Latin 1", "ValueSet/$expand", b'{"resourceType":\n"\xe4"}', 400, "structure", "line 2, column 2", "0xE4"),
    post("half a surrogate pair", "ValueSet/$expand", b'{"a":1.50,"b":"\\ud800"}', 400, "structure", "surrogate"),
    post("100,000 brackets", "ValueSet/$expand", b"[" * 100_000, 400, "structure", "deeper than 200 levels"),
    post("300 levels", "ValueSet/$expand", DEEP + b"[" * 300 + b"]" * 300 + b"}", 400, "structure", "deeper than 200"),
    post("no XML", "ValueSet/$expand", b"{}", 400, "structure", "XML", "line 1, column 1", content_type=XML),
    post("half of an XML", "ValueSet/$expand", b"<Parameters xmlns='http://hl7.org/fhir'>\n<parameter>", 400,
         "structure", "line 2", "parameter", content_type=XML),
    post("XML of another namespace", "ValueSet/$expand", b"<Parameters/>", 400, "structure", "Parameters",
         "http://hl7.org/fhir", content_type=XML),
    post("XML with entities", "ValueSet/$expand", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", 400, "security",
         "document type", content_type=XML),
    post("XML with an unknown element", "ValueSet/$expand", b"<Parameters xmlns='http://hl7.org/fhir'><x/></Parameters>",
         400, "structure", "no element x", content_type=XML),
    post("5,000 levels of XML", "ValueSet/$expand", b"<a>" * 5000, 400, "structure", "deeper than 200",
         content_type=XML),
    post("a Patient as a batch", "", {"resourceType": "Patient"}, 400, "structure", "a Bundle", "a Patient"),
    post("a document", "", {"resourceType": "Bundle", "type": "document"}, 422, "not-supported", "'document'"),
)  # fmt: skip

BROKEN_RESOURCES = (
    post("parameters that are no list", "ValueSet/$expand", b'{"resourceType":"Parameters","parameter":{}}', 400,
         "structure", "Parameters.parameter", "an array"),
    post("a parameter that is no object", "ValueSet/$expand", parameters("x"), 400, "structure", "parameter[0]"),
    post("a parameter without name", "ValueSet/$expand", parameters(parameter("url", valueUri=DEVICES),
         {"valueString": "x"}), 400, "structure", "parameter[1]", "name"),
    post("a parameter without value", "ValueSet/$expand", parameters({"name": "url"}), 400, "structure",
         "parameter[0]", "value"),
    post("a url that is a number", "ValueSet/$expand", parameters(parameter("url", valueUri=1)), 400, "value",
         "'url'", "1"),
    post("a count with a fraction", "ValueSet/$expand", parameters(parameter("count", valueInteger=1.5)), 400,
         "value", "'count'", "1.5"),
    post("a coding that is a text", "CodeSystem/$lookup", parameters(parameter("coding", valueCoding="x")), 400,
         "value", "'coding'", "'x'"),
    post("a system that is a number", "CodeSystem/$lookup", parameters(parameter("coding", valueCoding={"system": 1})),
         400, "value", "'coding.system'", "1"),
    post("parts that are none", "ConceptMap/$translate", parameters(parameter("dependency", part=[1])), 400, "value",
         "'dependency.part'"),
    post("both url and valueSet", "ValueSet/$expand",
         parameters(parameter("url", valueUri=DEVICES), supplied({"system": SYSTEM})), 400, "invalid",
         "url and valueSet"),
    post("url twice", "ValueSet/$expand",
         parameters(parameter("url", valueUri=DEVICES), parameter("url", valueUri=LOST)), 400, "invalid", "'url'", "2"),
    post("code and coding", f"ValueSet/$validate-code?url={DEVICES}",
         parameters(parameter("code", valueCode="a"), parameter("coding", valueCoding={"code": "a"})), 400, "invalid",
         "code and coding"),
    post("another type of resource", "ValueSet/$expand",
         parameters(parameter("valueSet", resource={"resourceType": "CodeSystem"})), 400, "value", "'valueSet'",
         "CodeSystem"),
    post("a type of resource that is a list", "ValueSet/$expand",
         parameters(parameter("valueSet", resource={"resourceType": ["ValueSet"]})), 400, "value", "'valueSet'"),
    post("a tx-resource that is none", "ValueSet/$expand", parameters(tx_resource({"resourceType": "Patient"})), 400,
         "invalid", "'tx-resource'", "Patient"),
    post("an include of nothing", "ValueSet/$expand", parameters(supplied({})), 400, "invalid", "include[0]"),
    post("an include that is no list", "ValueSet/$expand",
         parameters(parameter("valueSet", resource={"resourceType": "ValueSet", "compose": {"include": "x"}})), 400,
         "structure", "ValueSet.compose.include", "'x'"),
    post("a value set that imports itself", "ValueSet/$expand", parameters(parameter("valueSet", resource=ITSELF)),
         400, "processing", "http://example.org/ValueSet/own", "circularity"),
    post("imports that double 39 times", "ValueSet/$expand",
         parameters(*chain(40), parameter("url", valueUri="http://example.org/ValueSet/link-0")), 422, "too-costly",
         "link-0", "imports"),
    post("imports 1,000 levels deep", f"ValueSet/$validate-code?system={SYSTEM}&code=pump",
         parameters(*chain(1000), parameter("url", valueUri="http://example.org/ValueSet/link-0")), 422, "too-costly",
         "link-0", "64 levels"),
    post("codes given twice", "ValueSet/$expand",
         parameters(tx_resource(code_system({"code": "a"}, {"code": "a"})), parameter("valueSet", resource=OWN)), 400,
         "invalid", "http://example.org/CodeSystem/own", "same code: a"),
    post("a hierarchy in a circle", "ValueSet/$expand",
         parameters(tx_resource(code_system(below("a", "b"), below("b", "a"))), parameter("valueSet", resource=OWN)),
         400, "invalid", "http://example.org/CodeSystem/own", "a → b → a"),
    post("back references", "ValueSet/$expand",
         parameters(supplied({"system": SYSTEM, "filter": [{"property": "code", "op": "regex", "value": r"(a)\1"}]})),
         400, "invalid", r"(a)\1", "not supported"),
)  # fmt: skip

CASES = (
    *NOT_THERE, *WRONG_PARAMETERS, *WRONG_SEARCHES, *WRONG_EXCHANGES, *BROKEN_BODIES, *BROKEN_RESOURCES,
)  # fmt: skip
assert len({case.name for case in CASES}) == len(CASES)


def address(case: Case, endpoint: str) -> str:
    """The case as a URL below a server; what clients must encode is, what they send wrongly stays."""
    return quote(f"/{endpoint}/{case.path}", safe="/?&=%:$|")
