"""OMOP's standardised vocabularies (Athena's tab-separated files) as one code system: its codes are OMOP's concept ids.

CONCEPT is needed, with VOCABULARY (which states the version) or `--version`; CONCEPT_SYNONYM, CONCEPT_RELATIONSHIP,
CONCEPT_ANCESTOR, DOMAIN and CONCEPT_CLASS add to it. Names of properties are those of HL7's test suite. The hierarchy
is CONCEPT_ANCESTOR's direct pairs, else the relationship `Is a`. A concept with an `invalid-reason` is not made
inactive, as in that suite. Each source vocabulary that FHIR has a canonical for makes a concept map from concept ids
to its codes. Holds all rows of a download in memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from types import MappingProxyType

from loaders import systems
from loaders.digests import digest_of
from loaders.documents.canonicals import SYNONYM
from loaders.problems import refuse_unreadable
from loaders.tables import text_lines
from terminology.model.codesystem import CodeSystemMetadata, FilterDefinition, PropertyDefinition
from terminology.model.coding import Canonical, Coding
from terminology.model.concept import Concept, Designation, Property, PropertyKind
from terminology.model.conceptmap import ConceptMap, Group, Mapping
from terminology.model.loading import Claim, SourceFile, SourceTree
from terminology.model.outcome import Issue, Severity, TerminologyError
from terminology.model.records import ConceptBatch, ConceptMapRecord, LoadOptions, Note, PartBegin, Record, Source

NAME = "omop"
OMOP = "https://fhir-terminology.ohdsi.org"
PUBLISHER = "Observational Health Data Sciences and Informatics (OHDSI)"
BATCH = 2000
FILES = (
    "CONCEPT", "VOCABULARY", "DOMAIN", "CONCEPT_CLASS", "RELATIONSHIP", "CONCEPT_SYNONYM", "CONCEPT_RELATIONSHIP",
    "CONCEPT_ANCESTOR",
)  # fmt: skip
CONCEPT = (
    "concept_id", "concept_name", "domain_id", "vocabulary_id", "concept_class_id", "standard_concept", "concept_code",
    "valid_start_date", "valid_end_date", "invalid_reason",
)  # fmt: skip
RELATIONSHIP = ("concept_id_1", "concept_id_2", "relationship_id", "invalid_reason")
ANCESTOR = ("descendant_concept_id", "ancestor_concept_id", "min_levels_of_separation")
SYNONYMS = ("concept_id", "concept_synonym_name", "language_concept_id")
IS_A = "Is a"
ENGLISH = "4180186"
"""OMOP's concept for the English language."""
SOURCES = MappingProxyType(
    {
        "SNOMED": systems.SNOMED_CT, "LOINC": systems.LOINC, "ICD10CM": systems.ICD10CM, "ICD10PCS": systems.ICD10PCS,
        "ICD9CM": systems.ICD9CM, "ICD9Proc": systems.ICD9CM, "CPT4": systems.CPT, "HCPCS": systems.HCPCS,
        "RxNorm": "http://www.nlm.nih.gov/research/umls/rxnorm", "NDC": "http://hl7.org/fhir/sid/ndc",
        "UCUM": "http://unitsofmeasure.org", "ICD10": "http://hl7.org/fhir/sid/icd-10",
    }
)  # fmt: skip
"""Canonicals of vocabularies, where FHIR has one."""
_KINDS: dict[str, PropertyKind] = {
    "concept-class-concept-id": "code", "concept-class-id": "code", "domain-concept-id": "code", "domain-id": "code",
    "vocabulary-concept-id": "code", "vocabulary-id": "string", "standard-concept": "code", "invalid-reason": "string",
    "source-concept-code": "Coding", "valid-start-date": "dateTime", "valid-end-date": "dateTime",
    "inactive": "boolean",
}  # fmt: skip


class OmopLoader:
    """A `terminology.model.loading.Loader`."""

    name = NAME

    def recognise(self, tree: SourceTree) -> list[Claim]:
        """Every folder with a CONCEPT file of OMOP's columns, and the other files beside it."""
        files = tree.files()
        claims = []
        for concept in files:
            if _kind(concept.name) != "CONCEPT" or b"concept_id\t" not in concept.head().lower():
                continue
            folder = concept.path.rpartition("/")[0]
            beside = tuple(f.path for f in files if f.path.rpartition("/")[0] == folder and _kind(f.name))
            claims.append(Claim(NAME, beside, "OMOP vocabularies"))
        return claims

    def read(self, tree: SourceTree, claim: Claim, options: LoadOptions) -> Iterator[Record]:
        """One part. Raises TerminologyError invalid that names file and line."""
        files = {kind: file for path in claim.paths if (kind := _kind((file := tree.file(path)).name))}
        folder = files["CONCEPT"].path.rpartition("/")[0]
        refuse_unreadable(tree, f"{folder}/", lambda name: _kind(name) is not None)
        reader = _Reader(files)
        main = files["CONCEPT"]
        source = Source(name=main.path, path=main.path, digest=digest_of(files.values()), loader=NAME)
        yield PartBegin(source=source, metadata=reader.metadata(options), kind="release")
        concepts = reader.concepts()
        while batch := tuple(islice(concepts, BATCH)):
            yield ConceptBatch(batch)
        for concept_map in reader.maps(options):
            yield ConceptMapRecord(source, concept_map)
        for message_id, arguments in reader.said():
            severity: Severity = "information" if message_id == "OMOP_TOTALS" else "warning"
            yield Note(source, Issue(severity, "informational", message_id, arguments))


