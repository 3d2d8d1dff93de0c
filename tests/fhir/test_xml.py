"""FHIR XML."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from terminology.fhir import check, xml
from terminology.fhir.json import dumps, loads
from terminology.model.outcome import TerminologyError
from tests.fhir.test_codesystem import FULL as CODE_SYSTEM
from tests.fhir.test_conceptmap import FULL as CONCEPT_MAP
from tests.fhir.test_r4 import core
from tests.fhir.test_valueset import FULL as VALUE_SET

PARAMETERS: dict[str, Any] = {
    "resourceType": "Parameters",
    "id": "p",
    "parameter": [
        {"name": "flag", "valueBoolean": False},
        {"name": "count", "valueInteger": -3},
        {"name": "weight", "valueDecimal": loads(b'{"x": 1.20}')["x"]},
        {"name": "coding", "valueCoding": {"id": "c", "system": "s", "userSelected": True}},
        {"name": "set", "resource": {"resourceType": "ValueSet", "url": "http://example.org/vs"}},
        {"name": "outer", "part": [{"name": "inner", "valueString": 'a < b & "c"\n\td'}]},
    ],
}
ARRAYS: dict[str, Any] = {
    "resourceType": "CodeSystem",
    "filter": [
        {
            "operator": ["=", None, "is-a", None],
            "_operator": [None, {"extension": [{"url": "http://example.org/e", "valueCode": "x"}]}, None, {"id": "i"}],
        }
    ],
    "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p class="x">a<br/>b</p> </div>'},
}


def without_strangers(resource: dict[str, Any]) -> dict[str, Any]:
    """`display:de` is no FHIR, and the narrative's quotes may change."""
    strangers = (
        b',"display:de":"no FHIR, but kept"',
        b',{"code":"odd","valueUri":"http://example.org/not-a-property-type"}',
    )
    text = dumps(resource)
    for stranger in strangers:
        text = text.replace(stranger, b"")
    return dict(loads(text.replace(b"'", rb"\"")))


@pytest.mark.parametrize(
    "resource",
    [PARAMETERS, ARRAYS, CODE_SYSTEM, VALUE_SET, CONCEPT_MAP],
    ids=["Parameters", "arrays", "CodeSystem", "ValueSet", "ConceptMap"],
)
@pytest.mark.parametrize("pretty", [False, True])
def test_round_trip(resource: dict[str, Any], pretty: bool) -> None:
    expected = without_strangers(resource)
    if resource is VALUE_SET:
        expected["contained"][1] = {"resourceType": "Organization"}  # all that is read of other types
    read = xml.loads(xml.dumps(expected, pretty=pretty))
    assert dumps(read, sort=True) == dumps(expected, sort=True)


def test_as_the_specification_writes_it() -> None:
    text = xml.dumps({"resourceType": "ValueSet", "url": "u", "id": "x", "_url": {"id": "y"}})
    assert text == (
        b"<?xml version='1.0' encoding='UTF-8'?>\n"
        b'<ValueSet xmlns="http://hl7.org/fhir"><id value="x"/><url value="u" id="y"/></ValueSet>'
    )


def test_all_of_r4_core_survives(shared: Path) -> None:
    count = 0
    for resource in core(shared):
        written = xml.dumps(resource, "R4")
        assert b"<!--" not in written
        read = xml.loads(written, "R4")
        for either in (read, resource):  # white space and quotes of the narrative are not compared
            either.get("text", {}).pop("div", None)
        assert dumps(read, sort=True) == dumps(resource, sort=True), resource["id"]
        count += 1
    assert count > 2000


def test_members_without_a_place_are_named_in_a_comment() -> None:
    written = xml.dumps({"resourceType": "ValueSet", "title:de": "x", "a--b": 1})
    assert b"<!-- not FHIR: title:de, a__b -->" in written
    assert xml.loads(written) == {"resourceType": "ValueSet"}


def test_characters_xml_does_not_have() -> None:
    read = xml.loads(xml.dumps({"resourceType": "ValueSet", "title": "a\x0bb\x00c"}))
    assert read["title"] == "a\ufffdb\ufffdc"


def test_a_narrative_that_is_no_xml_is_shown_as_text() -> None:
    written = xml.dumps({"resourceType": "ValueSet", "text": {"status": "generated", "div": "<p>oops & <b>"}})
    assert xml.loads(written)["text"]["div"].endswith("&lt;p&gt;oops &amp; &lt;b&gt;</div>")


