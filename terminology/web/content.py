"""Collects what the pages show from store and catalogue. Knows no HTML and no Flask."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from terminology.codesystems.describing import displays_of
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Canonical, Coding
from terminology.model.concept import Concept, Property
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import Catalogue, CodeSystem, Located
from terminology.store import index_kinds
from terminology.store.entries import ResourceEntry, VersionEntry
from terminology.store.protocol import Store
from terminology.store.queries import ResourceQuery
from valuesets.planning import plan

VALUE_SETS_SHOWN = 12
VALUE_SETS_ASKED = 400
ANCESTORS_SHOWN = 8
VERSIONS_ASKED = 20
SHORT = 40
"""Characters that a title may have without being abbreviated."""
_ABBREVIATED = re.compile(r".*\((?P<short>[A-Z][\w®.-]*(?: [A-Z]+)?)\)(?P<rest>.{0,20})")
OF_DOCUMENTS = "sourceHash"
"""The property that whatever comes from a procedure document has."""
VALUES_SHOWN = 40
"""Values of one property: an answer like Unknown is in hundreds of lists."""


@dataclass(frozen=True, slots=True)
class SystemView:
    """A version of a code system, as the pages show it."""

    id: str
    url: str
    version: str | None
    title: str
    short: str
    description: str | None
    publisher: str | None
    copyright: str | None
    content: str
    size: int
    described: bool
    """Whether procedure documents are part of it."""

    @property
    def named(self) -> str:
        """Title and version as part of a sentence."""
        return f"{self.short}, version {self.version}" if self.version else self.short


def system_view(entry: VersionEntry, metadata: CodeSystemMetadata) -> SystemView:
    """Title and other header fields, with fallbacks for sparse headers."""
    return SystemView(
        id=entry.resource_id,
        url=entry.url,
        version=entry.version,
        title=title_of(metadata),
        short=short_title(metadata),
        description=metadata.description,
        publisher=metadata.publisher,
        copyright=metadata.copyright,
        content=entry.content,
        size=entry.size,
        described=metadata.property_definition(OF_DOCUMENTS) is not None,
    )


def title_of(metadata: CodeSystemMetadata) -> str:
    """The most readable name that a system has."""
    return metadata.title or metadata.name or metadata.url


def short_title(metadata: CodeSystemMetadata) -> str:
    """The abbreviation at the end of a title ("… Procedure Coding System (ICD-10-PCS)"), else the title."""
    title = title_of(metadata)
    found = _ABBREVIATED.fullmatch(title)
    return f"{found['short']}{found['rest']}" if found and len(title) > SHORT else title


def in_other_versions(
    store: Store, catalogue: Catalogue, entry: VersionEntry, code: str
) -> list[tuple[VersionEntry, Located]]:
    """The other versions of a system that have a code, each with the code as it is there; the newest first."""
    found = []
    for other in store.versions(entry.url)[-VERSIONS_ASKED:][::-1]:
        if other.key == entry.key or other.content == "supplement":
            continue
        system = catalogue.code_system(Canonical(other.url, other.version))
        if system is not None and (located := system.locate(code)) is not None:
            found.append((other, located))
    return found


def entry_of(store: Store, resource_id: str) -> VersionEntry | None:
    """A published version by the id of its CodeSystem resource."""
    resource = store.resource("CodeSystem", resource_id)
    if resource is None or resource.url is None:
        return None
    return next((v for v in store.versions(resource.url) if v.version == resource.version), None)


def ancestors(system: CodeSystem, located: Located) -> list[Located]:
    """The chain of first parents, topmost first."""
    chain: list[Located] = []
    current = located
    while current.concept.parents and len(chain) < ANCESTORS_SHOWN:
        parent = system.locate(current.concept.parents[0])
        if parent is None:
            break
        chain.append(parent)
        current = parent
    return chain[::-1]


def top_codes(system: CodeSystem, store: Store, entry: VersionEntry, offset: int, count: int) -> Sequence[Located]:
    """The roots of a hierarchy, or the codes of a flat system, in the order of the system.

    A system with a grammar shows its hierarchy; one without hierarchy (CPT, whose licence limits lists) shows nothing.
    """
    if not system.enumerable and not system.size:
        return []
    roots = store.version(entry.key).bitmap(index_kinds.FLAG, index_kinds.ROOT)
    if not system.enumerable and (roots is None or len(roots) == system.size):
        return []
    ordinals = roots or system.every()
    return list(system.located(ordinals[offset : offset + count]))


def readable(system: CodeSystem, concept: Concept) -> Concept:
    """The concept for a page: codes in its properties have their names, and only the first of many values are left."""
    counts = Counter(value.code for value in concept.properties)
    seen: Counter[str] = Counter()
    shown = []
    for value in concept.properties:
        seen[value.code] += 1
        if seen[value.code] <= VALUES_SHOWN:
            shown.append(value)
        elif seen[value.code] == VALUES_SHOWN + 1:
            shown.append(Property(value.code, "string", f"and {counts[value.code] - VALUES_SHOWN:,} more"))
    names = displays_of(system, {str(value.value) for value in shown if value.kind == "code"})
    return replace(concept, properties=tuple(_with_name(value, names) for value in shown))


def _with_name(value: Property, names: Mapping[str, str]) -> Property:
    code = str(value.value)
    if value.kind != "code" or code not in names:
        return value
    return replace(value, kind="Coding", value=Coding(code=code, display=f"{names[code]} ({code})"))


def value_sets_with(store: Store, catalogue: Catalogue, system: CodeSystem, located: Located) -> list[ResourceEntry]:
    """The stored value sets that contain the code, as far as their definition names its system."""
    found: list[ResourceEntry] = []
    _, candidates = store.resources(
        ResourceQuery(type="ValueSet", mentions=system.metadata.url, count=VALUE_SETS_ASKED)
    )
    for candidate in candidates:
        if len(found) == VALUE_SETS_SHOWN:
            break
        if _contains(catalogue, candidate, system, located):
            found.append(candidate)
    return found


def _contains(catalogue: Catalogue, candidate: ResourceEntry, system: CodeSystem, located: Located) -> bool:
    value_set = catalogue.value_set(Canonical(candidate.url or "", candidate.version))
    if value_set is None:
        return False
    try:
        found = plan(catalogue, value_set).contains(system.metadata.url, located.concept.code, system.metadata.version)
    except TerminologyError:
        return False  # a value set that cannot be evaluated says nothing about this code
    return found is not None and found.outcome == "in"


def children(system: CodeSystem, located: Located, offset: int, count: int) -> tuple[list[Located], int]:
    """One page of the direct children, and how many come after it."""
    codes = located.concept.children[offset : offset + count]
    ordinals = system.ordinals(codes)
    found = list(system.located(ordinals[c] for c in codes if c in ordinals))
    return found, max(0, len(located.concept.children) - offset - count)
