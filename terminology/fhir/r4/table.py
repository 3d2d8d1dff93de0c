"""Which elements R4 lacks, resource by resource (R5, "R4 → R5 differences" of each resource page).

An element that is defined by a reference to another (`ValueSet.compose.exclude` → `include`, `product` → `dependsOn`)
has no paths of its own: its extensions are named after the path of the other.
"""

from __future__ import annotations

from terminology.fhir.r4 import conceptmap
from terminology.fhir.r4.carry import Carried, Level

R4_RELATED_ARTIFACT_TYPES = frozenset(
    {
        "documentation", "justification", "citation", "predecessor", "successor", "derived-from", "depends-on",
        "composed-of",
    }
)  # fmt: skip

RELATED_ARTIFACT = Level(
    "RelatedArtifact",
    carried=(
        Carried("classifier", "CodeableConcept", many=True),
        Carried("resourceReference", "Reference"),
        Carried("publicationStatus", "Code"),
        Carried("publicationDate", "Date"),
    ),
    codes={"type": R4_RELATED_ARTIFACT_TYPES},
)

VERSIONING = (Carried("versionAlgorithm", ""), Carried("copyrightLabel"))

PUBLISHING = (
    Carried("approvalDate", "Date"),
    Carried("lastReviewDate", "Date"),
    Carried("effectivePeriod", "Period"),
    Carried("topic", "CodeableConcept", many=True),
    Carried("author", "ContactDetail", many=True),
    Carried("editor", "ContactDetail", many=True),
    Carried("reviewer", "ContactDetail", many=True),
    Carried("endorser", "ContactDetail", many=True),
    Carried("relatedArtifact", "RelatedArtifact", many=True, level=RELATED_ARTIFACT),
)

R4_OPERATORS = frozenset(
    {"=", "is-a", "descendent-of", "is-not-a", "regex", "in", "not-in", "generalizes", "exists"}
)  # fmt: skip


def _designation(path: str) -> Level:
    return Level(f"{path}.designation", carried=(Carried("additionalUse", "Coding", many=True),))


def _code_system() -> Level:
    concept = Level("CodeSystem.concept")
    concept.inner = {"designation": _designation("CodeSystem.concept"), "concept": concept}
    return Level(
        "CodeSystem",
        carried=VERSIONING + PUBLISHING,
        inner={"filter": Level("CodeSystem.filter", codes={"operator": R4_OPERATORS}), "concept": concept},
    )


def _value_set() -> Level:
    designation = _designation("ValueSet.compose.include.concept")
    concept_set = Level(
        "ValueSet.compose.include",
        carried=(Carried("copyright"),),
        inner={
            "concept": Level("ValueSet.compose.include.concept", inner={"designation": designation}),
            "filter": Level("ValueSet.compose.include.filter", codes={"op": R4_OPERATORS}),
        },
    )
    sub_property = Carried("subProperty", None, many=True, parts=(Carried("code", "Code"), Carried("value", "")))
    contains = Level(
        "ValueSet.expansion.contains",
        carried=(
            Carried("property", None, many=True, parts=(Carried("code", "Code"), Carried("value", ""), sub_property)),
        ),
    )
    contains.inner = {"designation": designation, "contains": contains}
    expansion = Level(
        "ValueSet.expansion",
        carried=(
            Carried("next", "Uri"),
            Carried("property", None, many=True, parts=(Carried("code", "Code"), Carried("uri", "Uri"))),
        ),
        inner={"contains": contains},
    )
    compose = Level(
        "ValueSet.compose",
        carried=(Carried("property", many=True),),
        inner={"include": concept_set, "exclude": concept_set},
    )
    scope = Carried("scope", None, parts=(Carried("inclusionCriteria"), Carried("exclusionCriteria")))
    return Level(
        "ValueSet", carried=(*VERSIONING, *PUBLISHING, scope), inner={"compose": compose, "expansion": expansion}
    )


