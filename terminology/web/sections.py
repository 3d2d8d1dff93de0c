"""Lays a concept out as a page: its properties as sections in the order of a procedure document.

Knows neither HTML nor the database. A property without a place on the page becomes a section or fact that is named
after its code, so that everything stored is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, NamedTuple

from loaders.documents.canonicals import CONSUMER_NAME
from terminology.model.coding import Coding
from terminology.model.concept import Concept, Property
from terminology.web.similar import CODE, words_of

Style = Literal["prose", "list", "steps", "tags"]


@dataclass(frozen=True, slots=True)
class Part:
    """The values of one property. Steps have a title (or None) for each value; `notes` are paragraphs after them."""

    style: Style
    values: tuple[str, ...]
    heading: str | None = None
    titles: tuple[str | None, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with the parts that belong below it."""

    anchor: str
    heading: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """A short value in the table of facts."""

    name: str
    value: str


class Place(NamedTuple):
    """Where a property is shown: the heading of its section, the style, and a heading inside the section."""

    section: str
    style: Style
    part: str | None = None


RISKS = "Risks and complications"
PLACES: Mapping[str, Place] = MappingProxyType(
    {
        "introduction": Place("Introduction", "prose"),
        "purpose": Place("Purpose", "prose"),
        "indication": Place("Indications", "list"),
        "contraindication": Place("Contraindications", "list"),
        "preparation": Place("Preparation", "list"),
        "step": Place("Procedure description", "steps"),
        "procedureDescription": Place("Procedure description", "prose"),
        "equipment": Place("Equipment", "prose"),
        "anesthesia": Place("Anesthesia", "prose"),
        "duration": Place("Duration", "prose"),
        "phaseDuration": Place("Duration", "list", "By phase"),
        "setting": Place("Setting", "tags"),
        "personnel": Place("Personnel", "tags"),
        "risk": Place(RISKS, "list"),
        "commonRisk": Place(RISKS, "list", "Common"),
        "rareRisk": Place(RISKS, "list", "Rare"),
        "riskManagement": Place(RISKS, "prose", "How complications are managed"),
        "benefit": Place("Benefits", "list"),
        "recovery": Place("Recovery", "list"),
        "alternative": Place("Alternatives", "list"),
        "alternativeBenefit": Place("Alternatives", "list", "In their favor"),
        "alternativeDrawback": Place("Alternatives", "list", "Against them"),
        "patientExperience": Place("What the patient experiences", "prose"),
    }
)
"""Property code → its place, in the order of the page."""

SHORTEST, LONGEST = "durationMinimum", "durationMaximum"
HIDDEN = frozenset({"parent", "child", "sourceHash"})
SELDOM = frozenset({"modifier", "modified", "orthopox"})
"""What CPT says of each code, and hardly any is: shown where it is true."""
NOTE = "Note"
LONGEST_FACT = 90
MOST_NAMES = 12
"""A device may have a hundred trade names."""
USES = CONSUMER_NAME.system
"""The system of the uses that loaders give to names; names with a use of another system are plain names."""

STEP = re.compile(r"(?:\d+\. )?(?:(?P<title>[^:.]{2,60}): )?(?P<text>.*)", re.DOTALL)
"""A step as the document loader writes it: `1. Title: text`; the list numbers itself."""


def sections(concept: Concept) -> tuple[list[Section], list[Fact]]:
    """Split the properties of a concept into sections to be read and facts to be looked up."""
    grouped: dict[str, list[Property]] = {}
    for value in concept.properties:
        if not _elsewhere(value):
            grouped.setdefault(value.code, []).append(value)
    found = _known(grouped)
    facts: list[Fact] = []
    for code, values in grouped.items():
        if code in PLACES or code.removesuffix(NOTE) in PLACES:
            continue
        if code.endswith(CODE) and code.removesuffix(CODE) in grouped:
            continue
        codes = grouped.get(code + CODE, [])
        texts = tuple(display(v) for v in values)
        if len(codes) == len(texts):
            texts = tuple(f"{text} ({display(c)})" for text, c in zip(texts, codes, strict=True))
        heading = _heading(code)
        if all(len(text) <= LONGEST_FACT for text in texts):
            facts.append(Fact(heading, "; ".join(texts)))
        else:
            found.append(Section(code, heading, (Part("list" if len(texts) > 1 else "prose", texts),)))
    return found, facts


