"""Durations in German, Spanish, French, Portuguese and Japanese: what `spans` does for English.

"30 bis 60 Minuten", "una hora y media", "entre 30 minutes et 1 heure", "約1時間30分". One row of words for each
language, and one pattern for all. Vague durations ("einige Minuten") and frequencies ("alle 2 Stunden") do not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

_HALF = Fraction(1, 2)
_FRACTIONS = {"½": _HALF, "¼": Fraction(1, 4), "¾": Fraction(3, 4)}
_SECOND, _MINUTE, _HOUR = Fraction(1, 60), Fraction(1), Fraction(60)
_DAY, _WEEK, _MONTH, _YEAR = Fraction(1_440), Fraction(10_080), Fraction(43_830), Fraction(525_960)
_NEVER = "(?!)"
GAP, HYPHENS = r"\s{0,3}", r"[\s-]{0,3}"
"""A few spaces at each position rather than any number: with thousands, every split between two positions would be
tried."""
_SHORT = r"\d+\s?h\s?[0-5]\d(?!\d)(?:\s?min)?"
"""Hours and minutes as "1 h 30"."""

Bounds = tuple[Fraction | None, Fraction | None]


@dataclass(frozen=True, kw_only=True, eq=False)
class Language:
    """The words of a language, as patterns, which are put together when the first text is read.

    `units` and `numbers` give minutes and values by word. `half` adds half a unit ("y media"), `joint` stands between
    hours and minutes and after `between`; `often` before a length tells how often something happens, `when` after one
    tells when. `at_most` and `at_least` stand before, `within` and `or_more` after it.
    """

    units: Mapping[str, Fraction]
    numbers: Mapping[str, int | Fraction]
    to: str
    joint: str
    between: str
    at_most: str
    at_least: str
    about: str
    half: str
    often: str
    when: str
    within: str = _NEVER
    or_more: str = _NEVER
    word_end: str = r"(?!\w)"
    word_start: str = r"(?<![\w.,:/])"

    @cached_property
    def _amount(self) -> str:
        words = "|".join(re.escape(word) for word in sorted(self.numbers, key=len, reverse=True))
        return rf"(?:\d+(?:[.,]\d+)?\s?[½¼¾]?|[½¼¾]|{words})"

    @cached_property
    def _lengths(self) -> re.Pattern[str]:
        count = self._amount
        one = rf"{count}{HYPHENS}(?:{'|'.join(self.units)})"
        length = rf"(?:{_SHORT}|{one})(?:{GAP}(?:{self.joint})?{GAP}{one}|{GAP}(?:{self.half}))?"
        pattern = (
            rf"{self.word_start}(?P<often>(?:{self.often}){GAP})?"
            rf"(?:(?P<at_most>{self.at_most})|(?P<at_least>{self.at_least}))?{GAP}(?:{self.about})?{GAP}"
            rf"(?:(?:{self.between}){GAP}(?P<from>{length}|{count}){GAP}(?:{self.joint}){GAP}(?P<until>{length})"
            rf"|(?P<low>{length}|{count}){GAP}(?:{self.to}){GAP}(?P<high>{length})"
            rf"|(?P<single>{length})){self.word_end}"
            rf"(?P<within>{GAP}(?:{self.within}))?(?P<or_more>{GAP}(?:{self.or_more}))?"
            rf"(?P<when>{GAP}(?:{self.when}))?"
        )
        return re.compile(pattern, re.IGNORECASE)

    @cached_property
    def _parts(self) -> re.Pattern[str]:
        units = "|".join(f"({unit})" for unit in self.units)
        return re.compile(rf"(?P<count>{self._amount}){HYPHENS}(?:{units})", re.IGNORECASE)

    def spans(self, text: str) -> Iterator[tuple[int, int, Bounds]]:
        """Start, end, and the limits in minutes of each length that a text states."""
        for match in self._lengths.finditer(text):
            if match["often"] or match["when"]:
                continue
            low, high = sorted(self._limits(match))
            single = low == high
            upper, lower = match["at_most"] or match["within"], match["at_least"] or match["or_more"]
            end = match.start("when") if match["when"] else match.end()
            yield match.start(), end, (None if upper and single else low, None if lower and single else high)

    def _limits(self, match: re.Match[str]) -> tuple[Fraction, Fraction]:
        if match["single"]:
            value, _ = self._length(match["single"])
            return value, value
        first, second = ("low", "high") if match["low"] else ("from", "until")
        high, unit = self._length(match[second])
        low, _ = self._length(match[first], unit)
        return low, high

    def _length(self, text: str, unit: Fraction = _MINUTE) -> tuple[Fraction, Fraction]:
        """The length in minutes and the first unit of it; `unit` is that of a mere number."""
        if re.fullmatch(_SHORT, text.strip(), re.IGNORECASE):
            hours, minutes = re.findall(r"\d+", text)
            return int(hours) * _HOUR + int(minutes), _HOUR
        found = list(self._parts.finditer(text))
        if not found:
            return self._count(text) * unit, unit
        units = [
            next(value for group, value in zip(part.groups()[1:], self.units.values(), strict=True) if group)
            for part in found
        ]
        total = sum((self._count(part["count"]) * value for part, value in zip(found, units, strict=True)), Fraction(0))
        halved = re.match(rf"\s*(?:{self.half})", text[found[-1].end() :], re.IGNORECASE)
        return total + (units[-1] * _HALF if halved else 0), units[0]

    def _count(self, text: str) -> Fraction:
        word = text.strip(" -").lower()
        if word in self.numbers:
            return Fraction(self.numbers[word])
        part = sum((_FRACTIONS[c] for c in word if c in _FRACTIONS), Fraction(0))
        digits = "".join(c for c in word if c.isdigit() or c in ".,").replace(",", ".")
        return (Fraction(digits) if digits else Fraction(0)) + part


GERMAN = Language(
    units={
        r"Sekunden?|Sek\.?": _SECOND, r"Minuten?|Min\.?": _MINUTE, r"Stunden?|Std\.?|h": _HOUR,
        r"Tagen?|Tage?": _DAY, r"Wochen?": _WEEK, r"Monaten?|Monate?": _MONTH, r"Jahren?|Jahre?": _YEAR,
    },
    numbers={
        "ein": 1, "eine": 1, "einen": 1, "einer": 1, "eine halbe": _HALF, "einer halben": _HALF, "halbe": _HALF,
        "eine dreiviertel": Fraction(3, 4), "anderthalb": Fraction(3, 2), "eineinhalb": Fraction(3, 2),
        "zwei": 2, "zweieinhalb": Fraction(5, 2), "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7, "acht": 8,
        "zehn": 10, "fünfzehn": 15, "zwanzig": 20, "dreißig": 30, "vierzig": 40, "sechzig": 60, "neunzig": 90,
    },
    to=r"bis(?:\s+zu)?|-|–|—|oder",
    joint="und",
    between=r"zwischen",
    at_most=r"bis\s+zu|höchstens|maximal|max\.|weniger\s+als|unter|innerhalb(?:\s+von)?|längstens",
    at_least=r"mindestens|mind\.|mehr\s+als|über|länger\s+als|wenigstens",
    about=r"ca\.|circa|etwa|ungefähr|rund|zirka|durchschnittlich|meist",
    half=r"und\s+eine\s+halbe",
    often=r"alle|jede[nrs]?|pro|nach|vor|ab|seit|am",
    when=r"vor\b|vorher|zuvor|nach\b|später|danach|alt\b",
)  # fmt: skip
SPANISH = Language(
    units={
        r"segundos?|seg\.?": _SECOND, r"minutos?|min\.?": _MINUTE, r"horas?|hrs?\.?|h": _HOUR, r"días?|dias?": _DAY,
        r"semanas?": _WEEK, r"meses|mes": _MONTH, r"años?": _YEAR,
    },
    numbers={
        "un": 1, "una": 1, "media": _HALF, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7,
        "ocho": 8, "diez": 10, "quince": 15, "veinte": 20, "treinta": 30, "cuarenta": 40, "sesenta": 60, "noventa": 90,
    },
    to=r"a|hasta|-|–|—|o",
    joint="y",
    between=r"entre|de",
    at_most=r"hasta|máximo(?:\s+de)?|como\s+máximo|menos\s+de|no\s+más\s+de",
    at_least=r"al\s+menos|mínimo(?:\s+de)?|más\s+de|como\s+mínimo|por\s+lo\s+menos",
    about=r"unos|unas|aproximadamente|aprox\.|alrededor\s+de|cerca\s+de",
    half=r"y\s+media",
    often=r"cada|tras|después\s+de|hace|por",
    when=r"antes|después|de\s+edad|más\s+tarde",
)  # fmt: skip
FRENCH = Language(
    units={
        r"secondes?|sec\.?": _SECOND, r"minutes?|min\.?|mn": _MINUTE, r"heures?|h": _HOUR, r"jours?": _DAY,
        r"semaines?": _WEEK, r"mois": _MONTH, r"ans?|années?": _YEAR,
    },
    numbers={
        "un": 1, "une": 1, "une demi": _HALF, "demi": _HALF, "trois quarts d'": Fraction(3, 4), "deux": 2, "trois": 3,
        "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8, "dix": 10, "quinze": 15, "vingt": 20, "trente": 30,
        "quarante": 40, "soixante": 60,
    },
    to=r"à|-|–|—|ou",
    joint="et",
    between=r"entre|de",
    at_most=r"jusqu['’]à|au\s+plus|au\s+maximum|maximum|moins\s+de|moins\s+d['’]",
    at_least=r"au\s+moins|au\s+minimum|minimum|plus\s+de|plus\s+d['’]",
    about=r"environ|à\s+peu\s+près|autour\s+de",
    half=r"et\s+demie?",
    often=r"toutes\s+les|tous\s+les|chaque|après|par|il\s+y\s+a",
    when=r"avant|après|d['’]âge|plus\s+tard",
)  # fmt: skip
PORTUGUESE = Language(
    units={
        r"segundos?|seg\.?": _SECOND, r"minutos?|min\.?": _MINUTE, r"horas?|hrs?\.?|h": _HOUR, r"dias?": _DAY,
        r"semanas?": _WEEK, r"meses|mês": _MONTH, r"anos?": _YEAR,
    },
    numbers={
        "um": 1, "uma": 1, "meia": _HALF, "dois": 2, "duas": 2, "três": 3, "quatro": 4, "cinco": 5, "seis": 6,
        "sete": 7, "oito": 8, "dez": 10, "quinze": 15, "vinte": 20, "trinta": 30, "quarenta": 40, "sessenta": 60,
        "noventa": 90,
    },
    to=r"a|à|até|-|–|—|ou",
    joint="e",
    between=r"entre|de",
    at_most=r"até|no\s+máximo|máximo\s+de|menos\s+de|não\s+mais\s+de",
    at_least=r"pelo\s+menos|no\s+mínimo|mínimo\s+de|mais\s+de",
    about=r"cerca\s+de|aproximadamente|aprox\.|em\s+torno\s+de|por\s+volta\s+de",
    half=r"e\s+meia",
    often=r"a\s+cada|cada|após|depois\s+de|há|por",
    when=r"antes|depois|de\s+idade|mais\s+tarde",
)  # fmt: skip
JAPANESE = Language(
    units={
        "秒間|秒": _SECOND, "分間|分": _MINUTE, "時間": _HOUR, "日間|日": _DAY, "週間": _WEEK,
        "か月間?|ヶ月間?|カ月間?|ヵ月間?": _MONTH, "年間?": _YEAR,
    },
    numbers={
        "半": _HALF, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10,
    },
    to="〜|~|～|-|–|—|−|から|ないし|または",
    joint="と",
    between=_NEVER,
    at_most="最大|最長|長くても",
    at_least="最低|少なくとも",
    about="約|およそ|おおよそ|だいたい",
    half="半",
    often="毎|第",
    when="前|後|ごと|おき|毎",
    within="以内|未満|まで",
    or_more="以上",
    word_end="",
    word_start=r"(?<![\d.,])",
)  # fmt: skip

LANGUAGES = (GERMAN, SPANISH, FRENCH, PORTUGUESE, JAPANESE)
