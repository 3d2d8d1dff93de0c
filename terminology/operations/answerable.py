"""Reports which bindings of a profile this server can answer, to check an implementation guide before using it.

Not a FHIR operation: the command `terminology bindings` and the library use it. Loads nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from terminology.model.coding import Canonical
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import Catalogue
from terminology.model.requests import ExpandRequest, RequestContext
from terminology.model.structure import Structure
from valuesets.expand import Limits, expand

Answer = Literal["full", "validates", "none"]
"""full: codes are listed and validated; validates: they cannot be listed; none: the binding cannot be answered."""
NOT_LISTED = frozenset({"too-costly", "not-supported"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerableBinding:
    """One binding, and why it cannot be answered (`reason`). `purpose` is that of an additional binding."""

    profile: Canonical
    element: str
    strength: str
    purpose: str | None
    value_set: Canonical | None
    answer: Answer
    reason: str | None = None


def answerable(
    catalogue: Catalogue, structures: Iterable[Structure], context: RequestContext
) -> Iterator[AnswerableBinding]:
    """The bindings that structures state themselves: in their differential, or all where they have none, in order."""
    judged: dict[Canonical, tuple[Answer, str | None]] = {}
    for structure in structures:
        for element in structure.elements.values():
            if element.binding is None or (structure.own and element.id not in structure.own):
                continue
            bound: list[tuple[str | None, Canonical | None]] = [(None, element.binding.value_set)]
            bound += [(a.purpose, a.value_set) for a in element.binding.additional]
            for purpose, value_set in bound:
                if value_set is not None and value_set not in judged:
                    judged[value_set] = _judge(catalogue, value_set, context)
                described: tuple[Answer, str | None] = ("none", "It names no value set, it is described in words.")
                answer, reason = described if value_set is None else judged[value_set]
                yield AnswerableBinding(
                    profile=structure.canonical,
                    element=element.id,
                    strength=element.binding.strength,
                    purpose=purpose,
                    value_set=value_set,
                    answer=answer,
                    reason=reason,
                )


def counted(bindings: Sequence[AnswerableBinding]) -> Counter[Answer]:
    """How many there are of each answer."""
    return Counter(binding.answer for binding in bindings)


def _judge(catalogue: Catalogue, value_set: Canonical, context: RequestContext) -> tuple[Answer, str | None]:
    try:
        expand(catalogue, ExpandRequest(value_set=value_set, count=0), context, Limits())
    except TerminologyError as error:
        reason = error.issues[0].text + _others(catalogue, value_set)
        return ("validates" if error.kind in NOT_LISTED else "none"), reason
    return "full", None


def _others(catalogue: Catalogue, value_set: Canonical) -> str:
    """The loaded versions, where the requested one is missing: another release of its package may be loaded."""
    known = [v for v in catalogue.value_set_versions(value_set.url) if v]
    missing = bool(value_set.version and known) and catalogue.value_set(value_set) is None
    return f" (here in version {', '.join(known)})" if missing else ""
