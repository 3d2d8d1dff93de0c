"""Reads ClaML files: each is one version of a code system."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from loaders.claml.concepts import Shaper, definitions
from loaders.claml.hierarchy import check_subclasses, hierarchy
from loaders.claml.model import Classification
from loaders.claml.modifiers import Multiplier
from loaders.claml.parse import parse
from loaders.claml.registry import Known, known, year_in
from loaders.systems import header, url_name
from loaders.xml_stream import root_name
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept
from terminology.model.loading import Claim, SourceTree
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.records import ConceptBatch, LoadOptions, Note, PartBegin, Record, Source

NAME = "claml"
BATCH = 2000


class ClamlLoader:
    """A `terminology.model.loading.Loader`."""

    name = NAME

    def recognise(self, tree: SourceTree) -> list[Claim]:
        """Every XML file whose root is ClaML."""
        return [
            Claim(NAME, (file.path,), f"ClaML {file.name}")
            for file in tree.files()
            if file.name.lower().endswith((".xml", ".claml")) and root_name(file) == "ClaML"
        ]

    def read(self, tree: SourceTree, claim: Claim, options: LoadOptions) -> Iterator[Record]:
        """The classes and modified codes. Raises TerminologyError invalid that names file and line."""
        for path in claim.paths:
            file = tree.file(path)
            found = parse(file)
            source = Source(name=path, path=path, digest=file.digest(), loader=NAME)
            links = hierarchy(found)
            multiplier = Multiplier(found, links)
            yield PartBegin(source=source, metadata=_metadata(found, options), kind="release")
            shaper = Shaper(found, links)
            concepts = _concepts(links.preorder(), shaper, multiplier)
            while batch := tuple(islice(concepts, BATCH)):
                yield ConceptBatch(batch)
            check_subclasses(found, multiplier.made)
            counts = {"classes": f"{len(found.classes):,}", "modified": f"{len(multiplier.made):,}"}
            yield Note(source, Issue("information", "informational", "CLAML_TOTALS", {"path": path, **counts}))
            if links.one_sided:
                one_sided = {"path": path, "count": f"{links.one_sided:,}"}
                yield Note(source, Issue("warning", "processing", "CLAML_ONE_SIDED", one_sided))


def _concepts(codes: Iterable[str], shaper: Shaper, multiplier: Multiplier) -> Iterator[Concept]:
    for code in codes:
        yield shaper.of_class(code)
        for modified in multiplier.of(code):
            yield shaper.of_modified(modified)


def _metadata(found: Classification, options: LoadOptions) -> CodeSystemMetadata:
    row = known(found)
    url = options.system or (row.url if row else None)
    version = options.version or found.version or None
    if url is None:
        raise TerminologyError.of(
            "invalid", "CLAML_SYSTEM_UNKNOWN", path=found.path, title=found.name or found.title,
            identifiers=", ".join(uid for _, uid in found.identifiers) or "none",
        )  # fmt: skip
    if version is None:
        raise TerminologyError.of("invalid", "CLAML_VERSION_MISSING", path=found.path)
    if row is not None and row.url != url:
        row = None
    year = (year_in(version) or year_in(found.name)) if row and row.yearly else None
    made = header(url)
    return replace(
        made,
        version=version,
        name=row.name if row else made.name if made.publisher else url_name(url),
        title=found.metas.get("titleLong") or found.title or made.title,
        publisher=row.publisher if row else made.publisher or _authority(found),
        copyright=found.metas.get("copyright") or made.copyright,
        date=found.date or None,
        language=found.language,
        identifiers=made.identifiers or _oids(row),
        case_sensitive=True,
        hierarchy_meaning="is-a",
        content="complete",
        version_needed=bool(row and row.yearly),
        effective_start=f"{year}-01-01" if year else None,
        effective_end=f"{year}-12-31" if year else None,
        properties=definitions(found),
    )


def _oids(row: Known | None) -> tuple[str, ...]:
    return tuple(f"urn:oid:{oid}" for oid in row.oids) if row else ()


def _authority(found: Classification) -> str | None:
    return next((authority for authority, _ in found.identifiers if authority), None)


LOADER = ClamlLoader()
