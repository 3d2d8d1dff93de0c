"""HGVS descriptions of sequence variants (`http://varnomen.hgvs.org`): recognised by their form.

The form is the basic one of the nomenclature: a reference sequence with version, the kind of sequence, and the change
(`NM_004006.2:c.4375C>T`). Genome databases would be needed to tell whether the sequence exists and the change is
possible on it: a note in every answer says that this is not checked.
"""

from __future__ import annotations

import re

from terminology.codesystems.grammar import Grammar
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept, Property
from terminology.model.outcome import Issue
from terminology.model.protocols import Located

URL = "http://varnomen.hgvs.org"
OLDER_URL = "http://varnomen.hgvs.org/"
LONGEST = 1000

_ACCESSION = r"(?:[A-Z]{2}_\d+\.\d+|LRG_\d+(?:[tp]\d+)?|ENS[A-Z]{0,6}\d{11}\.\d+|[A-Z]{1,6}\d{5,}\.\d+)"
_SELECTOR = r"(?:\([A-Za-z0-9_.-]+\))?"
_CHANGE = r"[A-Za-z0-9_*=?+\-()\[\];:,.>/^]+"
VARIANT = re.compile(rf"({_ACCESSION}){_SELECTOR}:([cgmnopr])\.({_CHANGE})")


class Hgvs(Grammar):
    """HGVS nomenclature, under one of the urls FHIR's releases give it."""

    def __init__(self, url: str) -> None:
        self._metadata = CodeSystemMetadata(
            url=url,
            id="hgvs" if url == URL else None,
            name="HGVS",
            title="HGVS Nomenclature of sequence variants",
            publisher="HGVS Variant Nomenclature Committee",
            description="Descriptions of variants in DNA, RNA and protein sequences.",
            identifiers=("urn:oid:2.16.840.1.113883.6.282",),
            case_sensitive=True,
            compositional=True,
        )

    @property
    def metadata(self) -> CodeSystemMetadata:
        """The header."""
        return self._metadata

    def locate(self, code: str) -> Located | None:
        """Match it."""
        found = VARIANT.fullmatch(code) if len(code) <= LONGEST else None
        if found is None:
            return None
        properties = (Property("reference", "string", found[1]), Property("sequence", "code", found[2]))
        note = Issue("information", "informational", "HGVS_FORM_ONLY", {"code": code}, "process-note")
        return Located(ordinal=None, concept=Concept(code, properties=properties), notes=(note,))

    def explain(self, code: str) -> Issue | None:
        """What a description looks like."""
        if self.locate(code) is not None:
            return None
        return Issue("error", "code-invalid", "HGVS_MALFORMED", {"code": code}, "invalid-code")
