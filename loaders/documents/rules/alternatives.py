"""Alternatives, with their advantages and drawbacks.

Pros and cons of one alternative begin with its name ("Medication: no surgery"); those of all alternatives have none.
"""

from __future__ import annotations

import re

from loaders.documents.entries import Entry, entries
from loaders.documents.facts import Facts, gathered, valued
from loaders.documents.headings import ALTERNATIVES, CONS, PROS, label_within
from loaders.documents.sentences import sentences
from loaders.documents.split import Section

_PROPERTY = {PROS: "alternativeBenefit", CONS: "alternativeDrawback"}
_INLINE = re.compile(
    r"(?<!and )(?<!\w)(?P<label>Pros?|Cons?|Advantages?|Disadvantages?|Drawbacks?)(?:\s+of\s+(?:the\s+)?alternatives?)?"
    r"\s*:\s+",
    re.IGNORECASE,
)
_SENTENCE = (
    ("alternativeBenefit", re.compile(r"^(?:pros|advantages|benefits)\b", re.IGNORECASE)),
    ("alternativeDrawback", re.compile(r"^(?:cons|disadvantages|drawbacks|downsides)\b", re.IGNORECASE)),
)
_KIND = {"pro": PROS, "con": CONS, "adv": PROS, "dis": CONS, "dra": CONS}


def alternatives(section: Section) -> Facts:
    """The section "Alternatives", and sections headed "Pros of alternatives" or "Cons of alternatives"."""
    found = entries(section)
    items = any(entry.item for entry in found)
    default = _PROPERTY.get(section.kind or "")
    facts: list[Facts] = []
    named = ""
    for entry in found:
        if entry.heading != named and _child_property(entry):  # a sub-heading that names what the pros and cons are of
            named = entry.heading
            facts.append(valued("alternative", [named] if not label_within(named, ALTERNATIVES) else []))
        facts.append(_entry(entry, default or ("alternative" if entry.item or not items else "alternativeNote")))
    return gathered(facts)


def _entry(entry: Entry, default: str) -> Facts:
    label = entry.label
    labelled = _PROPERTY.get(label_within(label[0], ALTERNATIVES) or "") if label else None
    heading = _PROPERTY.get(label_within(entry.heading, ALTERNATIVES) or "")
    inline = [match for match in _INLINE.finditer(entry.text) if match.start()]
    if label and labelled and not inline:
        return valued(labelled, [_named(entry.heading, label[1] + entry.nested)])
    if heading:
        return valued(heading, [entry.text + entry.nested])
    if inline and not entry.children:
        return _inline(entry, inline)
    if any(_child_property(child) for child in entry.children):
        return _with_children(entry, default)
    if entry.item or entry.heading:
        return valued(default, [entry.value])
    return _prose(entry.text, default)


def _inline(entry: Entry, matches: list[re.Match[str]]) -> Facts:
    """One text: "Physical therapy – Pros: no surgery. Cons: slower." (or only its pros and cons)."""
    text = entry.text
    facts = Facts()
    name = text[: matches[0].start()].strip(" –—-:(,;")
    if leading := _INLINE.match(text):  # nothing is named: "Pros: … Cons: …"
        matches, name = [leading, *matches], entry.heading
    elif name:
        facts += valued("alternative", [f"{entry.heading}: {name}" if entry.heading else name])
    for match, following in zip(matches, [*matches[1:], None], strict=True):
        rest = text[match.end() : following.start() if following else None].strip(" –—-;,")
        if rest.count(")") > rest.count("("):  # "Medication (pros: …; cons: …)"
            rest = rest.rstrip(").")
        facts += valued(_PROPERTY[_KIND[match["label"][:3].lower()]], [_named(name.rstrip("."), rest)])
    return facts


def _with_children(entry: Entry, default: str) -> Facts:
    """An item whose nested items are its pros and cons; other nested items stay with it."""
    name = entry.text.rstrip(" :.")
    others = [child for child in entry.children if not _child_property(child)]
    own = Entry(entry.text.rstrip(" :"), item=True, heading=entry.heading, children=others)
    facts = valued(default, [own.value])
    for child in entry.children:
        code = _child_property(child)
        if code and child.label:
            facts += valued(code, [_named(name, child.label[1] + child.nested)])
        elif code:
            facts += valued(code, [_named(name, grandchild.value) for grandchild in child.children])
    return facts


def _child_property(child: Entry) -> str | None:
    """The property of an entry that is labelled as pro or con."""
    title = child.label[0] if child.label else child.text
    return _PROPERTY.get(label_within(title, ALTERNATIVES) or "")


def _named(name: str, text: str) -> str:
    return f"{name}: {text}" if name else text


def _prose(text: str, default: str) -> Facts:
    facts = Facts()
    for sentence in sentences(text):
        code = next((code for code, words in _SENTENCE if words.search(sentence)), default)
        if facts.properties and facts.properties[-1].code == code:
            last = str(facts.properties[-1].value)
            facts = Facts(properties=facts.properties[:-1]) + valued(code, [f"{last} {sentence}"])
        else:
            facts += valued(code, [sentence])
    return facts
