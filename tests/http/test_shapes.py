"""Bodies of a known shape get the answers of the usual way, whatever is in them; bodies like others are not parsed."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminology.http import prepared, shapes
from terminology.http.app import create_app
from terminology.http.fast_path import FastPath
from terminology.http.prepared import LINES, PreparedFirst
from tests.http.test_prepared import CARE, LOOSE, SETS, layers, loaded
from tests.http.test_prepared_bodies import BROUGHT, LENIENT, OWN, bringing, brought, everything
from tests.http.wsgi_calls import Called, body_of, call, environ_of

IN_SYSTEM, IN_SET = "/r4/CodeSystem/$validate-code", "/r5/ValueSet/$validate-code"
URL, WHOLE = ("url", "Uri", CARE), ("url", "Uri", f"{SETS}whole")
ENGLISH = ("displayLanguage", "Code", "en-US")
ALONG = [("tx-resource", "resource", brought("A1", "A2")), ("url", "Uri", BROUGHT), ENGLISH]
Json = dict[str, Any]


class Served:
    """An application, its usual way, and a fast path in front of it."""

    def __init__(self, app: Flask) -> None:
        self.prepared, self.usual = layers(app)
        self.fast = FastPath(app.extensions["terminology_epochs"])

    @property
    def shapes(self) -> int:
        """How many shapes are known."""
        return len(self.fast._epochs.now.shapes._entries)

    def fast_answer(self, target: str, body: bytes) -> Called | None:
        found = self.fast(environ_of(target, body))
        if found is None:
            return None
        return Called(LINES[found[0]], [pair for pair in found[1] if pair[0] != "X-Request-Id"], found[2])

    def check(self, target: str, body: bytes) -> bool:
        """Whether the fast path answers; it must not answer anything else than the usual way."""
        found = self.fast_answer(target, body)
        expected = call(self.usual, target, body)
        given = call(self.prepared, target, body) if found is None else found
        assert given == expected, (target, body)
        return found is not None


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Served:
    url = f"sqlite:///{tmp_path_factory.mktemp('shapes') / 'x.db'}"
    return Served(create_app(database=loaded(url, tmp_path_factory.mktemp("files")), kept_answers=0))


def test_all_kinds_of_bodies_get_the_answers_of_the_usual_way(served: Served) -> None:
    asked = [(target, body) for target, body in everything() if "$expand" not in target]
    random.Random(1).shuffle(asked)
    for target, body in [*asked[:1500], *(one for one in bringing() if "$expand" not in one[0])]:
        for _ in range(3):  # nothing is prepared, it is, its shape is known
            served.check(target, body)


def concept(code: str, text: str | None = None, **more: Any) -> tuple[str, str, Any]:
    said = {} if text is None else {"text": text}
    return "codeableConcept", "CodeableConcept", {"coding": [{"system": CARE, "code": code, **more}], **said}


LIKE: dict[str, tuple[str, tuple[bytes, bytes, bytes]]] = {
    "a code": (IN_SYSTEM, tuple(body_of(URL, ("code", "Code", code)) for code in ("A1", "A2", "A"))),
    "a code with a display": (
        IN_SYSTEM,
        tuple(
            body_of(URL, ("code", "Code", code), ("display", "String", display))
            for code, display in (("A1", "Bandage"), ("A2", "Plaster – größer"), ("A", "All care"))
        ),
    ),
    "a coding": (
        IN_SET,
        tuple(
            body_of(("coding", "Coding", {"system": CARE, "code": code}), WHOLE, ENGLISH, LENIENT)
            for code in ("A1", "A2", "A")
        ),
    ),
    "a concept": (
        IN_SET,
        tuple(
            body_of(concept(code, text), WHOLE, ENGLISH, LENIENT)
            for code, text in (("A1", "one"), ("A2", "größer – \U0001f600"), ("A", "none of those"))
        ),
    ),
    "a concept with blanks in JSON": (
        IN_SYSTEM,
        tuple(
            json.dumps(json.loads(body_of(URL, concept(code))), indent=1, ensure_ascii=False).encode()
            for code in ("A1", "A2", "A")
        ),
    ),
    "a code with an id of the question": (
        IN_SYSTEM,
        tuple(body_of(("uuid", "Uuid", f"id-{code}"), URL, ("code", "Code", code)) for code in ("A1", "A2", "A")),
    ),
    "a lookup": (
        "/r5/CodeSystem/$lookup",
        tuple(body_of(("coding", "Coding", {"system": CARE, "code": code})) for code in ("A1", "A2", "A")),
    ),
    "a coding and what it is asked about": (
        IN_SET,
        tuple(body_of(("coding", "Coding", {"system": CARE, "code": code}), *ALONG) for code in ("A1", "A2", "A")),
    ),
    "a coding of a system that comes along": (
        IN_SYSTEM,
        tuple(
            body_of(("coding", "Coding", {"system": OWN["url"], "code": code}), ("tx-resource", "resource", OWN))
            for code in ("A1", "A2", "A3")
        ),
    ),
    "a subsumption": (
        "/r4/CodeSystem/$subsumes",
        tuple(
            body_of(("codeB", "Code", code), ("system", "Uri", CARE), ("codeA", "Code", "A"))
            for code in ("A1", "A2", "A")
        ),
    ),
}  # type: ignore[dict-item]


@pytest.mark.parametrize(("target", "bodies"), LIKE.values(), ids=LIKE)
def test_bodies_like_others_are_not_parsed(
    served: Served, target: str, bodies: tuple[bytes, bytes, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = bodies
    served.check(target, first)
    assert served.check(target, second)
    expected = call(served.usual, target, third)
    monkeypatch.setattr(prepared, "_question", lambda *_: pytest.fail("it is parsed"))
    assert served.fast_answer(target, third) == expected


@pytest.mark.parametrize(("target", "bodies"), LIKE.values(), ids=LIKE)
def test_bodies_like_the_latest_are_cut_only_where_resources_come_along(
    served: Served, target: str, bodies: tuple[bytes, bytes, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    for body in bodies:
        for _ in range(2):
            assert served.check(target, body) or body == bodies[0]
    expected, cuts, cut = call(served.usual, target, bodies[1]), [], shapes.cut
    monkeypatch.setattr(shapes, "cut", lambda *given: cuts.append(given) or cut(*given))
    assert served.fast_answer(target, bodies[1]) == expected
    assert bool(cuts) == (b'"resource"' in bodies[1])


NOT_LIKE = {
    "another value set": lambda body: body.replace(b"whole", b"below"),
    "an escape": lambda body: body.replace(b'"A2"', b'"A\\u0032"'),
    "an escaped quote": lambda body: body.replace(b'"A2"', b'"A2\\""'),
    "a blank before it": lambda body: body.replace(b'"A2"', b'" A2"'),
    "a wide blank after it": lambda body: body.replace(b'"A2"', '"A2\u2003"'.encode()),
    "nothing": lambda body: body.replace(b'"A2"', b'""'),
    "a number": lambda body: body.replace(b'"A2"', b"2"),
    "what resources are announced by": lambda body: body.replace(b'"A2"', b'"resource"'),
    "a line in it": lambda body: body.replace(b'"A2"', b'"A\n2"'),
    "bytes that are no text": lambda body: body.replace(b'"A2"', b'"A\xff"'),
    "half of a pair": lambda body: body.replace(b'"A2"', b'"A\xed\xa0\x80"'),
    "garbage after it": lambda body: body + b"x",
    "another object after it": lambda body: body + body,
    "a mark before it": lambda body: b"\xef\xbb\xbf" + body,
    "something missing": lambda body: body[:-1],
    "another member": lambda body: body.replace(b'"A2"', b'"A2","userSelected":true'),
    "a second code": lambda body: body.replace(b'"A2"', b'"A2","code":"A1"'),
    "a code before it": lambda body: body.replace(b'"code":', b'"code":"A1","code":'),
    "another code": lambda body: body.replace(
        b'}},{"name":"url"', b'}},{"name":"code","valueCode":"A1"},{"name":"url"'
    ),
    "the same name again": lambda body: body.replace(b'"name":"coding"', b'"name":"code","name":"coding"'),
}


@pytest.mark.parametrize("change", NOT_LIKE.values(), ids=NOT_LIKE)
def test_other_bodies_are_not_taken_for_those_they_resemble(served: Served, change: Any) -> None:
    target, (first, second, third) = LIKE["a coding"]
    for body in (first, second, third):
        served.check(target, body)
    for body in (first, second, third):
        for other in (change(second), change(body)):
            for _ in range(3):
                served.check(target, other)


UNUSUAL = b'{"name":"url","valueUri":"%b"},{"valueCode":"A1","name":"code"}' % CARE.encode()


def test_a_text_that_is_not_what_is_asked_about_does_not_become_it(served: Served) -> None:
    """Texts like those asked about that mean nothing, or are overwritten by others, where those are hard to find."""
    before = served.shapes
    for code in (b"A1", b"A2", b"A", b"none"):
        overwritten = b'{"coding":[{"code":"%b"}],"coding":[{"system":"%b","code":"A1"}]}' % (code, CARE.encode())
        for start, inner in (
            (code, UNUSUAL),
            (b"A1", UNUSUAL + b',{"text":"A1","name":"uuid","valueUuid":"%b"}' % code),
            (
                b"A1",
                b'{"name":"url","valueUri":"%b","display":"%b"},{"valueCode":"A1","name":"code"}'
                % (CARE.encode(), code),
            ),
            (b"A1", b'{"name":"codeableConcept","valueCodeableConcept":%b}' % overwritten),
        ):
            body = b'{"code":"%b","resourceType":"Parameters","parameter":[%b]}' % (start, inner)
            for _ in range(3):
                served.check(IN_SYSTEM, body)
    assert served.shapes == before, "none of these has a shape"


def test_bodies_without_a_shape_are_parsed_once(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    more = b'{"name":"uuid","valueUuid":"1"}'
    body = b'{"resourceType":"Parameters","parameter":[%b,%b]}' % (UNUSUAL, more)
    served.check(IN_SYSTEM, body)
    monkeypatch.setattr(shapes, "loads_object", lambda _: pytest.fail("it is parsed again"))
    assert served.check(IN_SYSTEM, body)


def test_bodies_that_bring_other_resources_are_not_taken_for_each_other(tmp_path: Path) -> None:
    served = Served(create_app(database=loaded(f"sqlite:///{tmp_path / 'x.db'}", tmp_path), kept_answers=0))
    for _ in range(3):
        for codes in (("A1",), ("A2",), ("A1", "A2")):
            for asked in ("A1", "A2"):
                coding, bringing = ("coding", "Coding", {"system": CARE, "code": asked}), ("valueSet", "resource")
                served.check(IN_SET, body_of(coding, (*bringing, brought(*codes))))
                served.check(IN_SET, body_of((*bringing, brought(*codes)), coding))
    assert served.shapes == 3, "those that begin with what is asked about"


def test_large_bodies_have_no_shape(served: Served) -> None:
    more = ("more", "String", "x" * shapes.LARGEST)
    before = served.shapes
    for code in ("A1", "A2", "A"):
        served.check(IN_SYSTEM, body_of(URL, more, ("code", "Code", code)))
    long = "long " * 5000
    for _ in range(3):
        served.check(IN_SYSTEM, body_of(URL, concept("A1", long)))
    assert served.shapes == before


def test_what_clients_leave_here_is_not_part_of_a_shape(served: Served) -> None:
    before = served.shapes
    for _ in range(3):
        served.check(IN_SYSTEM, body_of(("cache-id", "Id", "mine"), URL, ("code", "Code", "A1")))
    assert served.shapes == before


def test_shapes_take_a_limited_amount_of_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("terminology.http.cache_context.SHAPED_BYTES", 30_000)
    served = Served(create_app(database=loaded(f"sqlite:///{tmp_path / 'x.db'}", tmp_path), kept_answers=0))
    for number in range(40):
        body = body_of(URL, ("code", "Code", "A1"), ("more", "String", f"number {number}"))
        served.check(IN_SYSTEM, body)
        assert served.check(IN_SYSTEM, body)
    assert 0 < served.shapes < 10
    assert served.fast._epochs.now.shapes.used <= 30_000


def test_nothing_is_known_of_shapes_after_something_was_published(tmp_path: Path) -> None:
    app = create_app(database=loaded(f"sqlite:///{tmp_path / 'x.db'}", tmp_path), kept_answers=0, insecure_writes=True)
    served = Served(app)
    body = body_of(URL, ("code", "Code", "new"))
    for _ in range(3):
        served.check(IN_SYSTEM, body_of(URL, ("code", "Code", "A1")))
        served.check(IN_SYSTEM, body)
    system = {"resourceType": "CodeSystem", "id": "care", "url": CARE, "version": "9", "status": "active",
              "content": "complete", "concept": [{"code": "new", "display": "New"}]}  # fmt: skip
    changed = app.test_client().put("/r4/CodeSystem/care", json=system)
    assert changed.status_code == 200, changed.text
    for _ in range(3):
        served.check(IN_SYSTEM, body)
    assert b"New" in call(served.prepared, IN_SYSTEM, body).body


TEXTS = st.one_of(
    st.sampled_from(["A1", "A2", "A3", "A5", "A7", "A 6", "R10", "R20", "none", "One", "Bandage", "Plaster – größer"]),
    st.sampled_from(["", " A1", "A1 ", "\u00a0A1", "A1\u2003", "\x85", "A\u200b1", "\ufeffA1", "A\x7f1", ":1"]),
    st.sampled_from([":12345678901234567890", 'A"1', "A\\1", "A/1", "\u2028", "{", "\U0001f600", "a" * 3000, ": 1e5"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
)
OTHER = st.sampled_from(
    [LENIENT, ENGLISH, ("displayLanguage", "Code", "de"), ("abstract", "Boolean", False), ("count", "Integer", 7),
     ("more", "Decimal", 1.5), ("activeOnly", "Boolean", True), ("code", "resource", {"code": "A1"}),
     ("text", "String", "A1")]
)  # fmt: skip


@st.composite
def frames(draw: st.DrawFn) -> tuple[str, Any]:
    """A path, and what makes a body of three texts: the same but for these each time."""
    about = draw(st.sampled_from(["code", "coding", "codeableConcept", "codings", "none"]))
    named, says, marked = draw(st.booleans()), draw(st.booleans()), draw(st.booleans())
    rest = draw(st.lists(OTHER, max_size=3))
    whole = draw(st.booleans())
    order = draw(st.randoms(use_true_random=False)).random()
    written = draw(
        st.sampled_from(
            [{"separators": (",", ":")}, {}, {"indent": 2}, {"separators": (" , ", "  :\n")}, {"sort_keys": True}]
        )
    )
    ascii_only, twice = draw(st.booleans()), draw(st.sampled_from(["", "before", "after"]))
    end = draw(st.sampled_from([b"", b"", b"", b"\n", b" x", b"\x00"]))

    def body(code: str, display: str, text: str) -> bytes:
        coding: Json = {"system": CARE if about != "none" else LOOSE, "code": code}
        if named:
            coding["display"] = display
        parameters: list[Json] = [{"name": "url", "valueUri": f"{SETS}whole" if whole else CARE}]
        if about == "code":
            parameters += [{"name": name, "valueString": value} for name, value in coding.items()]
        elif about == "codeableConcept":
            parameters.append({"name": about, "valueCodeableConcept": {"coding": [coding], "text": text}})
        elif about == "codings":
            parameters.append(
                {"name": "codeableConcept", "valueCodeableConcept": {"text": text, "coding": [coding] * 2}}
            )
        else:
            parameters.append({"name": "coding", "valueCoding": coding})
        if says:
            parameters.append({"name": "uuid", "valueUuid": text})
        if marked:
            coding["userSelected"] = True
        parameters += [{"name": n, t if t.islower() else f"value{t}": value} for n, t, value in rest]
        random.Random(order).shuffle(parameters)
        if order < 0.2:
            parameters = [dict(reversed(parameter.items())) for parameter in parameters]
        found = json.dumps(
            {"resourceType": "Parameters", "parameter": parameters}, ensure_ascii=ascii_only, **written
        ).encode("utf-8", "surrogatepass")
        if twice:
            other = b'"code":"%b",' % code.encode() if twice == "after" else b'"code":"A1",'
            found = found.replace(b'"system"', other + b'"system"', 1)
        return found + end

    return IN_SET if whole else IN_SYSTEM, body


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(frame=frames(), texts=st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=2, max_size=5))
def test_any_body_gets_the_answer_of_the_usual_way(
    served: Served, frame: tuple[str, Any], texts: list[tuple[str, str, str]]
) -> None:
    target, body = frame
    for three in (("A1", "Bandage", "one"), ("A2", "Plaster – größer", "another"), *texts):
        served.check(target, body(*three))
        served.check(target, body(*three))


def test_a_shape_is_what_is_left_without_texts() -> None:
    body = (
        b'{"resourceType":"Parameters","parameter":[{"name" : "code", "valueCode":"A1"},{"name":"coding","valueCoding":'
    )
    body += b'{"display":"a \\" b","code":"B2"}},{"name":"uuid","valueUuid":"id"},{"code":"","codes":"C3"}]}'
    for rest in (b"", b'"resource":{"code":"A1"},"code":"A2"'):
        found = shapes.cut("context", IN_SYSTEM, body + rest)
        assert found is not None
        shape, texts, end = found
        assert texts == [b"A1", b"a ", b"B2", b"id"]
        assert end == rest
        pieces = shape[2:-1] if rest else shape[2:]
        assert shapes._joined(pieces, [text.decode() for text in texts]) == body
    assert shapes.values_of([b"A1", "größer".encode()]) == ["A1", "größer"]
    assert shapes.values_of([b"A1", b" A1"]) is shapes.values_of([b"A1", b"\xff"]) is None


def test_the_application_itself_needs_no_shapes(served: Served) -> None:
    assert isinstance(served.prepared, PreparedFirst)
    before = served.shapes
    for _ in range(3):
        call(served.prepared, IN_SYSTEM, body_of(("uuid", "Uuid", "1"), ("code", "Code", "A2"), URL))
    assert served.shapes == before
