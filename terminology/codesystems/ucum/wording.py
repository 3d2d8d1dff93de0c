"""UCUM codes in words: their structure with the names of units (as HL7's servers show it), and as people say it.

Names are those of UCUM's tables. Nothing is translated.
"""

from __future__ import annotations

from terminology.codesystems.ucum.expression import Annotation, Component, Factor, Group, Step, Symbol, Term
from terminology.codesystems.ucum.parser import TEN

POWERS = {2: "square {}", 3: "cubic {}"}
SIGNS = {".": " * ", "/": " / "}


def structure(term: Term) -> str:
    """`mg/dL` → `(milligram) / (deciliter)`; an annotation is the number one."""
    first, *others = term.steps
    text = _formal(first.component)
    if first.operator == "/":
        text = f"1 / {text}"
    return text + "".join(SIGNS[step.operator] + _formal(step.component) for step in others)


def _formal(component: Component) -> str:
    match component:
        case Factor(value):
            return str(value)
        case Annotation():
            return "1"
        case Group(term):
            return f"({structure(term)})"
        case Symbol(exponent=1):
            return f"({_name(component)})"
        case Symbol(exponent=exponent):
            return f"({_name(component)} ^ {exponent})"


def spoken(term: Term) -> str | None:
    """`mg/dL` → `milligram per deciliter`; None for annotated codes, whose words are not UCUM's."""
    words = [_spoken_step(step, first=not number) for number, step in enumerate(term.steps)]
    return None if None in words else " ".join(word for word in words if word)


def _spoken_step(step: Step, *, first: bool) -> str | None:
    component, divides = step.component, step.operator == "/"
    if first and component == Factor(1):
        return ""  # `1/min` is `per minute`
    if isinstance(component, Symbol) and component.exponent < 0 and component.unit.code not in TEN:
        divides = not divides
        component = Symbol(component.unit, component.prefix, -component.exponent)
    words = _spoken(component)
    return f"per {words}" if words and divides else words


def _spoken(component: Component) -> str | None:
    match component:
        case Factor(value):
            return str(value)
        case Annotation():
            return None
        case Group(term):
            inner = spoken(term)
            return None if inner is None else f"({inner})"
        case Symbol(unit=unit, exponent=exponent) if unit.code in TEN:
            return f"10^{exponent}"
        case Symbol(exponent=1):
            return _name(component)
        case Symbol(exponent=exponent):
            return POWERS.get(exponent, f"{{}} to the power of {exponent}").format(_name(component))


def _name(symbol: Symbol) -> str:
    return (symbol.prefix.name if symbol.prefix else "") + symbol.unit.name
