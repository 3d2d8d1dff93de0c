"""Small releases of SNOMED CT's form, row by row, in invented words: the layout of RF2, and a builder.

    release = Release()
    site = release.concept("Paw", release.root)
    release.write(folder)

What a release holds can be read from `rows` again: by tests, and by the naive evaluator of constraints.
"""

from __future__ import annotations

import uuid
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from terminology.codesystems.snomed import ids
from terminology.codesystems.snomed.sctid import check_digit

NAMESPACE = "1999999"
DATE = "20250731"
EARLIER = "20240131"

COMMON = "id effectiveTime active moduleId"
HEADINGS = {
    "Concept": "definitionStatusId",
    "Description": "conceptId languageCode typeId term caseSignificanceId",
    "TextDefinition": "conceptId languageCode typeId term caseSignificanceId",
    "Relationship": "sourceId destinationId relationshipGroup typeId characteristicTypeId modifierId",
    "RelationshipConcreteValues": "sourceId value relationshipGroup typeId characteristicTypeId modifierId",
    "Language": "refsetId referencedComponentId acceptabilityId",
    "Association": "refsetId referencedComponentId targetComponentId",
    "AttributeValue": "refsetId referencedComponentId valueId",
    "Simple": "refsetId referencedComponentId",
    "SimpleMap": "refsetId referencedComponentId mapTarget",
    "SimpleMapFrom": "refsetId referencedComponentId mapSource",
    "ExtendedMap": (
        "refsetId referencedComponentId mapGroup mapPriority mapRule mapAdvice mapTarget correlationId mapCategoryId"
    ),
    "OWLExpression": "refsetId referencedComponentId owlExpression",
    "ModuleDependency": "refsetId referencedComponentId sourceEffectiveTime targetEffectiveTime",
    "MRCMAttributeDomain": (
        "refsetId referencedComponentId domainId grouped attributeCardinality attributeInGroupCardinality"
        " ruleStrengthId contentTypeId"
    ),
    "MRCMAttributeRange": "refsetId referencedComponentId rangeConstraint attributeRule ruleStrengthId contentTypeId",
}
FILES = {
    "Concept": "Terminology/sct2_Concept_{type}",
    "Description": "Terminology/sct2_Description_{type}-en",
    "TextDefinition": "Terminology/sct2_TextDefinition_{type}-en",
    "Relationship": "Terminology/sct2_Relationship_{type}",
    "RelationshipConcreteValues": "Terminology/sct2_RelationshipConcreteValues_{type}",
    "Identifier": "Terminology/sct2_Identifier_{type}",
    "OWLExpression": "Terminology/sct2_sRefset_OWLExpression{type}",
    "Language": "Refset/Language/der2_cRefset_Language{type}-en",
    "Association": "Refset/Content/der2_cRefset_Association{type}",
    "AttributeValue": "Refset/Content/der2_cRefset_AttributeValue{type}",
    "Simple": "Refset/Content/der2_Refset_Simple{type}",
    "SimpleMap": "Refset/Map/der2_sRefset_SimpleMap{type}",
    "SimpleMapFrom": "Refset/Map/der2_sRefset_SimpleMapFrom{type}",
    "ExtendedMap": "Refset/Map/der2_iisssccRefset_ExtendedMap{type}",
    "ModuleDependency": "Refset/Metadata/der2_ssRefset_ModuleDependency{type}",
    "MRCMAttributeDomain": "Refset/Metadata/der2_cissccRefset_MRCMAttributeDomain{type}",
    "MRCMAttributeRange": "Refset/Metadata/der2_ssccRefset_MRCMAttributeRange{type}",
}
NEEDED = ("Concept", "Description", "Relationship")
MEMBERS = frozenset(kind for kind, heading in HEADINGS.items() if heading.startswith("refsetId"))

