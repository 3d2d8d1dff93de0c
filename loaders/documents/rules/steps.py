"""Procedure Description: numbered steps, and what the prose beside them says about equipment and anaesthesia.

A step is the string "N. Title: text" (or "N. text"), with N counting from 1 over the whole section, since property
values have no order in FHIR, and two steps may have the same text. Each sentence goes to exactly one property.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import groupby

from loaders.documents.entries import Entry, entries
from loaders.documents.facts import Facts, gathered, valued
from loaders.documents.headings import ANESTHESIA, DESCRIPTION, EQUIPMENT, label_within
from loaders.documents.sentences import sentences
from loaders.documents.split import Section

_SUBJECTS = (
    (
        "anesthesia",
        re.compile(
            r"\b(?:an(?:a)?esth\w+|sedat(?:ion|ive|ives|ed)|numbing|nerve block|anästhes\w+|\w*narkose"
            r"|sedier\w+|anestes\w+|sedaci[oó]n|sedação|anesthés\w+|sédation)\b|麻酔",
            re.IGNORECASE,
        ),
    ),
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
    is_step = _rule_of_steps(found)
    facts: list[Facts] = []
    numbered = 0
    for entry in found:
        labelled = _labelled_property(entry)
        if is_step(entry):
            numbered += 1
            facts.append(valued("step", [_step(numbered, entry)]))
        elif labelled:
            facts.append(valued(labelled, [(entry.label[1] if entry.label else entry.text) + entry.nested]))
        elif entry.item or entry.heading:
            facts.append(valued("procedureDescription", [entry.value]))
        else:
            facts += [valued(code, [text]) for code, text in by_subject(entry.text)]
    return gathered(facts)


def by_subject(text: str) -> Iterator[tuple[str, str]]:
    """The sentences of a paragraph by property; neighbours about the same stay together."""
    for code, group in groupby(sentences(text), key=_subject):
        yield code, " ".join(group)


def _subject(sentence: str) -> str:
    places = [(match.start(), code) for code, words in _SUBJECTS if (match := words.search(sentence))]
    return min(places)[1] if places else "procedureDescription"


def _rule_of_steps(found: list[Entry]) -> Callable[[Entry], bool]:
    """Decides which entries are steps: list items and, if no list is numbered, two or more labelled paragraphs.

    Items labelled "Equipment" or "Anesthesia" are steps only if they are numbered. Rows of a table beside a numbered
    list are no steps, but details of them.
    """
    counts = any(entry.item and entry.ordered for entry in found)
    led = 0 if counts else sum(not e.item and e.label is not None and _labelled_property(e) is None for e in found)

    def is_step(entry: Entry) -> bool:
        if entry.item and entry.ordered:
            return True
        if entry.row and counts:
            return False
        return _labelled_property(entry) is None and (entry.item or (led >= 2 and entry.label is not None))

    return is_step


def _labelled_property(entry: Entry) -> str | None:
    label = entry.label[0] if entry.label else entry.heading
    return _KIND_PROPERTY.get(label_within(label, DESCRIPTION) or "")


def _step(number: int, entry: Entry) -> str:
    label = entry.label
    text = f"{label[0]}: {label[1]}" if label else entry.text
    part = f"{entry.heading} – " if entry.heading else ""
    return f"{number}. {part}{text}{entry.nested}"
