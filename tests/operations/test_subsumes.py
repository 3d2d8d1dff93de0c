from __future__ import annotations

import pytest

from terminology.model.coding import Canonical
from terminology.model.outcome import TerminologyError
from terminology.operations.inputs import Given
from terminology.operations.subsumes import OPERATION
from tests.memory import MemoryCatalogue, MemoryCodeSystem
from tests.operations.calling import call, value

SYSTEM = "http://example.org/animals"
CATALOGUE = MemoryCatalogue(MemoryCodeSystem.of(SYSTEM, "animal", "mammal < animal", "cat < mammal", "fish < animal"))


def coding(letter: str, code: str, system: str | None = SYSTEM) -> Given:
    return Given(f"coding{letter}", "Coding", {"code": code} | ({"system": system} if system else {}))


@pytest.mark.parametrize(
    ("a", "b", "outcome"),
    [
        ("animal", "cat", "subsumes"),
        ("cat", "animal", "subsumed-by"),
        ("cat", "cat", "equivalent"),
        ("cat", "fish", "not-subsumed"),
    ],
)
def test_outcomes(a: str, b: str, outcome: str) -> None:
    assert value(call(OPERATION, CATALOGUE, system=SYSTEM, codeA=a, codeB=b), "outcome") == outcome
    assert value(call(OPERATION, CATALOGUE, coding("A", a), coding("B", b)), "outcome") == outcome
    assert value(call(OPERATION, CATALOGUE, instance=Canonical(SYSTEM), codeA=a, codeB=b), "outcome") == outcome


def test_a_code_and_a_coding_may_be_mixed() -> None:
    found = call(OPERATION, CATALOGUE, coding("B", "cat", None), system=SYSTEM, codeA="animal")
    assert value(found, "outcome") == "subsumes"


@pytest.mark.parametrize(
    ("given", "query", "text"),
    [
        ((), {"codeA": "cat", "codeB": "cat"}, "'codeA' needs the parameter 'system'"),
        ((), {"system": SYSTEM, "codeA": "cat"}, "needs one of the parameters codeB or codingB"),
        ((), {"system": SYSTEM, "codeA": "cow", "codeB": "cat"}, "Unable to find code 'cow'"),
        ((), {"system": SYSTEM, "codeA": "cat", "codeB": "cow"}, "Unable to find code 'cow'"),
        ((), {"system": "http://example.org/x", "codeA": "a", "codeB": "b"}, "is not loaded"),
        ((coding("A", "cat"), coding("B", "cat", "http://example.org/x")), {}, "different code systems"),
    ],
)
def test_what_is_missing_is_named(given: tuple[Given, ...], query: dict[str, str], text: str) -> None:
    with pytest.raises(TerminologyError, match=text.replace("'", ".")):
        call(OPERATION, CATALOGUE, *given, **query)