ALL_CONTENT = "723596005"
METADATA = {
    "Linkage concept": (ids.LINKAGE, ids.ROOT),
    "Concept model attribute": (ids.ATTRIBUTES, ids.LINKAGE),
    "Is a": (ids.IS_A, ids.LINKAGE),
    "Reference set": ("900000000000455006", ids.ROOT),
    "Historical association": (ids.ASSOCIATIONS, "900000000000455006"),
    "Same as": (ids.SAME_AS, ids.ASSOCIATIONS),
    "Replaced by": (ids.REPLACED_BY, ids.ASSOCIATIONS),
    "Was a": (ids.WAS_A, ids.ASSOCIATIONS),
    "Possibly equivalent to": (ids.POSSIBLY_EQUIVALENT_TO, ids.ASSOCIATIONS),
    "American words": (ids.US_ENGLISH, "900000000000455006"),
    "British words": (ids.GB_ENGLISH, "900000000000455006"),
    "Core module": (ids.CORE_MODULE, ids.ROOT),
    "Primitive": (ids.PRIMITIVE, ids.ROOT),
    "Defined": (ids.DEFINED, ids.ROOT),
    "Synonym": (ids.SYNONYM, ids.ROOT),
    "Full name": (ids.FULLY_SPECIFIED_NAME, ids.ROOT),
    "Text definition": (ids.DEFINITION, ids.ROOT),
}
"""What a release needs of SNOMED CT's own metadata, with invented terms: id and parent."""

IN_BOTH: Mapping[str, str] = {ids.US_ENGLISH: ids.PREFERRED, ids.GB_ENGLISH: ids.PREFERRED}
NOWHERE: Mapping[str, str] = {}

Row = tuple[str, ...]


