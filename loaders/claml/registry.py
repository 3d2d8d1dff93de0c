"""Known classifications, recognised by Title and Identifiers: one row for each. Others need `--system`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from loaders.claml.model import Classification
from loaders.systems import CCAM, CHOP, OPS

_YEAR = re.compile(r"(?:version)?((?:19|20)\d\d)$")
_NOT_ALPHANUMERIC = re.compile(r"[^0-9a-z]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A classification. `names` as `folded` gives them; `yearly`: each version is in effect for its calendar year."""

    url: str
    names: tuple[str, ...]
    name: str
    publisher: str
    oids: tuple[str, ...] = ()
    yearly: bool = False


KNOWN: tuple[Known, ...] = (
    Known(
        url=OPS, names=("ops", "opsversion"), name="OPS", yearly=True,
        publisher="Bundesinstitut für Arzneimittel und Medizinprodukte (BfArM)",
    ),
    Known(
        url="http://fhir.de/CodeSystem/bfarm/icd-10-gm", names=("icd10gm",), name="ICD10GM", yearly=True,
        publisher="Bundesinstitut für Arzneimittel und Medizinprodukte (BfArM)",
    ),
    Known(
        url=CHOP, names=("chop",), name="CHOP", yearly=True,
        oids=("2.16.756.5.30.1.126.3.1",), publisher="Bundesamt für Statistik (BFS)",
    ),
    Known(
        url=CCAM, names=("ccam",), name="CCAM",
        publisher="Agence technique de l'information sur l'hospitalisation (ATIH)",
    ),
    Known(
        url="http://hl7.org/fhir/sid/icd-10", names=("icd10", "icd10who", "whoicd10", "icd10en"), name="ICD10",
        oids=("2.16.840.1.113883.6.3",), publisher="World Health Organization",
    ),
)  # fmt: skip


def folded(name: str) -> str:
    """A name without case, punctuation and the year at its end."""
    return _YEAR.sub("", _NOT_ALPHANUMERIC.sub("", name.casefold()))


def known(found: Classification) -> Known | None:
    """The row for a file: by the name or the text of its title, or by an identifier."""
    names = {folded(found.name), folded(found.title)}
    uids = {uid.removeprefix("urn:oid:") for _, uid in found.identifiers}
    return next((row for row in KNOWN if names & set(row.names) or uids & set(row.oids)), None)


def year_in(text: str) -> str | None:
    """The year at the end of a version or name."""
    match = _YEAR.search(_NOT_ALPHANUMERIC.sub("", text.casefold()))
    return match[1] if match else None
