"""BCP 47 as a code system (`urn:ietf:bcp:47`): every valid language tag is a code.

Tags must be written in the case that RFC 5646 recommends: FHIR compares codes of this system case-sensitively, so
another spelling would be a different code to others. Deprecated tags are valid. Knows only the languages in IANA's
registry.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from terminology.codesystems.bcp47 import subtags
from terminology.codesystems.bcp47.subtags import SubtagRegistry
from terminology.codesystems.bcp47.tag import LanguageTag, TagError, parse
from terminology.codesystems.grammar import Grammar
from terminology.model.codesystem import CodeSystemMetadata, FilterDefinition, PropertyDefinition
from terminology.model.concept import Concept, Designation, Property
from terminology.model.outcome import Issue
from terminology.model.protocols import Located
from terminology.model.remembering import remembering

URL = "urn:ietf:bcp:47"
COMMON = "http://terminology.hl7.org/ValueSet/Languages"
PARTS = {
    "language": "The primary language",
    "ext-lang": "An extended language",
    "script": "The script",
    "region": "The region",
    "variant": "Variants",
    "extension": "Extensions, with their singletons",
    "private-use": "What was agreed privately, with its x-",
}
OPERATORS = ("=", "in", "not-in", "exists", "regex")
KEPT = 4096


class LanguageTags(Grammar):
    """BCP 47 with the installed registry, which is read when the first code comes."""

    metadata = CodeSystemMetadata(
        url=URL,
        id="bcp-47",
        name="LanguageTags",
        title="Tags for the Identification of Languages (BCP 47)",
        publisher="IETF",
        description="Language tags of RFC 5646, made of the subtags in IANA's Language Subtag Registry.",
        language="en",
        identifiers=("urn:oid:2.16.840.1.113883.6.121", "urn:oid:2.16.840.1.113883.6.316"),
        case_sensitive=True,
        value_set="http://hl7.org/fhir/ValueSet/all-languages",
        usual_codes=COMMON,
        compositional=True,
        filters=tuple(FilterDefinition(code, OPERATORS, "A subtag, or true or false") for code in PARTS),
        properties=tuple(PropertyDefinition(code, "string", description=text) for code, text in PARTS.items()),
    )
    whole = frozenset({"http://hl7.org/fhir/ValueSet/all-languages"})

    def __init__(self) -> None:
        self._locate = remembering(KEPT)(self._found)

    def locate(self, code: str) -> Located | None:
        """Parse it; another case is no code."""
        return self._locate(code)

    def _found(self, code: str) -> Located | None:
        try:
            tag = parse(code, self._registry)
        except TagError:
            return None
        if tag.text != code:
            return None
        concept = Concept(
            code,
            display(tag),
            designations=tuple(Designation(name, "en") for name in other_names(tag)),
            properties=tuple(Property(type_, "string", text) for type_, text in tag.subtags),
        )
        return Located(ordinal=None, concept=concept, status="deprecated" if tag.deprecated else None)

    def explain(self, code: str) -> Issue | None:
        """Which subtag is wrong. Of a tag in another case HL7's servers say no more than that it is unknown."""
        try:
            parse(code, self._registry)
        except TagError as error:
            arguments = {"code": code, "reason": str(error), "position": str(error.position)}
            return Issue("error", "code-invalid", "BCP47_INVALID", arguments, "invalid-code")
        return None

    @cached_property
    def _registry(self) -> SubtagRegistry:
        return subtags.read(subtags.installed())


def display(tag: LanguageTag) -> str:
    """`German (Switzerland)`: the name of the language, and of what narrows it."""
    if tag.language is None:
        return tag.whole.name if tag.whole else f"Private use ({tag.private_use})"
    return _narrowed(tag.language.name, [name for _, name in _parts(tag)])


def other_names(tag: LanguageTag) -> Iterator[str]:
    """`German (Region=Switzerland)` as HL7's servers write it; other names of the language, and of the whole tag."""
    found: dict[str, None] = {}
    parts = list(_parts(tag))
    if tag.language is not None:
        found[_narrowed(tag.language.name, [f"{type_}={name}" for type_, name in parts])] = None
        for name in tag.language.names:
            found[_narrowed(name, [part for _, part in parts])] = None
    if tag.whole is not None:
        found.update(dict.fromkeys(tag.whole.names))
    found.pop(display(tag), None)
    yield from found


def _narrowed(name: str, parts: list[str]) -> str:
    return f"{name} ({', '.join(parts)})" if parts else name


def _parts(tag: LanguageTag) -> Iterator[tuple[str, str]]:
    """What narrows the language, with the names of its types."""
    named = (("Extended", tag.extended), ("Script", tag.script), ("Region", tag.region))
    yield from ((type_, subtag.name) for type_, subtag in named if subtag is not None)
    yield from (("Variant", variant.name) for variant in tag.variants)
    yield from (("Extension", text) for text in tag.extensions)
    if tag.private_use:
        yield "Private use", tag.private_use
