"""FHIR resources in files: CodeSystem, ValueSet, ConceptMap, NamingSystem, and Bundles of them.

Reads JSON, NDJSON and XML of R4, R4B and R5. A broken resource stops the load and is named by file, line and column or
FHIRPath; valid ones that cannot be served (another type, no url) are skipped with a reason. Files of FHIR packages
belong to `loaders.fhir_packages`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator

from loaders.fhir_packages import in_packages
from loaders.fhir_records import Seen, records
from loaders.lined import lined
from terminology.fhir import json, xml
from terminology.fhir.json import Json
from terminology.model.loading import Claim, SourceFile, SourceTree
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.records import LoadOptions, Record, Source

_RESOURCE_TYPE = re.compile(rb'"resourceType"\s*:\s*"([A-Za-z]+)"')
_XML_ROOT = re.compile(rb"<(?![?!])(?:\w+:)?([A-Z]\w*)[^>]*http://hl7\.org/fhir[\"']")
_SEARCHED = 8 * 1024**2
"""How far into a JSON file `resourceType` is searched for: it is nearly always the first member."""


class FhirResourcesLoader:
    """A `terminology.model.loading.Loader`."""

    name = "fhir-resources"

    def recognise(self, tree: SourceTree) -> list[Claim]:
        """Every JSON, NDJSON and XML file that holds a FHIR resource, outside packages."""
        packaged = in_packages(tree)
        return [
            Claim(self.name, (file.path,), f"FHIR {type_}")
            for file in tree.files()
            if file.path not in packaged and (type_ := resource_type(file)) is not None
        ]

    def read(self, tree: SourceTree, claim: Claim, options: LoadOptions) -> Iterator[Record]:
        """The resources of the claimed files. Raises TerminologyError that names the file and the place in it."""
        for path in claim.paths:
            file = tree.file(path)
            if (found := lined(file)) is not None:
                source = Source(name=path, path=path, digest=file.digest(), loader=self.name)
                yield from in_file(records(found.header, source, options, concepts=found.concepts()), path)
                continue
            data = file.read()
            source = Source(name=path, path=path, digest=hashlib.sha256(data).hexdigest(), loader=self.name)
            seen: Seen = set()
            for place, resource in parse(file, data):
                where = f"{path}: {place}" if place else path
                yield from in_file(records(resource, source, options, place=place, seen=seen), where)


def resource_type(file: SourceFile) -> str | None:
    """The resource type of a file, by its beginning; None if it holds none."""
    name = file.name.lower()
    if name.endswith(".xml"):
        found = _XML_ROOT.search(file.head())
    elif name.endswith((".json", ".ndjson")):
        found = _RESOURCE_TYPE.search(file.head()) or _RESOURCE_TYPE.search(file.head(_SEARCHED))
    else:
        return None
    return found.group(1).decode() if found else None


def parse(file: SourceFile, data: bytes) -> Iterator[tuple[str, Json]]:
    """The resources of a file with their places in it ('' for a file that is one resource)."""
    name = file.name.lower()
    if name.endswith(".ndjson"):
        for number, line in enumerate(data.splitlines(), 1):
            if line.strip():
                place = f"line {number}"
                yield place, _parsed(json.loads_object, line, f"{file.path}: {place}")
    else:
        yield "", _parsed(_parse_xml if name.endswith(".xml") else json.loads_object, data, file.path)


def _parsed(read: Callable[[bytes], Json], data: bytes, place: str) -> Json:
    try:
        return read(data)
    except TerminologyError as error:
        raise named(error, place) from None


def _parse_xml(data: bytes) -> Json:
    """Parse as R5, which has nearly all elements of R4; as R4 when an element is unknown."""
    try:
        return xml.loads(data, "R5")
    except TerminologyError as error:
        if error.issues[0].message_id != "XML_ELEMENT_UNKNOWN":
            raise
        try:
            return xml.loads(data, "R4")
        except TerminologyError:
            raise error from None


def in_file(found: Iterator[Record], path: str) -> Iterator[Record]:
    """The records; an error gets the name of the file."""
    try:
        yield from found
    except TerminologyError as error:
        raise named(error, path) from None


def named(error: TerminologyError, path: str) -> TerminologyError:
    """The same error, with the file in front of its text."""
    issues = [
        Issue("error", i.code, "RESOURCE_IN_FILE", {"place": path, "reason": i.text}, i.detail, i.expression)
        for i in error.issues
    ]
    return TerminologyError(error.kind, *issues)


LOADER = FhirResourcesLoader()
