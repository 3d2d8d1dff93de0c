"""All messages of the server, by message id, ready for translation.

Ids and wordings known from HL7's tools are kept as they are, since users search for them; the others are our own.
Placeholders are `str.format` names. There is one file for each subject; this module only joins them. It does not decide
when a message is due, or how severe it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from terminology.model.messages import (
    access,
    builtin,
    classifications,
    cpt,
    documents,
    expansion,
    hcpcs,
    icd10pcs,
    icd11,
    jobs,
    loading,
    maintaining,
    releases,
    requests,
    resolving,
    resources,
    snomed,
    spreadsheets,
    storing,
    upstream,
    validation,
    writing,
)

SUBJECTS = (
    requests, resolving, validation, expansion, loading, documents, resources, storing, builtin, spreadsheets, icd10pcs,
    hcpcs, cpt,
    classifications,
    icd11,
    jobs,
    releases,
    snomed,
    maintaining,
    writing,
    access,
    upstream,
)  # fmt: skip

ENGLISH: Mapping[str, str] = {id_: text for subject in SUBJECTS for id_, text in subject.ENGLISH.items()}

LONGEST = 4000
"""Characters of an argument that are shown in full: what clients send is quoted, and may be megabytes."""

WITHOUT_ID: frozenset[str] = requests.WITHOUT_ID | builtin.WITHOUT_ID | snomed.WITHOUT_ID
"""Messages whose id is not sent to clients."""


def text(message_id: str, arguments: Mapping[str, str]) -> str:
    """Render a message; an id that is not in the catalogue is a programming error and raises KeyError."""
    if any(len(value) > LONGEST for value in arguments.values()):
        arguments = {name: _shortened(value) for name, value in arguments.items()}
    return ENGLISH[message_id].format_map(arguments)


def _shortened(value: str) -> str:
    return value if len(value) <= LONGEST else f"{value[: LONGEST // 2]}… ({len(value):,} characters)"
