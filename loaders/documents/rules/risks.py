"""Risks and Complications: common, rare, of unstated frequency, and their management.

A label ("Common risks: …") or the sentence itself ("Rare complications include …") states which. Labels from the table
in `headings` are removed, since the property says the same; other words stay.
"""

from __future__ import annotations

import re

from loaders.documents.entries import Entry, entries
from loaders.documents.facts import Facts, gathered, valued
from loaders.documents.headings import COMMON_RISKS, RARE_RISKS, RISK_MANAGEMENT, RISKS, label_within
from loaders.documents.labels import split_label
from loaders.documents.rules.names import split_bracket
from loaders.documents.sentences import sentences
from loaders.documents.split import Section

_PROPERTY = {COMMON_RISKS: "commonRisk", RARE_RISKS: "rareRisk", RISK_MANAGEMENT: "riskManagement"}

_MANAGED = re.compile(
    r"\b(?:is|are|be|was|were|being)\s+(?:\w+\s+){0,2}?"
    r"(?:managed|treated|controlled|relieved|minimi[sz]ed|reduced|prevented|addressed|corrected|handled)\b"
    r"|^(?:management|treatment) (?:of|includes|involves|is)\b",
    re.IGNORECASE,
)
_DASH = re.compile(r"\s+[-–—]\s+")
_NOUN = r"(?:risks?|complications?|side effects?|problems?|reactions?)"
_RARE = rf"^(?:(?:very )?rare|uncommon|less common|infrequent)\b.{{0,30}}\b{_NOUN}\b|^rarely\b"
_COMMON = rf"^(?:(?:the )?most )?(?:common|frequent)\b.{{0,30}}\b{_NOUN}\b|^commonly\b"
_FREQUENCY = (
    ("rareRisk", re.compile(_RARE, re.IGNORECASE)),
    ("commonRisk", re.compile(_COMMON, re.IGNORECASE)),
)


def risks(section: Section) -> Facts:
    """The section "Risks and Complications", and sections headed by one of its labels."""
    found = entries(section)
    items = any(entry.item for entry in found)
    default = _PROPERTY.get(section.kind or "")
    return gathered(_entry(entry, default or ("risk" if entry.item or not items else "riskNote")) for entry in found)


def _entry(entry: Entry, default: str) -> Facts:
    label = entry.label or _dashed(entry.text)
    property_ = _PROPERTY.get(label_within(label[0], RISKS) or "") if label else None
    heading = _PROPERTY.get(label_within(entry.heading, RISKS) or "")
    if label and entry.row:
        often, remark = split_bracket(label[1])  # a table's columns: the risk, and how often it happens
        if stated := _PROPERTY.get(label_within(often, RISKS) or ""):
            return valued(stated, [f"{label[0]} ({remark})" if remark else label[0]])
    if label and property_:
        return _sentences(label[1], property_, entry.nested)
    if heading:
        return _sentences(entry.text, heading, entry.nested)
    if entry.children or entry.heading:
        return valued(_frequency(entry.text) or default, [entry.value])
    return _sentences(entry.text, default)


def _dashed(text: str) -> tuple[str, str] | None:
    """(label, rest) of "Common risks - bleeding": only for the labels of the table."""
    label, *rest = _DASH.split(text, maxsplit=1)
    return (label, rest[0]) if rest and rest[0] and label_within(label, RISKS) else None


def _sentences(text: str, property_: str, nested: str = "") -> Facts:
    """The sentences of a text by property. Consecutive ones of a property are one value; `nested` joins the first."""
    pieces: list[tuple[str, str]] = []
    for full in sentences(text):
        label = split_label(full)
        labelled = _PROPERTY.get(label_within(label[0], RISKS) or "") if label else None
        sentence = label[1] if label and labelled else full
        property_ = labelled or property_
        code = _code(sentence, property_)
        if pieces and pieces[-1][0] == code:
            pieces[-1] = (code, f"{pieces[-1][1]} {sentence}")
        else:
            pieces.append((code, sentence))
    if nested and pieces:
        pieces[0] = (pieces[0][0], pieces[0][1] + nested)
    return gathered(valued(code, [value]) for code, value in pieces)


def _code(sentence: str, property_: str) -> str:
    if property_ == "riskManagement" or _MANAGED.search(sentence):
        return "riskManagement"
    return _frequency(sentence) or property_


def _frequency(sentence: str) -> str | None:
    return next((code for code, words in _FREQUENCY if words.search(sentence)), None)
