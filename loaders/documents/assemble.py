"""Makes a concept from a procedure's parts: the facts of all sections, the descriptor, and facts about the file.

The concept has no code yet. It contains everything that the text says except navigation, which the tests of this
package prove.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from loaders.documents.blocks import Paragraph
from loaders.documents.canonicals import CONSUMER_NAME
from loaders.documents.codes import leading_code
from loaders.documents.facts import Facts, gathered, valued
from loaders.documents.headings import language_of
from loaders.documents.marks import INTRODUCTION
from loaders.documents.properties import camel_case, definitions, prop
from loaders.documents.rules import apply
from loaders.documents.rules.names import synonyms_in
from loaders.documents.split import Procedure, Section
from terminology.model.codesystem import PropertyDefinition
from terminology.model.concept import Concept, Designation

ADD_ON = re.compile(r"\blist(?:ed)?\s+separately\s+in\s+addition\s+to\b", re.IGNORECASE)
_DISPLAY_KEYS = ("display", "descriptor", "title")


def concept_of(
    procedure: Procedure, *, system: str | None, title: str, extra: Mapping[str, list[str]], source: Facts
) -> tuple[Concept, tuple[PropertyDefinition, ...], str | None]:
    """The concept, its property definitions, and the code before the descriptor, if any.

    `extra` are the values of the front matter except the code, `title` is that of an HTML page (used when nothing else
    names the procedure), `source` are facts about the file.
    """
    facts = _from_front_matter(extra)
    top, code = _preamble(procedure, system, facts.displays)
    facts += top
    facts += gathered(apply(section) for section in procedure.sections)
    display, facts = _display(facts, title)
    if display and ADD_ON.search(display):
        facts = Facts(properties=(prop("addOn", True),)) + facts
    facts += source
    language = language_of(section.title for section in procedure.sections)
    if language:
        facts = _in_language(facts, display, language)
    concept = Concept(
        "",
        display=display,
        definition="\n\n".join(facts.definition) or None,
        designations=tuple({(d.value, d.use): d for d in facts.designations}.values()),
        properties=tuple({(p.code, p.value): p for p in facts.properties}.values()),
    )
    return concept, definitions(facts.properties, facts.headings), code


def _in_language(facts: Facts, display: str | None, language: str) -> Facts:
    """The facts of a document in another language than English: its display and names are marked with the language."""
    named = tuple(replace(designation, language=language) for designation in facts.designations)
    own = (Designation(display, language),) if display and display not in {d.value for d in named} else ()
    return replace(facts, designations=named + own) + valued("sourceLanguage", [language])


def _from_front_matter(extra: Mapping[str, list[str]]) -> Facts:
    """Facts from the front matter; unknown keys become properties."""
    facts = Facts()
    for key, values in extra.items():
        if key in _DISPLAY_KEYS:
            facts += Facts(displays=tuple(values))
        elif key == "name":
            facts += Facts(designations=tuple(Designation(value, use=CONSUMER_NAME) for value in values))
        elif key in {"synonyms", "synonym", "aliases", "also known as"}:
            for value in values:
                facts += synonyms_in(value)
        else:
            code = camel_case(key)
            facts += valued(code, values) + Facts(headings={code: key})
    return facts


def _preamble(procedure: Procedure, system: str | None, displays: tuple[str, ...]) -> tuple[Facts, str | None]:
    """The descriptor (the first title or paragraph, without a leading code) and the introduction."""
    lines = [*procedure.titles, *(block.text for block in procedure.preamble[:1] if not procedure.titles)]
    rest = procedure.preamble if procedure.titles else procedure.preamble[1:]
    if procedure.preamble and not procedure.titles and not isinstance(procedure.preamble[0], Paragraph):
        lines, rest = [], procedure.preamble  # a list is no descriptor
    code = None
    if lines and (found := leading_code(lines[-1], system)):
        code, lines[-1] = found
    facts = Facts(displays=(lines[-1],) if lines else ())
    facts += valued(INTRODUCTION, [line for line in lines[:-1] if line not in displays])
    facts += apply(Section(INTRODUCTION, "", rest))
    return facts, code


def _display(facts: Facts, title: str) -> tuple[str | None, Facts]:
    """The display (the first descriptor), and the rest of the facts.

    A second descriptor becomes the consumer-friendly name, or part of the introduction.
    """
    named = any(designation.use == CONSUMER_NAME for designation in facts.designations)
    displays = list(dict.fromkeys(facts.displays))
    if not displays:
        return next((d.value for d in facts.designations), title or None), facts
    for other in displays[1:]:
        if named or len(other) > 120:
            facts += valued(INTRODUCTION, [other])
        else:
            named = True
            facts += Facts(designations=(Designation(other, use=CONSUMER_NAME),))
    return displays[0], facts
