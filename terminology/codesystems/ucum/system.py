"""UCUM as a code system (`http://unitsofmeasure.org`): every well-formed unit is a code.

Displays, the filter `canonical` and the implicit value sets are those of FHIR ("Using UCUM with FHIR"). A unit is
displayed as its code, as HL7 asks for; its words are designations. Knows no conversions.
"""

from __future__ import annotations

from functools import cached_property

from terminology.codesystems.grammar import Grammar, everything_of
from terminology.codesystems.ucum import essence as tables
from terminology.codesystems.ucum.canonical import Canonical, Canonicals
from terminology.codesystems.ucum.expression import Term
from terminology.codesystems.ucum.parser import UcumError, parse
from terminology.codesystems.ucum.wording import spoken, structure
from terminology.model.codesystem import CodeSystemMetadata, FilterDefinition, PropertyDefinition
from terminology.model.coding import Coding
from terminology.model.concept import Concept, Designation
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.protocols import Located
from terminology.model.remembering import remembering
from terminology.model.valueset import Compose, Filter, ValueSet

URL = "http://unitsofmeasure.org"
COMMON = "http://hl7.org/fhir/ValueSet/ucum-common"
IMPLICIT = URL + "/vs"
CANONICAL = "canonical"
SYNONYM = Coding("http://snomed.info/sct", "900000000000013009")
KEPT = 4096
"""Codes kept with their trees: most requests are about the same few hundred."""

COPYRIGHT = (
    "Copyright 1999-2024 Regenstrief Institute, Inc. All rights reserved. Licensed under the UCUM License "
    "(https://unitsofmeasure.org/license); distributed without warranties or conditions of any kind."
)


class UcumCodeSystem(Grammar):
    """UCUM in the version of the installed tables, which are read when the first code comes."""

    whole = frozenset({IMPLICIT, "http://hl7.org/fhir/ValueSet/ucum-units"})

    def __init__(self) -> None:
        self._parse = remembering(KEPT)(self._parsed)
        self._locate = remembering(KEPT)(self._found)

    @cached_property
    def metadata(self) -> CodeSystemMetadata:
        """The header."""
        return CodeSystemMetadata(
            url=URL,
            id="ucum",
            version=tables.version(tables.installed()),
            name="UCUM",
            title="Unified Code for Units of Measure (UCUM)",
            publisher="Regenstrief Institute, Inc.",
            description="Codes for all units of measure: units, prefixes, products, powers and annotations.",
            copyright=COPYRIGHT,
            language="en",
            identifiers=("urn:oid:2.16.840.1.113883.6.8",),
            case_sensitive=True,
            value_set=IMPLICIT,
            usual_codes=COMMON,
            compositional=True,
            filters=(FilterDefinition(CANONICAL, ("=",), "A UCUM code", "Units that can be converted into this one"),),
            properties=(PropertyDefinition(CANONICAL, "string", description="The base units of a unit"),),
        )

    def locate(self, code: str) -> Located | None:
        """Parse it."""
        return self._locate(code)

    def _found(self, code: str) -> Located | None:
        try:
            term = self._parse(code)
        except UcumError:
            return None
        designations = [Designation(structure(term), "en")]
        if (words := spoken(term)) is not None:
            designations.append(Designation(words, "en", SYNONYM))
        return Located(ordinal=None, concept=Concept(code, code, designations=tuple(designations)))

    def explain(self, code: str) -> Issue | None:
        """What is wrong, and at which character."""
        try:
            self._parse(code)
        except UcumError as error:
            arguments = {"code": code, "reason": str(error), "position": str(error.position)}
            return Issue("error", "code-invalid", "UCUM_INVALID", arguments, "invalid-code")
        return None

    def canonical(self, code: str) -> Canonical:
        """The code in base units. Raises UcumError."""
        return self._canonicals.of(self._parse(code))

    def equivalent(self, a: Located, b: Located) -> bool:
        """`L` and `l` are the same unit; so are `mg` and `mg{creat}`, since annotations mean nothing to UCUM."""
        one, other = self.canonical(a.concept.code), self.canonical(b.concept.code)
        if one.special or other.special:
            return a.concept.code == b.concept.code
        return one == other

    def must_understand(self, f: Filter) -> None:
        """Raises TerminologyError for another filter, and for what is no unit."""
        if f.property == CANONICAL and f.op == "=":
            self._wanted(f)
        else:
            super().must_understand(f)

    def holds(self, located: Located, f: Filter) -> bool:
        """`canonical`: whether the unit can be converted into the filter's."""
        if f.property == CANONICAL and f.op == "=":
            return self.canonical(located.concept.code).dimensions == self._wanted(f).dimensions
        return super().holds(located, f)

    def implicit_value_set(self, url: str) -> Compose | ValueSet | None:
        """All units, or those of one kind (`http://unitsofmeasure.org/vs/kg`)."""
        if url.startswith(IMPLICIT + "/"):
            return everything_of(URL, Filter(CANONICAL, "=", url.removeprefix(IMPLICIT + "/")))
        return super().implicit_value_set(url)

    def _wanted(self, f: Filter) -> Canonical:
        try:
            return self.canonical(f.value)
        except UcumError as error:
            raise TerminologyError.of(
                "invalid", "UCUM_FILTER_INVALID", detail="vs-invalid", expression=f.expression,
                value=f.value, reason=str(error), position=str(error.position),
            ) from None  # fmt: skip

    @cached_property
    def _essence(self) -> tables.Essence:
        return tables.read(tables.installed())

    @cached_property
    def _canonicals(self) -> Canonicals:
        return Canonicals(self._essence)

    def _parsed(self, code: str) -> Term:
        return parse(code, self._essence)
