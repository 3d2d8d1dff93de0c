"""The tree of a UCUM code (UCUM 2.2, section 2, "Syntax Rules").

    term      = ["/"] component *( ("." / "/") component )      evaluated from left to right
    component = unit [exponent] / factor / annotation / "(" term ")"

An annotation that follows a component without an operator multiplies it by one, and so stands as a step of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from terminology.codesystems.ucum.essence import Prefix, Unit

Operator = Literal[".", "/"]


@dataclass(frozen=True, slots=True)
class Factor:
    """A positive integer number."""

    value: int


@dataclass(frozen=True, slots=True)
class Symbol:
    """A unit, with a prefix and raised to a power."""

    unit: Unit
    prefix: Prefix | None = None
    exponent: int = 1


@dataclass(frozen=True, slots=True)
class Annotation:
    """Text in curly braces: it says something to people, and is the number one."""

    text: str


@dataclass(frozen=True, slots=True)
class Group:
    """A term in parentheses."""

    term: Term


Component = Factor | Symbol | Annotation | Group


@dataclass(frozen=True, slots=True)
class Step:
    """A component and what it does to the value of all that stands before it."""

    operator: Operator
    component: Component


@dataclass(frozen=True, slots=True)
class Term:
    """The steps in order, beginning with the number one."""

    steps: tuple[Step, ...]
