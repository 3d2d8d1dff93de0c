"""Parses the URLs of implicit value sets and concept maps, which exist without being defined anywhere.

`http://snomed.info/sct?fhir_vs` and similar ones (Using SNOMED CT with HL7 Standards, "SNOMED CT Implicit Value Sets"
and "Implicit Concept Maps"), based on SNOMED CT in general, an edition, or a version. Reads nothing but the URL.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from terminology.codesystems.snomed import editions, ids
from terminology.model.remembering import remembering
from terminology.model.valueset import Compose, ConceptSet, Filter, ValueSet

VALUE_SETS = "fhir_vs"
CONCEPT_MAPS = "fhir_cm"


@dataclass(frozen=True, slots=True)
class ImplicitUrl:
    """`base` is the version the url is based on, None for any; `value` what stands after the equals sign."""

    kind: str
    base: str | None
    value: str | None


@remembering(1024)
def read_url(url: str) -> ImplicitUrl | None:
    """What an implicit url says; None for another one."""
    base, question, query = url.partition("?")
    name, _, value = query.partition("=")
    version = editions.parse(base)
    if not question or version is None or name not in {VALUE_SETS, CONCEPT_MAPS}:
        return None
    return ImplicitUrl(name, base if base != ids.SYSTEM else None, unquote(value) or None)


def value_set(url: str) -> ValueSet | None:
    """The value set of an implicit url; None when it is no such url."""
    read = read_url(url)
    if read is None or read.kind != VALUE_SETS:
        return None
    found = _filters(read.value)
    if found is None:
        return None
    name, title, filters = found
    include = ConceptSet(ids.SYSTEM, read.base, filters=filters, path="ValueSet.compose.include[0]")
    return ValueSet(url=url, name=name, title=title, status="active", compose=Compose((include,)))


def _filters(value: str | None) -> tuple[str, str, tuple[Filter, ...]] | None:
    """Name, title and filters of what stands after `fhir_vs`."""
    if value is None:
        return "ALLSNOMEDCT", "SNOMED CT Reference Set (All of SNOMED CT)", ()
    kind, slash, rest = value.partition("/")
    if kind == "refset" and not slash:
        constraint = f"< {REFERENCE_SETS}"
        return "SNOMEDCTReferenceSets", "SNOMED CT Reference Sets", (Filter("constraint", "=", constraint),)
    if not rest:
        return None
    if kind == "isa":
        return f"SNOMEDCTConcept{rest}", f"SNOMED CT Concept {rest} and descendants", (Filter("concept", "is-a", rest),)
    if kind == "refset":
        return f"SNOMEDCTReferenceSet{rest}", f"SNOMED CT Reference Set {rest}", (Filter("concept", "in", rest),)
    if kind == "ecl":
        return "SNOMEDCTExpressionConstraint", f"SNOMED CT ECL {rest}", (Filter("constraint", "=", rest),)
    return None


REFERENCE_SETS = "900000000000455006"
"""|Reference set|: every reference set lies below it."""
