"""Splits labelled text: "Initial Assessment: Comprehensive evaluation …" and "CPT4 code: 12345".

A label is short, begins with a letter or digit and ends in a colon before a space; bold text at the beginning of a
paragraph is a label too. Labels of codes are recognised here; labels that open sections are recognised elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from loaders.systems import System, by_label

_LABEL = re.compile(r"(?P<label>[^\W_][^:\uff1a!?;]{0,78}?)\s*(?::\s+|\uff1a\s*)(?P<rest>\S.*)", re.DOTALL)
_SENTENCE_INSIDE = re.compile(r"[a-z]{2,}\.\s")
MOST_WORDS = 10

_CODE_LINE = re.compile(
    r"""(?P<label>[^:]*?)\s*\bcodes?\b\s*
        (?:[:#=]|[-–—]\s)?\s*(?P<values>[^:]*)""",
    re.VERBOSE | re.IGNORECASE,
)
_SYSTEM_LINE = re.compile(r"(?P<label>[^:]+?)\s*[:#]\s*(?P<values>[^:]+)")
_NAMED_AFTER = re.compile(r"(?P<values>[^()]+)\((?P<label>[^()]+)\)")
_SYSTEM_STATED = re.compile(r"(?:code|coding)?\s*system\s*:\s*(?P<label>.+?)(?:\s+codes?)?", re.IGNORECASE)
_CODE_WORD = re.compile(r"\bc[oó]digos?(?:\s+d[aeo]s?)?\b|\bcodes?(?:\s+d[eu])?\b|コード", re.IGNORECASE)
"""The word "code" in other positions: "Código CPT", "Code CCAM", "CPTコード"."""
_GENERIC = frozenset({"", "procedure", "billing", "medical", "the"})
_VALUE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,18}[A-Za-z0-9])?")
_SEPARATOR = re.compile(r"\s*(?:[,;/&]|\band\b|\bor\b|\s)\s*")
_TRADEMARKS = str.maketrans("", "", "®™©")


@dataclass(frozen=True, slots=True)
class CodeLine:
    """A line that labels a code: its system (None for a bare "Code"), and the codes that stand on it (maybe none)."""

    system: System | None
    codes: tuple[str, ...]


def split_label(text: str, lead: str = "") -> tuple[str, str] | None:
    """(label, rest) of a labelled text, or None. `lead` is the bold beginning where there is one."""
    if lead:
        rest = text[len(lead) :].lstrip(" :.–—-")
        return (lead, rest) if rest else None
    match = _LABEL.fullmatch(text)
    if match is None or len(match["label"].split()) > MOST_WORDS or _SENTENCE_INSIDE.search(match["label"]):
        return None
    if match["label"].count("(") != match["label"].count(")"):
        return None
    return match["label"], match["rest"]


def code_line(text: str) -> CodeLine | None:
    """Read "CPT4 code", "CPT code: 12345", "HCPCS: X1234", "Code: X (CPT)", "System: CPT"; None for any other text.

    A value must be a possible code of the system (of any form, with a digit, where no system is named or "code" itself
    stands on the line).
    """
    text = text.translate(_TRADEMARKS).strip()
    if len(text) > 120:
        return None
    text = _elsewhere(text)
    for pattern in (_CODE_LINE, _SYSTEM_LINE):
        match = pattern.fullmatch(text)
        if match is None:
            continue
        label = match["label"].strip(" ()")
        system = by_label(label)
        if system is None and not (pattern is _CODE_LINE and label.casefold() in _GENERIC):
            continue
        values = match["values"]
        if system is None and (named := _NAMED_AFTER.fullmatch(values)) and (system := by_label(named["label"])):
            values = named["values"]
        codes = code_values(values, system)
        if codes is None and pattern is _CODE_LINE and is_code(values.strip(), None):
            codes = (values.strip(),)  # misspelt, or of another system: reported later
        if codes is not None:
            return CodeLine(system, codes)
    if (stated := _SYSTEM_STATED.fullmatch(text)) and (system := by_label(stated["label"])):
        return CodeLine(system, ())
    return None


def _elsewhere(text: str) -> str:
    """A code line of another language in its English form: "Código CPT: 12345" → "CPT code: 12345"."""
    label, colon, rest = text.replace("\uff1a", ": ").partition(":")
    named, found = _CODE_WORD.subn(" ", label)
    name = " ".join(named.split())
    return f"{name} code:{rest}".strip() if colon and found and (not name or by_label(name)) else text


def code_values(text: str, system: System | None) -> tuple[str, ...] | None:
    """The codes of a text that consists only of codes; () for an empty text or a placeholder, None for any other."""
    text = text.strip(" .:()[]")
    if text.casefold() in {"", "-", "–", "—", "n/a", "na", "none", "tbd", "unknown", "not stated", "not applicable"}:
        return ()
    values = [value for value in _SEPARATOR.split(text) if value]
    return tuple(values) if values and all(is_code(value, system) for value in values) else None


def is_code(text: str, system: System | None) -> bool:
    """Whether a word may be a code of the system; without a system, any word with a digit may be one."""
    if system is not None:
        return system.spells(text)
    return _VALUE.fullmatch(text) is not None and any(c.isdigit() for c in text)
