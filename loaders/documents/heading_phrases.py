"""English headings that are questions or sentences with the procedure's name in them: "Why might I need an MRI?".

Works on folded titles (`headings.folded`) that the table of whole titles does not have. Questions in other languages
are whole titles in `heading_languages`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

OTHER_WORDS: Final = frozenset(
    {"operation", "surgery", "treatment", "test", "exam", "examination", "intervention", "scan", "therapy", "session"}
)
"""What people call a procedure: "After the operation" is "After the procedure"."""

LONGEST = 80
"""Characters of a title; what is longer is a sentence of a text."""

_SHORT_FORMS: Mapping[str, str] = MappingProxyType(
    {
        "its": "it is", "whats": "what is", "whos": "who is", "cant": "cannot", "shouldnt": "should not",
        "whys": "why is", "hows": "how is", "wheres": "where is",
    }
)  # fmt: skip
_NEGATED = re.compile(r"\b(?P<word>can|should|must|do|does)n? t\b")

_RISKS = "(?:risks?|complications?|side effects?|dangers?)(?: and (?:risks?|complications?|side effects?|dangers?))?"
_EXPECTED = "what (?:happens|is done|to expect|can i expect|should i expect|you can expect)"
_PHRASES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("recovery", r"how long .*\b(?:recover|recovery|heal|healing)\b.*"),
        ("recovery", rf"(?:{_EXPECTED} after|recovering|recovery from|recovery after) .+"),
        ("preparation", rf"{_EXPECTED} before .+"),
        ("preparation", r"how (?:do|should|can|will|to|you|i)\b.* (?:prepare|get ready)\b.*"),
        ("preparation", r"(?:preparing|getting ready) for .+"),
        ("procedure description", rf"{_EXPECTED} during .+"),
        ("procedure description", r"how (?:is|are) .+ (?:done|performed|carried out|given|inserted)"),
        ("procedure description", r"how .+ (?:is|are) (?:done|performed|carried out|given)"),
        ("risks", rf"what are (?:possible |potential |main )?{_RISKS}(?: (?:of|from|with|after|in) .+)?"),
        ("risks", rf"{_RISKS} (?:of|from|with|after) .+"),
        ("benefits", r"(?:what are )?(?:possible |potential |expected )?(?:benefits|advantages)(?: of .+)?"),
        ("purpose", r"why (?:might|would|do|should|may) (?:i|you|someone|people) (?:need|have|get) .+"),
        ("purpose", r"why (?:is .+ (?:done|performed|needed|used)|.+ (?:is|are) (?:done|performed|needed|used))"),
        ("purpose", r"what (?:is|are) .+ used for"),
        ("contraindications", r"who (?:should not|cannot|must not|may not) .+"),
        ("contraindications", r"when .+ should not be (?:done|performed|used)"),
        ("indications", r"who (?:needs|should have|should get|can have|can get|may need) .+"),
        ("indications", r"who is .+ (?:for|suitable for|recommended for)"),
        ("indications", r"when is .+ (?:needed|recommended|used|done)"),
        ("indications", r"(?:what are )?(?:some )?common uses(?: of .+)?"),
        ("duration", r"how long (?:does|will|is) (?!.*\b(?:results?|effects?|benefits?|implants?|wait)\b).+"),
        ("setting", r"where (?:is|are|will|does|do) .+ (?:done|performed|take place|be done|happen|given)"),
        ("personnel", r"who (?:does|performs|carries out|will do|will perform|gives) .+"),
        ("alternatives", r"(?:what are )?(?:alternatives|other options)(?: (?:to|for) .+)?"),
        ("anesthesia", r"what (?:type|kind) of anesthesia .+"),
        ("patient experience", r"what (?:will|does|do|might|would) .*\b(?:feel|experience)\b.*"),
        ("patient experience", r"what (?:can i|should i|you can|to) expect"),
    )
)  # fmt: skip
"""The section that a whole folded title means; the first that fits counts.

No question that is answered by yes or no ("Will I be awake?"): its answer says nothing without it.
"""

_WHAT_IT_IS = re.compile(r"(?:what (?:is|are)|about) (?P<what>\w+(?: \w+){0,5})")
_NOT_IT = frozenset(
    {
        "alternatives", "benefits", "cost", "costs", "difference", "done", "happens", "included", "involved", "like",
        "mean", "next", "outlook", "price", "prognosis", "recovery", "result", "results", "risk", "risks", "success",
        "us",
    }
)  # fmt: skip
"""Words that a question about what the procedure is does not have."""


@lru_cache(maxsize=4096)
def phrase(title: str) -> str | None:
    """The kind of section that a folded title which is no whole title of the table means, or None."""
    text = _written_out(title)
    if len(text) > LONGEST:
        return None
    return next((kind for kind, pattern in _PHRASES if pattern.fullmatch(text)), None)


def asks_what_it_is(title: str) -> bool:
    """Whether a folded title asks what the procedure is: "what is colonoscopy". Only the first heading means that."""
    found = _WHAT_IT_IS.fullmatch(_written_out(title))
    return found is not None and not _NOT_IT.intersection(found["what"].split())


def in_usual_words(title: str) -> str:
    """The title in the table's words: "after operation" → "after procedure", "why its done" → "why it is done"."""
    words = _written_out(title).split()
    return " ".join("procedure" if word in OTHER_WORDS and len(words) > 1 else word for word in words)


def _written_out(title: str) -> str:
    """A title without short forms ("why its done", "who can t have it": folding turns an apostrophe into a space)."""
    text = _NEGATED.sub(r"\g<word> not", title).replace("can not", "cannot")
    return " ".join(_SHORT_FORMS.get(word, word) for word in text.split())