def test_other_resource_types_are_read_as_their_type() -> None:
    bundle = (
        '<Bundle xmlns="http://hl7.org/fhir"><entry><resource><Pudding><active value="true"/></Pudding></resource>'
        "</entry></Bundle>"
    )
    assert xml.loads(bundle.encode())["entry"] == [{"resource": {"resourceType": "Pudding"}}]
    with pytest.raises(TerminologyError, match="Pudding resources cannot be written") as error:
        xml.dumps({"resourceType": "Pudding"})
    assert error.value.kind == "not-supported"


BOMB = """<!DOCTYPE b [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<ValueSet xmlns="http://hl7.org/fhir"><title value="&b;"/></ValueSet>"""
OUTSIDE = """<!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/hostname">]>
<ValueSet xmlns="http://hl7.org/fhir"><text><div xmlns="http://www.w3.org/1999/xhtml">&a;</div></text></ValueSet>"""


@pytest.mark.parametrize(
    "text", [BOMB, OUTSIDE, '<!DOCTYPE x SYSTEM "http://example.org/x.dtd"><ValueSet xmlns="http://hl7.org/fhir"/>']
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_document_types_are_refused(text: str, encoding: str) -> None:
    with pytest.raises(TerminologyError, match="document type"):
        xml.loads(text.encode(encoding))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<ValueSet", "Not valid XML at line 1"),
        ("", "Not valid XML"),
        ("<ValueSet/>", "namespace ''"),
        ('<ValueSet xmlns="http://hl7.org/fhir">\n<hue value="x"/></ValueSet>', "Line 2: ValueSet has no element hue"),
        ('<ValueSet xmlns="http://hl7.org/fhir"><experimental value="yes"/></ValueSet>', "must be of type boolean"),
        ('<CodeSystem xmlns="http://hl7.org/fhir"><count value="1.5"/></CodeSystem>', "must be of type unsignedInt"),
        ('<ValueSet xmlns="http://hl7.org/fhir"><url value="x"><b/></url></ValueSet>', "url has no element b"),
        ('<ValueSet xmlns="http://hl7.org/fhir"><contained/></ValueSet>', "contained has no element contained"),
        ('<ValueSet xmlns="http://hl7.org/fhir"><x xmlns="urn:other"/></ValueSet>', "urn:other"),
    ],
)  # fmt: skip
def test_broken_xml_is_refused_with_line_and_reason(text: str, said: str) -> None:
    with pytest.raises(TerminologyError) as error:
        xml.loads(text.encode())
    assert error.value.kind == "invalid"
    assert said in str(error.value)


def test_too_deep() -> None:
    depth = 230
    text = '<CodeSystem xmlns="http://hl7.org/fhir">' + "<concept>" * depth + "</concept>" * depth + "</CodeSystem>"
    with pytest.raises(TerminologyError, match="nests deeper"):
        xml.loads(text.encode())
    deeper = "<a>" * 100_000
    with pytest.raises(TerminologyError, match="nests deeper"):
        xml.loads(deeper.encode())


def test_every_element_keeps_the_order_of_the_table() -> None:
    written = etree.fromstring(xml.dumps(dict(reversed(VALUE_SET.items()))))
    names = [etree.QName(child).localname for child in written]
    order = list(xml.elements("R5", "ValueSet") or ())
    assert names == sorted(names, key=order.index)


def made(expression: str) -> str:
    """What the tool that makes the table gives; in a process of its own, since the models are large."""
    tool = Path(xml.__file__).parents[2] / "tools" / "make_xml_elements.py"
    script = f"import json, runpy; tool = runpy.run_path({str(tool)!r}); print({expression}, end='')"
    return subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout


TABLE = Path(xml.__file__).with_name("xml_elements.json")


def test_the_table_is_what_the_models_say() -> None:
    """After a new release of fhir.resources: run tools/make_xml_elements.py and look at the difference."""
    tables = json.loads(TABLE.read_text(encoding="utf-8"))
    served = "json.dumps({r: tool['table'](p, tool['SERVED']) for r, p in tool['PACKAGES'].items()})"
    for release, types in json.loads(made(served)).items():
        assert {name: tables[release][name] for name in types} == types


@pytest.mark.slow
def test_the_whole_table_is_what_the_models_say() -> None:
    assert made("tool['text']()") == TABLE.read_text(encoding="utf-8")


def test_unknown_types_are_not_cached() -> None:
    def kept() -> int:
        return xml._known_elements.cache_info().currsize + check._known_model.cache_info().currsize

    before = kept()
    for number in range(20):
        invented = f"Invented{number}"
        xml.loads(f'<{invented} xmlns="http://hl7.org/fhir"/>'.encode())
        assert check.check({"resourceType": invented}, "R5")
    assert kept() == before
