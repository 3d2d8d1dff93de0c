"""The name of the procedure, names in brackets after it, and sections that list other names.

Designations: the first name is the consumer-friendly one, the others are synonyms; each has a `use`.
"""

from __future__ import annotations

import re

from loaders.documents.canonicals import CONSUMER_NAME, SYNONYM
from loaders.documents.entries import Entry, entries
from loaders.documents.facts import Facts, gathered, valued
from loaders.documents.headings import SYNONYMS, label_within
from loaders.documents.split import Section
from terminology.model.coding import Coding
from terminology.model.concept import Designation

_LEAD = re.compile(
    r"^(?:(?:also|sometimes|formerly|previously) (?:known as|called|named)|aka|a\.k\.a\.|or"
    r"|auch (?:bekannt als|genannt)|también conocid[oa] como|também conhecid[oa] como|aussi appelée?)\b:?\s*",
    re.IGNORECASE,
)


def name(section: Section) -> Facts:
    """The section "Name of the Procedure": a name, then names in brackets; sentences go to `nameNote`."""
    facts = Facts()
    for entry in entries(section):
        facts += _named(entry, section.kind, first=not facts.designations)
    return facts


def _named(entry: Entry, section: str | None, *, first: bool) -> Facts:
    """The names in a paragraph or item of the section; the very first one is the consumer-friendly name."""
    label = entry.label
    if label and label_within(label[0], section) == SYNONYMS:
        facts = synonyms_in(label[1])
    elif label_within(entry.heading, section) == SYNONYMS:
        facts = synonyms_in(entry.text)
    elif entry.heading or (_is_sentence(entry.text) and not first):
        return valued("nameNote", [entry.value])
    else:
        main, bracket = split_bracket(entry.text)
        facts = (_designation(main, CONSUMER_NAME if first else SYNONYM) if main else Facts()) + synonyms_in(bracket)
    return facts + valued("nameNote", [child.value for child in entry.children])


def synonyms(section: Section) -> Facts:
    """A section "Also known as": a list, or names between commas."""
    return gathered(
        valued("nameNote", [entry.value])
        if entry.heading or _is_sentence(entry.text)
        else synonyms_in(entry.text) + valued("nameNote", [child.value for child in entry.children])
        for entry in entries(section)
    )


def synonyms_in(text: str) -> Facts:
    """The names that a text lists between commas, semicolons or spaced slashes, without "also known as" before them."""
    parts = _outside_brackets(_LEAD.sub("", text.strip()))
    values = (_unquoted(_LEAD.sub("", part.strip().rstrip("."))) for part in parts)
    return gathered(_designation(value, SYNONYM) for value in values if value)


def split_bracket(text: str) -> tuple[str, str]:
    """A text and the content of the bracket that it ends in ("Colonoscopy (Lower endoscopy)"), "" if it has none."""
    text = text.strip().rstrip(".") if text.rstrip().endswith(").") else text.strip()
    if not text.endswith(")"):
        return text, ""
    depth = 0
    for position in range(len(text) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(text[position], 0)
        if depth == 0:
            return text[:position].rstrip(" –—-"), text[position + 1 : -1]
    return text, ""


def _designation(value: str, use: Coding) -> Facts:
    return Facts(designations=(Designation(value, use=use),))


def _outside_brackets(text: str) -> list[str]:
    """Split at commas and semicolons outside brackets."""
    parts = [""]
    depth = 0
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character in ",;、" and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [piece for part in parts for piece in re.split(r"\s+/\s+", part)]


def _unquoted(text: str) -> str:
    return text[1:-1].strip() if re.fullmatch(r"[\"“‘'].+[\"”’']", text) else text


def _is_sentence(text: str) -> bool:
    return text.endswith((".", "!", "?")) and len(text.split()) > 6
