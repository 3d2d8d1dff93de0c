"""Language reference sets: the dialects that descriptions are preferred or acceptable in.

The aliases are those of the Expression Constraint Language (ECL 2.2, appendix C). A dialect becomes a BCP-47 tag where
there is one that says it, and SNOMED CT's private extension of the language otherwise (Using SNOMED CT with HL7
Standards: `en-x-sctlang-90000000-00005080-04`).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "da-dk": "554461000005103",
        "de": "722130004",
        "de-at": "21000234103",
        "de-ch": "2041000195100",
        "en-au": "32570271000036106",
        "en-ca": "19491000087109",
        "en-gb": "900000000000508004",
        "en-ie": "21000220103",
        "en-int-gmdn": "608771002",
        "en-nhs-clinical": "999001261000000100",
        "en-nhs-dmd": "999000671000001103",
        "en-nhs-pharmacy": "999000691000001104",
        "en-nz": "271000210107",
        "en-uk-drug": "999000681000001101",
        "en-uk-ext": "999001251000000103",
        "en-us": "900000000000509007",
        "es": "448879004",
        "es-ar": "450828004",
        "es-uy": "5641000179103",
        "et-ee": "71000181105",
        "fr": "722131000",
        "fr-be": "21000172104",
        "fr-ca": "20581000087109",
        "fr-ch": "2021000195106",
        "it-ch": "2031000195109",
        "ja": "722129009",
        "ko-kr": "21000267104",
        "nb-no": "61000202103",
        "nl": "31000146106",
        "nl-be": "31000172101",
        "nn-no": "91000202106",
        "sv-se": "46011000052107",
        "zh": "722128001",
    }
)
"""Alias → language reference set."""

_TAGS: Mapping[str, str] = MappingProxyType(
    {
        refset: "-".join([language, *(region.upper() for region in rest)])
        for alias, refset in ALIASES.items()
        for language, *rest in [alias.split("-")]
        if len(rest) <= 1
    }
)
"""Language reference set → BCP-47 tag."""


def language_tag(refset: str, language: str) -> str:
    """The tag for a description of a language in the dialect of a language reference set."""
    tag = _TAGS.get(refset, "")
    if tag.partition("-")[0] == language:
        return tag
    parts = [refset[start : start + 8] for start in range(0, len(refset), 8)]
    return "-".join([language, "x", "sctlang", *parts])
