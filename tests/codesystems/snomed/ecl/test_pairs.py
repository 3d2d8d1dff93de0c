"""Text pairs: constraints with the concepts they mean, or with what is wrong and where. One or more per production.

A block of a file is a constraint, in which `«Paw»` stands for a concept of the menagerie, and `= Paw; Ear`, the
concepts; or `! LINE:COLUMN REASON`, where the column may be given by the text that stands there, or `end`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

from terminology.codesystems.snomed import ids
from terminology.codesystems.snomed.ecl.parser import parse
from terminology.codesystems.snomed.ecl.text import write
from terminology.codesystems.snomed.system import SnomedCodeSystem
from terminology.library import Terminology
from terminology.model.coding import Canonical
from terminology.model.outcome import TerminologyError
from terminology.model.valueset import Filter
from tests.codesystems.opening import loaded_system
from tests.codesystems.snomed.ecl.naive import Naive
from tests.menagerie import MENAGERIE

NAIVE = Naive(MENAGERIE)


def blocks(name: str) -> Iterator[tuple[str, str]]:
    """Constraint and what is said of it."""
    for block in (Path(__file__).parent / f"{name}.txt").read_text().split("\n\n"):
        lines = [line for line in block.split("\n") if line.strip() and not line.startswith("# ")]
        if lines:
            yield "\n".join(lines[:-1]), lines[-1]


def pairs(*names: str) -> list[ParameterSet]:
    return [pytest.param(*block, id=block[0]) for name in names for block in blocks(name)]


@pytest.mark.parametrize(("constraint", "said"), pairs("hierarchy", "refinement", "filters", "members"))
def test_constraints(snomed: SnomedCodeSystem, constraint: str, said: str) -> None:
    text = MENAGERIE.named(constraint)
    terms = MENAGERIE.terms
    expected = sorted(term.strip() for term in said.removeprefix("=").split(";") if term.strip())
    assert sorted(terms[code] for code in codes(snomed, text)) == expected
    tree = parse(text)
    assert sorted(terms[id_] for id_ in NAIVE.evaluate(tree)) == expected
    assert parse(write(tree)) == tree


@pytest.mark.parametrize(("constraint", "said"), pairs("errors"))
def test_errors(snomed: SnomedCodeSystem, constraint: str, said: str) -> None:
    text = MENAGERIE.named(constraint)
    line, _, rest = MENAGERIE.named(said).removeprefix("! ").partition(":")
    with pytest.raises(TerminologyError) as failure:
        snomed.constrained(text)
    found = failure.value.issues[0].arguments
    assert rest.endswith(found["reason"])
    place = rest.removesuffix(found["reason"]).strip()
    own = text.split("\n")[int(line) - 1]
    assert (found["line"], found["column"]) == (line, str(column_of(place, own)))
    assert found["caret"].split("\n") == [own, " " * (int(found["column"]) - 1) + "^"]
    assert found["reason"] in failure.value.issues[0].text


@pytest.fixture(scope="module")
def resource(zoo: Terminology, tmp_path_factory: pytest.TempPathFactory) -> SnomedCodeSystem:
    """The same version, loaded from a CodeSystem resource: without members, descriptions and identifiers."""
    folder = tmp_path_factory.mktemp("resource")
    with (folder / "snomed.json").open("wb") as out:
        zoo.export(Canonical(ids.SYSTEM), out, form="json")
    system = loaded_system(ids.SYSTEM, folder / "snomed.json")
    assert isinstance(system, SnomedCodeSystem)
    return system


@pytest.mark.parametrize(
    ("constraint", "said"), [one for one in pairs("hierarchy", "refinement") if "Zoo#" not in one.values[0]]
)
def test_constraints_give_the_same_codes_in_a_version_from_a_resource(
    snomed: SnomedCodeSystem, resource: SnomedCodeSystem, constraint: str, said: str
) -> None:
    text = MENAGERIE.named(constraint)
    assert said.startswith("=")
    assert codes(resource, text) == codes(snomed, text)


@pytest.mark.parametrize(
    ("constraint", "what"),
    [
        ("^ «Cute ailments»", "reference sets"),
        ("^ *", "reference sets"),
        ("«Paw» {{ + HISTORY }}", "reference sets"),
        ('«Paw» {{ term = "paw" }}', "descriptions"),
        ("«Paw» {{ D type = def }}", "descriptions"),
    ],
)
def test_constraints_on_data_that_only_rf2_has_are_errors_in_such_a_version(
    resource: SnomedCodeSystem, constraint: str, what: str
) -> None:
    with pytest.raises(TerminologyError, match=f"loaded without {what}, which only a release in RF2 brings"):
        resource.constrained(MENAGERIE.named(constraint))


def test_members_of_a_reference_set_are_not_there_either(resource: SnomedCodeSystem) -> None:
    with pytest.raises(TerminologyError, match="loaded without reference sets") as refused:
        resource.select(Filter("concept", "in", MENAGERIE["Cute ailments"]))
    assert refused.value.kind == "not-supported"


def codes(system: SnomedCodeSystem, constraint: str) -> set[str]:
    every = system.codes()
    return {every[ordinal] for ordinal in system.constrained(constraint)}


def column_of(place: str, line: str) -> int:
    """A place as the end of the line, as a short number, or as the last text of that kind."""
    if place == "end":
        return len(line) + 1
    return int(place) if place.isdecimal() and len(place) < 3 else line.rindex(place) + 1
