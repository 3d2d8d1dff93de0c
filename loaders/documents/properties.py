"""The properties of documents: code, type and meaning of each, with a uri of its own.

`definition_of` also defines properties of unknown headings.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from loaders.documents.canonicals import PROPERTY_BASE
from terminology.model.codesystem import PropertyDefinition
from terminology.model.concept import Property, PropertyKind


@dataclass(frozen=True, slots=True)
class _Row:
    kind: PropertyKind
    description: str


def _text(description: str) -> _Row:
    return _Row("string", description)


PROPERTIES: Mapping[str, _Row] = MappingProxyType(
    {
        "introduction": _text("Text before the first section, other than the descriptor; a value a paragraph."),
        "nameNote": _text("What the document adds to the name of the procedure."),
        "addOn": _Row("boolean", "True when the code is listed in addition to that of a primary procedure."),
        "purpose": _text("Why the procedure is done; a value a paragraph."),
        "indication": _text("A condition or situation in which the procedure is done; repeats."),
        "indicationNote": _text("Prose around the list of indications."),
        "contraindication": _text("A condition in which the procedure is not done; repeats."),
        "contraindicationNote": _text("Prose around the list of contraindications."),
        "preparation": _text("Something to do before the procedure; repeats."),
        "preparationNote": _text("Prose around the list of preparations."),
        "step": _text("A step of the procedure, as 'N. Title: text' or 'N. text', numbered in order; repeats."),
        "procedureDescription": _text("What the description says besides its steps, equipment and anesthesia."),
        "equipment": _text("Equipment, instruments and supplies used; repeats."),
        "anesthesia": _text("Anesthesia or sedation, or that none is needed; repeats."),
        "duration": _text("How long the procedure takes, in the words of the document; repeats."),
        "durationMinimum": _Row("integer", "The shortest stated duration, over all phases, in minutes."),
        "durationMaximum": _Row("integer", "The longest stated duration, over all phases, in minutes."),
        "phaseDuration": _text("The duration of one phase where several are stated, as 'phase: duration'; repeats."),
        "setting": _text("A place in which the procedure is done; repeats."),
        "settingNote": _text("Prose around the list of settings."),
        "personnel": _text("Those who perform or assist in the procedure; repeats."),
        "personnelNote": _text("Prose around the list of personnel."),
        "commonRisk": _text("A common risk or side effect; repeats."),
        "rareRisk": _text("A rare risk or complication; repeats."),
        "risk": _text("A risk or complication of which no frequency is stated; repeats."),
        "riskManagement": _text("How risks are reduced and complications are managed; repeats."),
        "riskNote": _text("Prose around the list of risks."),
        "benefit": _text("An expected benefit; repeats."),
        "benefitNote": _text("Prose around the list of benefits."),
        "recovery": _text("What follows the procedure; a value a paragraph or list item."),
        "alternative": _text("Another way to reach the same end; repeats."),
        "alternativeBenefit": _text("What speaks for the alternatives, or for the one named before the colon."),
        "alternativeDrawback": _text("What speaks against the alternatives, or the one named before the colon."),
        "alternativeNote": _text("Prose around the list of alternatives."),
        "patientExperience": _text("What the patient notices during and after; a value a paragraph or list item."),
        "question": _text("A question that the source answers, in its own words; repeats."),
        "source": _text("The document this detail comes from."),
        "sourceHash": _text("SHA-256 of the document's bytes, in hexadecimal."),
        "sourceLanguage": _text("The language of the document where it is not English, as a BCP 47 tag."),
        "sourceUrl": _text("The web address at which the document was published."),
        "sourceCollection": _text("The collection the document belongs to."),
        "category": _text("The category under which the source lists the document."),
        "semanticType": _text("A semantic type of the UMLS that annotates the document; repeats."),
        "semanticGroup": _text("The semantic group of the UMLS that annotates the document."),
        "umlsConcept": _text("A concept unique identifier of the UMLS that annotates the document; repeats."),
    }
)  # fmt: skip

_RESERVED = frozenset(
    {
        "code", "display", "definition", "designation", "name", "version", "system", "property", "concept", "status",
        "inactive", "parent", "child", "notSelectable", "deprecated", "deprecationDate", "effectiveDate",
        "retirementDate", "subsumedBy", "partOf", "synonym", "comment", "itemWeight", "order", "abstract",
    }
)  # fmt: skip
"""Codes with a meaning in FHIR: a heading must not set a concept's status by accident."""

_TECHNICAL = frozenset(
    {
        "addOn",
        "step",
        "durationMinimum",
        "durationMaximum",
        "phaseDuration",
        "source",
        "sourceHash",
        "sourceLanguage",
        "sourceUrl",
    }
)


def prop(code: str, value: str | int | bool) -> Property:
    """A value of a property in the table; of any other code, a string value."""
    row = PROPERTIES.get(code)
    return Property(code, row.kind if row else "string", value)


def camel_case(heading: str) -> str:
    """The property code of an unknown heading: "What to Bring" → `whatToBring`.

    Accents of Latin letters are removed, other scripts stay; codes with a meaning in FHIR or in the table get the
    suffix `Section`.
    """
    text = re.sub(r"['’]", "", heading.strip())
    folded = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    words = re.findall(r"[^\W_]+", folded)
    code = "".join(word.capitalize() if n else word.lower() for n, word in enumerate(words))[:64]
    if not code:
        return "section"
    if code[0].isdigit():
        code = f"section{code}"
    return f"{code}Section" if code in _RESERVED or code in _TECHNICAL else code


def definition_of(code: str, heading: str | None = None) -> PropertyDefinition:
    """The definition for `CodeSystem.property`. `heading` is that of the section, if the code is not in the table."""
    row = PROPERTIES.get(code)
    if row is not None:
        return PropertyDefinition(code, row.kind, PROPERTY_BASE + code, row.description)
    description = f"What documents say under the heading '{heading}'." if heading else "A statement of the document."
    return PropertyDefinition(code, "string", PROPERTY_BASE + code, description)


def definitions(used: Iterable[Property], headings: Mapping[str, str]) -> tuple[PropertyDefinition, ...]:
    """The definitions of the properties used, once each, in order; `headings` are those of unknown sections by code."""
    codes = dict.fromkeys(p.code for p in used)
    return tuple(definition_of(code, headings.get(code)) for code in codes)
