"""Searching for identifiers, tags, contexts and texts, which are stored beside a resource (`fhir.searchable`)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from terminology.store.queries import Modifier
from terminology.store.search_terms import TOKEN, Predicate, Sql, dated, folded, joined, literally

TEXTS = frozenset({"description", "text", "content", "id_value", "responsible", "contact"})
"""Words that are texts: stored without case and accents."""

WORD = (
    "EXISTS (SELECT 1 FROM resource_word w WHERE w.resource_key = resource.key AND w.name = '{name}' AND {condition})"
)


def _word(name: str) -> Predicate:
    """A token: `value`, `system|value`, or `system|` for any value of the system."""

    def match(value: str, _: Modifier) -> Sql:
        system, bar, plain = value.rpartition("|")
        if system and not plain:
            return WORD.format(name=name, condition="w.system = ?"), (system,)
        if bar:
            return WORD.format(name=name, condition="w.system = ? AND w.value = ?"), (system, plain)
        return WORD.format(name=name, condition="w.value = ?"), (value,)

    return Predicate(match, f"NOT {WORD.format(name=name, condition='1 = 1')}", TOKEN)


def _named(name: str) -> Predicate:
    """A canonical or other address, compared as written; the version may be left out."""
    return Predicate(lambda value, _: (WORD.format(name=name, condition="w.value = ?"), (value,)))


def _worded(name: str) -> Predicate:
    """A text that contains all the given words, anywhere."""

    def match(value: str, _: Modifier) -> Sql:
        wanted = folded(value).split() or [""]
        condition = joined("AND", ["w.value LIKE ? ESCAPE '!'"] * len(wanted))
        return WORD.format(name=name, condition=condition), tuple(f"%{literally(word)}%" for word in wanted)

    return Predicate(match)


def _begun(name: str) -> Predicate:
    """A text that begins with the value, or with `contains` has it anywhere."""

    def match(value: str, modifier: Modifier) -> Sql:
        start = "%" if modifier == "contains" else ""
        like = f"{start}{literally(folded(value))}%"
        return WORD.format(name=name, condition="w.value LIKE ? ESCAPE '!'"), (like,)

    return Predicate(match, modifiers=frozenset({"", "contains"}))


def _period(name: str) -> Predicate:
    """A period. Its first moment is stored as the system of the word, its last moment as the value."""
    asked = dated("w.system", "w.value")

    def match(value: str, modifier: Modifier) -> Sql:
        condition, values = asked(value, modifier)
        return WORD.format(name=name, condition=condition), values

    return Predicate(match, f"NOT {WORD.format(name=name, condition='1 = 1')}", frozenset({"", "missing"}))


TOKENS = (
    "identifier", "jurisdiction", "listed_code", "tag", "security", "topic", "context", "context_type", "kind",
    "naming_type", "id_type", "telecom", "resource_language",
)  # fmt: skip
NAMES = (
    "reference", "source_scope", "target_scope", "profile", "meta_source", "derived_from", "predecessor", "expansion",
    "other_map", "mapping_property", "context_type_value",
)  # fmt: skip

PREDICATES: Mapping[str, Predicate] = MappingProxyType(
    {
        **{name: _word(name) for name in TOKENS},
        **{name: _named(name) for name in NAMES},
        **{name: _begun(name) for name in ("description", "id_value", "responsible", "contact")},
        **{name: _period(name) for name in ("effective", "id_period")},
        "text": _worded("text"),
        "content_words": _worded("content"),
    }
)
"""What can be asked, by the name of a Condition's field."""