class Release:
    """The rows of a release, older states of a component too. `own` releases bring SNOMED CT's metadata."""

    root = ids.ROOT

    def __init__(
        self,
        *,
        module: str = ids.CORE_MODULE,
        namespace: str = NAMESPACE,
        date: str = DATE,
        own: bool = True,
        items: int = 1,
    ) -> None:
        self.module = module
        self.namespace = namespace
        self.date = date
        self.rows: dict[str, list[Row]] = defaultdict(list)
        self._next = items
        if own:
            self.concept("Invented SNOMED CT", id_=ids.ROOT)
            for term, (id_, parent) in METADATA.items():
                self.concept(term, parent, id_=id_)

    @classmethod
    def read(cls, folder: Path) -> Release:
        """The rows of a snapshot that lies in a folder."""
        release = cls(own=False)
        for kind, name in FILES.items():
            pattern = name.format(type="Snapshot").rpartition("/")[2].partition("Snapshot")[0]
            for file in folder.rglob(f"{pattern}Snapshot*.txt"):
                _, *rows = file.read_text(encoding="utf-8").splitlines()
                release.rows[kind] += [tuple(row.split("\t")) for row in rows]
        return release

    # Components

    def new_id(self, partition: str) -> str:
        """The next identifier: partition 10 is for concepts, 11 for descriptions, 12 for relationships."""
        digits = f"{self._next}{self.namespace}{partition}"
        self._next += 1
        return digits + check_digit(digits)

    def concept(
        self, term: str, *parents: str, id_: str | None = None, defined: bool = False, active: bool = True,
        module: str | None = None, time: str | None = None, full_name: str | None = None,
    ) -> str:  # fmt: skip
        """A concept with a synonym, a fully specified name and its parents; returns its id."""
        id_ = id_ or self.new_id("10")
        self.row("Concept", id_, ids.DEFINED if defined else ids.PRIMITIVE, active=active, module=module, time=time)
        self.description(id_, term)
        self.description(id_, full_name or f"{term} (invented)", ids.FULLY_SPECIFIED_NAME)
        for parent in parents:
            self.relate(id_, ids.IS_A, parent)
        return id_

    def description(
        self, concept: str, term: str, type_: str = ids.SYNONYM, dialects: Mapping[str, str] = IN_BOTH,
        *, language: str = "en", active: bool = True, module: str | None = None, time: str | None = None,
    ) -> str:  # fmt: skip
        """A description, or a text definition, with the language reference sets that it is in; returns its id."""
        kind = "TextDefinition" if type_ == ids.DEFINITION else "Description"
        id_ = self.new_id("11")
        own = (concept, language, type_, term, "900000000000448009")
        self.row(kind, id_, *own, active=active, module=module, time=time)
        for refset, acceptability in dialects.items():
            self.member("Language", refset, id_, acceptability)
        return id_

    def relate(
        self, source: str, type_: str, target: str, group: int = 0, *, active: bool = True, kind: str = ids.INFERRED
    ) -> str:
        """A relationship; a target that begins as concrete values do (`#5`, `"text"`, `true`) is one."""
        concrete = not target.isdecimal()
        id_ = self.new_id("12")
        own = (source, target, str(group), type_, kind, "900000000000451002")
        self.row("RelationshipConcreteValues" if concrete else "Relationship", id_, *own, active=active)
        return id_

    def member(
        self, kind: str, refset: str, component: str, *own: str, active: bool = True, module: str | None = None,
        time: str | None = None,
    ) -> str:  # fmt: skip
        """A member of a reference set, whose file is that of the kind; returns its UUID."""
        id_ = str(uuid.UUID(int=self._next << 64))
        self._next += 1
        self.row(kind, id_, refset, component, *own, active=active, module=module, time=time)
        return id_

    def identifier(self, scheme: str, code: str, concept: str, *, active: bool = True) -> None:
        """A code that a concept has in another scheme."""
        self.rows["Identifier"].append((code, self.date, str(int(active)), self.module, scheme, concept))

    def row(
        self, kind: str, id_: str, *own: str, active: bool = True, module: str | None = None, time: str | None = None
    ) -> None:
        """A row of any file that begins with the common columns."""
        self.rows[kind].append((id_, time or self.date, str(int(active)), module or self.module, *own))

    # Files

    def current(self, kind: str) -> list[Row]:
        """The rows of a snapshot: the latest of each component."""
        latest: dict[str, Row] = {}
        for row in sorted(self.rows[kind], key=lambda row: row[1]):
            latest[row[0]] = row
        return [row for row in self.rows[kind] if latest[row[0]] is row]

    def contents(self, type_: str = "Snapshot") -> dict[str, bytes]:
        """The files of a release by their paths within it."""
        files = {}
        for kind, name in FILES.items():
            rows = self.rows[kind] if type_ == "Full" else self.current(kind)
            if rows or kind in NEEDED:
                path = f"{type_}/{name.format(type=type_)}_INT_{self.date}.txt"
                files[path] = lines(heading(kind), rows)
        return files

    def write(self, folder: Path, type_: str = "Snapshot", name: str = "SnomedCT_Invented") -> Path:
        """Write the release as a folder; returns it."""
        root = folder / f"{name}_PRODUCTION_{self.date}T120000Z"
        for path, content in self.contents(type_).items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content)
        return root

    def zipped(self, folder: Path, type_: str = "Snapshot", name: str = "SnomedCT_Invented") -> Path:
        """Write the release as a zip; returns it."""
        folder.mkdir(parents=True, exist_ok=True)
        root = f"{name}_PRODUCTION_{self.date}T120000Z"
        with zipfile.ZipFile(folder / f"{root}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for path, content in self.contents(type_).items():
                archive.writestr(f"{root}/{path}", content)
        return folder / f"{root}.zip"


def heading(kind: str) -> tuple[str, ...]:
    """The columns of a file."""
    if kind == "Identifier":
        return ("alternateIdentifier", *COMMON.split()[1:], "identifierSchemeId", "referencedComponentId")
    return (*COMMON.split(), *HEADINGS[kind].split())


def lines(columns: Iterable[str], rows: Iterable[Row]) -> bytes:
    """A file as its publishers write it."""
    return "".join("\t".join(row) + "\r\n" for row in (tuple(columns), *rows)).encode()
