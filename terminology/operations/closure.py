"""`$closure` (R5, ConceptMap): a table of how the concepts that a client names relate, which grows call by call.

A table keeps the version of each code system it began with. New concepts are compared with those already in the table,
so a client gets each relation once: from a concept to a broader one. Tables are not published, and may be dropped when
there are too many; a client then starts again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from terminology.fhir import conceptmap
from terminology.fhir.json import Json
from terminology.fhir.r4.conceptmap import EQUIVALENCE
from terminology.model.closure import ClosureConcept, ClosureRelation, ClosureTable
from terminology.model.coding import Canonical, Coding
from terminology.model.conceptmap import ConceptMap, Group, Mapping
from terminology.model.deadline import check, within
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import Catalogue
from terminology.model.requests import ClosureRequest, RequestContext
from terminology.model.results import ClosureResult
from terminology.operations import common
from terminology.operations.inputs import Inputs, wrong_type
from terminology.operations.operation import MANY, Operation, Parameter
from terminology.operations.resolving import existing, required_system
from terminology.settings import Settings

PARAMETERS = (
    Parameter("name", "string", "The name of the table: the client's own choice.", min=1),
    Parameter("concept", "Coding", "A concept to add to the table.", max=MANY),
    Parameter("version", "string", "What was added after this version of the table is wanted again."),
    *common.SUPPLIED,
)
LONGEST_NAME = 200
MOST_CONCEPTS = 5000
"""In one table: adding a concept compares it with all others of its system."""
ATTEMPTS = 10
"""How often concepts are compared again after another request changed the table."""
R4_NAMES = {"equivalent": "equal", "source-is-narrower-than-target": "subsumes"}


def request(inputs: Inputs) -> ClosureRequest:
    """Read name, concepts and version. Raises TerminologyError invalid for what is missing or makes no sense."""
    name: str = inputs.need("name")
    if len(name) > LONGEST_NAME:
        raise wrong_type("name", f"a text of up to {LONGEST_NAME} characters", name)
    version = inputs.text("version")
    if version is not None and not (version.isascii() and version.isdigit() and len(version) < 18):
        raise wrong_type("version", "a version that $closure has answered", version)
    concepts: tuple[Coding, ...] = inputs.values("concept")
    for coding in concepts:
        for missing in ("system", "code"):
            if getattr(coding, missing) is None:
                raise TerminologyError.of(
                    "invalid", "PARAMETER_WITHOUT", code="required", name="concept", needs=missing
                )
    return ClosureRequest(name=name, concepts=concepts, version=version)


def run(catalogue: Catalogue, asked: ClosureRequest, context: RequestContext, _settings: Settings) -> ClosureResult:
    """Start a table, add to it, or repeat additions.

    Raises TerminologyError not-found for an unknown code or system, and for a table that must be started again.
    """
    tables = catalogue.closures
    if not asked.concepts and asked.version is None:
        tables.begin(asked.name)
        return ClosureResult(asked.name, 0, ())
    with within(context.deadline, "CLOSURE_DEADLINE"):
        before, version = _add(catalogue, asked)
    after = before if asked.version is None else int(asked.version)
    found = [r for r in tables.relations(asked.name, after) if r.since <= version]
    return ClosureResult(asked.name, version, tuple(found))


def _add(catalogue: Catalogue, asked: ClosureRequest) -> tuple[int, int]:
    """Add what is not there yet; the versions of the table before and after."""
    for _ in range(ATTEMPTS):
        table = catalogue.closures.table(asked.name)
        if table is None or (asked.version is not None and int(asked.version) > table.version):
            raise TerminologyError.of("not-found", "CLOSURE_UNKNOWN", name=asked.name)
        new = _new(catalogue, table, asked.concepts)
        if not new:
            return table.version, table.version
        relations = tuple(_relations(catalogue, table, new))
        if catalogue.closures.extend(asked.name, table.version, new, relations):
            return table.version, table.version + 1
    raise TerminologyError.of("conflict", "CLOSURE_BUSY", name=asked.name)


def _new(catalogue: Catalogue, table: ClosureTable, concepts: Sequence[Coding]) -> list[ClosureConcept]:
    """The concepts that the table lacks, as their systems write them."""
    versions = {c.system: c.version for c in table.concepts}
    found: dict[ClosureConcept, None] = {}
    for coding in concepts:
        system = required_system(catalogue, Canonical(str(coding.system), coding.version))
        metadata = system.metadata
        version = versions.setdefault(metadata.url, metadata.version or "")
        if coding.version is None and version != (metadata.version or ""):
            system = required_system(catalogue, Canonical(metadata.url, version or None))
        elif version != (metadata.version or ""):
            raise TerminologyError.of("conflict", "CLOSURE_VERSION", system=metadata.url, version=version or "none")
        located = existing(catalogue, system, str(coding.code))
        found[ClosureConcept(system=metadata.url, version=version, code=located.concept.code)] = None
    known = frozenset(table.concepts)
    new = [concept for concept in found if concept not in known]
    if len(table.concepts) + len(new) > MOST_CONCEPTS:
        raise TerminologyError.of("too-costly", "CLOSURE_TOO_LARGE", limit=str(MOST_CONCEPTS))
    return new


def _relations(catalogue: Catalogue, table: ClosureTable, new: Sequence[ClosureConcept]) -> Iterator[ClosureRelation]:
    """How new concepts relate to those before them."""
    known = list(table.concepts)
    for concept in new:
        system = required_system(catalogue, Canonical(concept.system, concept.version or None))
        for other in known:
            if other.system != concept.system:
                continue
            check()
            pair = ClosureRelation(narrower=concept, broader=other, equivalent=False, since=table.version + 1)
            match system.subsumes(concept.code, other.code):
                case "equivalent":
                    yield replace(pair, equivalent=True)
                case "subsumed-by":
                    yield pair
                case "subsumes":
                    yield replace(pair, narrower=other, broader=concept)
        known.append(concept)


def response(result: ClosureResult) -> Json:
    """A ConceptMap with the relations; its version is that of the table."""
    groups: dict[ClosureConcept, list[Mapping]] = {}
    for relation in result.relations:
        mapping = Mapping(
            source_code=relation.narrower.code,
            target_code=relation.broader.code,
            relationship="equivalent" if relation.equivalent else "source-is-narrower-than-target",
        )
        groups.setdefault(replace(relation.narrower, code=""), []).append(mapping)
    header = ConceptMap(
        url="",
        name=result.name,
        version=str(result.version),
        status="active",
        experimental=True,
        groups=tuple(_group(system, mappings) for system, mappings in groups.items()),
    )
    return conceptmap.render(header)


def _group(system: ClosureConcept, mappings: Sequence[Mapping]) -> Group:
    canonical = Canonical(system.system, system.version or None)
    return Group(source=canonical, target=canonical, mappings=tuple(mappings))


def to_r4(resource: Json, _inputs: Inputs) -> Json:
    """R4's terms for closures: `equal` and `subsumes` (the target subsumes the source)."""
    for group in resource.get("group", ()):
        for element in group["element"]:
            for target in element["target"]:
                stated = R4_NAMES[target["relationship"]]
                target["extension"] = [{"url": EQUIVALENCE, "valueCode": stated}]
    return resource


ON_SYSTEM = Operation(
    name="closure",
    resource=None,
    definition=common.SPECIFICATION + "ConceptMap-closure",
    documentation="Keeps a table of how the concepts a client names relate, and answers what is new in it.",
    parameters=PARAMETERS,
    request=request,
    run=run,
    response=response,
    to_r4=to_r4,
    affects_state=True,
)
ON_CONCEPT_MAPS = replace(ON_SYSTEM, resource="ConceptMap")
"""Where older clients look for it."""
