"""The headings of procedure documents: which words mean which section, and labels used within sections.

A table, of English here and of other languages in `heading_languages`; `rules` process the sections. An unknown heading
becomes a property of its own (`properties.camel_case`).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from loaders.documents import heading_languages, heading_phrases

DESCRIPTOR: Final = "descriptor"
NAME: Final = "name"
SYNONYMS: Final = "synonyms"
SUMMARY: Final = "summary"
PURPOSE: Final = "purpose"
INDICATIONS: Final = "indications"
CONTRAINDICATIONS: Final = "contraindications"
PREPARATION: Final = "preparation"
DESCRIPTION: Final = "procedure description"
EQUIPMENT: Final = "equipment"
ANESTHESIA: Final = "anesthesia"
DURATION: Final = "duration"
SETTING: Final = "setting"
PERSONNEL: Final = "personnel"
RISKS: Final = "risks"
COMMON_RISKS: Final = "common risks"
RARE_RISKS: Final = "rare risks"
RISK_MANAGEMENT: Final = "risk management"
BENEFITS: Final = "benefits"
RECOVERY: Final = "recovery"
ALTERNATIVES: Final = "alternatives"
PROS: Final = "pros"
CONS: Final = "cons"
EXPERIENCE: Final = "patient experience"

TITLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        DESCRIPTOR: (
            "Descriptor", "Code descriptor", "Code description", "Long descriptor", "Long description",
            "Official descriptor", "Full descriptor",
        ),
        NAME: (
            "Name of the Procedure", "Name of Procedure", "Procedure Name", "Name", "Common name", "Consumer name",
            "Consumer-friendly name", "Patient-friendly name",
        ),
        SYNONYMS: ("Synonyms", "Also known as", "Other names", "Alternative names", "Also called", "AKA"),
        SUMMARY: (
            "Summary", "Overview", "Definition", "About the procedure", "About this procedure", "Procedure summary",
            "Procedure overview", "What is it", "What it is", "In brief", "Brief summary", "At a glance",
        ),
        PURPOSE: (
            "Purpose", "Purpose of the procedure", "Why it is done", "Why is it done", "Why you need it",
            "Reason for the procedure",
            "Why the procedure is done", "Goals", "Aim of the procedure",
        ),
        INDICATIONS: (
            "Indications", "Indication", "Indications for the procedure", "Indications for use", "Who needs it",
            "Who should have it", "When it is recommended", "When is it recommended", "When it is used",
            "Who it is for", "Medical indications",
        ),
        CONTRAINDICATIONS: (
            "Contraindications", "Contra-indications", "Contraindication", "Who should not have it",
            "When it is not used", "When it should not be done", "Who cannot have it", "Who must not have it",
        ),
        PREPARATION: (
            "Preparation", "Preparations", "Preparing for the procedure", "How to prepare", "Before the procedure",
            "Patient preparation", "Preparation for the procedure", "Pre-procedure preparation", "Getting ready",
            "Before you come", "How you prepare",
        ),
        DESCRIPTION: (
            "Procedure Description", "Description of the Procedure", "Description", "Procedure steps", "Steps",
            "Steps of the procedure", "How it is done", "How is it done", "How the procedure is done",
            "How the procedure is performed", "How it is performed", "How it works",
            "What happens during the procedure", "During the procedure", "Technique", "Procedure",
            "Procedure details", "Method",
        ),
        EQUIPMENT: (
            "Equipment", "Equipment used", "Instruments", "Tools and equipment", "Equipment and tools", "Tools",
        ),
        ANESTHESIA: (
            "Anesthesia", "Anaesthesia", "Sedation", "Anesthesia and sedation", "Anaesthesia and sedation",
            "Type of anesthesia", "Type of anaesthesia", "Anesthesia used", "Anesthetic", "Anaesthetic",
        ),
        DURATION: (
            "Duration", "Length of procedure", "How long it takes", "How long does it take", "Time required",
            "Procedure time", "Procedure duration", "Duration of the procedure", "Typical duration", "Time needed",
        ),
        SETTING: (
            "Setting", "Settings", "Location", "Where it is done", "Where is it done", "Where it is performed",
            "Care setting", "Place of service",
        ),
        PERSONNEL: (
            "Personnel", "Staff", "Care team", "Healthcare team", "Health care team", "Medical team",
            "Medical personnel", "Who performs it", "Who does it", "Who performs the procedure",
            "Healthcare personnel", "Providers",
        ),
        RISKS: (
            "Risks and Complications", "Risks", "Complications", "Possible complications", "Possible risks",
            "Potential risks", "Potential risks and complications", "Complications and risks",
            "Risks and side effects", "Side effects", "Possible side effects", "Potential complications",
            "Possible risks and complications", "Risk",
        ),
        COMMON_RISKS: (
            "Common risks", "Common complications", "Common side effects", "Common", "More common", "Common risk",
            "Most common", "Very common", "Frequent risks", "Frequent", "Common risks and side effects",
            "Common risks include",
        ),
        RARE_RISKS: (
            "Rare risks", "Rare complications", "Rare side effects", "Rare", "Less common", "Uncommon", "Rare risk",
            "Uncommon risks", "Less common risks", "Very rare", "Rare risks include",
        ),
        RISK_MANAGEMENT: (
            "Management of complications", "Complication management", "Management", "How complications are managed",
            "Managing complications", "Risk management", "How risks are managed", "Management of risks",
        ),
        BENEFITS: (
            "Benefits", "Benefit", "Advantages", "Expected benefits", "Benefits of the procedure",
            "Potential benefits",
        ),
        RECOVERY: (
            "Recovery", "Recovery and aftercare", "Aftercare", "After-care", "After the procedure", "After care",
            "Post-procedure care", "Post-operative care", "Recovery period", "Recovery and follow-up", "Recovery time",
            "Follow-up", "Follow-up care", "Discharge and follow-up",
        ),
        ALTERNATIVES: (
            "Alternatives", "Alternative", "Alternative treatments", "Alternatives to the procedure",
            "Other options", "Alternative options", "Treatment alternatives", "Alternative procedures",
        ),
        PROS: (
            "Pros", "Pros of alternatives", "Advantages of alternatives", "Benefits of alternatives", "Pro",
            "Pros of the alternatives", "Alternative pros",
        ),
        CONS: (
            "Cons", "Cons of alternatives", "Disadvantages of alternatives", "Drawbacks of alternatives", "Con",
            "Cons of the alternatives", "Disadvantages", "Drawbacks", "Alternative cons",
        ),
        EXPERIENCE: (
            "Patient Experience", "Patient's experience", "What to expect", "What you can expect",
            "What it feels like", "How it feels", "How does it feel", "What the patient experiences",
            "What you will feel",
        ),
    }
)  # fmt: skip

LABELS_WITHIN: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        RISKS: frozenset({COMMON_RISKS, RARE_RISKS, RISK_MANAGEMENT}),
        COMMON_RISKS: frozenset({COMMON_RISKS, RARE_RISKS, RISK_MANAGEMENT}),
        RARE_RISKS: frozenset({COMMON_RISKS, RARE_RISKS, RISK_MANAGEMENT}),
        ALTERNATIVES: frozenset({PROS, CONS}),
        PROS: frozenset({PROS, CONS}),
        CONS: frozenset({PROS, CONS}),
        NAME: frozenset({SYNONYMS}),
        DESCRIPTION: frozenset({EQUIPMENT, ANESTHESIA}),
    }
)
"""Sections that may be labels inside another one: "Common risks: …" in Risks."""

ONLY_WITHIN = frozenset({COMMON_RISKS, RARE_RISKS, RISK_MANAGEMENT, PROS, CONS})
"""Sections whose short titles only apply inside their own section ("Common" is no heading elsewhere)."""

INLINE_NAMES = frozenset(
    {"procedure", "title", "procedure title", "procedimiento", "procedimento", "eingriff", "verfahren", "intervention"}
)
"""Headings that name the procedure when the name follows on the same line: "Procedure: Colonoscopy"."""

_NUMBERING = re.compile(r"^(?:section\s+)?(?:[0-9]{1,2}(?:\.[0-9]{1,2})*|[ivx]{1,5}|[a-z])[.)]\s+", re.IGNORECASE)
_NOT_WORD = re.compile(r"[^\w]+")


@lru_cache(maxsize=4096)  # every line of every document is asked whether it is a heading, more than once
def folded(title: str) -> str:
    """A heading for comparison: without case, numbering, punctuation, diacritics, articles, "the" and "your"."""
    text = _NUMBERING.sub("", title.strip().casefold()).replace("&", " and ").replace("’", "'").replace("(s)", "s")
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    words = _NOT_WORD.sub(" ", plain.replace("'s", "s")).split()
    return " ".join(word for word in words if word not in {"the", "your", "a", "an", "this"})


_LANGUAGES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        language: MappingProxyType({folded(title): kind for kind, titles in table.items() for title in titles})
        for language, table in (("en", TITLES), *heading_languages.TITLES.items())
    }
)
_KIND_OF: Mapping[str, str] = MappingProxyType(
    {title: kind for titles in reversed(tuple(_LANGUAGES.values())) for title, kind in titles.items()}
)


def language_of(titles: Iterable[str]) -> str | None:
    """The language of most headings, by their words; None for English, or if it is unclear."""
    counts: Counter[str] = Counter()
    for title in map(folded, titles):
        counts.update(language for language, known in _LANGUAGES.items() if title in known)
    ranked = counts.most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0] if ranked[0][0] != "en" else None


def kind_of(title: str, within: str | None = None) -> str | None:
    """The section that a heading means, or None. Some titles have a meaning only `within` a certain section."""
    text = folded(title)
    kind = _KIND_OF.get(text) or _KIND_OF.get(heading_phrases.in_usual_words(text))
    if kind in ONLY_WITHIN and " " not in folded(title) and kind not in LABELS_WITHIN.get(within or "", ()):
        return None
    return kind


def heading_kind(title: str, within: str | None = None) -> str | None:
    """As `kind_of`, for text that looks like a heading: also questions that contain the procedure's name."""
    return kind_of(title, within) or heading_phrases.phrase(folded(title))


def asks_what_it_is(title: str) -> bool:
    """Whether a heading asks what the procedure is ("What is a colonoscopy?"): as the first one, it is the summary."""
    return heading_phrases.asks_what_it_is(folded(title))


def label_within(title: str, section: str | None) -> str | None:
    """What a label means inside a section ("Pros" in Alternatives), or None."""
    kind = _KIND_OF.get(folded(title))
    if kind == BENEFITS and PROS in LABELS_WITHIN.get(section or "", ()):
        return PROS
    return kind if kind in LABELS_WITHIN.get(section or "", ()) else None


def is_known_heading(line: str) -> bool:
    """Whether a line is a heading of the table and written like one: with a capital first and no full stop."""
    return _is_written_as_one(line) and kind_of(line) is not None


def is_heading(line: str) -> bool:
    """As `is_known_heading`, also for the questions that `heading_kind` knows."""
    return _is_written_as_one(line) and heading_kind(line) is not None


def _is_written_as_one(line: str) -> bool:
    return len(line) <= 60 and not line[:1].islower() and not line.rstrip().endswith((".", ",", ";"))
