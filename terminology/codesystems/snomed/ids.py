"""Identifiers of SNOMED CT's own metadata that rules of this program refer to."""

from __future__ import annotations

SYSTEM = "http://snomed.info/sct"
UNPUBLISHED = "http://snomed.info/xsct"
"""The base of versions that were not released (SNOMED CT URI Standard, 2.7)."""

LONGEST = 18
"""Digits of the longest identifiers."""

ROOT = "138875005"
IS_A = "116680003"
ATTRIBUTES = "410662002"
"""|Concept model attribute|: everything below it relates concepts."""
LINKAGE = "106237007"

CORE_MODULE = "900000000000207008"

PRIMITIVE = "900000000000074008"
DEFINED = "900000000000073002"

FULLY_SPECIFIED_NAME = "900000000000003001"
SYNONYM = "900000000000013009"
DEFINITION = "900000000000550004"
INACTIVE = "900000000000546006"
"""|Inactive value|: the use of designations that are no longer right."""

PREFERRED = "900000000000548007"
ACCEPTABLE = "900000000000549004"

INFERRED = "900000000000011006"
ADDITIONAL = "900000000000227009"

US_ENGLISH = "900000000000509007"
GB_ENGLISH = "900000000000508004"

ASSOCIATIONS = "900000000000522004"
"""|Historical association reference set|."""
REPLACED_BY = "900000000000526001"
SAME_AS = "900000000000527005"
WAS_A = "900000000000528000"
POSSIBLY_EQUIVALENT_TO = "900000000000523009"
POSSIBLY_REPLACED_BY = "1186921001"
PARTIALLY_EQUIVALENT_TO = "1186924009"
ALTERNATIVE = "900000000000530003"

MRCM_MANDATORY = "723597001"
MRCM_POSTCOORDINATED = frozenset({"723596005", "723595009"})
"""Content types whose rules bind what is postcoordinated: all content, all postcoordinated content."""
