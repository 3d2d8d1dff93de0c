"""FHIR packages (npm archives, unpacked or not): the terminology resources in their `package` folder.

A package is claimed as a whole. Its examples and other folders are not loaded, resources of other types are counted in
a note, and broken ones are skipped: a published package should not fail because of one resource. `loaders.fetch`
handles dependencies.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from loaders.fhir_records import TYPES, Seen, records
from loaders.lined import Lined, lined
from terminology.fhir import json
from terminology.model.loading import Claim, SourceFile, SourceTree
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.records import LoadOptions, Note, Record, SkippedRecord, Source

MANIFEST = "package.json"
_FIRST_MEMBER = re.compile(rb'\s*\{\s*"resourceType"\s*:\s*"([A-Za-z]+)"')


@dataclass(frozen=True, slots=True)
class Package:
    """What a manifest says. `root` is the path before the package's files, `folder` that of its resources."""

    name: str
    version: str
    root: str
    folder: str
    manifest: str
    dependencies: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.name}#{self.version}"


class FhirPackagesLoader:
    """A `terminology.model.loading.Loader`."""

    name = "fhir-packages"

    def recognise(self, tree: SourceTree) -> list[Claim]:
        """One claim a package, with all its files."""
        return [
            Claim(self.name, tuple(f.path for f in tree.files() if f.path.startswith(p.root)), f"FHIR package {p}")
            for p in packages(tree)
        ]

    def read(self, tree: SourceTree, claim: Claim, options: LoadOptions) -> Iterator[Record]:
        """The package's terminology resources, and a note of what was left out."""
        claimed = set(claim.paths)
        for package in packages(tree):
            if package.manifest in claimed:
                yield from _read(tree, package, options, self.name)


def packages(tree: SourceTree) -> list[Package]:
    """The packages of a tree, outermost first; a package within another's folder belongs to that one."""
    found: list[Package] = []
    for file in tree.files():
        if file.name == MANIFEST and not any(file.path.startswith(p.root) for p in found):
            package = _manifest(file)
            if package is not None:
                found.append(package)
    return found


def in_packages(tree: SourceTree) -> frozenset[str]:
    """The paths of all files that belong to packages."""
    roots = tuple(p.root for p in packages(tree))
    return frozenset(f.path for f in tree.files() if roots and f.path.startswith(roots))


def _manifest(file: SourceFile) -> Package | None:
    """Read package.json; None if it is not that of a FHIR package (other npm packages have one too)."""
    try:
        content = json.loads_object(file.read())
    except TerminologyError:
        return None
    name, version = content.get("name"), content.get("version")
    is_fhir = content.keys() & {"fhirVersions", "fhir-version-list", "canonical"} or content.get("type") in {
        "fhir.core", "fhir.ig", "Core", "IG",
    }  # fmt: skip
    if not (isinstance(name, str) and isinstance(version, str) and is_fhir):
        return None
    folder = file.path.removesuffix(MANIFEST)
    root = folder.removesuffix("package/") if folder.endswith("/package/") else folder
    dependencies = content.get("dependencies")
    named = dependencies if isinstance(dependencies, dict) else {}
    return Package(name, version, root, folder, file.path, {str(n): str(v) for n, v in named.items()})


def _read(tree: SourceTree, package: Package, options: LoadOptions, loader: str) -> Iterator[Record]:
    left_out: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    seen: Seen = set()
    for file in tree.files():
        name = file.path.removeprefix(package.folder)
        if not file.path.startswith(package.folder) or "/" in name or not name.endswith(".json") or name == MANIFEST:
            continue
        stated = _FIRST_MEMBER.match(file.head(256))
        if stated and stated.group(1).decode() not in TYPES:
            left_out[stated.group(1).decode()] += 1
            continue
        yield from _resource(file, f"{package}/{name}", options, loader, (taken, left_out), seen)
    yield _summary(tree.file(package.manifest), package, loader, taken, left_out)


def _resource(
    file: SourceFile,
    name: str,
    options: LoadOptions,
    loader: str,
    counts: tuple[Counter[str], Counter[str]],
    seen: Seen,
) -> Iterator[Record]:
    taken, left_out = counts
    if (large := lined(file)) is not None:
        yield from _large(large, name, options, loader, taken, seen)
        return
    data = file.read()
    source = Source(name=name, path=file.path, digest=hashlib.sha256(data).hexdigest(), loader=loader)
    try:
        resource = json.loads_object(data)
        type_ = str(resource.get("resourceType", "no resource"))
        if type_ not in TYPES:
            left_out[type_] += 1
            return
        found = list(records(resource, source, _without_names(options), place="", seen=seen))
    except TerminologyError as error:
        yield SkippedRecord(source, file.path, _as_warning(error, file.path))
        return
    taken[type_] += not isinstance(found[0], SkippedRecord)
    yield from found


def _large(
    found: Lined, name: str, options: LoadOptions, loader: str, taken: Counter[str], seen: Seen
) -> Iterator[Record]:
    """The records of a large CodeSystem. It is read twice, so that a broken concept does not leave half of it."""
    path = found.file.path
    source = Source(name=name, path=path, digest=found.file.digest(), loader=loader)
    try:
        for _ in found.concepts():
            pass
        made = records(found.header, source, _without_names(options), seen=seen, concepts=found.concepts())
        first = next(made)
    except TerminologyError as error:
        yield SkippedRecord(source, path, _as_warning(error, path))
        return
    taken["CodeSystem"] += not isinstance(first, SkippedRecord)
    yield first
    yield from made


def _without_names(options: LoadOptions) -> LoadOptions:
    """Options without system and version, which cannot apply to every resource of a package."""
    return LoadOptions(parameters=options.parameters)


def _as_warning(error: TerminologyError, path: str) -> Issue:
    issue = error.issues[0]
    return Issue("warning", issue.code, "RESOURCE_IN_FILE", {"place": path, "reason": issue.text})


def _summary(manifest: SourceFile, package: Package, loader: str, taken: Counter[str], left_out: Counter[str]) -> Note:
    source = Source(name=str(package), path=manifest.path, digest=manifest.digest(), loader=loader)
    arguments = {"package": str(package), "taken": _listed(taken), "left": _listed(left_out)}
    return Note(source, Issue("information", "informational", "PACKAGE_READ", arguments))


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()) if count) or "nothing"


LOADER = FhirPackagesLoader()
