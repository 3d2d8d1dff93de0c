"""Translations that are prepared are answered as they would be anyway, to the last byte, and cost little."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from terminology import ingest
from terminology.codesystems.snomed import ids
from terminology.fhir.json import dumps
from terminology.http.app import create_app
from terminology.store.opening import open_store
from tests.http.test_expansion_costs import calls, statements_of
from tests.http.test_prepared import layers
from tests.http.wsgi_calls import body_of, call
from tests.menagerie import MENAGERIE

Json = dict[str, Any]

BASE = "http://example.org/"
OLD, NEW, OTHER, OLD_NAME = f"{BASE}old", f"{BASE}new", f"{BASE}other", "urn:oid:1.2.3"
RELATIONSHIPS = (
    "equivalent", "related-to", "source-is-narrower-than-target", "source-is-broader-than-target", "not-related-to",
)  # fmt: skip
CODES = ("a", "b", "c", "d", "e", "f", "g", "A1", "50%", 'q"%b', "größer", "x" * 300)
"""Some of which there are, some with mappings of all kinds, some with none."""


def target(code: str | None, relationship: str = "equivalent", **more: Any) -> Json:
    return {"relationship": relationship, **({"code": code} if code else {}), **more}


def element(code: str | None, *targets: Json, **more: Any) -> Json:
    return {**({"code": code} if code else {}), **({"target": [*targets]} if targets else {}), **more}


def concept_map(name: str, *groups: Json, version: str | None = None, **more: Any) -> Json:
    stated = {"version": version} if version else {}
    common = {"resourceType": "ConceptMap", "status": "active", "url": f"{BASE}{name}", "id": f"{name}{version or ''}"}
    return {**common, **stated, **more, "group": [*groups]}


def group(source: str | None, to: str | None, *elements: Json, unmapped: Json | None = None) -> Json:
    sides = {name: value for name, value in (("source", source), ("target", to)) if value}
    return {**sides, "element": [*elements], **({"unmapped": unmapped} if unmapped else {})}


LONG = "IF " + "and then " * 20
ATTRIBUTES = {
    "property": [
        {"code": "flag", "valueBoolean": True}, {"code": "rank", "valueInteger": 1},
        {"code": "rule", "valueString": LONG}, {"code": "share", "valueDecimal": Decimal("1.50")},
        {"code": "share", "valueDecimal": Decimal("1.5")},
        {"code": "like", "valueCoding": {"system": OLD, "code": "a"}},
    ],
    "dependsOn": [{"attribute": "age", "valueInteger": 7}],
    "product": [{"attribute": "age", "valueInteger": 8}, {"attribute": "rule", "valueString": LONG}],
}  # fmt: skip
DECLARED = {
    "property": [
        {"code": "flag", "type": "boolean"}, {"code": "rank", "type": "integer", "uri": f"{BASE}rank"},
        {"code": "rule", "type": "string", "uri": f"{BASE}rule"}, {"code": "share", "type": "decimal"},
        {"code": "like", "type": "Coding", "uri": f"{BASE}like"},
    ],
    "additionalAttribute": [
        {"code": "age", "type": "integer", "uri": f"{BASE}age"}, {"code": "rule", "type": "string"},
    ],
}  # fmt: skip
FIXED = {"mode": "fixed", "code": "?", "display": "100 % unknown"}
MAPPINGS = (
    element("a", target("x"), target("y", "related-to", display='50 % "y"'), display="An a"),
    element("b", *[target("x", one, display="X") for one in RELATIONSHIPS]),
    element("c", target("z", "not-related-to")),
    element("d", noMap=True),
    element("e", target("x", **ATTRIBUTES), target("y", property=ATTRIBUTES["property"][:1])),
    element("f", display="Nothing is said of it"),
    *(element(code, target(code[::-1], display=code)) for code in CODES[8:]),
)
MAPS = (
    concept_map("plain", group(OLD, f"{NEW}|2", *MAPPINGS), version="1", **DECLARED),
    concept_map("plain", group(OLD, f"{NEW}|3", *MAPPINGS[:2]), version="2"),
    concept_map("fixed", group(OLD, NEW, *MAPPINGS[:6], unmapped=FIXED), group(OLD, OTHER, unmapped=FIXED), **DECLARED),
    concept_map("same", group(f"{OLD}|1", NEW, MAPPINGS[0], unmapped={"mode": "use-source-code"})),
    concept_map("named", group(OLD_NAME, NEW, MAPPINGS[0]), group(OLD, OTHER, MAPPINGS[1])),
    concept_map("nameless", group(None, None, *MAPPINGS[:3], unmapped=FIXED)),
    concept_map("onward", group(OLD, NEW, MAPPINGS[0], unmapped={"mode": "other-map", "otherMap": f"{BASE}plain"})),
    concept_map("astray", group(OLD, NEW, unmapped={"mode": "other-map", "otherMap": f"{BASE}nowhere"})),
    concept_map("stated", group(OLD, NEW, *MAPPINGS[:4], unmapped=FIXED), sourceScopeUri=f"{BASE}set"),
    concept_map("50%20off%b", group(OLD, NEW, *MAPPINGS[:5]), **DECLARED, id="off"),
    concept_map("twice", group(OLD, NEW, *MAPPINGS[:2]), group(OLD, NEW, *MAPPINGS[:2])),
    concept_map("sets", group(OLD, NEW, element(None, target("x"), valueSet=f"{BASE}set"),
                              element("g", target(None, valueSet=f"{BASE}set")))),
)  # fmt: skip
SYSTEMS = [
    {"resourceType": "CodeSystem", "id": "old", "url": OLD, "version": "1", "status": "active", "content": "complete",
     "identifier": [{"system": "urn:ietf:rfc:3986", "value": OLD_NAME}],
     "property": [{"code": "status", "uri": "http://hl7.org/fhir/concept-properties#status", "type": "code"}],
     "concept": [{"code": "a", "display": "A"}, {"code": "c"},
                 {"code": "b", "display": "B", "property": [{"code": "status", "valueCode": "retired"}]}]},
    {"resourceType": "CodeSystem", "id": "new", "url": NEW, "status": "active", "content": "complete",
     "concept": [{"code": "x"}, {"code": "y"}, {"code": "z"}]},
    {"resourceType": "ValueSet", "id": "set", "url": f"{BASE}set", "status": "active",
     "compose": {"include": [{"system": OLD, "concept": [{"code": "a"}, {"code": "c"}]}]}},
]  # fmt: skip


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("translations")
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in (*SYSTEMS, *MAPS)]}
    (folder / "all.json").write_bytes(dumps(bundle))
    url = f"sqlite:///{folder / 'x.db'}"
    store = open_store(url)
    ingest.load(store, [str(folder / "all.json"), MENAGERIE.zipped(folder)])
    store.close()
    return create_app(database=url, kept_answers=0)


PLACES = ("", *(f"&url={BASE}{quote(name)}" for name in dict.fromkeys(m["url"].removeprefix(BASE) for m in MAPS)),
          f"&url={BASE}plain|1", f"&url={BASE}plain&conceptMapVersion=1", f"&url={BASE}none")  # fmt: skip
STYLES = (
    f"/r4/ConceptMap/$translate?system={OLD}&code=CODE",
    f"/r4b/ConceptMap/$translate?system={OLD}&code=CODE&targetsystem={NEW}",
    f"/r5/ConceptMap/$translate?sourceSystem={OLD_NAME}&sourceCode=CODE",
    f"/r5/ConceptMap/$translate?sourceSystem={OLD}&sourceCode=CODE&targetSystem={OTHER}&version=1",
    f"/r4/ConceptMap/$translate?sourceSystem={OLD}&sourceCode=CODE&version=2",
    "/r5/ConceptMap/$translate?sourceCode=CODE",
)
BACKWARDS = (
    f"/r4/ConceptMap/$translate?system={NEW}&code=CODE&reverse=true",
    f"/r5/ConceptMap/$translate?targetSystem={NEW}&targetCode=CODE",
    f"/r4/ConceptMap/$translate?targetSystem={NEW}&targetCode=CODE&sourceSystem={OLD}",
    f"/r4/ConceptMap/$translate?system={OLD}&code=CODE&reverse=true&targetsystem={OLD_NAME}",
)
SCOPED = (
    f"/r4/ConceptMap/$translate?system={OLD}&code=CODE&source={BASE}set",
    f"/r5/ConceptMap/$translate?sourceSystem={OLD}&sourceCode=CODE&targetScope={BASE}none",
    f"/r4/ConceptMap/$translate?system={NEW}&code=CODE&reverse=true&source={BASE}set&targetsystem={OLD}",
)


def questions() -> Iterator[str]:
    for style, code, place in product((*STYLES, *SCOPED), CODES, PLACES):
        yield style.replace("CODE", quote(code)) + place
    for style, code, place in product(BACKWARDS, ("x", "y", "z", "none", "a", *(c[::-1] for c in CODES[8:])), PLACES):
        yield style.replace("CODE", quote(code)) + place
    for name in ("plain", "fixed"):
        for code in CODES:
            yield f"/r4/ConceptMap/{name}/$translate?system={OLD}&code={quote(code)}"


def test_translations_are_those_of_the_usual_way(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    prepared, usual = layers(app)
    for asked in questions():
        answer = call(usual, asked)
        assert call(prepared, asked) == answer, asked
        assert call(prepared, asked) == answer, asked
    assert not caplog.records, "no prepared answer failed"


def implied(refset: str) -> str:
    return quote(f"{ids.SYSTEM}?fhir_cm={refset}", safe="")


REFSETS = (ids.SAME_AS, ids.WAS_A, MENAGERIE["Map to letters"], MENAGERIE["Map from numbers"])


def test_so_are_those_by_implicit_maps(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    prepared, usual = layers(app)
    concepts = [
        MENAGERIE[term] for term in ("Scuffed paw", "Scratched paw", "Odd ear", "Swollen ear", "Grazed paw", "Paw")
    ]
    for refset, code in product(REFSETS, (*concepts, "E1", "E9", "17", "none", "0" * 30)):
        url = implied(refset)
        for asked in (
            f"/r4/ConceptMap/$translate?url={url}&system={ids.SYSTEM}&code={code}",
            f"/r5/ConceptMap/$translate?url={url}&sourceCode={code}",
            f"/r5/ConceptMap/$translate?url={url}&sourceSystem={ids.SYSTEM}&sourceCode={code}&targetSystem={NEW}",
            f"/r4/ConceptMap/$translate?url={url}&system={ids.SYSTEM}&code={code}&reverse=true",
            f"/r5/ConceptMap/$translate?url={url}&targetCode={code}",
            f"/r5/ConceptMap/$translate?url={url}%7C{MENAGERIE.version}&sourceCode={code}",
        ):
            answer = call(usual, asked)
            assert call(prepared, asked) == answer, asked
            assert call(prepared, asked) == answer, asked
    assert not caplog.records


def maps_of(draw: st.DrawFn) -> Json:
    """A map of a few codes, with everything that decides which mappings count."""
    some = st.sampled_from
    texts = st.none() | st.text(min_size=1, max_size=5, alphabet='a%b"\\ü ').map(str.strip).filter(bool)

    def a_target() -> Json:
        code, display, sets = draw(some("xyz")), draw(texts), draw(st.integers(0, 9))
        more: Json = {"display": display} if display else {}
        if draw(st.booleans()):
            more["property"] = draw(st.lists(some(ATTRIBUTES["property"]), max_size=3)) or [ATTRIBUTES["property"][0]]
        if draw(st.booleans()):
            more |= {name: ATTRIBUTES[name] for name in ("dependsOn", "product")}
        place = {"valueSet": f"{BASE}set"} if sets == 0 else {"code": code}
        return {"relationship": draw(some(RELATIONSHIPS)), **place, **more}

    def an_element() -> Json:
        if draw(st.integers(0, 9)) == 0:
            return {"valueSet": f"{BASE}set", "target": [a_target()]}
        code, targets = draw(some("abcd")), [a_target() for _ in range(draw(st.integers(0, 3)))]
        return element(code, *targets) if targets or draw(st.booleans()) else element(code, noMap=True)

    def a_group() -> Json:
        unmapped = draw(
            some([None, None, FIXED, {"mode": "use-source-code"}, {"mode": "fixed", "valueSet": f"{BASE}set"}])
        )
        sides = draw(some([OLD, OLD_NAME, f"{OLD}|1", f"{OLD}|2"])), draw(some([NEW, f"{NEW}|7", OTHER, OLD]))
        return group(*sides, *(an_element() for _ in range(draw(st.integers(1, 4)))), unmapped=unmapped)

    return concept_map("brought", *(a_group() for _ in range(draw(st.integers(1, 3)))), version="1", **DECLARED)


@settings(max_examples=60, deadline=None)
@given(st.composite(maps_of)(), st.sampled_from(["r4", "r5"]), st.booleans(), st.data())
def test_so_are_those_by_maps_that_come_along(
    app: Flask,
    brought: Json,
    release: str,
    named: bool,
    data: st.DataObject,
) -> None:
    prepared, usual = layers(app)
    subject = data.draw(st.sampled_from(["coding", "sourceCoding", "targetCoding"]))
    more = data.draw(
        st.sampled_from(
            [[], [("targetSystem", "Uri", NEW)], [("reverse", "Boolean", True)], [("source", "Uri", f"{BASE}set")]]
        )
    )
    more = [*more, ("tx-resource", "resource", brought)] + ([("url", "Uri", brought["url"])] if named else [])
    for system, code in product((OLD, NEW), "abcdxyz?"):
        body = body_of((subject, "Coding", {"system": system, "code": code}), *more)
        path = f"/{release}/ConceptMap/$translate"
        answer = call(usual, path, body)
        assert call(prepared, path, body) == answer
        assert call(prepared, path, body) == answer


PLAIN = {
    f"{STYLES[0]}&url={BASE}plain": ("a", 54),
    f"{STYLES[1]}&url={BASE}plain": ("a", 54),
    f"{STYLES[2]}&url={BASE}fixed": ("a", 66),
    STYLES[3]: ("b", 76),
    f"{SCOPED[0]}&url={BASE}stated": ("a", 54),
    f"{STYLES[4]}&url={BASE}onward": ("a", 54),
    f"{BACKWARDS[0]}&url={BASE}named": ("y", 49),
    f"{BACKWARDS[1]}&url={BASE}plain": ("y", 49),
    f"/r4/ConceptMap/$translate?url={implied(MENAGERIE['Map to letters'])}&code=CODE": (MENAGERIE["Swollen ear"], 61),
    f"/r5/ConceptMap/$translate?url={implied(ids.SAME_AS)}&sourceCode=CODE": (MENAGERIE["Scuffed paw"], 48),
}
"""Questions, a code that has translations, and the calls of Python functions that they may take."""


@pytest.mark.parametrize(("question", "found"), PLAIN.items())
def test_a_translation_costs_one_statement_at_most_and_few_calls(
    app: Flask, question: str, found: tuple[str, int]
) -> None:
    """The mappings of the code, and none where they were asked for lately; the display of a target is another."""
    code, most = found
    asked = question.replace("CODE", code)
    assert b'{"name":"result","valueBoolean":true}' in call(app.wsgi_app, asked).body
    assert len(statements_of(app, question.replace("CODE", f"{code}0"))) <= 1
    assert not statements_of(app, asked)
    assert calls(app, asked) <= most


@pytest.mark.parametrize("question", [question for question in PLAIN if "onward" not in question])
def test_a_code_without_translations_costs_no_more(app: Flask, question: str) -> None:
    asked = question.replace("CODE", "nothing")
    call(app.wsgi_app, asked)
    assert not statements_of(app, asked)
    assert calls(app, asked) <= 64


def test_a_map_that_is_published_meanwhile_is_seen(tmp_path: Path) -> None:
    store = open_store(url := f"sqlite:///{tmp_path / 'x.db'}")
    app = create_app(database=url, kept_answers=0)
    for to in ("x", "y"):
        (tmp_path / "map.json").write_bytes(dumps(concept_map("changing", group(OLD, NEW, element("a", target(to))))))
        ingest.load(store, [str(tmp_path / "map.json")])
        for _ in range(3):
            for place in ("", f"&url={BASE}changing"):
                found = call(app.wsgi_app, f"/r4/ConceptMap/$translate?system={OLD}&code=a{place}")
                assert f'"code":"{to}"'.encode() in found.body
    store.close()
