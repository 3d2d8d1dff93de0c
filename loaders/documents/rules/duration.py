"""Duration: the whole text, the shortest and longest duration in minutes, and each phase if there are several.

"Sessions last 45-60 minutes, with follow-up sessions ranging from 15-30 minutes" gives 15 and 60, and the phases
"Sessions: 45-60 minutes" and "follow-up sessions: 15-30 minutes". Times to prepare, recover or stay, and a whole course
of sessions, are phases, but do not count as the procedure's own duration if the text states that too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from loaders.documents.entries import Entry, entries
from loaders.documents.facts import Facts, valued
from loaders.documents.properties import prop
from loaders.documents.sentences import sentences
from loaders.documents.spans import Span, spans, whole_minutes
from loaders.documents.split import Section

_VERB = re.compile(
    r"\b(?:(?:can|may|will|should|must|is|are|be)\s+(?:\w+ly\s+)?)?"
    r"(?:lasts?|lasting|takes?|taking|requires?|requiring|rang(?:es?|ing)|runs?|needs?|averag(?:es?|ing)|"
    r"varies|varying|extends?|adds?|is|are|be|expected|completed|done|performed|finished|scheduled|"
    r"dauert|dauern|beträgt|dura|duran|tarda|dure|durent|leva|demora)\b.*$",
    re.IGNORECASE | re.DOTALL,
)
_OPENING = re.compile(
    r"^(?:[\s,;:.()–—-]|(?:and|but|while|whereas|with|then|followed\s+by|plus|including|allow|expect|plan|the|a|an|"
    r"usually|typically|generally|often|on\s+average|most|about|around|approximately|each|for|of|"
    r"die|der|das|und|el|la|los|las|y|le|les|et|o|os|e)\b)+",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:[\s,;:(–—-]|\b(?:usually|typically|generally|often|on\s+average|normally|about|around|approximately|roughly|"
    r"from|between|for|of|in|an?\s+additional|another|an\s+extra|after|within|up|to|at|last|which|that|and)\b)+$",
    re.IGNORECASE,
)
_FOR_AFTER = re.compile(r"^\s*(?:for|of|in|on|to)\s+(?P<what>(?:the\s+)?[^.,;()]{3,60})", re.IGNORECASE)
_CLAUSE = re.compile(r"[,;()]\s*(?:and\s+|with\s+|while\s+|but\s+)?|\s+(?:while|whereas|plus|followed by)\s+")
_BESIDE = re.compile(
    r"\b(?:recover\w*|observ\w*|monitor\w*|hospital|stay\w*|heal\w*|aftercare|results?|wear(?:s|ing)? off|rest|"
    r"resume\w*|discharge\w*|home|rehabilitat\w*|afterwards?|prepar\w*|course|arriv\w*|check-?in|waiting|"
    r"\w*aufenthalt\w*|krankenhaus\w*|erholung\w*|genesung\w*|vorbereitung\w*|\w*beobachtung\w*|nachsorge|aufwach\w*|"
    r"recupera\w*|estancia|ingreso|observa\w*|récupération|convalescence|hospitali[sz]a\w*|séjour|surveillance|"
    r"préparation|interna\w*)\b"
    r"|入院|回復|安静|準備|観察|術後",
    re.IGNORECASE,
)


_LONGEST_LABEL = 200
"""Characters around a length among which its subject is looked for."""
_ROW = re.compile(r"(?P<first>[^;:]+); [^;:]+: ")


@dataclass(frozen=True, slots=True)
class _Phase:
    label: str
    span: Span
    beside: bool


def duration(section: Section) -> Facts:
    """The section "Duration"."""
    found = entries(section)
    facts = valued("duration", [entry.value for entry in found])
    phases = [phase for entry in found for phase in _phases(entry)]
    main = [phase for phase in phases if not phase.beside] or phases
    minima = [phase.span.minimum for phase in main if phase.span.minimum is not None]
    maxima = [phase.span.maximum for phase in main if phase.span.maximum is not None]
    measured = Facts()
    if minima:
        measured += Facts(properties=(prop("durationMinimum", whole_minutes(min(minima))),))
    if maxima:
        measured += Facts(properties=(prop("durationMaximum", whole_minutes(max(maxima))),))
    if len(phases) > 1:
        measured += valued("phaseDuration", [_named(phase) for phase in phases])
    return facts + measured


def _named(phase: _Phase) -> str:
    return f"{phase.label}: {phase.span.text}" if phase.label else phase.span.text


def _phases(entry: Entry) -> Iterator[_Phase]:
    label = entry.label
    named = label is not None and not spans(label[0])
    prefix = label[0] if named and label else entry.heading
    text = label[1] if named and label else entry.text
    if row := _ROW.match(text):  # of a table: "Phase: Scan; Time: 20 minutes"
        prefix = row["first"]
    for child in entry.children:
        for phase in _phases(child):
            yield _Phase(phase.label or prefix or entry.text.rstrip(" :."), phase.span, phase.beside)
    for sentence in sentences(text):
        found = spans(sentence)
        end = 0
        for span in found:
            words = _label(sentence, end, span) or ""
            name = words or prefix
            if prefix and len(found) == 1:
                name = prefix
            context = f"{prefix} {_clause(sentence, end, span)}"
            yield _Phase(name, span, _BESIDE.search(context) is not None)
            end = span.end


def _clause(sentence: str, start: int, span: Span) -> str:
    """The part of a sentence around a span, between the commas next to it."""
    before = _CLAUSE.split(sentence[max(start, span.start - _LONGEST_LABEL) : span.start].rstrip(" ,;("))[-1]
    after = _CLAUSE.split(sentence[span.end : span.end + _LONGEST_LABEL].lstrip())[0]
    return f"{before} {after}" if not spans(after) else before


def _label(sentence: str, start: int, span: Span) -> str:
    """The phase of a duration: the subject before it ("follow-up sessions ranging from"), or "for …" after it."""
    before = sentence[max(start, span.start - _LONGEST_LABEL) : span.start].rstrip(" (")
    clause = _CLAUSE.split(before)[-1] if start or _CLAUSE.search(before) else before
    words = _CLOSING.sub("", _VERB.sub("", clause))
    words = _OPENING.sub("", words).strip(" ,;:.()–—-")
    if words and words.lower() not in {"it", "this", "there", "you", "they"}:
        return words
    after = _FOR_AFTER.match(sentence[span.end : span.end + _LONGEST_LABEL])
    return after["what"].strip() if after else ""
