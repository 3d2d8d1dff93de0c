"""ValueSet and CodeSystem `$validate-code` (R5, 4.9.19 and 4.8.15): their parameters; the engine gives the verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from terminology.fhir import outcome
from terminology.fhir.elements import render_coding
from terminology.fhir.json import Json
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Canonical, CodeableConcept, Coding
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import Catalogue
from terminology.model.requests import ElementContext, RequestContext, ValidateCodeRequest
from terminology.model.results import ValidateCodeResult
from terminology.model.valueset import ValueSet
from terminology.operations import bound, common
from terminology.operations.expand import optional_value_set
from terminology.operations.inputs import Inputs
from terminology.operations.operation import Operation, Parameter, Preparation, Prepared
from terminology.operations.refusals import refused
from terminology.operations.rendering import Output
from terminology.operations.templates import Render
from terminology.operations.verdicts import Verdicts
from terminology.settings import Settings
from valuesets.plain import Codes
from valuesets.plain_requests import plain_codes
from valuesets.validate import target_of, validate_code

Form = Literal["code", "coding", "codeableConcept"]

LENIENT = "lenient-display-validation"
"""A parameter, and in older tools a mode."""
TEXT = "codeableConcept.text"
PREPARED_BYTES = 8192
"""Approximate memory of a prepared validation: some verdicts."""

SHARED = (
    Parameter("code", "code", "The code to validate."),
    Parameter("display", "string", "A display to validate with the code."),
    Parameter("coding", "Coding", "The coding to validate, instead of `code`."),
    Parameter("codeableConcept", "CodeableConcept", "Codings to validate: one valid one is enough."),
    common.DATE,
    Parameter("abstract", "boolean", "Whether abstract codes, which users cannot choose, are valid."),
    Parameter("activeOnly", "boolean", "Whether inactive codes are wrong."),
    Parameter("inferSystem", "boolean", "Whether a code may come without system, if the value set makes it clear."),
    Parameter("implySystem", "boolean", "As `inferSystem`: older tools write it so."),
    Parameter(LENIENT, "boolean", "Whether a wrong display is a warning only."),
    Parameter("valueset-membership-only", "boolean", "Whether to check only that the code is in the value set."),
    Parameter(
        "mode", "code", "CHECK_MEMBERSHIP_ONLY, NO_MEMBERSHIP_CHECK or ALL_CHECKS; also lenient-display-validation."
    ),
    Parameter("valueSetMode", "code", "As `mode`."),
    common.ALTERNATE_CODES,
    common.DISPLAY_LANGUAGE,
    common.SUPPLEMENTS,
    *common.VERSIONS,
    common.MANIFEST,
    *common.SUPPLIED,
)
ON_VALUE_SET = (
    Parameter("url", "uri", "The value set, with or without `|version`."),
    bound.CONTEXT,
    Parameter("valueSet", "ValueSet", "The value set itself."),
    Parameter("valueSetVersion", "string", "Version of the value set."),
    Parameter("system", "uri", "The system of `code`."),
    Parameter("systemVersion", "string", "Version of the system of `code`."),
    *SHARED,
)
ON_CODE_SYSTEM = (
    Parameter("url", "uri", "The code system, with or without `|version`."),
    Parameter("system", "uri", "As `url`."),
    Parameter("codeSystem", "CodeSystem", "The code system itself."),
    Parameter("version", "string", "Version of the code system."),
    *SHARED,
)


def value_set_request(inputs: Inputs) -> ValidateCodeRequest:
    """Read the parameters of the ValueSet operation. Raises TerminologyError invalid for what is missing."""
    system = common.versioned(inputs, "system", "systemVersion")
    found = optional_value_set(inputs)
    return _request(inputs, system, value_set=None if "NO_MEMBERSHIP_CHECK" in _modes(inputs) else found)


def code_system_request(inputs: Inputs) -> ValidateCodeRequest:
    """Read the parameters of the CodeSystem operation. Raises TerminologyError invalid for what is missing."""
    inputs.at_most_one("url", "codeSystem")
    supplied: CodeSystemMetadata | None = inputs.value("codeSystem") and inputs.value("codeSystem").metadata
    system = supplied.canonical if supplied else None
    system = system or common.system_of(inputs, "url" if inputs.has("url") else "system")
    return _request(inputs, system, code_system=system)


def _request(
    inputs: Inputs,
    system: Canonical | None,
    *,
    value_set: ValueSet | Canonical | ElementContext | None = None,
    code_system: Canonical | None = None,
) -> ValidateCodeRequest:
    form, concept = _concept(inputs, system)
    modes = _modes(inputs)
    return ValidateCodeRequest(
        form=form,
        concept=concept,
        value_set=value_set,
        code_system=code_system,
        date=inputs.text("date"),
        abstract=inputs.flag("abstract"),
        active_only=inputs.flag("activeOnly"),
        infer_system=inputs.flag("inferSystem", "implySystem") or False,
        lenient_display_validation=inputs.flag(LENIENT) or LENIENT in modes,
        membership_only=inputs.flag("valueset-membership-only") or "CHECK_MEMBERSHIP_ONLY" in modes,
        display_language=inputs.languages(),
        use_supplements=inputs.canonicals("useSupplement"),
        versions=common.version_rules(inputs),
        alternate_codes=common.alternate_codes(inputs),
    )


def _modes(inputs: Inputs) -> tuple[str, ...]:
    return inputs.values("mode", "valueSetMode")


def _concept(inputs: Inputs, system: Canonical | None) -> tuple[Form, CodeableConcept]:
    inputs.at_most_one("code", "coding", "codeableConcept")
    concept: CodeableConcept | None = inputs.value("codeableConcept")
    if concept is not None:
        return "codeableConcept", concept
    coding: Coding | None = inputs.value("coding")
    if coding is not None:
        return "coding", common.single(_coding_of_call(inputs, coding, system))
    code = inputs.text("code")
    if code is None:
        raise TerminologyError.of("invalid", "CODE_TO_VALIDATE_MISSING")
    return "code", common.single(
        Coding(
            system=system.url if system else None,
            code=code,
            version=system.version if system else None,
            display=inputs.text("display"),
        )
    )


def _coding_of_call(inputs: Inputs, coding: Coding, system: Canonical | None) -> Coding:
    """A coding, with what is said of it beside it: its version, and on a code system its system."""
    if inputs.operation.resource == "ValueSet":
        version = inputs.text("systemVersion")
    elif coding.system is None and system is not None:
        return Coding(system.url, coding.code, coding.version or system.version, coding.display)
    else:
        version = inputs.text("version") if system is None else None  # the system of the call is compared with it later
    return replace(coding, version=version) if version and coding.version is None else coding


def run(
    catalogue: Catalogue, asked: ValidateCodeRequest, context: RequestContext, _settings: Settings
) -> ValidateCodeResult:
    """Validate. Raises TerminologyError only for what prevents a verdict, such as an unknown value set."""
    if not isinstance(asked.value_set, ElementContext):
        return validate_code(catalogue, asked, context)
    strength = bound.binding(catalogue, asked.value_set).strength
    asked = replace(asked, value_set=bound.value_set(catalogue, asked.value_set))
    return bound.weighed(validate_code(catalogue, asked, context), strength)


def prepare(
    catalogue: Catalogue, asked: ValidateCodeRequest, context: RequestContext, _settings: Settings, render: Render
) -> Prepared | None:
    """Plain codes, and unknown ones, get the verdict that others of their kind got, with their own code and display."""
    if (refusing := _refusing(catalogue, asked, context, render)) is not None:
        return refusing
    codings, plain = asked.concept.codings, list[Codes]()
    for coding in codings:
        found = plain_codes(catalogue, replace(asked, concept=CodeableConcept((coding,))), context)
        if found is None:
            return None
        plain.append(found)

    def verdict(concept: CodeableConcept) -> bytes:
        result = validate_code(catalogue, replace(asked, concept=concept), replace(context, deadline=None))
        return render(response(result))

    return Prepared(Verdicts(codings, plain, verdict).answer, PREPARED_BYTES * len(plain)) if plain else None


def _refusing(
    catalogue: Catalogue, asked: ValidateCodeRequest, context: RequestContext, render: Render
) -> Prepared | None:
    """What refuses all calls about a value set that is not here; None for one that is."""
    if isinstance(asked.value_set, ElementContext):
        return None
    try:
        target_of(catalogue, asked, context)
    except TerminologyError as error:
        if error.kind != "not-found":
            raise
        told = refused(error, render)
        return Prepared(lambda code, *_: told if code else None, len(told.body))
    return None


def response(result: ValidateCodeResult) -> Json:
    """The out parameters; the code as validated, the issues as an OperationOutcome."""
    coding = result.coding or Coding()
    output = (
        Output()
        .add("result", "Boolean", result.result)
        .add("system", "Uri", coding.system)
        .add("code", "Code", coding.code)
        .add("normalized-code", "Code", result.normalized_code)
        .add("version", "String", coding.version)
        .add("display", "String", result.display)
        .add("inactive", "Boolean", result.inactive or None)
        .add("status", "Code", result.status)
        .add("message", "String", result.message)
    )
    if result.codeable_concept is not None:
        output.add("codeableConcept", "CodeableConcept", _render(result.codeable_concept))
    if result.issues:
        output.add_resource("issues", outcome.render(result.issues))
    output.add_all("x-caused-by-unknown-system", "Canonical", result.deciding_unknown_systems)
    return output.add_all("x-unknown-system", "Canonical", result.unknown_systems).resource()


def _render(concept: CodeableConcept) -> Json:
    written: Json = {"coding": [render_coding(c) for c in concept.codings]} if concept.codings else {}
    if concept.text is not None:
        written["text"] = concept.text
    return written


MOST_CODINGS = 5
"""Codings of a CodeableConcept that is validated the prepared way."""
PLACES = {"code": "code", "display": "display"}
PREPARATION = Preparation(
    varying=("code", "display", TEXT),
    codings={"coding": PLACES, "codeableConcept": {**PLACES, "text": TEXT}},
    most_codings=MOST_CODINGS,
    prepare=prepare,
)
ON_VALUE_SETS = Operation(
    name="validate-code",
    resource="ValueSet",
    definition=common.SPECIFICATION + "ValueSet-validate-code",
    documentation="Whether a code is in a value set, and everything that is wrong with it.",
    parameters=ON_VALUE_SET,
    request=value_set_request,
    run=run,
    response=response,
    on_instance=True,
    preparation=PREPARATION,
)
ON_CODE_SYSTEMS = Operation(
    name="validate-code",
    resource="CodeSystem",
    definition=common.SPECIFICATION + "CodeSystem-validate-code",
    documentation="Whether a code is in a code system, and everything that is wrong with it.",
    parameters=ON_CODE_SYSTEM,
    request=code_system_request,
    run=run,
    response=response,
    on_instance=True,
    preparation=PREPARATION,
)
