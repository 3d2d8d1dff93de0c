"""CodeSystem `$lookup` (R5, 4.8.14): everything a code system says about one code.

Which display fits a language is decided by `valuesets.languages`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Canonical, Coding
from terminology.model.concept import Concept, Designation, Property
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import Catalogue, CodeSystem, DerivesProperties, KeepsWritten, Located
from terminology.model.requests import LookupRequest, RequestContext
from terminology.model.results import LookupResult
from terminology.model.status import property_code, property_named
from terminology.operations import common
from terminology.operations.inputs import Inputs
from terminology.operations.lookup_parts import LANGUAGE_PREFIX, Wanted, implied, is_repeated
from terminology.operations.lookup_response import response
from terminology.operations.lookup_written import Writing, WrittenParts
from terminology.operations.operation import MANY, Operation, Parameter, Preparation, Prepared, Refused
from terminology.operations.refusals import Refusals
from terminology.operations.resolving import existing, required_system, system_of_call
from terminology.operations.templates import Render
from terminology.settings import Settings
from valuesets.languages import Term, choose_display
from valuesets.plain import UnknownCodes

PARTS_BYTES = 128 * 1024
"""Approximate memory of the written parts of answers about a system."""

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
        "What to return: a property (its code or uri), `display`, `definition`, `designation`, `parent`, `child`,"
        " `lang.X` (designations in language X) or `*`. Everything when left out.",
        max=MANY,
    ),
    common.SUPPLEMENTS,
    *common.SUPPLIED,
)


def request(inputs: Inputs) -> LookupRequest:
    """Read the code and what is wanted. Raises TerminologyError invalid when code or system are missing."""
    name = common.one_of(inputs, "code", "coding")
    call = common.system_of(inputs)
    coding = inputs.value("coding") or Coding(code=inputs.text("code"))
    version = coding.version or (inputs.text("version") if call is None else call.version)
    coding = Coding(coding.system or (call.url if call else None), coding.code, version)
    if not coding.system or not coding.code:
        needs = "system" if coding.code else "code"
        raise TerminologyError.of("invalid", "PARAMETER_WITHOUT", code="required", name=name, needs=needs)
    return LookupRequest(
        coding=coding,
        call=call,
        date=inputs.text("date"),
        display_language=inputs.languages(),
        properties=inputs.values("property"),
        use_supplements=inputs.canonicals("useSupplement"),
    )


def run(catalogue: Catalogue, asked: LookupRequest, context: RequestContext, _settings: Settings) -> LookupResult:
    """Find the concept. Raises TerminologyError not-found for an unknown system, version, supplement or code.

    A coding, or a supplement, of another system than the call is about is invalid.
    """
    coding = asked.coding
    system = required_system(catalogue, _system(catalogue, asked), asked.use_supplements)
    _must_apply(catalogue, asked.use_supplements, system)
    located = existing(catalogue, system, str(coding.code))
    concept, metadata = located.concept, system.metadata
    wanted = _wanted(system, asked)
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


def prepare(
    catalogue: Catalogue, asked: LookupRequest, context: RequestContext, _settings: Settings, render: Render
) -> Prepared | None:
    """Prepare the parts that all codes of a system have in common."""
    if asked.use_supplements:
        return None
    system = required_system(catalogue, _system(catalogue, asked))
    wanted = _wanted(system, asked)
    if not isinstance(system, KeepsWritten) or _says_more(system, wanted):
        return None

    def parts() -> WrittenParts:
        return WrittenParts(system, system, render)

    shared = catalogue.remember(("lookup", system.key), parts, lambda _: PARTS_BYTES)
    written = Writing(shared, wanted, asked.display_language or context.accept_language)
    refusals = Refusals(UnknownCodes(catalogue, system), render)

    def answer(code: str | None) -> bytes | Refused | None:
        return (written.answer(code) or refusals.of(code)) if code else None

    return Prepared(answer)


def _must_apply(catalogue: Catalogue, wanted: Sequence[Canonical], system: CodeSystem) -> None:
    """Raises TerminologyError invalid for a supplement of another system, which could not be used."""
    laid = {supplement.url for supplement in system.supplements}
    for one in wanted:
        if one.url not in laid and catalogue.canonical_of(one.url) not in laid:
            raise TerminologyError.of(
                "invalid", "SUPPLEMENT_OF_OTHER_SYSTEM", supplement=str(one), system=system.metadata.url
            )


def _system(catalogue: Catalogue, asked: LookupRequest) -> Canonical:
    return system_of_call(catalogue, common.canonical_of(asked.coding), asked.call, "coding.system")


def _wanted(system: CodeSystem, asked: LookupRequest) -> Wanted:
    """What is asked for, by the system's own names."""
    headers = (system.metadata, *system.supplements)
    return Wanted((property_named(headers, name) for name in asked.properties), system.metadata.unasked)


def _says_more(system: CodeSystem, wanted: Wanted) -> bool:
    """Whether an answer has more than is stored, or only designations in some languages."""
    if any(name.startswith(LANGUAGE_PREFIX) for name in wanted.names):
        return True
    return isinstance(system, DerivesProperties) and not wanted.names.isdisjoint(system.derivable)


def _terms(concept: Concept, metadata: CodeSystemMetadata) -> list[Term]:
    """The display, where its language is known, and the designations."""
    own = [Term(concept.display, metadata.language)] if concept.display and metadata.language else []
    return own + [Term(d.value, d.language, d) for d in concept.designations]


def _designations(terms: Sequence[Term]) -> Iterator[Designation]:
    """All terms as designations; a display that a designation repeats is left out."""
    named = [(term.value, term.language) for term in terms if term.designation is not None]
    for term in terms:
        if term.designation is not None or not is_repeated(term.value, term.language or "", named):
            yield term.as_designation()


def _without_definition(concept: Concept) -> Concept:
    return Concept(concept.code, concept.display, None, concept.designations, concept.properties)


def _properties(located: Located, metadata: CodeSystemMetadata, wanted: Wanted) -> Iterator[Property]:
    """The stated properties, then those that follow from others."""
    concept = located.concept
    stated = {p.code for p in concept.properties}
    inactive = property_code(metadata, "inactive"), located.inactive
    yield from (p for p in concept.properties if wanted.holds(p.code))
    yield from (Property(*one) for one in implied(stated, wanted, inactive, concept.parents, concept.children))


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
    preparation=Preparation(
        varying=("code",), codings={"coding": {"code": "code", "display": "coding.display"}}, prepare=prepare
    ),
)
