"""Rules: one for each kind of section, as a function or object; `apply` makes facts from any section."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from loaders.documents import headings as h
from loaders.documents.entries import entries
from loaders.documents.facts import Facts, valued
from loaders.documents.marks import INTRODUCTION
from loaders.documents.properties import camel_case
from loaders.documents.rules.alternatives import alternatives
from loaders.documents.rules.duration import duration
from loaders.documents.rules.lists import ListOf, Prose
from loaders.documents.rules.names import name, synonyms
from loaders.documents.rules.risks import risks
from loaders.documents.rules.steps import steps
from loaders.documents.split import Section

Rule = Callable[[Section], Facts]


def descriptor(section: Section) -> Facts:
    """A section that holds the official descriptor: the first paragraph is the display, more is introduction."""
    values = [entry.value for entry in entries(section)]
    return Facts(displays=tuple(values[:1])) + valued("introduction", values[1:])


def summary(section: Section) -> Facts:
    """Summary: the definition, paragraphs apart, list items with a dash."""
    text = ""
    listed = False
    for entry in entries(section):
        gap = "\n" if listed and entry.item else "\n\n"
        text += f"{gap if text else ''}{'– ' if entry.item else ''}{entry.value}"
        listed = entry.item
    return Facts(definition=(text,) if text else ())


def unknown(section: Section) -> Facts:
    """A section whose heading is not in the table: a property named after it, nothing dropped."""
    code = camel_case(section.title)
    facts = valued(code, [entry.value for entry in entries(section)])
    return facts + Facts(headings={code: section.title.rstrip(" :")})


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        h.DESCRIPTOR: descriptor,
        h.NAME: name,
        h.SYNONYMS: synonyms,
        h.SUMMARY: summary,
        h.PURPOSE: Prose("purpose"),
        h.INDICATIONS: ListOf("indication", "indicationNote"),
        h.CONTRAINDICATIONS: ListOf("contraindication", "contraindicationNote"),
        h.PREPARATION: ListOf("preparation", "preparationNote"),
        h.DESCRIPTION: steps,
        h.EQUIPMENT: Prose("equipment"),
        h.ANESTHESIA: Prose("anesthesia"),
        h.DURATION: duration,
        h.SETTING: ListOf("setting", "settingNote"),
        h.PERSONNEL: ListOf("personnel", "personnelNote", in_line=True),
        h.RISKS: risks,
        h.COMMON_RISKS: risks,
        h.RARE_RISKS: risks,
        h.RISK_MANAGEMENT: risks,
        h.BENEFITS: ListOf("benefit", "benefitNote"),
        h.RECOVERY: Prose("recovery"),
        h.ALTERNATIVES: alternatives,
        h.PROS: alternatives,
        h.CONS: alternatives,
        h.EXPERIENCE: Prose("patientExperience"),
        INTRODUCTION: Prose("introduction"),
    }
)


def apply(section: Section) -> Facts:
    """The facts of one section."""
    return RULES.get(section.kind or "", unknown)(section)
