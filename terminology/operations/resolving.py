"""Finding the code system and the code an operation is about, or saying why it cannot be found."""

from __future__ import annotations

from collections.abc import Sequence

from terminology.model.coding import Canonical
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import Catalogue, CodeSystem, Located
from valuesets.former import what_became
from valuesets.plan import usable


def required_system(catalogue: Catalogue, ref: Canonical, supplements: Sequence[Canonical] = ()) -> CodeSystem:
    """The code system. Raises TerminologyError not-found, naming the versions there are."""
    system = catalogue.code_system(ref, supplements)
    if system is not None:
        return system
    versions = catalogue.code_system_versions(ref.url)
    if ref.version and versions:
        raise TerminologyError.of(
            "not-found",
            "CODESYSTEM_VERSION_NOT_FOUND",
            detail="not-found",
            url=ref.url,
            version=ref.version,
            known=", ".join(version or "one without a version" for version in versions),
        )
    raise TerminologyError.of("not-found", "CODESYSTEM_NOT_FOUND", detail="not-found", url=ref.url)


def existing(catalogue: Catalogue, system: CodeSystem, code: str) -> Located:
    """The concept of a code. Raises TerminologyError not-found, with its successors or what the system itself can say.

    Where the codes of the system are not here, that is what is not found: another server may know them.
    """
    located = system.locate(code)
    if located is not None:
        return located
    metadata = system.metadata
    if not usable(system):
        raise TerminologyError.of(
            "not-found",
            "CODESYSTEM_CODES_NOT_HERE",
            detail="not-found",
            url=str(metadata.canonical),
            content=metadata.content,
        )
    version = f" version {metadata.version}" if metadata.version else ""
    error = TerminologyError.of("not-found", "CODE_NOT_FOUND", wanted=code, system=metadata.url, version=version)
    explained = what_became(catalogue, system, code) or system.explain(code)
    if explained is not None:
        raise TerminologyError("not-found", *error.issues, explained)
    raise error
