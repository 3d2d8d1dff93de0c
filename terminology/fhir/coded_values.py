"""Reads the codes of one JSON value: a code, Coding, CodeableConcept, CodeableReference or the unit of a quantity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from terminology.fhir import elements
from terminology.model.coding import CodeableConcept, Coding

Form = Literal["code", "coding", "codeableConcept"]
QUANTITIES = frozenset({"Quantity", "Age", "Count", "Distance", "Duration", "MoneyQuantity", "SimpleQuantity"})
STRINGS = frozenset({"code", "string", "uri", "id", "markdown"})


@dataclass(frozen=True, slots=True)
class CodedValue:
    """The codes of a value. `within` is the path to them in it ("" or `.concept`); `form` says how issues name them."""

    form: Form
    concept: CodeableConcept
    within: str = ""


def read(item: Any, type_: str) -> CodedValue | None:
    """The codes of a value of this type; None if it has none (a quantity whose unit has no code, a reference).

    Raises Malformed for codings that are not as FHIR defines them.
    """
    if isinstance(item, str) and type_ in STRINGS:
        return CodedValue("code", CodeableConcept((Coding(code=item),)))
    if not isinstance(item, dict):
        return None
    if type_ == "CodeableConcept":
        codings = tuple(elements.coding(c) for c in elements.objects(item, "coding"))
        return CodedValue("codeableConcept", CodeableConcept(codings, elements.string(item, "text")))
    if type_ == "Coding":
        return CodedValue("coding", CodeableConcept((elements.coding(item),)))
    if type_ == "CodeableReference" and (concept := read(item.get("concept"), "CodeableConcept")) is not None:
        return CodedValue(concept.form, concept.concept, ".concept")
    if type_ in QUANTITIES and isinstance(item.get("code"), str):
        unit = Coding(elements.string(item, "system"), elements.string(item, "code"))
        return CodedValue("coding", CodeableConcept((unit,)))
    return None


def guess(item: Any) -> CodedValue | None:
    """The codes of a value whose type is guessed from its members; None if it has no code. Raises as `read`."""
    if isinstance(item, str):
        return read(item, "code")
    if isinstance(item, dict):
        return read(item, "CodeableConcept" if "coding" in item else "Coding")
    return None
