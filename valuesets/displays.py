"""Whether a display is right for a code: the texts of a code, language by language.

The rules are those of the HL7 terminology ecosystem ("Multi-Language Support") as its test cases spell them out. When
no language is requested, every language counts. Otherwise only texts in the requested languages (or without a language)
count; where there are none, a text in the default language is accepted with a note. Comparison ignores case; wrong
white space is reported as such.

Which text to show is decided in `valuesets.languages`; what follows for the verdict, in `valuesets.verdict`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from terminology.model import messages
from terminology.model.concept import Concept
from terminology.model.language import LanguageRange, Languages
from terminology.model.name_lists import alternatives
from terminology.model.outcome import Issue, Severity
from terminology.model.valueset import ConceptReference, ValueSet
from valuesets.languages import Term, choose_display

NAMING_USES = frozenset({"display", "preferredForLanguage", "preferred"})
"""Uses of a designation that make it a name of the code (`hl7TermMaintInfra` and its like)."""
NAMING_SYSTEMS = frozenset({"http://snomed.info/sct", "http://loinc.org"})
"""Systems whose designation uses mean names (synonym, fully specified name, short name…)."""
SNOMED_DEFINITION = "900000000000550004"
SNOMED_INACTIVE = "900000000000546006"
NO_LANGUAGES = "--"
WRONG_DISPLAY = "Display_Name_for__should_be_one_of__instead_of"
BADLY_SPACED = "Display_Name_WS_for__should_be_one_of__instead_of"
"""Messages about displays."""


@dataclass(frozen=True, slots=True)
class Displays:
    """All texts of one code, displays proper first, those of a value set before the system's.

    `language` is the code system's; texts without a language of their own have it.
    """

    terms: tuple[Term, ...]
    language: str | None = None

    @property
    def current(self) -> list[Term]:
        """The texts that are not outdated."""
        return [term for term in self.terms if _outdated(term) is None]

    def in_languages(self, languages: Languages) -> list[Term]:
        """Current texts in a requested language or without a language; all of them when no language is requested."""
        if not languages.wanted:
            return self.current
        return [term for term in self.current if term.language is None or _suits(term.language, languages.wanted)]

    def preferred(self, languages: Languages) -> str | None:
        """The text to show."""
        term = choose_display(self.terms, languages)
        return term.value if term else None


def collect(
    concept: Concept, language: str | None, reference: ConceptReference | None = None, value_set: ValueSet | None = None
) -> Displays:
    """The texts of a concept in a system of that language, and those a value set gives it by `reference`."""
    own = (value_set.language if value_set else None) or language
    terms = []
    if reference is not None and reference.display:
        terms.append(Term(reference.display, own))
    if concept.display:
        terms.append(Term(concept.display, language))
    if reference is not None:
        terms += [Term(d.value, d.language or own, d) for d in reference.designations]
    terms += [Term(d.value, d.language or language, d) for d in concept.designations]
    return Displays(tuple(terms), language)


def check_display(
    given: str, displays: Displays, languages: Languages, code: Mapping[str, str], *, lenient: bool, user_assigned: bool
) -> Issue | None:
    """The issue about a display that came with a code, or None when it is right.

    `code` has the arguments `system` and `code` for the message. Errors become warnings when `lenient`. For a
    user-assigned code any display may be right, so an unknown one is only noted.
    """
    severity: Severity = "warning" if lenient else "error"
    arguments = {**code, "display": given, "languages": languages.source or NO_LANGUAGES}
    allowed = displays.in_languages(languages)
    if _is_among(given, allowed):
        return None
    statuses = (_outdated(term) for term in displays.terms if _same(term.value, given))
    if status := next((status for status in statuses if status), None):
        arguments |= {"status": status, "correct": _comma_text(t.value for t in _names(allowed))}
        return Issue("warning", "invalid", "INACTIVE_DISPLAY_FOUND", arguments, "display-comment")
    if not displays.current:
        return Issue("warning", "invalid", "DISPLAY_NOT_CHECKED", arguments, "invalid-display")
    if not allowed:
        return _check_default(given, displays, arguments, severity)
    arguments["valid"] = _choices(_names(allowed))
    if user_assigned:
        return Issue("information", "invalid", "Display_Name_Not_Fixed_use_Supplement", arguments, "invalid-display")
    spaced = any(_words(text.value) == _words(given) for text in allowed)
    return Issue(severity, "invalid", BADLY_SPACED if spaced else WRONG_DISPLAY, arguments, "invalid-display")


def _check_default(given: str, displays: Displays, arguments: dict[str, str], severity: Severity) -> Issue:
    """A display where the requested languages have none: the default language decides."""
    home = (LanguageRange(displays.language),) if displays.language else ()
    default = [text for text in displays.current if text.language is None or _suits(text.language, home)]
    if _is_among(given, default):
        return Issue("information", "invalid", "NO_VALID_DISPLAY_FOUND_NONE_FOR_LANG_OK", arguments, "invalid-display")
    arguments["default"] = next((text.value for text in (default or displays.current)), "")
    return Issue(severity, "invalid", "NO_VALID_DISPLAY_FOUND_NONE_FOR_LANG_ERR", arguments, "invalid-display")


def _is_name(term: Term) -> bool:
    """False for designations whose use is not a name (a patient's wording, a label).

    They are accepted, but not suggested as correct.
    """
    use = term.designation.use if term.designation else None
    if use is None or use.code in NAMING_USES:
        return True
    return use.system in NAMING_SYSTEMS and use.code != SNOMED_DEFINITION


def _outdated(term: Term) -> str | None:
    """Why a text should no longer be used; HL7's tools call withdrawn texts deprecated, too."""
    use = term.designation.use if term.designation else None
    if use is not None and use.code == SNOMED_INACTIVE:
        return "inactive"
    return "deprecated" if term.obsolete else None


def _suits(tag: str, wanted: Iterable[LanguageRange]) -> bool:
    """Whether a text tagged `tag` fits a request: in that language, a variety of it, or its base language."""
    return any(range_.matches(tag) or LanguageRange(tag).matches(range_.tag) for range_ in wanted)


def _is_among(given: str, texts: Iterable[Term]) -> bool:
    return any(_same(text.value, given) for text in texts)


def _same(one: str, other: str) -> bool:
    return one == other or one.casefold() == other.casefold()


def _words(text: str) -> list[str]:
    return text.casefold().split()


def _names(texts: Sequence[Term]) -> list[Term]:
    """What to suggest as correct: names, or any text if there are none, each once."""
    named = [text for text in texts if _is_name(text)] or texts
    first: dict[str, Term] = {}
    for text in named:
        first.setdefault(text.value, text)
    return list(first.values())


def _choices(texts: Sequence[Term]) -> str:
    shown = [f"'{text.value}' ({text.language})" if text.language else f"'{text.value}'" for text in texts]
    if len(shown) == 1:
        return shown[0]
    return messages.text("DISPLAY_CHOICES", {"count": str(len(shown)), "choices": alternatives(shown)})


def _comma_text(texts: Iterable[str]) -> str:
    """Texts in alphabetical order, quoted unless they are a single word."""
    return ",".join(text if text.isalnum() else '"' + text.replace('"', '""') + '"' for text in sorted(texts))
