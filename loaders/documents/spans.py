"""Durations in running text: "45-60 minutes", "an hour and a half", "up to 2 hours", "1–2 days".

Finds them and converts them to minutes; `rules.duration` decides what they are about. A vague duration ("a few
minutes") does not count, nor does a frequency ("every 2 hours", "twice a day"); multiples do ("2 x 30 minutes"). The
patterns here are English; the language that matches most of a text is used.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from loaders.documents.span_languages import GAP, HYPHENS, LANGUAGES, Bounds

_MINUTES = {
    "second": Fraction(1, 60), "sec": Fraction(1, 60),
    "minute": Fraction(1), "min": Fraction(1),
    "hour": Fraction(60), "hr": Fraction(60), "h": Fraction(60),
    "day": Fraction(1440),
    "week": Fraction(10080), "wk": Fraction(10080),
    "month": Fraction(43830), "year": Fraction(525960),
}  # fmt: skip
"""Months and years are the mean ones: 365.25 days a year."""

_ONES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS = {
    "a": 1, "an": 1,
    **{word: number for number, word in enumerate((*_ONES, *_TEENS), 1)},
    **{word: number for number, word in zip(range(20, 100, 10), _TENS, strict=True)},
    **{
        f"{tens}{gap}{one}": 10 * ten + number
        for ten, tens in enumerate(_TENS, 2) for number, one in enumerate(_ONES, 1) for gap in "- "
    },
}  # fmt: skip
_HALF = Fraction(1, 2)
_FRACTIONS = {"½": Fraction(1, 2), "¼": Fraction(1, 4), "¾": Fraction(3, 4), "⅓": Fraction(1, 3)}

_UNIT = r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|h|days?|weeks?|wks?|months?|years?)"
_WORD = "|".join(re.escape(word) for word in sorted(_WORDS, key=len, reverse=True))
_COUNT = (
    r"(?:\d{1,2}:[0-5]\d|(?:\d+\s+)?[1-3]/[2-4]|\d+(?:[.,]\d+)?\s?[½¼¾⅓]?|[½¼¾⅓]|"
    rf"(?:{_WORD})(?!-(?:{'|'.join(_ONES)})\b))"  # "twenty-five" is one word, no range
    r"(?:[\s-]+and[\s-]+a[\s-]+half)?"
)
_HALF_UNIT = r"(?:half\s+(?:an?\s+)?|(?:a\s+)?quarter\s+of\s+an\s+|three[- ]quarters\s+of\s+an\s+)"
_HOURS_AND_MINUTES = r"\d+\s?h\s?[0-5]\d(?:\s?m(?:ins?)?)?"
_ONE = rf"(?:{_HOURS_AND_MINUTES}|{_HALF_UNIT}{_UNIT}|(?:{_COUNT}){HYPHENS}{_UNIT})"
_AND_HALF = r"(?:\s+and\s+a\s+half)?"
_COMPOUND = rf"(?:{_ONE}{_AND_HALF}(?:,?{GAP}(?:and\s+)?(?:{_COUNT}){HYPHENS}(?:minutes?|mins?))?)"
_TO = rf"{GAP}(?:-|–|—|to|or){GAP}"

_SPAN = rf"""
    (?<![\w.,:/])
    (?P<limit>up\s+to|less\s+than|under|at\s+most|no\s+more\s+than|not\s+more\s+than|within|a\s+maximum\s+of|
        at\s+least|more\s+than|over|no\s+less\s+than|a\s+minimum\s+of|longer\s+than)?
    {GAP}(?P<about>about|around|approximately|roughly|some|an?\s+average\s+of|nearly|almost)?{GAP}
    (?P<span>
        (?P<low>{_ONE}{_AND_HALF}){_TO}(?P<high>{_COMPOUND})
      | between\s+(?P<from>{_ONE}{_AND_HALF})\s+and\s+(?P<until>{_COMPOUND})
      | (?:between\s+)?(?P<low_count>{_COUNT})(?:{_TO}|\s+and\s+)(?P<high_count>{_COUNT}){HYPHENS}(?P<unit>{_UNIT})
      | (?P<single>{_COMPOUND})
    )
    (?!\w)
    """
_SHORT = re.compile(r"(?P<hours>\d+)\s?h\s?(?P<minutes>\d\d)(?:\s?m(?:ins?)?)?")
_UPPER = re.compile(r"up\s+to|less|under|most|no\s+more|not\s+more|within|maximum", re.IGNORECASE)
_REPEATED = re.compile(
    r"(?:\b(?:every|each|per|once|twice|times?|daily|weekly|after|aged?|the\s+(?:last|past|previous|first))\s+(?:an?\s+)?"
    r"|\b(?:once|twice|times)\s+(?:an?|every|each|per)\s*)$",
    re.IGNORECASE,
)
_TIMES = re.compile(r"(?<![\w.,])(?P<count>\d{1,2})\s?[x×]\s?$", re.IGNORECASE)
_NEAR = 40
"""Characters before and after a duration that may show that it is not one."""
_AFTER_SPAN = re.compile(
    r"^\s*(?:of age|old\b|before\b|after\b|prior\b|in advance|ago\b|later\b|apart\b)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Span:
    """A duration at `start:end` of a text, in minutes; None where the text sets no limit."""

    start: int
    end: int
    minimum: Fraction | None
    maximum: Fraction | None
    text: str


def spans(text: str) -> list[Span]:
    """The durations in a text, in order."""
    found = _english(text)
    for language in LANGUAGES:
        others = [_span(text, start, end, limits) for start, end, limits in language.spans(text)]
        if sum(len(span.text) for span in others) > sum(len(span.text) for span in found):
            found = others
    return [_times(text, span) for span in found]


def _span(text: str, start: int, end: int, limits: Bounds) -> Span:
    said = text[start:end]
    start += len(said) - len(said.lstrip())
    return Span(start, end, *limits, said.strip())


def _times(text: str, span: Span) -> Span:
    """The span with the number before it that says how many times: "2 x 30 minutes" are 60."""
    times = _TIMES.search(text, 0, span.start)
    if times is None:
        return span
    count = int(times["count"])
    low, high = (None if limit is None else limit * count for limit in (span.minimum, span.maximum))
    return Span(times.start(), span.end, low, high, text[times.start() : span.end].strip())


@cache
def _english_spans() -> re.Pattern[str]:
    """The pattern of English durations. Compiled on first use, since that takes longer than all imports around it."""
    return re.compile(_SPAN, re.VERBOSE | re.IGNORECASE)


def _english(text: str) -> list[Span]:
    found: list[Span] = []
    for match in _english_spans().finditer(text):
        if found and not text[found[-1].end : match.start("span")].strip() and match["span"][:2].lower() == "a ":
            continue  # "an hour a day"
        before = text[max(0, match.start() - _NEAR) : match.start()].rstrip()
        if _REPEATED.search(f"{before} ") or _AFTER_SPAN.match(text[match.end() : match.end() + _NEAR]):
            continue
        if match["span"].lower() == "a second":  # "a second visit"
            continue
        low, high = _bounds(match)
        limit = match["limit"]
        if limit and _UPPER.search(limit):
            low = None if low == high else low
        elif limit:
            high = None if low == high else high
        begin = min(start for name in ("limit", "about", "span") if (start := match.start(name)) >= 0)
        found.append(Span(begin, match.end(), low, high, text[begin : match.end()].strip()))
    return found


def whole_minutes(value: Fraction) -> int:
    """Minutes as an integer, rounded up."""
    return math.ceil(value)


def _bounds(match: re.Match[str]) -> Bounds:
    if match["single"]:
        value = _length(match["single"])
        return value, value
    if match["low"]:
        low, high = _length(match["low"]), _length(match["high"])
    elif match["from"]:
        low, high = _length(match["from"]), _length(match["until"])
    else:
        unit = _unit(match["unit"])
        low, high = _count(match["low_count"]) * unit, _count(match["high_count"]) * unit
    return min(low, high), max(low, high)


def _length(text: str) -> Fraction:
    """Minutes of one length: "an hour and a half", "1 hour 30 minutes", "half an hour", "1.5 hours"."""
    text = text.lower()
    if short := _SHORT.fullmatch(text):
        return int(short["hours"]) * _MINUTES["hour"] + int(short["minutes"])
    total = Fraction(0)
    for match in re.finditer(rf"(?P<half>{_HALF_UNIT})?(?P<count>{_COUNT})?[\s-]*(?P<unit>{_UNIT})(?![a-z])", text):
        if match["half"]:
            part = (
                Fraction(3, 4) if "three" in match["half"] else Fraction(1, 4) if "quarter" in match["half"] else _HALF
            )
            total += part * _unit(match["unit"])
        elif match["count"]:
            total += _count(match["count"]) * _unit(match["unit"])
    last = _unit(re.findall(_UNIT, text)[0])
    if re.search(rf"{_UNIT}\s+and\s+a\s+half$", text):
        total += last * _HALF
    return total


def _count(text: str) -> Fraction:
    text = text.lower().strip()
    half = Fraction(0)
    if text.endswith("half"):
        half, text = _HALF, re.sub(r"[\s-]+and[\s-]+a[\s-]+half$", "", text)
    if ":" in text:  # "1:30 hours"
        whole, _, sixtieths = text.partition(":")
        return int(whole) + Fraction(int(sixtieths), 60)
    if "/" in text:  # "1 1/2"
        return sum((Fraction(part) for part in text.split()), half)
    fraction = sum((_FRACTIONS[c] for c in text if c in _FRACTIONS), Fraction(0))
    digits = "".join(c for c in text if c not in _FRACTIONS).strip().replace(",", ".")
    if digits in _WORDS:
        return Fraction(_WORDS[digits]) + half
    return (Fraction(digits) if digits else Fraction(0)) + fraction + half


def _unit(text: str) -> Fraction:
    word = text.lower()
    return _MINUTES[word] if word in _MINUTES else _MINUTES[word.rstrip("s")]
