"""Maps code systems to their classes: one line per system, and nowhere else.

`STORED` has loaded systems that can do more than a plain `StoredCodeSystem`; `BUILTIN` those that need no loading. The
catalogue decides which version is meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType

from terminology.codesystems import hcpcs, icd9cm, icd10cm, icd10pcs, omop
from terminology.codesystems.builtin import SYSTEMS
from terminology.codesystems.cpt import system as cpt
from terminology.codesystems.icd11 import Icd11CodeSystem
from terminology.codesystems.icd11_codes import ICF, MMS
from terminology.codesystems.loinc import LOINC, LoincCodeSystem
from terminology.codesystems.ndc import NDC, NdcCodeSystem
from terminology.codesystems.rxnorm import RXNORM, RxNormCodeSystem
from terminology.codesystems.snomed import ids as snomed
from terminology.codesystems.snomed.index import write_index
from terminology.codesystems.snomed.maps import source_of as snomed_map_source
from terminology.codesystems.snomed.system import SnomedCodeSystem
from terminology.codesystems.stored import StoredCodeSystem
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Canonical
from terminology.model.protocols import CodeSystem
from terminology.model.records import Column
from terminology.store.protocol import VersionReader, VersionWriter

Opener = Callable[[CodeSystemMetadata, VersionReader, str | None], CodeSystem]

STORED: Mapping[str, Opener] = MappingProxyType(
    {
        cpt.URL: cpt.CptCodeSystem,
        hcpcs.URL: hcpcs.HcpcsCodeSystem,
        LOINC: LoincCodeSystem,
        NDC: NdcCodeSystem,
        RXNORM: RxNormCodeSystem,
        icd9cm.URL: icd9cm.Icd9CmCodeSystem,
        icd10cm.URL: icd10cm.Icd10CmCodeSystem,
        icd10pcs.URL: icd10pcs.Icd10PcsCodeSystem,
        MMS: Icd11CodeSystem,
        ICF: Icd11CodeSystem,
        omop.URL: omop.OmopCodeSystem,
        snomed.SYSTEM: SnomedCodeSystem,
    }
)
"""Canonical → class (or function) taking the header, the reader and the key."""

Indexer = Callable[[VersionWriter, CodeSystemMetadata, Mapping[str, Mapping[str, Column]], Sequence[str]], None]

INDEXERS: Mapping[str, Indexer] = MappingProxyType({snomed.SYSTEM: write_index})
"""Canonical → what writes a system's own arrays into a version that is built, from the header, the tables of its parts
by name, and its codes by ordinal."""

BUILTIN: Mapping[str, Callable[[], CodeSystem]] = SYSTEMS
"""Canonical → what makes the system; it is made once."""


IMPLYING_MAPS: Sequence[Callable[[Canonical], Canonical | None]] = (snomed_map_source,)
"""What tells from the canonical of a concept map alone that a version of a system means it."""


def open_code_system(metadata: CodeSystemMetadata, reader: VersionReader, key: str | None = None) -> CodeSystem:
    """The code system over a stored version. `key` tells versions of different stores apart.

    A header alone has nothing of the system's own: with its grammar it would look as if codes could be judged.
    """
    own = metadata.content not in {"supplement", "not-present"}
    opener = STORED.get(metadata.url, StoredCodeSystem) if own else StoredCodeSystem
    return opener(metadata, reader, key)


def builtin(url: str) -> CodeSystem | None:
    """The system that needs no loading, where there is one for this canonical."""
    return made(url) if url in BUILTIN else None


@cache
def made(url: str) -> CodeSystem:
    """A built-in system, made once."""
    return BUILTIN[url]()


def builtin_identified_by(identifier: str) -> str | None:
    """The canonical of the built-in system that has this other name (`urn:oid:…`)."""
    return builtin_identifiers().get(identifier)


@cache
def builtin_identifiers() -> Mapping[str, str]:
    """The canonicals of all built-in systems by their other names."""
    named = [(name, url) for url in BUILTIN for name in made(url).metadata.identifiers]
    return dict(reversed(named))  # of two urls of one system the first


def implying_map(concept_map: Canonical) -> Canonical | None:
    """The version of a system that means a concept map by its url; opens nothing, and looks at no system."""
    return next((source for read in IMPLYING_MAPS if (source := read(concept_map)) is not None), None)


def special() -> tuple[str, ...]:
    """Canonicals of all systems with a class of their own: those that may have implicit value sets."""
    return tuple(dict.fromkeys((*STORED, *BUILTIN)))


def special_for(url: str) -> Iterator[str]:
    """The same, those first with which a url begins."""
    known = (*STORED, *BUILTIN)
    yield from (system for system in known if url.startswith(system))
    yield from (system for system in known if not url.startswith(system))
