"""Procedure Description: numbered steps, and what the prose beside them says about equipment and anaesthesia.

A step is the string "N. Title: text" (or "N. text"), N counting from 1 over the whole section: property values have no
order of their own in FHIR, and two steps may say the same. Each sentence goes to exactly one property.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from loaders.documents.entries import Entry, entries
from loaders.documents.facts import Facts, valued
from loaders.documents.headings import ANESTHESIA, DESCRIPTION, EQUIPMENT, label_within
from loaders.documents.sentences import sentences
from loaders.documents.split import Section

_SUBJECTS = (
    ("anesthesia", re.compile(r"\b(?:an(?:a)?esth\w+|sedat(?:ion|ive|ives|ed)|numbing|nerve block)\b", re.IGNORECASE)),
    (
        "equipment",
        re.compile(r"\b(?:equipment|instruments?|instrumentation|tools?|devices?|machines?|supplies)\b", re.IGNORECASE),
    ),
)
"""What a sentence is about: the subject whose word comes first."""

_KIND_PROPERTY = {EQUIPMENT: "equipment", ANESTHESIA: "anesthesia"}


def steps(section: Section) -> Facts:
    """The section "Procedure Description"."""
    found = entries(section)
    numbered = 0
    facts = Facts()
    led = {id(entry) for entry in found if _is_step(entry, found)}
    for entry in found:
        labelled = _labelled_property(entry)
        if id(entry) in led:
            numbered += 1
            facts += valued("step", [_step(numbered, entry)])
        elif labelled:
            facts += valued(labelled, [entry.label[1] + entry.nested if entry.label else entry.text + entry.nested])
        elif entry.item or entry.heading:
            facts += valued("procedureDescription", [entry.value])
        else:
            for code, text in by_subject(entry.text):
                facts += valued(code, [text])
    return facts


def by_subject(text: str) -> Iterator[tuple[str, str]]:
    """The sentences of a paragraph by property; neighbours about the same stay together."""
    for code, group in groupby(sentences(text), key=_subject):
        yield code, " ".join(group)


def _subject(sentence: str) -> str:
    places = [(match.start(), code) for code, words in _SUBJECTS if (match := words.search(sentence))]
    return min(places)[1] if places else "procedureDescription"


def _is_step(entry: Entry, found: list[Entry]) -> bool:
    """List items are steps; without any, labelled paragraphs are when there are at least two.

    Bullets labelled "Equipment" or "Anesthesia" are none: only a number makes those a step.
    """
    if entry.item:
        return entry.ordered or _labelled_property(entry) is None
    if any(other.item and other.ordered for other in found):
        return False
    labelled = [e for e in found if not e.item and e.label and _labelled_property(e) is None]
    return len(labelled) >= 2 and entry.label is not None and _labelled_property(entry) is None


def _labelled_property(entry: Entry) -> str | None:
    label = entry.label[0] if entry.label else entry.heading
    return _KIND_PROPERTY.get(label_within(label, DESCRIPTION) or "")


def _step(number: int, entry: Entry) -> str:
    label = entry.label
    text = f"{label[0]}: {label[1]}" if label else entry.text
    part = f"{entry.heading} – " if entry.heading else ""
    return f"{number}. {part}{text}{entry.nested}"
