"""Value sets for documents: intensional, so that they stay correct as documents arrive.

For a system: all procedures with a document; the add-on codes; one for each setting and each kind of personnel. Ids and
urls depend only on the system's canonical and the value, so that the same set has the same url everywhere.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from loaders import systems
from loaders.documents.canonicals import VALUE_SET_BASE
from terminology.model.concept import Concept
from terminology.model.valueset import Compose, ConceptSet, Filter, ValueSet

LONGEST_VALUE = 64
"""Characters; a longer value is prose and gets no value set (nor is it indexed by value)."""

_MAX_ID = 64


@dataclass(frozen=True, slots=True)
class _Kind:
    """A family of sets, one for each value of a property."""

    property: str
    title: str
    description: str


_KINDS = (
    _Kind(
        "setting",
        "{system}: procedures in the setting “{value}”",
        "Procedures whose document names the setting “{value}”.",
    ),
    _Kind(
        "personnel",
        "{system}: procedures with “{value}”",
        "Procedures whose document names “{value}” among the personnel.",
    ),
)


def value_sets(system: str, concepts: Iterable[Concept], *, base: str = VALUE_SET_BASE) -> list[ValueSet]:
    """The value sets of a system by the concepts that have documents, ordered by id; empty without such concepts.

    Spellings of one value that differ in case or a final full stop share a set. `base` ends in `/`.
    """
    with_document = [concept for concept in concepts if concept.values("source")]
    if not with_document:
        return []
    made = [_documents(system, base)]
    if any(p.value is True for concept in with_document for p in concept.values("addOn")):
        made.append(_add_on(system, base))
    for kind in _KINDS:
        groups: dict[str, dict[str, None]] = {}
        for concept in with_document:
            for property_ in concept.values(kind.property):
                value = str(property_.value)
                if names_a_set(value):
                    groups.setdefault(slug(value), {})[value] = None
        made.extend(_of_value(system, base, kind, key, tuple(sorted(values))) for key, values in groups.items() if key)
    return sorted(made, key=lambda value_set: value_set.id or "")


def names_a_set(value: str) -> bool:
    """Whether a value is a name ("Outpatient clinic"), not a sentence."""
    return len(value) <= LONGEST_VALUE and "\n" not in value and not re.search(r"[.!?]\s", value)


def slug(text: str) -> str:
    """The words of a text in lower case with hyphens, as ASCII; a hash of the text if its script is not Latin."""
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = "-".join(re.findall(r"[a-z0-9]+", folded.lower()))
    return words or hashlib.sha256(text.casefold().strip(" .").encode()).hexdigest()[:12]


def system_key(system: str) -> str:
    """The beginning of the ids of a system's sets: its key, or for an unknown system a name and a hash of its url."""
    known = systems.by_url(system)
    if known is not None:
        return known.key
    return f"{slug(systems.url_name(system))[:20]}-{hashlib.sha256(system.encode()).hexdigest()[:6]}"


def _documents(system: str, base: str) -> ValueSet:
    return _value_set(
        system, base, "documents", "{system}: procedures with a document",
        "All procedures of the system that have a document loaded.",
        (Filter("source", "exists", "true"),),
    )  # fmt: skip


def _add_on(system: str, base: str) -> ValueSet:
    return _value_set(
        system, base, "add-on", "{system}: add-on codes",
        "Procedures with a document that are listed separately, in addition to the code for a primary procedure.",
        (Filter("addOn", "=", "true"),),
    )  # fmt: skip


def _of_value(system: str, base: str, kind: _Kind, key: str, values: tuple[str, ...]) -> ValueSet:
    value = values[0].rstrip(".")
    filters = tuple(Filter(kind.property, "=", spelling) for spelling in values)
    replaced = {"value": value}
    return _value_set(system, base, f"{kind.property}-{key}", kind.title, kind.description, filters, replaced)


def _value_set(
    system: str, base: str, suffix: str, title: str, description: str, filters: tuple[Filter, ...],
    replaced: Mapping[str, str] | None = None,
) -> ValueSet:  # fmt: skip
    """A value set with one include for each filter (so that a code needs to match only one), of the default version."""
    known = systems.by_url(system)
    key = system_key(system)
    id_ = _shortened(f"{key}-{suffix}")
    words = {"system": known.name if known else systems.url_name(system), **(replaced or {})}
    includes = tuple(
        ConceptSet(system=system, filters=(filter_,), path=f"ValueSet.compose.include[{n}]")
        for n, filter_ in enumerate(filters)
    )
    return ValueSet(
        url=base + id_,
        id=id_,
        name=_name(f"{words['system']} {suffix}"),
        title=title.format_map(words),
        status="active",
        experimental=False,
        description=description.format_map(words),
        copyright=known.copyright if known else None,
        compose=Compose(include=includes),
    )


def _shortened(id_: str) -> str:
    if len(id_) <= _MAX_ID:
        return id_
    return f"{id_[: _MAX_ID - 9].rstrip('-')}-{hashlib.sha256(id_.encode()).hexdigest()[:8]}"


def _name(text: str) -> str:
    """A name a program can use (FHIR's invariant cnl-0): capitalised words without spaces."""
    name = "".join(word[:1].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", text))
    return name if name[:1].isalpha() else f"Set{name}"
