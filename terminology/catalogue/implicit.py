"""Value sets that nobody wrote down: all codes of a system, and those that systems define by url patterns."""

from __future__ import annotations

from collections.abc import Callable

from terminology.codesystems import registry
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Canonical
from terminology.model.protocols import CodeSystem
from terminology.model.valueset import Compose, ConceptSet, ValueSet


def all_codes(url: str, header: CodeSystemMetadata) -> ValueSet:
    """The value set `CodeSystem.valueSet` names: all codes of that version (FHIR R5, 4.8.9)."""
    include = ConceptSet(header.url, header.version, path="ValueSet.compose.include[0]")
    return ValueSet(
        url=url,
        version=header.version,
        name=header.name,
        title=header.title,
        status=header.status,
        experimental=header.experimental,
        date=header.date,
        publisher=header.publisher,
        copyright=header.copyright,
        language=header.language,
        immutable=True,
        compose=Compose((include,)),
    )


def by_pattern(ref: Canonical, code_system: Callable[[Canonical], CodeSystem | None]) -> ValueSet | None:
    """What the first system that knows the url makes of it; systems without a class of their own know none."""
    for system_url in registry.special():
        system = code_system(Canonical(system_url))
        meaning = system.implicit_value_set(ref.url) if system else None
        if isinstance(meaning, Compose):
            meaning = ValueSet(url=ref.url, compose=meaning)
        if meaning is not None and ref.version in {None, meaning.version}:
            return meaning
    return None
