"""Language tags: their grammar and validity (RFC 5646, sections 2.1 and 2.2.9).

    langtag   = language ["-" extlang] ["-" script] ["-" region] *("-" variant) *("-" extension) ["-" privateuse]
    extension = singleton 1*("-" (2*8alphanum))
    privateuse = "x" 1*("-" (1*8alphanum))

A tag is valid when it is well formed, all its subtags are registered, and no variant or singleton comes twice. Which
prefixes a variant is recommended for is not checked, as in the RFC. What extensions mean is theirs to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from terminology.codesystems.bcp47.subtags import Subtag, SubtagRegistry, Subtags
from terminology.model import messages

LONGEST = 255
SUBTAG = re.compile(r"[A-Za-z0-9]{1,8}")
EXTENDED = re.compile(r"[A-Za-z]{3}")
SCRIPT = re.compile(r"[A-Za-z]{4}")
REGION = re.compile(r"[A-Za-z]{2}|[0-9]{3}")
VARIANT = re.compile(r"[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}")
LANGUAGE = re.compile(r"[A-Za-z]{2,8}")
PRIVATE = "x"
CASES: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {"language": str.lower, "ext-lang": str.lower, "script": str.title, "region": str.upper, "variant": str.lower}
)
"""How subtags are written, by their type."""
UNKNOWN: Mapping[str, str] = MappingProxyType(
    {
        "language": "BCP47_LANGUAGE_UNKNOWN", "ext-lang": "BCP47_EXTENDED_UNKNOWN", "script": "BCP47_SCRIPT_UNKNOWN",
        "region": "BCP47_REGION_UNKNOWN", "variant": "BCP47_VARIANT_UNKNOWN",
    }
)  # fmt: skip
"""What to say of a subtag that is not registered, by its type."""


class TagError(Exception):
    """A text that is no valid language tag. `position` counts characters from 1."""

    def __init__(self, message_id: str, position: int, **arguments: str) -> None:
        super().__init__(messages.text(message_id, arguments))
        self.position = position


@dataclass(frozen=True, slots=True)
class LanguageTag:
    """A valid tag. `text` is in the recommended case (section 2.1.1).

    `whole` is the record of a tag that is registered as a whole; grandfathered ones have no other parts.
    """

    text: str
    language: Subtag | None = None
    extended: Subtag | None = None
    script: Subtag | None = None
    region: Subtag | None = None
    variants: tuple[Subtag, ...] = ()
    extensions: tuple[str, ...] = ()
    private_use: str | None = None
    whole: Subtag | None = None
    subtags: tuple[tuple[str, str], ...] = ()
    """The subtags as written in this tag, with the names of their types (`region`, `CH`)."""

    @property
    def deprecated(self) -> bool:
        """Whether the registry advises against the tag, or one of its subtags."""
        parts = (self.language, self.extended, self.script, self.region, self.whole, *self.variants)
        return any(part is not None and part.deprecated for part in parts)


def parse(text: str, registry: SubtagRegistry) -> LanguageTag:
    """Read a tag, in any case. Raises TagError."""
    if len(text) > LONGEST:
        raise TagError("BCP47_TOO_LONG", LONGEST + 1, limit=str(LONGEST))
    if whole := registry.grandfathered.get(text):
        return LanguageTag(whole.text, whole=whole)
    return _Parser(text, registry).tag()


class _Parser:
    """Takes subtags from the front; `_written` collects them in their right case."""

    def __init__(self, text: str, registry: SubtagRegistry) -> None:
        self._text = text
        self._registry = registry
        self._subtags = text.split("-")
        self._at = 0
        self._written: list[tuple[str, str]] = []

    def tag(self) -> LanguageTag:
        self._check_shape()
        if self._next.lower() == PRIVATE:
            private = self._private_use()
            return LanguageTag(private, private_use=private, subtags=tuple(self._written))
        registry = self._registry
        language = self._take("language", LANGUAGE, registry.languages)
        if language is None:
            raise self._error("BCP47_LANGUAGE_UNKNOWN")
        extended = self._take("ext-lang", EXTENDED, registry.extended)
        script = self._take("script", SCRIPT, registry.scripts)
        region = self._take("region", REGION, registry.regions)
        variants = self._variants()
        extensions = self._extensions()
        private_use = self._private_use() if self._next.lower() == PRIVATE else None
        if self._next:
            raise self._error("BCP47_SUBTAG_UNEXPECTED")
        text = "-".join(written for _, written in self._written)
        whole = registry.redundant.get(text)
        return LanguageTag(
            text, language, extended, script, region, variants, extensions, private_use, whole, tuple(self._written)
        )

    @property
    def _next(self) -> str:
        return self._subtags[self._at] if self._at < len(self._subtags) else ""

    def _error(self, message_id: str) -> TagError:
        before = sum(len(subtag) + 1 for subtag in self._subtags[: self._at])
        return TagError(message_id, min(before, len(self._text)) + 1, subtag=self._next)

    def _check_shape(self) -> None:
        for number, subtag in enumerate(self._subtags):
            if not SUBTAG.fullmatch(subtag):
                self._at = number
                raise self._error("BCP47_SUBTAG_MALFORMED")

    def _take(self, type_: str, shape: re.Pattern[str], known: Subtags) -> Subtag | None:
        """The next subtag if it has the shape of a type; then it must be registered."""
        if not shape.fullmatch(self._next):
            return None
        found = known.get(self._next)
        if found is None:
            raise self._error(UNKNOWN[type_])
        self._written.append((type_, CASES[type_](self._next)))
        self._at += 1
        return found

    def _variants(self) -> tuple[Subtag, ...]:
        found: list[Subtag] = []
        while VARIANT.fullmatch(self._next):
            if any(v.text.lower() == self._next.lower() for v in found):
                raise self._error("BCP47_REPEATED")
            if (variant := self._take("variant", VARIANT, self._registry.variants)) is not None:
                found.append(variant)
        return tuple(found)

    def _extensions(self) -> tuple[str, ...]:
        found: dict[str, str] = {}
        while len(self._next) == 1 and self._next.lower() != PRIVATE:
            singleton = self._next.lower()
            if singleton in found:
                raise self._error("BCP47_REPEATED")
            found[singleton] = self._sequence(2)
            self._written.append(("extension", found[singleton]))
        return tuple(found.values())

    def _private_use(self) -> str:
        private = self._sequence(1)
        self._written.append(("private-use", private))
        return private

    def _sequence(self, shortest: int) -> str:
        """A singleton with the subtags that follow it."""
        taken = [self._next.lower()]
        self._at += 1
        while len(self._next) >= shortest:
            taken.append(self._next.lower())
            self._at += 1
        if len(taken) == 1:
            raise self._error("BCP47_SINGLETON_ALONE")
        return "-".join(taken)
