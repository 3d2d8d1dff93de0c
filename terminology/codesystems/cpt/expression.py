"""Expressions `code:modifier(:modifier)*`, and the AMA's rules on which modifiers may be used with which codes.

The rules look at the form of codes only; the system knows whether they exist. Each violated rule is an issue of its
own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from terminology.codesystems.cpt.codes import CODE, MODIFIER, Range, kind_of
from terminology.model.outcome import Issue

SEPARATOR = ":"

EXCLUSIVE = (("25", "57", "59"), ("52", "53", "73", "74"), ("76", "77", "78", "79"), ("93", "95"))
"""Modifiers of which only one may be used."""

ANESTHESIA = Range("", 5, 100, 1999)
INFANT_RANGE = Range("", 5, 20100, 69990)
INFANT_CODES = tuple(
    range_
    for text in (
        "92920", "92928", "92953", "92960", "92986-92987", "92990", "92997-92998", "93312-93318", "93452", "93505",
        "93563-93564", "93568-93569", "93573-93575", "93580-93582", "93590-93598", "93615-93616",
    )
    if (range_ := Range.parse(text)) is not None
)  # fmt: skip
"""Codes outside that range which modifier 63 (infants under 4 kg) may go with."""
ALTERNATIVE_PLATFORM = frozenset({"86701", "86702", "86703", "87389"})
"""Codes that modifier 92 may go with."""
TELEMEDICINE = "95"
DISTINCT = "59"


@dataclass(frozen=True, slots=True)
class Expression:
    """A base code and its modifiers, in the order given."""

    base: str
    modifiers: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Expression | None:
        """Read what has the form of an expression; a code in the place of a modifier is let through, for the rules."""
        base, *modifiers = text.split(SEPARATOR)
        parts = (CODE.fullmatch(m) or MODIFIER.fullmatch(m) for m in modifiers)
        if not modifiers or not (CODE.fullmatch(base) or MODIFIER.fullmatch(base)) or not all(parts):
            return None
        return cls(base, tuple(modifiers))

    def __str__(self) -> str:
        return SEPARATOR.join((self.base, *self.modifiers))

    @property
    def normal(self) -> Expression:
        """With the modifiers in order, each once: expressions that mean the same are equal."""
        return Expression(self.base, tuple(sorted(set(self.modifiers))))

    @property
    def repeated(self) -> tuple[str, ...]:
        """Modifiers given more than once."""
        return tuple(m for m in dict.fromkeys(self.modifiers) if self.modifiers.count(m) > 1)


def violations(expression: Expression, *, telemedicine: bool | None) -> Iterator[Issue]:
    """The rules an expression breaks. `telemedicine`: whether the base code is for that; None when nobody knows."""
    base, modifiers = expression.base, expression.modifiers
    if not CODE.fullmatch(base):
        yield _issue("CPT_BASE_IS_MODIFIER", base=base)
        return
    for modifier in dict.fromkeys(modifiers):
        if not MODIFIER.fullmatch(modifier):
            yield _issue("CPT_CODE_AS_MODIFIER", used=modifier)
        elif message := _misplaced(base, modifier, modifiers, telemedicine=telemedicine):
            yield _issue(message, modifier=modifier, base=base)
    for exclusive in EXCLUSIVE:
        together = [m for m in exclusive if m in modifiers]
        if len(together) > 1:
            yield _issue("CPT_MODIFIERS_EXCLUSIVE", together=" and ".join(together))


def _misplaced(base: str, modifier: str, modifiers: tuple[str, ...], *, telemedicine: bool | None) -> str | None:
    """The message of the rule by which a modifier may not go with this code."""
    category_2 = kind_of(base) == "cat-2"
    match modifier, kind_of(modifier):
        case _, "cat-2" if not category_2:
            return "CPT_MODIFIER_CATEGORY_2"
        case _, "physical-status" if not ANESTHESIA.covers(base):
            return "CPT_MODIFIER_PHYSICAL_STATUS"
        case _, "hcpcs" if DISTINCT not in modifiers:
            return "CPT_MODIFIER_HCPCS"
        case (("50" | "51"), _) if category_2:
            return "CPT_MODIFIER_NOT_CATEGORY_2"
        case "63", _ if not any(r.covers(base) for r in (INFANT_RANGE, *INFANT_CODES)):
            return "CPT_MODIFIER_63"
        case "92", _ if base not in ALTERNATIVE_PLATFORM:
            return "CPT_MODIFIER_92"
        case "95", _ if telemedicine is False:
            return "CPT_MODIFIER_95"
    return None


def _issue(message_id: str, **arguments: str) -> Issue:
    return Issue("error", "code-invalid", message_id, arguments, "invalid-code")
