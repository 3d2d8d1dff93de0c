"""What a unit measures, and how much of it: a number times powers of base units (UCUM 2.2, section 3, "Semantics").

Two codes with the same dimensions can be converted into each other. Arbitrary units are comparable with nothing but
themselves, so each is a dimension of its own. Numbers are decimals of 34 digits: enough to say whether two units are
the same, without growing with exponents that a client writes.
"""

from __future__ import annotations

import decimal
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from terminology.codesystems.ucum.essence import Essence, Unit
from terminology.codesystems.ucum.expression import Annotation, Component, Factor, Group, Symbol, Term
from terminology.codesystems.ucum.parser import parse

ARITHMETIC = decimal.Context(prec=34, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN, traps=[])
"""Never raises: what is too large becomes infinite."""

Dimensions = Mapping[str, int]
"""Base unit → exponent, without zeros."""


@dataclass(frozen=True, slots=True)
class Canonical:
    """`factor` times `dimensions` (sorted). Special units are not proportional to that: `factor` says nothing then."""

    factor: Decimal
    dimensions: tuple[tuple[str, int], ...]
    special: bool = False

    @property
    def units(self) -> str:
        """The dimensions as a UCUM code: `g.m-1.s-2`, or `1`."""
        return ".".join(f"{unit}{'' if power == 1 else power}" for unit, power in self.dimensions) or "1"


ONE = Canonical(Decimal(1), ())


class Canonicals:
    """Reduces terms by the tables of one version; units are reduced once."""

    def __init__(self, essence: Essence) -> None:
        self._essence = essence
        self._unit = cache(self._reduced)

    def of(self, term: Term) -> Canonical:
        """The canonical form of a term."""
        result = ONE
        for step in term.steps:
            component = self._component(step.component)
            result = _product(result, component if step.operator == "." else _power(component, -1))
        return result

    def _component(self, component: Component) -> Canonical:
        match component:
            case Factor(value):
                return Canonical(Decimal(value), ())
            case Annotation():
                return ONE
            case Group(term):
                return self.of(term)
            case Symbol(unit, prefix, exponent):
                own = self._unit(unit)
                if prefix is not None:
                    own = _product(Canonical(prefix.value, ()), own)
                return _power(own, exponent)

    def _reduced(self, unit: Unit) -> Canonical:
        if unit.definition is None:
            return Canonical(unit.value, ((unit.code, 1),))
        meant = self.of(parse(unit.definition, self._essence))
        found = _product(Canonical(unit.value, ()), meant)
        return Canonical(found.factor, found.dimensions, special=unit.special or found.special)


def _product(one: Canonical, other: Canonical) -> Canonical:
    dimensions = dict(one.dimensions)
    for unit, power in other.dimensions:
        dimensions[unit] = dimensions.get(unit, 0) + power
    factor = ARITHMETIC.multiply(one.factor, other.factor)
    return Canonical(factor, _sorted(dimensions), special=one.special or other.special)


def _power(one: Canonical, exponent: int) -> Canonical:
    dimensions = {unit: power * exponent for unit, power in one.dimensions}
    factor = ARITHMETIC.power(one.factor, Decimal(exponent))
    return Canonical(factor, _sorted(dimensions), special=one.special)


def _sorted(dimensions: Dimensions) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((unit, power) for unit, power in dimensions.items() if power))