def _kind(name: str) -> str | None:
    stem, _, ending = name.upper().rpartition(".")
    return stem if ending in {"CSV", "TSV", "TXT"} and stem in FILES else None


def rows(file: SourceFile, wanted: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """The cells of `wanted` with their line; tabs separate, and nothing quotes. Raises TerminologyError invalid."""
    lines = text_lines(file)
    known = [name.strip().lower() for name in next(lines, (0, ""))[1].rstrip("\r").split("\t")]
    for name in wanted:
        if name not in known:
            raise TerminologyError.of(
                "invalid", "RELEASE_COLUMN_MISSING", path=file.path, column=name, known=", ".join(known)
            )
    places = [known.index(name) for name in wanted]
    for number, line in lines:
        if not line.strip():
            continue
        cells = line.split("\t")
        if len(cells) != len(known):
            place = f"{file.path}, line {number}"
            raise TerminologyError.of(
                "invalid", "RELEASE_ROW_LENGTH", place=place, found=str(len(cells)), expected=str(len(known))
            )
        yield number, [cells[place].strip() for place in places]


@dataclass(slots=True)
class _Reader:
    """Everything but CONCEPT is read first, by concept."""

    files: dict[str, SourceFile]
    names: dict[str, str] = field(default_factory=dict)
    relations: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    parents: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    synonyms: dict[str, list[Designation]] = field(default_factory=lambda: defaultdict(list))
    dangling: dict[str, tuple[int, int]] = field(default_factory=dict)

    def metadata(self, options: LoadOptions) -> CodeSystemMetadata:
        """The header. Raises TerminologyError invalid (OMOP_VERSION_MISSING)."""
        version = options.version or self._version()
        if version is None:
            raise TerminologyError.of("invalid", "OMOP_VERSION_MISSING", path=self.files["CONCEPT"].path)
        self._read()
        kinds = sorted({kind for found in self.relations.values() for kind, _ in found})
        return replace(
            systems.header(OMOP),
            version=version,
            name="OMOP Concepts",
            title="OMOP Concepts",
            publisher=PUBLISHER,
            language="en",
            case_sensitive=True,
            content="complete",
            hierarchy_meaning="is-a",
            filters=(
                FilterDefinition("domain", ("=", "in"), "Names of domains", "Concepts of a domain."),
                FilterDefinition("vocabulary", ("=", "in"), "Names of vocabularies", "Concepts of a vocabulary."),
                FilterDefinition("concept-class", ("=", "in"), "Names of classes", "Concepts of a class."),
            ),
            properties=(
                *(PropertyDefinition(code, kind) for code, kind in _KINDS.items()),
                *(PropertyDefinition(kind, "Coding", None, f"Relationship `{kind}`.") for kind in kinds),
            ),
        )

    def _version(self) -> str | None:
        """VOCABULARY's row `None` has the release: `v5.0 16-JUL-24` is 20240716."""
        if "VOCABULARY" not in self.files:
            return None
        for _, (vocabulary, version) in rows(self.files["VOCABULARY"], ("vocabulary_id", "vocabulary_version")):
            if vocabulary == "None" and version:
                try:
                    return datetime.strptime(version.split()[-1].title(), "%d-%b-%y").strftime("%Y%m%d")  # noqa: DTZ007 - a day has no time zone
                except ValueError:
                    return version
        return None

    def _read(self) -> None:
        for number, (code, name) in rows(self.files["CONCEPT"], ("concept_id", "concept_name")):
            if not code.isdecimal():
                raise self._problem("CONCEPT", number, "OMOP_ID", id=code)
            if code in self.names:
                raise self._problem("CONCEPT", number, "OMOP_TWICE", id=code)
            self.names[code] = name
        if not self.names:
            raise TerminologyError.of("invalid", "RELEASE_ROWS_MISSING", path=self.files["CONCEPT"].path)
        for code, other, kind, invalid in self._linked("CONCEPT_RELATIONSHIP", RELATIONSHIP, 2):
            if not invalid:
                self.relations[code].append((kind, other))
        for code, other, levels in self._linked("CONCEPT_ANCESTOR", ANCESTOR, 2):
            if levels == "1":
                self.parents[code].append(other)
        for code, name, language in self._linked("CONCEPT_SYNONYM", SYNONYMS, 1):
            if name and name != self.names[code]:
                self.synonyms[code].append(Designation(name, "en" if language == ENGLISH else None, SYNONYM))

    def _linked(self, kind: str, columns: Sequence[str], ids: int) -> Iterator[list[str]]:
        """The rows of a file whose first columns are concepts that are there; the others are counted."""
        if kind not in self.files:
            return
        for number, cells in rows(self.files[kind], columns):
            if all(code in self.names for code in cells[:ids]):
                yield cells
            else:
                count, first = self.dangling.get(kind, (0, number))
                self.dangling[kind] = (count + 1, first)

    def concepts(self) -> Iterator[Concept]:
        """The concepts, in the order of CONCEPT."""
        ids = {
            column: self._ids(kind, column)
            for kind, column in (("DOMAIN", "domain"), ("CONCEPT_CLASS", "concept_class"), ("VOCABULARY", "vocabulary"))
        }
        for number, cells in rows(self.files["CONCEPT"], CONCEPT):
            said = dict(zip(CONCEPT, cells, strict=True))
            code = said["concept_id"]
            yield Concept(
                code,
                said["concept_name"] or None,
                designations=tuple(self.synonyms.get(code, ())),
                properties=(*self._properties(said, ids, number), *self._relations(code)),
                parents=tuple(dict.fromkeys(self._parents(code))),
            )

    def maps(self, options: LoadOptions) -> Iterator[ConceptMap]:
        """For each source vocabulary with a canonical, a map from OMOP's concepts to its codes."""
        version = options.version or self._version()
        vocabularies = self._ids("VOCABULARY", "vocabulary")
        mappings: dict[str, list[Mapping]] = defaultdict(list)
        columns = ("concept_id", "concept_name", "vocabulary_id", "concept_code")
        for _, (code, name, vocabulary, source_code) in rows(self.files["CONCEPT"], columns):
            if vocabulary in SOURCES and vocabulary in vocabularies:
                mappings[vocabulary].append(
                    Mapping(
                        source_code=code,
                        source_display=name or None,
                        target_code=source_code,
                        target_display=name or None,
                        relationship="equivalent",
                    )
                )
        for vocabulary, found in mappings.items():
            group = Group(source=Canonical(OMOP, version), target=Canonical(SOURCES[vocabulary]), mappings=tuple(found))
            yield ConceptMap(
                url=f"{OMOP}/ConceptMap/{vocabularies[vocabulary]}",
                version=version,
                name=f"OMOPTo{vocabulary}",
                title=f"OMOP concepts to {vocabulary}",
                publisher=PUBLISHER,
                groups=(group,),
            )

    def _ids(self, kind: str, column: str) -> dict[str, str]:
        if kind not in self.files:
            return {}
        found = rows(self.files[kind], (f"{column}_id", f"{column}_concept_id"))
        return {name: concept for _, (name, concept) in found}

    def _properties(self, said: dict[str, str], ids: dict[str, dict[str, str]], number: int) -> Iterator[Property]:
        values = {"standard-concept": said["standard_concept"] or "NS", "invalid-reason": said["invalid_reason"]}
        for column, known in ids.items():
            name = column.replace("_", "-")
            values[f"{name}-id"] = said[f"{column}_id"]
            values[f"{name}-concept-id"] = known.get(said[f"{column}_id"], "")
        for name in ("start", "end"):
            values[f"valid-{name}-date"] = self._date(said[f"valid_{name}_date"], number)
        for name, value in values.items():
            if value:
                yield Property(name, _KINDS[name], value)
        original = Coding(SOURCES.get(said["vocabulary_id"]), said["concept_code"])
        yield Property("source-concept-code", "Coding", original)
        yield Property("inactive", "boolean", False)

    def _date(self, text: str, number: int) -> str:
        digits = text.replace("-", "")
        if digits and (len(digits) != 8 or not digits.isdecimal()):
            raise self._problem("CONCEPT", number, "OMOP_DATE", date=text)
        return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}" if digits else ""

    def _relations(self, code: str) -> Iterator[Property]:
        for kind, other in self.relations.get(code, ()):
            yield Property(kind, "Coding", Coding(OMOP, other, display=self.names[other]))

    def _parents(self, code: str) -> Iterator[str]:
        if "CONCEPT_ANCESTOR" in self.files:
            yield from (other for other in self.parents.get(code, ()) if other != code)
        else:
            yield from (other for kind, other in self.relations.get(code, ()) if kind == IS_A and other != code)

    def said(self) -> Iterator[tuple[str, dict[str, str]]]:
        """The notes of the report: message ids with their arguments."""
        path = self.files["CONCEPT"].path
        links = sum(map(len, self.relations.values()))
        yield "OMOP_TOTALS", {"path": path, "concepts": f"{len(self.names):,}", "relations": f"{links:,}"}
        for kind, (count, first) in self.dangling.items():
            yield "OMOP_DANGLING", {"path": self.files[kind].path, "count": f"{count:,}", "line": str(first)}

    def _problem(self, kind: str, number: int, message_id: str, **arguments: str) -> TerminologyError:
        place = f"{self.files[kind].path}, line {number}"
        return TerminologyError("invalid", Issue("error", "invalid", message_id, {"place": place, **arguments}))


LOADER = OmopLoader()
