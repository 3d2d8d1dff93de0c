"""How a concept reads as a page: its properties as sections in the order of a procedure document.

Pure: knows neither HTML nor the database. A property it has no place for becomes a section named after its
definition, so everything that is stored is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from loaders.documents.canonicals import CONSUMER_NAME
from terminology.model.coding import Coding
from terminology.model.concept import Concept, Property
from terminology.web.similar import CODE, words_of

Style = Literal["prose", "list", "steps", "tags"]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its values; `notes` are shown as paragraphs under a list, `titles` lead the values of steps."""

    anchor: str
    heading: str
    style: Style
    values: tuple[str, ...]
    titles: tuple[str | None, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """A short value in the table of facts."""

    name: str
    value: str


PLACES: Mapping[str, tuple[str, Style]] = MappingProxyType(
    {
        "purpose": ("Purpose", "prose"),
        "indication": ("Indications", "list"),
        "preparation": ("Preparation", "list"),
        "step": ("Procedure description", "steps"),
        "equipment": ("Equipment", "prose"),
        "anesthesia": ("Anesthesia", "prose"),
        "duration": ("Duration", "prose"),
        "phaseDuration": ("Duration by phase", "list"),
        "setting": ("Setting", "tags"),
        "personnel": ("Personnel", "tags"),
        "commonRisk": ("Common risks", "list"),
        "rareRisk": ("Rare risks", "list"),
        "riskManagement": ("How complications are managed", "prose"),
        "benefit": ("Benefits", "list"),
        "recovery": ("Recovery", "list"),
        "alternative": ("Alternatives", "list"),
        "alternativeBenefit": ("In favour of the alternatives", "list"),
        "alternativeDrawback": ("Against the alternatives", "list"),
        "patientExperience": ("What the patient experiences", "prose"),
    }
)
"""Property code → heading and style, in the order of the page."""

HIDDEN = frozenset({"parent", "child", "sourceHash"})
NOTE = "Note"
LONGEST_FACT = 90
MOST_NAMES = 12
"""A device may have a hundred trade names."""
USES = CONSUMER_NAME.system
"""The system of the uses that loaders give to names; any other name is simply one."""

UNITS: Mapping[str, str] = MappingProxyType({"durationMinimum": " minutes", "durationMaximum": " minutes"})
"""What a bare number of a property counts."""

STEP = re.compile(r"(?:\d+\. )?(?:(?P<title>[^:.]{2,60}): )?(?P<text>.*)", re.DOTALL)
"""A step as the document loader writes it: `1. Title: text`; the list numbers itself."""


def sections(concept: Concept) -> tuple[list[Section], list[Fact]]:
    """Split the properties of a concept into sections to be read and facts to be looked up."""
    grouped: dict[str, list[Property]] = {}
    for value in concept.properties:
        if value.code not in HIDDEN:
            grouped.setdefault(value.code, []).append(value)
    found = [_section(code, grouped) for code in PLACES if code in grouped]
    facts: list[Fact] = []
    for code, values in grouped.items():
        if code in PLACES or _is_note(code, grouped):
            continue
        if code.endswith(CODE) and code.removesuffix(CODE) in grouped:
            continue
        codes = grouped.get(code + CODE, [])
        texts = tuple(display(v) + UNITS.get(code, "") for v in values)
        if len(codes) == len(texts):
            texts = tuple(f"{text} ({display(c)})" for text, c in zip(texts, codes, strict=True))
        heading = _heading(code)
        if all(len(text) <= LONGEST_FACT for text in texts):
            facts.append(Fact(heading, "; ".join(texts)))
        else:
            found.append(Section(code, heading, "list" if len(texts) > 1 else "prose", texts))
    return found, facts


def names(concept: Concept) -> tuple[list[str], list[Fact]]:
    """What else a concept is called; and names that are of something in it (its device, an index), by their use."""
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


def _section(code: str, grouped: Mapping[str, Iterable[Property]]) -> Section:
    heading, style = PLACES[code]
    values = tuple(display(v) for v in grouped[code])
    if style == "list" and len(values) == 1:
        style = "prose"
    notes = tuple(display(v) for v in grouped.get(code + NOTE, ()))
    if style == "steps":
        steps = [match.groupdict() for value in values if (match := STEP.fullmatch(value))]
        return Section(code, heading, style, tuple(s["text"] for s in steps), tuple(s["title"] for s in steps), notes)
    return Section(code, heading, style, values, (), notes)


def _is_note(code: str, grouped: Mapping[str, object]) -> bool:
    return code.endswith(NOTE) and code.removesuffix(NOTE) in PLACES and code.removesuffix(NOTE) in grouped


def _heading(code: str) -> str:
    text = words_of(code)
    return text[:1].upper() + text[1:]
