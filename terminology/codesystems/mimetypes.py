"""MIME types (`urn:ietf:bcp:13`): every well-formed media type is a code, with parameters or without.

Names follow RFC 6838, section 4.2, parameters RFC 2045, section 5.1. The top-level type must be one of those that
standards define (new ones are rare), or experimental (`x-…`); subtypes are too many, and too quickly new, to be
checked against a list. Type and subtype are written in lower case; parameters stay as they are.
"""

from __future__ import annotations

import re

from terminology.codesystems.grammar import Grammar
from terminology.model.codesystem import CodeSystemMetadata, PropertyDefinition
from terminology.model.concept import Concept, Property
from terminology.model.outcome import Issue
from terminology.model.protocols import Located

URL = "urn:ietf:bcp:13"
TOP_LEVEL = frozenset(
    {"application", "audio", "example", "font", "haptics", "image", "message", "model", "multipart", "text", "video"}
)
LONGEST = 500

NAME = r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}"
TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - RFC 2045 calls it so
QUOTED = r'"(?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])*"'
MEDIA_TYPE = re.compile(rf"({NAME})/({NAME})((?:[ \t]*;[ \t]*{TOKEN}=(?:{TOKEN}|{QUOTED}))*)")
PARAMETER = re.compile(rf";[ \t]*({TOKEN})=({TOKEN}|{QUOTED})")


class MimeTypes(Grammar):
    """BCP 13."""

    metadata = CodeSystemMetadata(
        url=URL,
        id="bcp-13",
        name="MimeTypes",
        title="Media types (BCP 13)",
        publisher="IETF",
        description="Media types of RFC 6838, with parameters or without.",
        language="en",
        case_sensitive=False,
        value_set="http://hl7.org/fhir/ValueSet/mimetypes",
        compositional=True,
        properties=(
            PropertyDefinition("type", "string", description="The top-level type"),
            PropertyDefinition("subtype", "string", description="The subtype"),
            PropertyDefinition("parameter", "string", description="A parameter with its value"),
        ),
    )
    whole = frozenset({"http://hl7.org/fhir/ValueSet/mimetypes", "http://www.rfc-editor.org/bcp/bcp13.txt"})

    def locate(self, code: str) -> Located | None:
        """Match it; the code that is found is in the usual spelling."""
        found = _matched(code)
        if found is None or not _is_top_level(found[1]):
            return None
        type_, subtype = found[1].lower(), found[2].lower()
        parameters = [f"{name}={value}" for name, value in PARAMETER.findall(found[3])]
        properties = (
            Property("type", "string", type_),
            Property("subtype", "string", subtype),
            *(Property("parameter", "string", parameter) for parameter in parameters),
        )
        return Located(ordinal=None, concept=Concept(f"{type_}/{subtype}{found[3]}", properties=properties))

    def explain(self, code: str) -> Issue | None:
        """Whether its form is wrong or its top-level type."""
        found = _matched(code)
        if found is None:
            return Issue("error", "code-invalid", "MIME_MALFORMED", {"code": code}, "invalid-code")
        if not _is_top_level(found[1]):
            arguments = {"code": code, "type": found[1], "known": ", ".join(sorted(TOP_LEVEL))}
            return Issue("error", "code-invalid", "MIME_TYPE_UNKNOWN", arguments, "invalid-code")
        return None


def _matched(code: str) -> re.Match[str] | None:
    return MEDIA_TYPE.fullmatch(code) if len(code) <= LONGEST else None


def _is_top_level(text: str) -> bool:
    return text.lower() in TOP_LEVEL or text.lower().startswith("x-")