def _elsewhere(value: Property) -> bool:
    """Whether a property is no section or fact: the page shows it in another place, or it is of no use to people."""
    if value.value is False and value.code in SELDOM:
        return True
    return value.code in HIDDEN or (value.code in {SHORTEST, LONGEST} and display(value).isdecimal())


def at_a_glance(concept: Concept) -> list[Fact]:
    """What people want to know first about a procedure: duration, setting and anesthesia, as far as they are short."""
    values: dict[str, list[str]] = {}
    for value in concept.properties:
        values.setdefault(value.code, []).append(display(value))
    minutes = [values.get(code, [""])[0] for code in (SHORTEST, LONGEST)]
    facts = (
        Fact("Duration", _length(*(int(text) if text.isdecimal() else None for text in minutes))),
        Fact("Setting", ", ".join(values.get("setting", ()))),
        Fact("Anesthesia", " ".join(values.get("anesthesia", ()))),
    )
    return [fact for fact in facts if 0 < len(fact.value) <= LONGEST_FACT]


def _length(shortest: int | None, longest: int | None) -> str:
    """A range of minutes in words: `30 to 45 minutes`, `1 to 3 hours`, `up to 1 hour`; "" if neither is known."""
    known = [minutes for minutes in (shortest, longest) if minutes is not None]
    if not known:
        return ""
    size, unit = (60, "hour") if all(minutes and minutes % 60 == 0 for minutes in known) else (1, "minute")
    counts = list(dict.fromkeys(minutes // size for minutes in known))
    text = " to ".join(map(str, counts)) + f" {unit}" + ("" if counts[-1] == 1 else "s")
    if longest is None:
        return f"at least {text}"
    return text if shortest is not None else f"up to {text}"


def names(concept: Concept) -> tuple[list[str], list[Fact]]:
    """The other names of a concept; and names with a use (of a device in it, in an index), one fact for each use."""
    called: dict[str, None] = {}
    labelled: dict[str, dict[str, None]] = {}
    for designation in concept.designations:
        use = designation.use
        if use is not None and use.display and use.system == USES and use.code != CONSUMER_NAME.code:
            labelled.setdefault(use.display, {})[designation.value] = None
        elif designation.value != concept.display:
            called[designation.value] = None
    return list(called), [Fact(use, _shortened(list(values))) for use, values in labelled.items()]


def _shortened(values: list[str]) -> str:
    more = f"; and {len(values) - MOST_NAMES} more" if len(values) > MOST_NAMES else ""
    return "; ".join(values[:MOST_NAMES]) + more


def display(value: Property) -> str:
    """A property's value as people read it."""
    match value.value:
        case Coding() as coding:
            code, text = coding.code or "", coding.display or coding.code or ""
            return text if code in text else f"{text} ({code})"
        case bool() as flag:
            return "yes" if flag else "no"
        case other:
            return str(other)


def _known(grouped: Mapping[str, Iterable[Property]]) -> list[Section]:
    """The sections of the properties in PLACES. A note (`riskNote`) is part of its property's section."""
    parts: dict[str, list[tuple[str, Part]]] = {}
    for code, place in PLACES.items():
        if code in grouped or code + NOTE in grouped:
            parts.setdefault(place.section, []).append((code, _part(code, place, grouped)))
    return [Section(found[0][0], heading, tuple(p for _, p in found)) for heading, found in parts.items()]


def _part(code: str, place: Place, grouped: Mapping[str, Iterable[Property]]) -> Part:
    values = tuple(display(v) for v in grouped.get(code, ()))
    notes = tuple(display(v) for v in grouped.get(code + NOTE, ()))
    if place.style == "steps":
        steps = [match.groupdict() for value in values if (match := STEP.fullmatch(value))]
        titles = tuple(s["title"] for s in steps)
        return Part("steps", tuple(s["text"] for s in steps), place.part, titles, notes)
    style: Style = "prose" if place.style == "list" and len(values) == 1 else place.style
    return Part(style, values, place.part, (), notes)


def _heading(code: str) -> str:
    text = words_of(code)
    return text[:1].upper() + text[1:]
