"""Prepared answers are those that would be given anyway, to the last byte; and most plain questions get one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from flask import Flask

from terminology import ingest
from terminology.codesystems.stored import StoredCodeSystem
from terminology.http.app import create_app
from terminology.http.prepared import PreparedFirst
from terminology.operations.expand_written import TRIES, Pages
from terminology.store.counting import counting
from terminology.store.opening import open_store
from tests.http.test_expansion_costs import calls
from tests.http.wsgi_calls import call
from tests.postgres import Cluster
from valuesets.expand import Listing
from valuesets.page import Page

CARE = "http://example.org/CodeSystem/care"
LOOSE = "http://example.org/CodeSystem/loose"
PART = "http://example.org/CodeSystem/part"
SETS = "http://example.org/ValueSet/"
EXTENSIONS = "http://hl7.org/fhir/StructureDefinition/"

SYSTEMS = [
    {
        "resourceType": "CodeSystem", "id": "care", "url": CARE, "version": "2", "name": "Care", "status": "active",
        "language": "en", "caseSensitive": True, "content": "complete", "hierarchyMeaning": "is-a",
        "property": [
            {"code": "status", "uri": "http://hl7.org/fhir/concept-properties#status", "type": "code"},
            {"code": "notSelectable", "uri": "http://hl7.org/fhir/concept-properties#notSelectable", "type": "boolean"},
            {"code": "weight", "type": "decimal"}, {"code": "like", "type": "code"}, {"code": "at", "type": "Coding"},
        ],
        "concept": [
            {"code": "A", "display": "All care", "definition": 'Everything "done".', "concept": [
                {"code": "A1", "display": "Bandage", "property": [{"code": "weight", "valueDecimal": 1.0},
                                                                  {"code": "like", "valueCode": "A2"}]},
                {"code": "A2", "display": "Plaster – größer", "designation": [
                    {"language": "de", "value": "Pflaster"}, {"language": "en-GB", "value": "Plaster – größer"},
                    {"language": "fr", "use": {"system": "http://snomed.info/sct", "code": "900000000000013009"},
                     "value": "pansement"}]},
                {"code": "A3", "display": "Old care", "property": [{"code": "status", "valueCode": "retired"}]},
                {"code": "A4", "display": "Going care", "property": [{"code": "status", "valueCode": "deprecated"}]},
                {"code": "A5", "display": "Any care", "property": [{"code": "notSelectable", "valueBoolean": True}]},
                {"code": "A 6", "display": "Spaced", "property": [{"code": "weight", "valueDecimal": 1.00}]},
                {"code": "A7", "property": [{"code": "at", "valueCoding": {"system": CARE, "code": "A1"}}]},
                *[{"code": f"{letter}{number}", "display": f"{text} of {number} kinds", "property": [value]}
                  for letter, text, value in (
                      ("R", "Retired", {"code": "status", "valueCode": "retired"}),
                      ("W", "Withdrawn", {"code": "status", "valueCode": "withdrawn"}),
                      ("D", "Fading", {"code": "status", "valueCode": "deprecated"}),
                      ("S", "Section", {"code": "notSelectable", "valueBoolean": True}))
                  for number in (10, 20, 30)],
            ]},
        ],
    },
    {
        "resourceType": "CodeSystem", "id": "loose", "url": LOOSE, "status": "draft", "caseSensitive": False,
        "content": "complete", "concept": [{"code": "One", "display": "One"}, {"code": "TWO", "display": "Two"}],
    },
    {
        "resourceType": "CodeSystem", "id": "part", "url": PART, "version": "1", "status": "active",
        "content": "fragment", "concept": [{"code": "p", "display": "P"}],
    },
]  # fmt: skip


def value_set(name: str, *include: dict[str, object], **more: object) -> dict[str, object]:
    compose = {"include": list(include), **more}
    status = "draft" if name == "draft" else "active"
    return {"resourceType": "ValueSet", "id": name, "url": SETS + name, "status": status, "compose": compose}


IS_A = [{"property": "concept", "op": "is-a", "value": "A"}]
BELOW = [{"property": "concept", "op": "descendent-of", "value": "A"}]
VALUE_SETS = [
    value_set("whole", {"system": CARE}),
    value_set("draft", {"system": CARE, "filter": IS_A}),
    value_set("below", {"system": CARE, "version": "2", "filter": BELOW}),
    value_set("both", {"system": CARE, "filter": [*IS_A, *BELOW]}, {"system": LOOSE}),
    value_set("active", {"system": CARE, "filter": IS_A}, inactive=False),
    value_set("weighty", {"system": CARE, "filter": [{"property": "weight", "op": "exists", "value": "true"}]}),
    value_set("without", {"system": CARE, "filter": IS_A},
              exclude=[{"system": CARE, "concept": [{"code": "A1"}]}]),
    value_set("listed", {"system": CARE, "concept": [{"code": "A1"}, {"code": "A2", "display": "Sticky"},
                                                     {"code": "A3"}, {"code": "gone"}]}),
    value_set("labelled", {"system": CARE, "concept": [
        {"code": "A1", "extension": [{"url": EXTENSIONS + "valueset-label", "valueString": "a)"}]}, {"code": "A2"},
        {"code": "A3", "extension": [{"url": EXTENSIONS + "valueset-conceptOrder", "valueDecimal": 1.5}]}]}),
    value_set("others", {"system": CARE, "concept": [{"code": "A7"}]}),
    value_set("imported", {"valueSet": [SETS + "below"]}),
    value_set("twice", {"system": CARE, "concept": [{"code": "A1"}]}, {"system": CARE, "filter": BELOW}),
    value_set("together", {"valueSet": [SETS + "below"]}, {"valueSet": [SETS + "listed"]},
              {"system": CARE, "concept": [{"code": "A4"}]}),
    value_set("common", {"system": CARE, "filter": IS_A, "valueSet": [SETS + "listed"]}),
    value_set("rest", {"system": CARE}, exclude=[{"valueSet": [SETS + "twice"]}, {"system": LOOSE}]),
    value_set("around", {"valueSet": [SETS + "together", SETS + "without"]}, {"system": LOOSE}, inactive=False),
    value_set("loose", {"system": LOOSE, "concept": [{"code": "one"}, {"code": "TWO"}]}),
    value_set("part", {"system": PART}),
    {**value_set("german", {"system": CARE, "filter": IS_A}), "language": "de"},
    value_set("unknown", {"system": CARE}, {"system": "http://example.org/none"}),
]  # fmt: skip
MAPS = [
    {
        "resourceType": "ConceptMap", "id": "renamed", "url": "http://example.org/ConceptMap/renamed",
        "status": "active", "title": "Renamed care",
        "group": [{"source": CARE, "target": CARE, "element": [
            {"code": "old", "display": "Bandages", "target": [{"code": "A1", "relationship": "equivalent"}]},
            {"code": "oldest", "target": [{"code": "old", "relationship": "equivalent"}]}]}],
    },
    {
        "resourceType": "ConceptMap", "id": "across", "url": "http://example.org/ConceptMap/across", "version": "3",
        "status": "active", "property": [{"code": "flag", "type": "boolean"}, {"code": "like", "type": "Coding"}],
        "additionalAttribute": [{"code": "age", "type": "integer"}],
        "group": [{"source": CARE, "target": LOOSE + "|1", "element": [
            {"code": "A1", "target": [
                {"code": "One", "display": "One", "relationship": "equivalent",
                 "property": [{"code": "flag", "valueBoolean": True}]},
                {"code": "TWO", "display": 'Two "more"', "relationship": "source-is-narrower-than-target"}]},
            {"code": "A2", "target": [
                {"code": "TWO", "display": "Two", "relationship": "equivalent",
                 "property": [{"code": "flag", "valueBoolean": True}]},
                {"code": "One", "relationship": "related-to",
                 "property": [{"code": "like", "valueCoding": {"system": CARE, "code": "A1"}}]},
                {"code": "ONE", "display": "One", "relationship": "related-to",
                 "property": [{"code": "like", "valueCoding": {"system": CARE, "code": "A1"}}],
                 "dependsOn": [{"attribute": "age", "valueInteger": 7}],
                 "product": [{"attribute": "age", "valueInteger": 8}]}]},
            {"code": "A3", "noMap": True},
            {"code": "A4", "target": [{"code": "TWO", "display": "Two", "relationship": "not-related-to"}]}]}],
    },
]  # fmt: skip
ACROSS = "http://example.org/ConceptMap/across"
LANGUAGES = ("de", "en", "en-US", "fr-CA,de;q=0.5", "*", "ja", "ja,*;q=0", "de-AT;q=0.2,en-GB")
PROPERTIES = (
    ("parent",), ("child", "weight"), ("definition", "inactive"), ("designation",), ("lang.de", "like"), ("*",),
    ("none",), ("http://hl7.org/fhir/concept-properties#status", "at"), ("*", "lang.fr"),
)  # fmt: skip
"""Properties that are asked for together."""
CODES = (
    "A",
    "A1",
    "A2",
    "A3",
    "A4",
    "A5",
    "A%206",
    "A+6",
    "A7",
    "a1",
    "gone",
    "lost",
    "A99",
    "old",
    "oldest",
    "%20A1",
    "",
    "A1&code=A2",
)
WITH_STATUS = tuple(f"{letter}{number}" for letter in "RWDS" for number in (10, 20, 30))
OTHERS = ("One", "one", "TWO", "p", "q")
SYSTEM_CODES = (
    [(CARE, code) for code in (*CODES, *WITH_STATUS)] + [(LOOSE, c) for c in OTHERS] + [(PART, c) for c in OTHERS]
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    url = f"sqlite:///{tmp_path_factory.mktemp('prepared') / 'x.db'}"
    return create_app(database=loaded(url, tmp_path_factory.mktemp("files")), kept_answers=0)


def loaded(url: str, folder: Path) -> str:
    store = open_store(url)
    for number, resource in enumerate([*SYSTEMS, *VALUE_SETS, *MAPS]):
        path = folder / f"{number}.json"
        path.write_text(json.dumps(resource))
        ingest.load(store, [str(path)])
    store.close()
    return url


def layers(app: Flask) -> tuple[PreparedFirst, PreparedFirst]:
    layer = app.wsgi_app
    assert isinstance(layer, PreparedFirst)
    return layer, layer._app  # type: ignore[return-value]


def questions() -> Iterator[str]:
    for system, code in SYSTEM_CODES:
        url = quote(system, safe="")
        yield f"/r4/CodeSystem/$lookup?system={url}&code={code}"
        yield f"/r5/CodeSystem/$lookup?code={code}&system={system}"
        yield f"/r4/CodeSystem/$lookup?system={url}&code={code}&property=display"
        for language in LANGUAGES[::2]:
            yield f"/r4/CodeSystem/$lookup?system={url}&code={code}&displayLanguage={language}"
        for properties in PROPERTIES:
            yield f"/r5/CodeSystem/$lookup?system={url}&code={code}&property={'&property='.join(properties)}"
        for display in ("", "&display=Bandage", "&display=wrong", "&display=bandage"):
            yield f"/r4/CodeSystem/$validate-code?url={url}&code={code}{display}"
            yield f"/r5/CodeSystem/$validate-code?system={url}&code={code}{display}&version=2"
        yield f"/r5/CodeSystem/$validate-code?url={url}&code={code}&abstract=false&activeOnly=true"
        yield f"/r4/CodeSystem/$validate-code?url={url}&code={code}&date=2020-01-01"
        for language, display in product(
            LANGUAGES, ("", "&display=Pflaster", "&display=Bandage", "&display=pansement")
        ):
            yield f"/r4/CodeSystem/$validate-code?url={url}&code={code}&displayLanguage={language}{display}"
    for (system, code), name in product(SYSTEM_CODES, [v["id"] for v in VALUE_SETS] + ["none"]):
        vs = quote(f"{SETS}{name}", safe="")
        yield f"/r4/ValueSet/$validate-code?url={vs}&system={system}&code={code}"
        yield f"/r5/ValueSet/$validate-code?url={vs}&system={system}&code={code}&display=Bandage&systemVersion=2"
        for language, display in product(LANGUAGES[::3], ("", "&display=Pflaster")):
            in_set = f"url={vs}&system={system}&code={code}"
            yield f"/r5/ValueSet/$validate-code?{in_set}&displayLanguage={language}{display}"
        for more in ("", "&display=Pflaster", "&activeOnly=true&display=Bandage", "&displayLanguage=de"):
            yield f"/r4/ValueSet/$validate-code?url={vs}&inferSystem=true&code={code}{more}"
    for code, which in product(CODES, ("", f"&url={ACROSS}", "&url=http://example.org/ConceptMap/renamed")):
        yield f"/r4/ConceptMap/$translate?system={CARE}&code={code}{which}"
        yield f"/r5/ConceptMap/$translate?sourceCode={code}&sourceSystem={CARE}{which}&targetSystem={LOOSE}"
        yield f"/r4/ConceptMap/$translate?sourceCode={code}&sourceSystem={CARE}{which}"
        yield f"/r5/ConceptMap/$translate?targetCode={code}&targetSystem={CARE}{which}"
        yield f"/r4/ConceptMap/$translate?code={code}&system={CARE}&reverse=true{which}"
    for code in OTHERS:
        yield f"/r4/ConceptMap/$translate?code={code}&system={LOOSE}&reverse=true"
        yield f"/r5/ConceptMap/$translate?targetCode={code}&targetSystem={LOOSE}&url={ACROSS}"
    for a, b in product(CODES[:8], CODES[:12]):
        yield f"/r4/CodeSystem/$subsumes?system={CARE}&codeA={a}&codeB={b}"


PAGES = (
    "",
    "&count=2",
    "&count=2&offset=1",
    "&offset=3",
    "&count=0",
    "&count=x",
    "&offset=-1",
    "&count=%2B2",
    "&count=99999999999",
)
TEXTS = (
    "",
    "&filter=care",
    "&filter=b%C3%A4nd",
    "&filter=bandag",
    "&filter=gr%C3%B6",
    "&filter=nobody",
    "&filter=+",
    "&filter=a&filter=b",
)
WISHES = (
    "", "&activeOnly=true", "&includeDesignations=true", "&displayLanguage=de", "&property=weight&property=status",
    "&excludeNested=true", "&limit=2", "&includeDefinition=true", "&date=2020-01-01", "&valueSetVersion=7",
    f"&system-version={CARE}|2", f"&force-system-version={CARE}|9", f"&exclude-system={CARE}",
)  # fmt: skip


DESIGNATIONS = (
    "&includeDesignations=true", "&designation=de", "&designation=http://snomed.info/sct|900000000000013009",
    "&designation=fr&designation=en-GB", "&includeDesignations=true&displayLanguage=fr,de",
    "&includeDesignations=true&displayLanguage=de,*;q=0", "&includeDesignations=true&activeOnly=true&filter=care",
    "&includeDesignations=true&property=weight", "&includeDesignations=true&includeDefinition=true",
)  # fmt: skip


def expansions() -> Iterator[str]:
    for name, page, text in product([v["id"] for v in VALUE_SETS] + ["none"], PAGES, TEXTS):
        yield f"/r4/ValueSet/$expand?url={SETS}{name}{page}{text}"
    for name, page, wish in product(("whole", "listed", "draft", "unknown"), PAGES[:3], WISHES):
        yield f"/r5/ValueSet/$expand?url={SETS}{name}{page}{wish}"


def with_designations() -> Iterator[str]:
    for name, page, wish in product([v["id"] for v in VALUE_SETS], PAGES[:5], DESIGNATIONS):
        yield f"/r4/ValueSet/$expand?url={SETS}{name}{page}{wish}"
        yield f"/r5/ValueSet/$expand?url={SETS}{name}{page}{wish}"


def test_pages_with_designations_are_those_of_the_usual_way(app: Flask) -> None:
    prepared, usual = layers(app)
    asked = [*with_designations()]
    for target in asked * 2:
        assert call(prepared, target) == call(usual, target), target
    for target in asked[::29]:
        header = {"HTTP_ACCEPT_LANGUAGE": "de, en;q=0.5"}
        assert call(prepared, target, **header) == call(usual, target, **header), target


def test_pages_of_expansions_are_those_of_the_usual_way(app: Flask) -> None:
    prepared, usual = layers(app)
    asked = [*expansions()]
    for target in asked * 2:
        assert call(prepared, target) == call(usual, target), target
    for target in asked[::29]:
        for headers in ({"HTTP_ACCEPT": "application/fhir+xml"}, {"HTTP_ACCEPT_LANGUAGE": "de, en;q=0.5"}):
            assert call(prepared, target, **headers) == call(usual, target, **headers), (target, headers)


def test_pages_that_cannot_be_written_from_parts_are_not_tried_for_ever(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared, usual = layers(app)
    tried: list[bytes | None] = []
    page = Pages._page

    def counted(pages: Pages, wanted: Page, listed: Listing) -> bytes | None:
        tried.append(page(pages, wanted, listed))
        return tried[-1]

    monkeypatch.setattr(Pages, "_page", counted)
    target = f"/r4/ValueSet/$expand?url={SETS}labelled&date=2021-01-01&count="
    for count in (1, 2, 3) * 2 * TRIES:
        assert call(prepared, f"{target}{count}") == call(usual, f"{target}{count}")
    assert tried == [None] * TRIES


def test_what_is_answered_without_preparation(app: Flask) -> None:
    prepared, usual = layers(app)
    asked = [*questions()]
    for target in asked * 2:  # the second time all plans are there
        assert call(prepared, target) == call(usual, target), target
    for target in asked[::37]:
        for headers in (
            {"HTTP_ACCEPT": "application/fhir+xml"}, {"HTTP_ACCEPT_LANGUAGE": "de"}, {"HTTP_ACCEPT_ENCODING": "gzip"},
            {"HTTP_PREFER": "handling=strict"}, {"HTTP_PREFER": "return=minimal"},
            {"HTTP_ACCEPT": "text/plain"}, {"HTTP_IF_NONE_MATCH": "*"},
        ):  # fmt: skip
            assert call(prepared, target, **headers) == call(usual, target, **headers), (target, headers)
        for more in (
            "&_format=xml", "&_format=json", "&_format=none", "&_f%6frmat=xml", "&_formats=xml", "&_pretty=true",
            "&unknown=1", "&_summary=true", "&_=1", "&__x.y-z=%26&_", "&_x%3D=1",
        ):  # fmt: skip
            assert call(prepared, target + more) == call(usual, target + more), target + more
            first = target.replace("?", f"?{more[1:]}&")
            assert call(prepared, first) == call(usual, first), first


PLAIN = [
    f"/r4/CodeSystem/$lookup?system={CARE}&code=A2",
    f"/r5/CodeSystem/$lookup?system={CARE}&code=A3",
    f"/r4/CodeSystem/$lookup?system={CARE}&code=A2&displayLanguage=de,en;q=0.5",
    f"/r5/CodeSystem/$lookup?system={CARE}&code=A1&property=parent&property=like",
    f"/r4/CodeSystem/$validate-code?url={CARE}&code=A2",
    f"/r4/CodeSystem/$validate-code?url={CARE}&code=A1&display=Bandage",
    f"/r5/CodeSystem/$validate-code?url={LOOSE}&code=TWO",
    *[
        f"/r4/ValueSet/$validate-code?url={SETS}{name}&system={CARE}&code=A1"
        for name in ("whole", "draft", "below", "both", "active", "listed")
    ],
    f"/r4/CodeSystem/$validate-code?url={CARE}&code=A2&displayLanguage=de&display=Pflaster",
    f"/r4/CodeSystem/$validate-code?url={CARE}&code=A2&displayLanguage=ja",
    f"/r4/ValueSet/$validate-code?url={SETS}german&system={CARE}&code=A2&display=Pflaster",
    f"/r4/ValueSet/$validate-code?url={SETS}whole&system={CARE}&code=A1&displayLanguage=en-US&display=Bandage",
    *[f"/r4/CodeSystem/$validate-code?url={CARE}&code={code}" for code in WITH_STATUS],
    f"/r5/ValueSet/$validate-code?url={SETS}active&system={CARE}&code=W20",
    f"/r4/CodeSystem/$subsumes?system={CARE}&codeA=A&codeB=A2",
    f"/r4/ConceptMap/$translate?system={CARE}&code=A2&url={ACROSS}",
    f"/r5/ConceptMap/$translate?sourceSystem={CARE}&sourceCode=A1",
    *[f"/r4/ValueSet/$expand?url={SETS}{name}&count=2&offset=1" for name in ("whole", "draft", "without", "imported")],
    f"/r5/ValueSet/$expand?url={SETS}listed&includeDesignations=true",
    f"/r4/ValueSet/$expand?url={SETS}listed&_limit=4",
    f"/r4/ValueSet/$expand?url={SETS}below&filter=care",
    f"/r4/ValueSet/$expand?_=1700000000&url={SETS}listed&_x=7&_format=json",
]


@pytest.fixture(scope="module")
def app_on_postgres(postgres_server: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    url = loaded(postgres_server.new_database(), tmp_path_factory.mktemp("files"))
    return create_app(database=url, kept_answers=0)


@pytest.mark.parametrize("target", PLAIN)
@pytest.mark.parametrize("where", ["app", "app_on_postgres"])
def test_plain_questions_do_not_go_the_usual_way(
    where: str, target: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    app = request.getfixturevalue(where)
    layer, usual = layers(app)
    expected = call(usual, target)
    for code in WITH_STATUS:  # what all of a status have in common is learned from two of them
        call(layer, target.replace("W20", code))
    call(layer, target)
    monkeypatch.setattr(layer, "_app", None)
    assert call(layer, target) == expected
    with counting(app.extensions["terminology"].store) as statements:
        call(layer, target)
    asked = [one for one in statements if "FROM generation" not in one]  # which is seen without, if asked often
    assert len(asked) <= 2


def test_parameters_that_clients_make_up_do_not_make_new_kinds_of_questions(app: Flask) -> None:
    layer, _ = layers(app)
    target = f"/r4/CodeSystem/$lookup?system={CARE}&code=A1&_="
    call(layer, f"{target}0")
    before = layer.answers.epochs.now.plans.used
    for number in range(1, 20):
        call(layer, f"{target}{number}")
    assert layer.answers.epochs.now.plans.used == before


STRANGE = (
    "\0", "a b", "a  b", "<b>", 'q"uote', "back\\slash", "größer", "\U0001f600", "{code}", "{0}", "%s", "100%", "'",
    "a\u2028b", "|", "#", "a#b", "\x7f", "\u200b", "a\tb", "$validate", "3", "e", "lost", "http://example.org/x",
    "x" * 900, "x" * 1001, "x" * 3000, "x" * 5000, "x" * 50_000,
)  # fmt: skip


@pytest.mark.parametrize(
    "target",
    [
        f"/r4/CodeSystem/$validate-code?url={CARE}&code=CODE",
        f"/r5/CodeSystem/$validate-code?url={CARE}&code=CODE&display=Care%20WORD&displayLanguage=de",
        *[f"/r4/ValueSet/$validate-code?url={SETS}{name}&system={CARE}&code=CODE" for name in ("draft", "listed")],
        f"/r5/ValueSet/$validate-code?url={SETS}both&system={CARE}&code=CODE&display=WORD",
    ],
)
def test_unknown_codes_do_not_go_the_usual_way_unless_it_is_known_what_became_of_them(
    app: Flask, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def about(code: str) -> str:
        return target.replace("CODE", code).replace("WORD", quote(unquote(code)[::-1]))

    layer, usual = layers(app)
    unknown, known = about("lost3"), about("old")
    expected = call(usual, unknown)
    assert b'"result","valueBoolean":false' in expected.body.replace(b'"name":', b"")
    assert b"A1 (Bandage)" in call(layer, known).body
    for code in ("lost1", "mislaid2"):  # what all have in common is learned from two of them
        call(layer, about(code))
    for code in STRANGE:
        assert call(layer, about(quote(code))) == call(usual, about(quote(code))), code[:20]
    monkeypatch.setattr(layer, "_app", None)
    assert call(layer, unknown) == expected
    with counting(app.extensions["terminology"].store) as statements:
        call(layer, unknown)
    assert len([one for one in statements if "FROM generation" not in one]) <= 3
    with pytest.raises(TypeError):
        call(layer, known)


WRONG = (
    f"/r4/CodeSystem/$validate-code?url={CARE}&code=CODE&display=WORD",
    f"/r5/CodeSystem/$validate-code?url={CARE}&code=CODE&display=WORD&displayLanguage=en-US,de;q=0.5",
    f"/r5/CodeSystem/$validate-code?url={CARE}&code=CODE&display=WORD&lenient-display-validation=true",
    *[f"/r4/ValueSet/$validate-code?url={SETS}{name}&system={CARE}&code=CODE&display=WORD"
      for name in ("draft", "whole", "below")],
)  # fmt: skip


@pytest.mark.parametrize("target", WRONG)
def test_wrong_displays_do_not_go_the_usual_way(app: Flask, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def about(code: str, display: str) -> str:
        return target.replace("CODE", code).replace("WORD", quote(display))

    layer, usual = layers(app)
    codes = [code for code in CODES if "&" not in code]
    for code, display in product([*codes, *WITH_STATUS], ("Quite wrong", " Bandage  ", "pflaster", "All  care")):
        assert call(layer, about(code, display)) == call(usual, about(code, display)), (code, display)
    for code, display in product(("A1", "A2", "R20", "A"), STRANGE):
        assert call(layer, about(code, display)) == call(usual, about(code, display)), (code, display[:20])
    expected = call(usual, about("A1", "Quite other"))
    assert b"Quite other" in expected.body
    monkeypatch.setattr(layer, "_app", None)
    assert call(layer, about("A1", "Quite other")) == expected
    assert calls(app, about("A1", "Entirely other")) <= 135
    with counting(app.extensions["terminology"].store) as statements:
        call(layer, about("A1", "Quite other"))
    assert len([one for one in statements if "FROM generation" not in one]) <= 1


@pytest.mark.parametrize("release", ["r4", "r5"])
def test_lookups_of_unknown_codes_are_refused_as_usual(
    app: Flask, release: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def about(code: str, system: str = CARE) -> str:
        return f"/{release}/CodeSystem/$lookup?system={system}&code={quote(code)}"

    layer, usual = layers(app)
    expected = call(usual, about("lost3"), HTTP_ACCEPT_ENCODING="gzip")
    assert expected.status == "404 Not Found"
    for code in ("lost1", "mislaid2", *STRANGE, "old", "oldest", "A99", "a1", "A7"):
        for system in (CARE, LOOSE, PART):
            assert call(layer, about(code, system)) == call(usual, about(code, system)), code[:20]
    monkeypatch.setattr(layer, "_app", None)
    assert call(layer, about("lost3"), HTTP_ACCEPT_ENCODING="gzip") == expected
    assert calls(app, about("lost4"), "404 Not Found") <= 155
    with counting(app.extensions["terminology"].store) as statements:
        call(layer, about("lost3"))
    assert len([one for one in statements if "FROM generation" not in one]) <= 3
    for system, code in ((CARE, "old"), (PART, "lost1")):
        with pytest.raises(TypeError):
            call(layer, about(code, system))


def test_what_is_published_meanwhile_is_seen(tmp_path: Path) -> None:
    url = loaded(f"sqlite:///{tmp_path / 'x.db'}", tmp_path)
    app = create_app(database=url, kept_answers=0)
    target = f"/r4/CodeSystem/$validate-code?url={LOOSE}&code=TWO"
    assert b'"Two"' in call(app.wsgi_app, target).body
    changed = {**SYSTEMS[1], "concept": [{"code": "TWO", "display": "Zwei"}]}
    (tmp_path / "changed.json").write_text(json.dumps(changed))
    store = open_store(url)
    ingest.load(store, [str(tmp_path / "changed.json")])
    store.close()
    assert b'"Zwei"' in call(app.wsgi_app, target).body


def test_plans_of_what_was_published_before_are_let_go(tmp_path: Path) -> None:
    """They hold a catalogue, with everything that was found out about its generation."""
    url = loaded(f"sqlite:///{tmp_path / 'x.db'}", tmp_path)
    layer, _ = layers(create_app(database=url, kept_answers=0))
    for target in PLAIN:
        call(layer, target)
    before = layer.answers.epochs.now.plans.used
    (tmp_path / "new.json").write_text(json.dumps({**SYSTEMS[1], "url": "http://example.org/new", "id": "new"}))
    store = open_store(url)
    ingest.load(store, [str(tmp_path / "new.json")])
    store.close()
    call(layer, PLAIN[0])
    assert 0 < layer.answers.epochs.now.plans.used < before / 3


def test_a_failure_of_what_is_prepared_is_logged_and_the_usual_way_answers(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    layer, usual = layers(app)
    call(layer, PLAIN[0])

    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(StoredCodeSystem, "written", broken)
    assert call(layer, PLAIN[0]) == call(usual, PLAIN[0])
    assert "a prepared answer failed" in caplog.text
