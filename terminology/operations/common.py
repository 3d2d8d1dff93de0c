"""Parameters that several operations share, and how they are read.

The names beyond the FHIR specification are those of the HL7 terminology ecosystem (FHIR-33944 `tx-resource`,
FHIR-33946 `cache-id`, FHIR-41431 `inferSystem`, and the version parameters).
"""

from __future__ import annotations

from terminology.model.coding import Canonical, CodeableConcept, Coding
from terminology.model.outcome import TerminologyError
from terminology.model.requests import NO_RULES, VersionRules
from terminology.operations.inputs import Inputs
from terminology.operations.operation import MANY, Parameter

SPECIFICATION = "http://hl7.org/fhir/OperationDefinition/"

SUPPLIED = (
    Parameter(
        "tx-resource",
        "Resource",
        "A CodeSystem (also a supplement), ValueSet, ConceptMap, StructureDefinition or Library (a manifest) to use for"
        " this request, before those of the server.",
        max=MANY,
    ),
    Parameter("cache-id", "id", "An id the client makes up: resources it sent with it before are used too."),
    Parameter("profile", "Parameters", "Defaults for parameters that the request does not give itself."),
    Parameter("uuid", "uuid", "Accepted from older tools, without effect."),
    Parameter("diagnostics", "boolean", "Accepted from validators; explanations are always given."),
)
DISPLAY_LANGUAGE = Parameter(
    "displayLanguage",
    "code",
    "Language of displays: a BCP-47 tag, or a weighted list as in Accept-Language, which it overrides.",
)
SUPPLEMENTS = Parameter(
    "useSupplement", "canonical", "A code system supplement that must be used; missing ones are errors.", max=MANY
)
ALTERNATE_CODES = Parameter(
    "includeAlternateCodes",
    "string",
    "Whether alternate codes of concepts count (`true`), or the codes of their uses that do.",
    max=MANY,
    or_boolean=True,
)
DATE = Parameter(
    "date", "dateTime", "Answer as of this day: it chooses among versions that state when they are in effect."
)
MANIFEST = Parameter(
    "manifest",
    "canonical",
    "A Library among the supplied resources: its versions and expansion parameters hold where the request has none.",
    max=MANY,
)
VERSIONS = (
    Parameter("system-version", "canonical", "`system|version` to use where a value set names no version.", max=MANY),
    Parameter("check-system-version", "canonical", "`system|version` that must be what is used.", max=MANY),
    Parameter("force-system-version", "canonical", "`system|version` to use whatever a value set says.", max=MANY),
    Parameter(
        "default-valueset-version", "canonical", "`url|version` of value sets referred to without version.", max=MANY
    ),
    Parameter("check-valueset-version", "canonical", "`url|version` that value sets used must have.", max=MANY),
    Parameter(
        "force-valueset-version", "canonical", "`url|version` of value sets, whatever refers to them says.", max=MANY
    ),
    Parameter("default-to-latest-version", "boolean", "Whether unversioned references mean the latest version."),
)


_RULES = frozenset(parameter.name for parameter in VERSIONS)


def version_rules(inputs: Inputs) -> VersionRules:
    """The version parameters as the engine takes them."""
    if _RULES.isdisjoint(inputs.names):
        return NO_RULES
    return VersionRules(
        system_version=inputs.canonicals("system-version"),
        check_system_version=inputs.canonicals("check-system-version"),
        force_system_version=inputs.canonicals("force-system-version"),
        default_valueset_version=inputs.canonicals("default-valueset-version"),
        check_valueset_version=inputs.canonicals("check-valueset-version"),
        force_valueset_version=inputs.canonicals("force-valueset-version"),
        default_to_latest_version=inputs.flag("default-to-latest-version"),
    )


def alternate_codes(inputs: Inputs, name: str = ALTERNATE_CODES.name) -> tuple[str, ...]:
    """The uses of alternate codes that count; none where they are not asked for."""
    return tuple(use for use in inputs.values(name) if use != "false")


def versioned(inputs: Inputs, url: str, *version: str) -> Canonical | None:
    """A canonical from two parameters; a version within the url counts where the other parameter is not given."""
    found = inputs.canonical(url)
    if found is None:
        return None
    stated = inputs.text(*version)
    return Canonical(found.url, stated) if stated else found


def about(inputs: Inputs, url: str, *version: str) -> Canonical | None:
    """What a call is about: two parameters, and the instance that it was made on for what these leave open."""
    stated, instance = versioned(inputs, url, *version), inputs.instance
    if instance is None or (stated is not None and (stated.version or stated.url != instance.url)):
        return stated
    return Canonical(instance.url, inputs.text(*version) or instance.version)


def system_of(inputs: Inputs, system: str = "system") -> Canonical | None:
    """The code system of a call: the parameters, else the instance it was made on."""
    return about(inputs, system, "version")


def one_of(inputs: Inputs, *names: str) -> str:
    """The name of the one parameter given of these. Raises TerminologyError invalid for none or several."""
    inputs.at_most_one(*names)
    found = next((name for name in names if inputs.has(name)), None)
    if found is None:
        raise TerminologyError.of(
            "invalid",
            "PARAMETER_ONE_OF",
            code="required",
            names=", ".join(names[:-1]) + " or " + names[-1],
            operation=inputs.operation.name,
        )
    return found


def single(coding: Coding) -> CodeableConcept:
    """A coding as the concept the engine takes."""
    return CodeableConcept((coding,))


def canonical_of(coding: Coding) -> Canonical:
    """The system of a coding, with the version it names."""
    return Canonical(str(coding.system), coding.version)
