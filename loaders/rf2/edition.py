"""Determines which edition a release is (its module and version URI), and makes the header of its code system.

An edition is named after the module that depends on all others of the release (module dependency reference set). It
counts as published when that module is one of a known edition, or when it comes in a release package, and nothing
says that it is a beta.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from loaders.rf2.components import Concepts, State
from loaders.rf2.files import Release
from loaders.rf2.members import alike, read_members
from terminology.codesystems.snomed import editions, ids
from terminology.codesystems.snomed.associations import SUCCESSORS
from terminology.codesystems.snomed.sctid import namespace
from terminology.model.codesystem import CodeSystemMetadata, FilterDefinition, PropertyDefinition
from terminology.model.status import CONCEPT_PROPERTIES

_PACKAGE = re.compile(r"SnomedCT_[^/]*")
_BETA = re.compile(r"xSnomedCT|(?<![A-Za-z])(?:ALPHA|BETA|PREPRODUCTION|MEMBER)(?![A-Za-z])")

COPYRIGHT = (
    "This value set or code system includes content from SNOMED CT, which is copyright © International Health "
    "Terminology Standards Development Organisation (trading as SNOMED International). Its use needs a licence: "
    "https://www.snomed.org/get-snomed"
)

PROPERTIES = (
    PropertyDefinition("inactive", "boolean", CONCEPT_PROPERTIES + "inactive", "Whether the concept is not active"),
    PropertyDefinition("parent", "code", CONCEPT_PROPERTIES + "parent", "A direct parent"),
    PropertyDefinition("child", "code", CONCEPT_PROPERTIES + "child", "A direct child"),
    PropertyDefinition(
        "sufficientlyDefined", "boolean", description="Whether the definition is sufficient to define the concept"
    ),
    PropertyDefinition("moduleId", "code", description="The module that the concept belongs to"),
    PropertyDefinition("effectiveTime", "dateTime", description="When the concept took its present state"),
    *(
        PropertyDefinition(name, "code", description=f"For an inactive concept: what the association {refset} leads to")
        for refset, name in SUCCESSORS.items()
    ),
    PropertyDefinition("normalForm", "string", description="The normal form of the concept or expression, with terms"),
    PropertyDefinition("normalFormTerse", "string", description="The normal form, without terms"),
)

FILTERS = (
    FilterDefinition(
        "concept",
        ("is-a", "descendent-of", "child-of", "generalizes", "is-not-a", "in"),
        "The id of a concept; with the operator in, that of a reference set",
        "Concepts by hierarchy, or the members of a reference set",
    ),
    FilterDefinition("constraint", ("=",), "An expression constraint", "Concepts that meet an ECL constraint"),
    FilterDefinition("expressions", ("=",), "true or false", "Whether postcoordinated expressions are meant, too"),
)


def module_of(releases: Sequence[Release], state: State, concepts: Concepts) -> str:
    """The module that an edition is named after: the one that depends on all others."""
    depends = dependencies(releases, state)
    modules = {int(m): int(count) for m, count in zip(*np.unique(concepts.modules, return_counts=True), strict=True)}
    candidates = [module for module in {*modules, *depends} if namespace(str(module))]
    if not candidates:
        return (
            ids.CORE_MODULE
            if int(ids.CORE_MODULE) in modules or not modules
            else str(max(modules, key=lambda m: modules[m]))
        )
    known = [module for module in candidates if str(module) in editions.EDITIONS]
    return str(max(known or candidates, key=lambda m: (len(depends.get(m, ())), modules.get(m, 0), m)))


def dependencies(releases: Sequence[Release], state: State) -> dict[int, set[int]]:
    """The modules that each module depends on, as the module dependency reference set states them."""
    found: dict[int, set[int]] = {}
    for files in alike(releases, "refset"):
        if "sourceEffectiveTime" not in files[0].names:
            continue
        table = read_members(files, state, ("active", "moduleId", "referencedComponentId"))
        rows = zip(
            table["active"].tolist(), table["moduleId"].tolist(), table["referencedComponentId"].tolist(), strict=True
        )
        for active, module, other in rows:
            if active and module != other:
                found.setdefault(module, set()).add(other)
    return found


def version_of(module: str, date: str, releases: Sequence[Release]) -> editions.Version:
    """The version of an edition, and whether it is a published one."""
    beta = any(release.beta or _BETA.search(release.root) for release in releases)
    packaged = any(_PACKAGE.search(release.root) for release in releases)
    return editions.Version(module, date, published=not beta and (packaged or module in editions.EDITIONS))


def header(uri: str, size: int) -> CodeSystemMetadata:
    """The header. It has no name: what people know the code system by is its canonical and its edition."""
    version = editions.parse(uri)
    edition = editions.EDITIONS.get(version.module or "") if version else None
    return CodeSystemMetadata(
        url=ids.SYSTEM,
        version=uri,
        title=f"SNOMED CT {edition}" if edition else "SNOMED CT",
        date=version.iso_date if version else None,
        publisher="SNOMED International",
        copyright=COPYRIGHT,
        language="en",
        identifiers=("urn:oid:2.16.840.1.113883.6.96",),
        case_sensitive=True,
        hierarchy_meaning="is-a",
        compositional=True,
        count=size,
        filters=FILTERS,
        properties=PROPERTIES,
        effective_start=version.iso_date if version else None,
    )