def _concept_map() -> Level:
    target_property = Carried("property", None, many=True, parts=(Carried("code", "Code"), Carried("value", "")))
    target = Level(
        "ConceptMap.group.element.target",
        carried=(Carried("valueSet", "Canonical"), target_property),
        up=conceptmap.target_up,
        down=conceptmap.target_down,
    )
    depends_on = Level(f"{target.path}.dependsOn", carried=(Carried("valueSet", "Canonical"), Carried("value", "")))
    target.inner = {"dependsOn": depends_on, "product": depends_on}
    element = Level(
        "ConceptMap.group.element",
        carried=(Carried("valueSet", "Canonical"),),
        inner={"target": target},
        up=conceptmap.element_up,
        down=conceptmap.element_down,
    )
    unmapped = Level(
        "ConceptMap.group.unmapped",
        carried=(Carried("valueSet", "Canonical"), Carried("relationship", "Code")),
        up=conceptmap.unmapped_up,
        down=conceptmap.unmapped_down,
    )
    group = Level(
        "ConceptMap.group",
        inner={"element": element, "unmapped": unmapped},
        up=conceptmap.group_up,
        down=conceptmap.group_down,
    )
    declared = (Carried("code", "Code"), Carried("uri", "Uri"), Carried("description"), Carried("type", "Code"))
    return Level(
        "ConceptMap",
        carried=(
            *VERSIONING,
            *PUBLISHING,
            Carried("property", None, many=True, parts=(*declared, Carried("system", "Canonical"))),
            Carried("additionalAttribute", None, many=True, parts=declared),
        ),
        inner={"group": group},
        up=conceptmap.map_up,
        down=conceptmap.map_down,
    )


def _naming_system() -> Level:
    return Level(
        "NamingSystem",
        carried=(
            Carried("url", "Uri"),
            Carried("identifier", "Identifier", many=True),
            Carried("version"),
            *VERSIONING,
            Carried("title"),
            Carried("experimental", "Boolean"),
            Carried("purpose", "Markdown"),
            Carried("copyright", "Markdown"),
            *PUBLISHING,
        ),
        inner={
            "uniqueId": Level(
                "NamingSystem.uniqueId",
                carried=(Carried("authoritative", "Boolean"),),
                codes={"type": frozenset({"oid", "uuid", "uri", "other"})},
            )
        },
    )


def _structure_definition() -> Level:
    additional = Carried(
        "additional",
        None,
        many=True,
        parts=(
            Carried("purpose", "Code"),
            Carried("valueSet", "Canonical"),
            Carried("documentation", "Markdown"),
            Carried("shortDoco"),
            Carried("usage", "UsageContext", many=True),
            Carried("any", "Boolean"),
        ),
    )
    element = Level(
        "ElementDefinition",
        carried=(Carried("mustHaveValue", "Boolean"), Carried("valueAlternatives", "Canonical", many=True)),
        inner={"binding": Level("ElementDefinition.binding", carried=(additional,))},
    )
    return Level(
        "StructureDefinition",
        carried=VERSIONING,
        inner={
            name: Level(f"StructureDefinition.{name}", inner={"element": element})
            for name in ("snapshot", "differential")
        },
    )


def _capability_statement() -> Level:
    resource = Level("CapabilityStatement.rest.resource", carried=(Carried("conditionalPatch", "Boolean"),))
    return Level(
        "CapabilityStatement",
        carried=(
            Carried("identifier", "Identifier", many=True),
            *VERSIONING,
            Carried("acceptLanguage", "Code", many=True),
        ),
        inner={"rest": Level("CapabilityStatement.rest", inner={"resource": resource})},
    )


def _terminology_capabilities() -> Level:
    system = Level("TerminologyCapabilities.codeSystem", carried=(Carried("content", "Code"),))
    return Level(
        "TerminologyCapabilities",
        carried=(Carried("identifier", "Identifier", many=True), *VERSIONING),
        inner={"codeSystem": system},
        codes={"codeSearch": frozenset({"explicit", "all"})},
    )


LEVELS: dict[str, Level] = {
    level.path: level
    for level in (
        _code_system(),
        _value_set(),
        _concept_map(),
        _naming_system(),
        _structure_definition(),
        _capability_statement(),
        _terminology_capabilities(),
    )
}
