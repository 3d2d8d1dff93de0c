"""CodeSystem `$lookup` (R5, 4.8.14): everything a code system says about one code.

Which display suits a language is `valuesets.languages`' to say; where the concept comes from the catalogue's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Coding
from terminology.model.concept import Concept, Designation, Property
from terminology.model.language import LanguageRange
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import Catalogue, DerivesProperties, Located
from terminology.model.requests import LookupRequest, RequestContext
from terminology.model.results import LookupResult
from terminology.model.status import property_code
from terminology.operations import common
from terminology.operations.inputs import Inputs
from terminology.operations.lookup_response import response
from terminology.operations.operation import MANY, Operation, Parameter
from terminology.operations.resolving import existing, required_system
from terminology.settings import Settings
from valuesets.languages import Term, choose_display

EVERYTHING = "*"
LANGUAGE_PREFIX = "lang."

PARAMETERS = (
    Parameter("code", "code", "The code to look up; needs `system` beside it."),
    Parameter("system", "uri", "The code system of the code."),
    Parameter("version", "string", "Version of the code system; the default one when left out."),
    Parameter("coding", "Coding", "The code with its system, instead of `code` and `system`."),
    common.DATE,
    common.DISPLAY_LANGUAGE,
    Parameter(
        "property",
        "code",
        "What to return: a property code, `display`, `definition`, `designation`, `parent`, `child`, `lang.X`"
        " (designations in language X) or `*`. Everything when left out.",
        max=MANY,
    ),
    common.SUPPLEMENTS,
    *common.TRAVELLING,
)


def request(inputs: Inputs) -> LookupRequest:
    """Read the code and what is wanted. Raises TerminologyError invalid when code or system are missing."""
    name = common.one_of(inputs, "code", "coding")
    given = common.system_of(inputs)
    coding = inputs.value("coding") or Coding(code=inputs.text("code"))
    if coding.system is None and given is not None:
        coding = Coding(given.url, coding.code, coding.version or given.version)
    if not coding.system or not coding.code:
        needs = "system" if coding.code else "code"
        raise TerminologyError.of("invalid", "PARAMETER_WITHOUT", code="required", name=name, needs=needs)
    return LookupRequest(
        coding=coding,
        date=inputs.text("date"),
        display_language=inputs.languages(),
        properties=inputs.values("property"),
        use_supplements=inputs.canonicals("useSupplement"),
    )


def run(catalogue: Catalogue, asked: LookupRequest, context: RequestContext, _settings: Settings) -> LookupResult:
    """Find the concept. Raises TerminologyError not-found for an unknown system, version, supplement or code."""
    coding = asked.coding
    system = required_system(catalogue, common.canonical_of(coding), asked.use_supplements)
    located = existing(system, str(coding.code))
    concept, metadata = located.concept, system.metadata
    wanted = _Wanted(asked.properties, metadata.unasked)
    properties = [*_properties(located, metadata, wanted)]
    if wanted.names and isinstance(system, DerivesProperties):
        properties += system.derived(located, wanted.names)
    terms = _terms(concept, metadata)
    chosen = choose_display(terms, asked.display_language or context.accept_language)
    return LookupResult(
        code_system=metadata,
        concept=concept if wanted.holds("definition") else _without_definition(concept),
        display=chosen.value if chosen else concept.display,
        designations=tuple(wanted.designations(_designations(terms))),
        properties=tuple(system.described(properties)),
        inactive=located.inactive,
        abstract=located.abstract,
        used_supplements=tuple(s.canonical for s in system.supplements),
    )


def _terms(concept: Concept, metadata: CodeSystemMetadata) -> list[Term]:
    """The display, where its language is known, and the designations."""
    own = [Term(concept.display, metadata.language)] if concept.display and metadata.language else []
    return own + [Term(d.value, d.language, d) for d in concept.designations]


def _designations(terms: Sequence[Term]) -> Iterator[Designation]:
    """All terms; a display that a designation repeats, in its language or a variety of it, is not said twice."""
    for term in terms:
        own = LanguageRange(term.language or "")
        repeated = (t for t in terms if t.designation is not None and t.value == term.value)
        if term.designation is not None or not any(own.matches(t.language or "") for t in repeated):
            yield term.as_designation()


class _Wanted:
    """What the `property` parameters ask for; without any of them everything but what must be asked for."""

    def __init__(self, properties: Iterable[str], unasked: Iterable[str]) -> None:
        self.names = frozenset(properties)
        self._unasked = () if self.names else frozenset(unasked)
        self.everything = not self.names or EVERYTHING in self.names
        self.languages = [n.removeprefix(LANGUAGE_PREFIX) for n in self.names if n.startswith(LANGUAGE_PREFIX)]

    def holds(self, name: str) -> bool:
        return (self.everything and name not in self._unasked) or name in self.names

    def designations(self, all_: Iterable[Designation]) -> Iterator[Designation]:
        if self.holds("designation"):
            yield from all_
        elif self.languages:
            yield from (d for d in all_ if d.language and self._language(d.language))

    def _language(self, tag: str) -> bool:
        return any(tag.lower() == want.lower() or tag.lower().startswith(want.lower() + "-") for want in self.languages)


def _without_definition(concept: Concept) -> Concept:
    return Concept(concept.code, concept.display, None, concept.designations, concept.properties)


def _properties(located: Located, metadata: CodeSystemMetadata, wanted: _Wanted) -> Iterator[Property]:
    """The stated properties, then those that follow from the hierarchy and the status (R5, 4.8.14.2)."""
    concept = located.concept
    stated = {p.code for p in concept.properties}
    yield from (p for p in concept.properties if wanted.holds(p.code))
    inactive = property_code(metadata, "inactive")
    if inactive not in stated and wanted.holds(inactive):
        yield Property(inactive, "boolean", located.inactive)
    for name, codes in (("parent", concept.parents), ("child", concept.children)):
        if name not in stated and wanted.holds(name):
            yield from (Property(name, "code", code) for code in codes)


OPERATION = Operation(
    name="lookup",
    resource="CodeSystem",
    definition=common.SPECIFICATION + "CodeSystem-lookup",
    documentation="Everything the code system says about one code: displays, definition, properties, hierarchy.",
    parameters=PARAMETERS,
    request=request,
    run=run,
    response=response,
    on_instance=True,
)
