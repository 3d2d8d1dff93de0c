"""Postcoordinated expressions: read, checked against the concept model, written, in normal form, compared."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminology import ingest
from terminology.codesystems.snomed import ids
from terminology.codesystems.snomed.expressions.concrete import concrete_range
from terminology.codesystems.snomed.expressions.nodes import Attribute, ConceptReference, Expression
from terminology.codesystems.snomed.expressions.parser import looks_like_expression, parse
from terminology.codesystems.snomed.expressions.render import render, terse
from terminology.codesystems.snomed.scanner import Unreadable
from terminology.codesystems.snomed.system import SnomedCodeSystem
from terminology.library import Terminology
from terminology.model.outcome import TerminologyError
from terminology.model.valueset import Filter
from tests.menagerie import MENAGERIE
from tests.rf2 import Release

M = MENAGERIE


def ref(term: str) -> ConceptReference:
    return ConceptReference(M[term])


def written(expression: str) -> str:
    """Without the terms."""
    return terse(parse(M.named(expression)))


# Reading and writing

SITE, FORM = Attribute(ref("site"), ref("Paw")), Attribute(ref("form"), ref("Scratch"))
IN_RIGHT_EAR = Attribute(ref("site"), Expression((ref("Ear"),), (Attribute(ref("side"), ref("Right")),)))
QUOTED = Attribute(ref("flavour"), 'a "b" \\')


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("«Paw»", Expression((ref("Paw"),))),
        (" === «Paw» ", Expression((ref("Paw"),), status="===")),
        ("<<<«Paw»", Expression((ref("Paw"),), status="<<<")),
        ("«Paw» + «Ear»", Expression((ref("Paw"), ref("Ear")))),
        ("«Ailment» : «site» = «Paw»", Expression((ref("Ailment"),), (SITE,))),
        ("«Ailment»:«site»=«Paw»,«form»=«Scratch»", Expression((ref("Ailment"),), (SITE, FORM))),
        ("«Ailment»:{«site»=«Paw»,«form»=«Scratch»}", Expression((ref("Ailment"),), groups=((SITE, FORM),))),
        ("«Ailment»:{«site»=«Paw»}{«form»=«Scratch»}", Expression((ref("Ailment"),), groups=((SITE,), (FORM,)))),
        ("«Ailment»:{«site»=«Paw»},{«form»=«Scratch»}", Expression((ref("Ailment"),), groups=((SITE,), (FORM,)))),
        ("«Ailment»:«site»=«Paw»,{«form»=«Scratch»}", Expression((ref("Ailment"),), (SITE,), ((FORM,),))),
        ("«Ailment»:«site»=«Paw» {«form»=«Scratch»}", Expression((ref("Ailment"),), (SITE,), ((FORM,),))),
        (
            "«Ailment»:«site»=(«Ear»:«side»=«Right»)",
            Expression((ref("Ailment"),), (IN_RIGHT_EAR,)),
        ),
        ("«Ointment»:«dose»=#2.50", Expression((ref("Ointment"),), (Attribute(ref("dose"), Decimal("2.50")),))),
        ("«Ointment»:«dose»=#-3", Expression((ref("Ointment"),), (Attribute(ref("dose"), Decimal(-3)),))),
        (
            r'«Ointment»:«flavour»="a \"b\" \\"',
            Expression((ref("Ointment"),), (Attribute(ref("flavour"), 'a "b" \\'),)),
        ),
        ("«Ointment»:«edible»=TRUE", Expression((ref("Ointment"),), (Attribute(ref("edible"), value=True),))),
    ],
)
def test_reading(text: str, tree: Expression) -> None:
    assert parse(M.named(text)) == tree
    assert parse(terse(tree)) == tree
    assert parse(render(tree, M.terms.get)) == tree


@pytest.mark.parametrize(
    ("text", "column", "reason"),
    [
        ("«Paw»:", "end", 'Concept not found (next char = "[n/a: overrun]", in'),
        ("Paw:1", 1, 'Concept not found (next char = "P", in "Paw:1") at character 1'),
        ("12345:«side»=«Left»", 1, "'12345' is not a concept id"),
        ("«Paw»:«side»", "end", "expected '=', found the end"),
        ("«Paw»:«side»=", "end", 'Concept not found (next char = "[n/a: overrun]", in'),
        ("«Paw»:{«side»=«Left»", "end", "expected '}', found the end"),
        ("«Paw»:«side»=(«Left»", "end", "expected ')', found the end"),
        ("«Paw»:«dose»=#", "end", "expected a number, found the end"),
        ("«Paw»:«dose»=#1.", "end", "expected a number, found the end"),
        ('«Paw»:«flavour»="never', "end", "a text that does not end"),
        ("138875005|never", 11, "a term that does not end"),
        ("«Paw»:«side»=«Left»,{«side»=«Left»},«side»=«Left»", None, "expected '{'"),
        ("«Paw» «Ear»", None, "expected the end of the expression"),
        (f"{M['Paw']}:{M['side']}=" + 33 * f"({M['Paw']}:{M['side']}=", None, "more than 32 expressions"),
    ],
)
def test_malformed_expressions_are_errors_with_their_place(text: str, column: int | str | None, reason: str) -> None:
    with pytest.raises(Unreadable) as failure:
        parse(M.named(text))
    assert failure.value.reason.startswith(reason)
    if column is not None:
        assert failure.value.column == (len(M.named(text)) + 1 if column == "end" else column)


def test_expressions_are_told_from_codes_by_their_look() -> None:
    assert looks_like_expression(written("«Paw»+«Ear»"))
    assert not looks_like_expression(M["Paw"])
    assert not looks_like_expression("Paw: left")


REFERENCES = st.sampled_from(sorted(M.by_term.values())).map(ConceptReference)
LITERALS = st.one_of(
    st.booleans(),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.decimals(allow_nan=False, allow_infinity=False, places=2),
)


def _expressions(values: st.SearchStrategy) -> st.SearchStrategy[Expression]:
    groups = st.lists(st.builds(Attribute, REFERENCES, values), min_size=1, max_size=3).map(tuple)
    foci = st.lists(REFERENCES, min_size=1, max_size=2).map(tuple)
    return st.builds(Expression, foci, st.one_of(st.just(()), groups), st.lists(groups, max_size=2).map(tuple))


EXPRESSIONS = _expressions(st.recursive(st.one_of(REFERENCES, LITERALS), _expressions, max_leaves=3))


@given(EXPRESSIONS, st.sampled_from((None, "===", "<<<")))
def test_writing_and_parsing_are_inverse(tree: Expression, status: str | None) -> None:
    tree = Expression(tree.foci, tree.ungrouped, tree.groups, status)
    assert parse(terse(tree)) == tree
    assert parse(render(tree, M.terms.get)) == tree


# Codes


def test_an_expression_is_a_code_with_terms_and_properties(zoo: Terminology) -> None:
    code = written("«Scratched paw»:{«form»=«Abscess»}")
    found = zoo.lookup(ids.SYSTEM, M.named("«Scratched paw» : {«form» = «Abscess»}"))
    assert found.concept.code == code
    assert found.display == f"{M['Scratched paw']}|Scratched paw|:{{{M['form']}|form|={M['Abscess']}|Abscess|}}"
    values = [(p.property.code, p.property.value) for p in found.properties]
    assert (M["site"], M["Paw"]) in values
    assert (M["form"], M["Scratch"]) in values
    assert (M["form"], M["Abscess"]) in values
    assert not found.inactive


def test_a_concept_with_its_term_is_that_concept(zoo: Terminology) -> None:
    assert zoo.lookup(ids.SYSTEM, M.named("«Paw»")).concept.code == M["Paw"]


def test_an_expression_with_an_inactive_concept_is_inactive(snomed: SnomedCodeSystem) -> None:
    assert snomed.locate(written("«Ailment»:«cause»=«Scuffed paw»")).inactive
    assert not snomed.locate(written("«Ailment»:«cause»=«Scratched paw»")).inactive


VALID = (
    "«Ailment»:«site»=«Paw»",
    "«Ailment»:{«site»=«Hind paw»,«form»=«Scratch»}{«site»=«Ear»}",
    "«Ailment of ear»:«side»=«Left»",  # of its site: close-to-user form
    "«Ear»:{«side»=«Left»}",  # never grouped, in braces all the same
    "«Ailment»:«site»=(«Ear»:«side»=«Right»)",
    '«Ointment»:«dose»=#100,«flavour»="Mint"',
    '«Ointment»:{«flavour»="Mint",«flavour»="Wild honey"}',
    "«Ointment»:«edible»=true",  # no range is stated
    "«Ailment»:«cause»=«Tail»",  # a rule that need not be kept
    "«Ailment»+«Scratched paw»:«form»=«Abscess»",
)  # fmt: skip


@pytest.mark.parametrize("expression", VALID)
def test_valid_expressions(zoo: Terminology, expression: str) -> None:
    result = zoo.validate_code(ids.SYSTEM, M.named(expression))
    assert result.result, result.message
    assert result.issues == ()


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("138875005:«site»=9999991999999105", "Concept 9999991999999105 not found"),
        ("«Ailment»:«Paw»=«Paw»", "Concept «!Paw» is not valid in this context (must be a descendent of one of"),
        ("«Paw»:«site»=«Ear»", "Attribute «site» may refine only what is below «Ailment»"),
        ("«Ailment»:«cause»=(«Scratch»:«side»=«Left»)", "Attribute «side» may refine only what is below «Body part»"),
        ("«Ailment»:«site»=«Scratch»", "Concept «Scratch» is not a value of «site» (must meet << «Body part»)"),
        ("«Ailment»:«form»=«Form»", "Concept «Form» is not a value of «form» (must meet < «Form»)"),
        ("«Ailment»:«site»=(«Scratch»+«Paw»)", "Concept «Scratch» is not a value of «site»"),
        ("«Ailment»:«site»=#5", "#5 is not a value of «site» (must meet << «Body part»)"),
        ("«Ointment»:«dose»=#0", "#0 is not a value of «dose» (must meet dec(>#0..#100))"),
        ("«Ointment»:«dose»=#100.5", "#100.5 is not a value of «dose»"),
        ("«Ointment»:«dose»=«Paw»", "Concept «Paw» is not a value of «dose»"),
        ('«Ointment»:«flavour»="Tar"', '"Tar" is not a value of «flavour»'),
        ("«Ointment»:«flavour»=true", "true is not a value of «flavour»"),
        ("«Ear»:«side»=«Left»,«side»=«Right»", "Attribute «side» is stated more often than once in an expression"),
        ("«Ailment»:{«site»=«Paw»,«site»=«Ear»}", "Attribute «site» is stated more often than once in a group"),
        ("«Ailment»:«site»=", 'Concept not found (next char = "[n/a: overrun]", in'),
    ],
)
def test_invalid_expressions_say_why(zoo: Terminology, expression: str, reason: str) -> None:
    result = zoo.validate_code(ids.SYSTEM, M.named(expression))
    assert not result.result
    (unknown, why) = result.issues
    assert (unknown.message_id, why.severity) == ("Unknown_Code_in_Version", "information")
    assert why.text.startswith(f"Not a valid expression: {_short(reason)}")


def _short(text: str) -> str:
    """`«!Paw»` stands for the id alone."""
    for term, id_ in M.by_term.items():
        text = text.replace(f"«!{term}»", id_)
    return M.named(text)


@pytest.mark.parametrize(
    ("text", "within", "without"),
    [
        ("dec(>#0..)", ["0.1", "5"], ["0", "-1"]),
        ("dec(#0..#10)", ["0", "10", "2.5"], ["-0.1", "10.1"]),
        ("dec(>=#0..<#10)", ["0", "9.9"], ["10"]),
        ("dec(..#5)", ["-7", "5"], ["6"]),
        ("int(>#0..)", ["1"], ["0", "1.5"]),
        ("int(#1 #3)", ["1", "3"], ["2"]),
        ("dec()", ["1", "2.5"], []),
    ],
)
def test_ranges_of_numbers(text: str, within: list[str], without: list[str]) -> None:
    test = concrete_range(text)
    assert all(test(Decimal(number)) for number in within)
    assert not any(test(Decimal(number)) for number in without)
    assert not test("5")
    assert not test(True)


def test_ranges_of_texts_and_booleans() -> None:
    assert [concrete_range('str("a b" "c\\"")')(text) for text in ("a b", 'c"', "d")] == [True, True, False]
    assert concrete_range("str()")("anything")
    assert [concrete_range("bool(true)")(value) for value in (True, False, "true")] == [True, False, False]
    assert concrete_range("<< 138875005") is None
    assert concrete_range("int(one)") is None


# Normal forms


@pytest.mark.parametrize(
    ("expression", "normal"),
    [
        ("«Ailment»", "<<< «Ailment»"),
        ("«Scratched paw»", "=== «Ailment»:{«form»=«Scratch»,«site»=«Paw»}"),
        ("«Scratched hind paw»", "<<< «Scratched hind paw»:{«form»=«Scratch»,«site»=«Hind paw»}"),
        ("«Abscess of inner ear»", "=== «Ailment»:{«form»=«Abscess»,«site»=«Inner ear»}"),
        ("«Scratched paw»:«site»=«Front paw»", "=== «Ailment»:{«form»=«Scratch»,«site»=«Front paw»}"),
        ("«Scratched paw»:{«site»=«Tail»}", "=== «Ailment»:{«form»=«Scratch»,«site»=«Paw»}{«site»=«Tail»}"),
        (
            "«Ailment of ear»:{«side»=«Left»}",
            "=== «Ailment»:{«site»=(«Ear»:«side»=«Left»)}",
        ),
        (
            "«Swollen ear»:«site»=«Inner ear»,«side»=«Left»",
            "=== «Ailment»:{«form»=«Swelling»,«site»=(«Inner ear»:«side»=«Left»)}",
        ),
        ("«Ailment»+«Ailment of ear»:«form»=«Abscess»", "=== «Ailment»:{«site»=«Ear»},{«form»=«Abscess»}"),
    ],
)
def test_normal_forms(zoo: Terminology, expression: str, normal: str) -> None:
    code = written(expression)
    found = zoo.lookup(ids.SYSTEM, code, properties=["normalForm", "normalFormTerse"])
    forms = {p.property.code: str(p.property.value) for p in found.properties}
    assert _sorted(parse(forms["normalFormTerse"])) == _sorted(parse(M.named(normal)))
    assert parse(forms["normalForm"]) == parse(forms["normalFormTerse"])
    assert "|Ailment|" in forms["normalForm"] or "paw|" in forms["normalForm"]


def _sorted(expression: Expression) -> Expression:
    """The order of attributes says nothing."""
    groups = tuple(sorted((tuple(sorted(group, key=_written)) for group in expression.groups), key=_written_group))
    return Expression(expression.foci, tuple(sorted(expression.ungrouped, key=_written)), groups, expression.status)


def _written(attribute: Attribute) -> str:
    return terse(Expression((attribute.name,), (attribute,)))


def _written_group(group: tuple[Attribute, ...]) -> str:
    return "".join(map(_written, group))


# Subsumption


@pytest.mark.parametrize(
    ("a", "b", "relation"),
    [
        ("«Scratched paw»", "«Ailment»:{«site»=«Paw»,«form»=«Scratch»}", "equivalent"),
        ("«Ailment»:{«form»=«Scratch»,«site»=«Paw»}", "«Ailment»:{«site»=«Paw»,«form»=«Scratch»}", "equivalent"),
        ("«Ailment»", "«Ailment»:«site»=«Paw»", "subsumes"),
        ("«Ailment»:«site»=«Paw»", "«Ailment»:«site»=«Hind paw»", "subsumes"),
        ("«Ailment»:«site»=«Paw»", "«Ailment»:«exact site»=«Paw»", "subsumes"),
        ("«Ailment»:«site»=«Paw»", "«Scratched paw»", "subsumes"),
        ("«Ailment»:«site»=«Paw»", "«Scratched hind paw»", "subsumes"),
        ("«Ailment»:{«site»=«Ear»,«form»=«Scratch»}", "«Swollen ear and scratched tail»", "not-subsumed"),
        ("«Ailment»:{«site»=«Ear»},{«form»=«Scratch»}", "«Swollen ear and scratched tail»", "subsumes"),
        ("«Scratched hind paw»", "«Ailment»:{«site»=«Hind paw»,«form»=«Scratch»}", "subsumed-by"),
        ("«Ailment»:«site»=(«Ear»:«side»=«Left»)", "«Ailment»:«site»=«Ear»", "subsumed-by"),
        ("«Ailment»:«site»=(«Ear»:«side»=«Left»)", "«Ailment»:«site»=(«Inner ear»:«side»=«Left»)", "subsumes"),
        ("«Ailment»:«site»=(«Ear»:«side»=«Left»)", "«Ailment»:«site»=(«Ear»:«side»=«Right»)", "not-subsumed"),
        ("«Ailment of ear»", "«Ailment»:{«site»=«Inner ear»,«form»=«Abscess»}", "subsumes"),
        ("«Abscess of inner ear»", "«Ailment»:{«site»=«Inner ear»,«form»=«Abscess»}", "equivalent"),
        ("«Ointment»:«dose»=#5", "«Ointment»:«dose»=#5.0", "equivalent"),
        ("«Ointment»:«dose»=#5", "«Ointment»:«dose»=#6", "not-subsumed"),
        ("«Ointment»:«dose»=#5", "«Mint ointment»", "subsumes"),
        ("«Paw»+«Ear»", "«Paw»", "subsumed-by"),
        ("«Ailment of ear»:«side»=«Left»", "«Ailment»:«site»=(«Ear»:«side»=«Left»)", "equivalent"),
        ("«Ailment of ear»:«side»=«Left»", "«Ailment of ear»", "subsumed-by"),
    ],
)
def test_subsumption(zoo: Terminology, a: str, b: str, relation: str) -> None:
    turned = {"subsumes": "subsumed-by", "subsumed-by": "subsumes"}
    one, other = (written(text) for text in (a, b))
    assert zoo.subsumes(ids.SYSTEM, one, other) == relation
    assert zoo.subsumes(ids.SYSTEM, other, one) == turned.get(relation, relation)


def test_subsumption_of_an_invalid_expression_is_refused(zoo: Terminology, snomed: SnomedCodeSystem) -> None:
    wrong = written("«Ailment»:«site»=«Scratch»")
    with pytest.raises(TerminologyError) as failure:
        snomed.subsumes(wrong, M["Paw"])
    assert failure.value.issues[0].message_id == "SUBSUMES_CODE_UNKNOWN"
    with pytest.raises(TerminologyError, match=r"Concept \d+ \|Scratch\| is not a value of"):
        zoo.subsumes(ids.SYSTEM, wrong, M["Paw"])


@pytest.mark.parametrize("expression", [text for text in VALID if "dose" not in text])
def test_an_expression_is_equivalent_to_its_normal_form(snomed: SnomedCodeSystem, expression: str) -> None:
    code = written(expression)
    (normal,) = (p.value for p in snomed.derived(snomed.locate(code), ["normalFormTerse"]))
    assert snomed.subsumes(code, code) == "equivalent"
    assert snomed.subsumes(code, str(normal).removeprefix("=== ").removeprefix("<<< ")) == "equivalent"


# Constraints and filters


@pytest.mark.parametrize(
    ("constraint", "inside", "outside"),
    [
        ("*", ["«Ailment»:«site»=«Paw»"], []),
        ("<< «Ailment»", ["«Ailment»:«site»=«Paw»", "«Ailment of ear»:«form»=«Abscess»"], ["«Ear»:«side»=«Left»"]),
        ("< «Ailment»", ["«Ailment»:«site»=«Paw»"], ["«Ear»:«side»=«Left»"]),
        (
            "< «Ailment of ear»",
            ["«Ailment»:{«site»=«Inner ear»}"], ["«Ailment»:{«site»=«Paw»}", "«Ailment»:{«site»=«Ear»}"],
        ),
        ("<< «Ailment of ear»", ["«Ailment»:{«site»=«Ear»}"], ["«Ailment»:{«form»=«Scratch»}"]),
        ("«Ailment»", [], ["«Ailment»:«site»=«Paw»"]),
        ("<! «Ailment»", [], ["«Ailment»:«site»=«Paw»"]),
        (">> «Scratched hind paw»", ["«Ailment»:«site»=«Paw»"], ["«Ailment»:«site»=«Ear»"]),
        ("< «Ailment»: «site» = << «Paw»", ["«Ailment»:«site»=«Hind paw»"], ["«Ailment»:«site»=«Ear»"]),
        (
            "< «Ailment»: «site» = << «Ear»",
            ["«Ailment»:«site»=(«Ear»:«side»=«Left»)", "«Swollen ear»:«form»=«Abscess»", "«Swollen ear»:«side»=«Left»"],
            ["«Ailment»:«site»=«Paw»"],
        ),
        ("< «Ailment»: «site» = (* : «side» = «Left»)", [], ["«Ailment»:«site»=«Ear»"]),
        ("< «Ailment»: «site» != «Ear»", ["«Ailment»:«site»=«Paw»"], ["«Ailment»:«form»=«Scratch»"]),
        ("< «Ailment»: [0..0] «site» = *", ["«Ailment»:«form»=«Scratch»"], ["«Ailment»:«site»=«Paw»"]),
        (
            "< «Ailment»: { «site» = «Paw», «form» = «Scratch» }",
            ["«Ailment»:{«site»=«Paw»,«form»=«Scratch»}"], ["«Ailment»:{«site»=«Paw»},{«form»=«Scratch»}"],
        ),
        (
            "< «Ailment»: [2..*] { «site» = * }",
            ["«Ailment»:{«site»=«Paw»},{«site»=«Ear»}"], ["«Ailment»:{«site»=«Paw»}"],
        ),
        (
            "< «Ailment»: «site» = «Paw» OR «form» = «Scratch»",
            ["«Ailment»:«form»=«Scratch»"], ["«Ailment»:«site»=«Ear»"],
        ),
        ("<< «Ailment» MINUS << «Ailment of ear»", ["«Ailment»:«site»=«Paw»"], ["«Ailment»:{«site»=«Ear»}"]),
        ("<< «Ailment» AND << «Ailment of ear»", ["«Ailment»:{«site»=«Ear»}"], ["«Ailment»:«site»=«Paw»"]),
        ("<< «Paw» OR << «Ear»", ["«Ear»:«side»=«Left»"], ["«Tail»:«side»=«Left»"]),
        ("*: «dose» > #3", ["«Ointment»:«dose»=#4"], ["«Ointment»:«dose»=#2"]),
        ('*: «flavour» = "mint"', ['«Ointment»:«flavour»="Mint"'], ['«Ointment»:«flavour»="Wild honey"']),
        ("*: «edible» = true", ["«Ointment»:«edible»=true"], ["«Ointment»:«edible»=false"]),
        ("^ «Cute ailments»", [], ["«Scratched paw»:«form»=«Abscess»"]),
        ('<< «Ailment» {{ term = "paw" }}', [], ["«Scratched paw»:«form»=«Abscess»"]),
        ("<< «Ailment» {{ C definitionStatus = defined }}", ["«Ailment»:«site»=«Paw»"], ["<<< «Ailment»:«site»=«Paw»"]),
        ("<< «Ailment» {{ C active = 0 }}", [], ["«Ailment»:«site»=«Paw»"]),
        ("<< «Ailment» {{ + HISTORY }}", ["«Ailment»:«site»=«Paw»"], []),
    ],
)  # fmt: skip
def test_constraints(snomed: SnomedCodeSystem, constraint: str, inside: list[str], outside: list[str]) -> None:
    f = Filter("constraint", "=", M.named(constraint))
    for expression in inside:
        assert snomed.holds(snomed.locate(written(expression)), f), expression
    for expression in outside:
        assert not snomed.holds(snomed.locate(written(expression)), f), expression


@pytest.mark.parametrize(
    ("f", "passes"),
    [
        (Filter("concept", "is-a", M["Ailment"]), True),
        (Filter("concept", "descendent-of", M["Scratched paw"]), False),
        (Filter("concept", "in", M["Cute ailments"]), False),
        (Filter("expressions", "=", "true"), True),
        (Filter("expressions", "=", "false"), False),
    ],
)
def test_filters(snomed: SnomedCodeSystem, f: Filter, passes: bool) -> None:
    located = snomed.locate(written("«Ailment»:«site»=«Paw»"))
    assert snomed.holds(located, f) == passes


def test_a_version_without_a_concept_model_says_that_it_did_not_check(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("plain")
    release = Release()
    attribute, one = release.concept("attribute", ids.ATTRIBUTES), release.concept("One", ids.ROOT)
    terminology = Terminology(folder / "plain.db")
    ingest.load(terminology.store, [release.write(folder)])
    result = terminology.validate_code(ids.SYSTEM, f"{one}:{attribute}={one}")
    assert result.result
    (note,) = result.issues
    assert (note.severity, note.message_id, note.expression) == ("information", "EXPRESSION_NOT_CHECKED", ("code",))


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("freetext", 'Not a valid expression: Concept not found (next char = "f", in "freetext") at character 1'),
        (f"{M['Paw']} paw", "Not a valid expression: expected the end of the expression, found 'p'"),
        ("9999991999999105", None),
        ("", None),
    ],
)
def test_wrong_codes_are_explained(snomed: SnomedCodeSystem, code: str, why: str | None) -> None:
    assert snomed.locate(code) is None
    issue = snomed.explain(code)
    assert (issue and issue.text) == why
