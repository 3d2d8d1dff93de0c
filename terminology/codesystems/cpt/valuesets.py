"""The value sets of CPT that HL7 Terminology defines, under both canonical bases they have had."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.valueset import Compose, ConceptSet, Filter, ValueSet

BASES = ("http://hl7.org/fhir/ValueSet/", "http://terminology.hl7.org/ValueSet/")
UNMODIFIED = (Filter("modified", "=", "false"), Filter("modifier", "=", "false"))


@dataclass(frozen=True, slots=True)
class _Defined:
    """One of them: what it is called, and the filters of each of its includes."""

    name: str
    title: str
    description: str
    includes: tuple[tuple[Filter, ...], ...]


DEFINED: Mapping[str, _Defined] = MappingProxyType(
    {
        "cpt-all": _Defined(
            "AmaCPTAllCodes", "AMA CPT All Codes", "All codes of CPT, modifiers and expressions included.", ((),)
        ),
        "cpt-base": _Defined(
            "AmaCPTBaseCodes",
            "AMA CPT Base Codes",
            "All codes of CPT for procedures, without modifiers.",
            (UNMODIFIED,),
        ),
        "cpt-modifiers": _Defined(
            "AmaCPTModifierCodes",
            "AMA CPT Modifier Codes",
            "The modifiers of CPT.",
            ((Filter("modifier", "=", "true"),),),
        ),
        "cpt-usable": _Defined(
            "AmaCPTUsableCodes",
            "AMA CPT Usable Codes",
            "All codes of CPT for procedures, with modifiers or without.",
            (UNMODIFIED, (Filter("modified", "=", "true"),)),
        ),
    }
)


def implicit(url: str, header: CodeSystemMetadata) -> ValueSet | None:
    """The value set of that url, or None."""
    base, slash, id_ = url.rpartition("/")
    defined = DEFINED.get(id_) if base + slash in BASES else None
    if defined is None:
        return None
    return ValueSet(
        url=url,
        name=defined.name,
        title=defined.title,
        description=defined.description,
        publisher=header.publisher,
        copyright=header.copyright,
        compose=Compose(tuple(_includes(header.url, defined))),
    )


def _includes(system: str, defined: _Defined) -> Iterator[ConceptSet]:
    for number, filters in enumerate(defined.includes):
        yield ConceptSet(system, filters=filters, path=f"ValueSet.compose.include[{number}]")
