"""URIs as codes (`urn:ietf:rfc:3986`): every absolute URI is one.

The generic syntax (RFC 3986, section 3) with a scheme, and two URN namespaces that are common in health data: OIDs and
UUIDs (RFC 3061, RFC 9562). What a URI identifies is not known.
"""

from __future__ import annotations

import re

from terminology.codesystems.grammar import Grammar
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept
from terminology.model.outcome import Issue
from terminology.model.protocols import Located

URL = "urn:ietf:rfc:3986"
LONGEST = 4000

_CHARACTER = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})"
URI = re.compile(
    rf"[A-Za-z][A-Za-z0-9+.-]*:(?:{_CHARACTER}|\[[0-9A-Fa-f:.]+\])+"
    rf"(?:\?(?:{_CHARACTER}|\?)*)?(?:#(?:{_CHARACTER}|\?)*)?"
)
OID = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]*))+")
UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
NAMESPACES = {"urn:oid:": OID, "urn:uuid:": UUID}


class Uris(Grammar):
    """RFC 3986."""

    metadata = CodeSystemMetadata(
        url=URL,
        id="rfc-3986",
        name="URI",
        title="Uniform Resource Identifiers (RFC 3986)",
        publisher="IETF",
        description="Absolute URIs used as codes.",
        case_sensitive=True,
    )

    def locate(self, code: str) -> Located | None:
        """Match it."""
        if len(code) > LONGEST or not URI.fullmatch(code) or _broken(code):
            return None
        return Located(ordinal=None, concept=Concept(code))

    def explain(self, code: str) -> Issue | None:
        """Whether the URI is broken, or the OID or UUID in it."""
        if self.locate(code) is not None:
            return None
        message = _broken(code) or "URI_MALFORMED"
        return Issue("error", "code-invalid", message, {"code": code}, "invalid-code")


def _broken(code: str) -> str | None:
    for prefix, shape in NAMESPACES.items():
        if code.lower().startswith(prefix) and not shape.fullmatch(code[len(prefix) :]):
            return "URI_OID_MALFORMED" if shape is OID else "URI_UUID_MALFORMED"
    return None
