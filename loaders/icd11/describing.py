"""The header of a version of ICD-11, and the properties of its concepts."""

from __future__ import annotations

from collections.abc import Collection

from terminology.codesystems.icd11_codes import FOUNDATION, RELEASES
from terminology.model.codesystem import CodeSystemMetadata, Content, PropertyDefinition
from terminology.model.status import CONCEPT_PROPERTIES

PUBLISHER = "World Health Organization"
COPYRIGHT = (
    "ICD-11 © World Health Organization. Licensed under Creative Commons Attribution-NoDerivs 3.0 IGO "
    "(CC BY-ND 3.0 IGO)."
)
NAMES = {
    FOUNDATION: ("ICD11Foundation", "ICD-11 Foundation"),
    RELEASES + "mms": ("ICD11MMS", "ICD-11 for Mortality and Morbidity Statistics"),
    RELEASES + "icf": ("ICF", "International Classification of Functioning, Disability and Health (ICF)"),
    RELEASES + "ichi": ("ICHI", "International Classification of Health Interventions (ICHI)"),
}
DEFINITIONS = (
    PropertyDefinition("notSelectable", "boolean", CONCEPT_PROPERTIES + "notSelectable", "Chapters and blocks."),
    PropertyDefinition("classKind", "code", None, "chapter, block, category or window."),
    PropertyDefinition("foundation", "Coding", None, "The entity of the foundation."),
    PropertyDefinition("uri", "string", None, "The entity in this release."),
    PropertyDefinition("chapterNo", "code", None, "The chapter a concept belongs to."),
    PropertyDefinition("isResidual", "boolean", None, "Other specified, or unspecified."),
    PropertyDefinition("primaryTabulation", "boolean", None, "Whether it belongs to the primary tabulation."),
    PropertyDefinition("codingNote", "string", None, "How to code."),
    PropertyDefinition("browserUrl", "string", None, "The entity in WHO's browser."),
    PropertyDefinition("longDefinition", "string", None, "More about the entity."),
    PropertyDefinition("diagnosticCriteria", "string", None, "How it is diagnosed."),
    PropertyDefinition("inclusion", "string", None, "What belongs here."),
    PropertyDefinition("exclusion", "string", None, "What does not belong here."),
    PropertyDefinition("codeRange", "string", None, "The first and the last code of a chapter or block."),
    PropertyDefinition("foundationChildElsewhere", "Coding", None, "Entities below it in the foundation only."),
    PropertyDefinition("requiredPostcoordination", "code", None, "Axes of which a code must be added."),
)


def metadata(
    system: str, version: str | None, language: str | None, used: Collection[str], content: Content, date: str | None
) -> CodeSystemMetadata:
    """The header. `used` are the codes of properties; those not described above are axes of postcoordination."""
    linearization = system.removeprefix(RELEASES)
    name, title = NAMES.get(system, (f"ICD11{linearization.upper()}", f"ICD-11 {linearization.upper()}"))
    described = {d.code for d in DEFINITIONS}
    axes = sorted(set(used) - described)
    return CodeSystemMetadata(
        url=system,
        version=version,
        name=name,
        title=title,
        publisher=PUBLISHER,
        copyright=COPYRIGHT,
        date=date,
        language=language,
        case_sensitive=True,
        hierarchy_meaning="is-a",
        compositional=system != FOUNDATION,
        content=content,
        properties=(
            *(d for d in DEFINITIONS if d.code in used),
            *(
                PropertyDefinition(a, "code", None, "Postcoordination: its codes and those below may be added.")
                for a in axes
            ),
        ),
    )
