"""Finds the code system and the code that an operation is about, or raises an error that explains why not."""

from __future__ import annotations

from collections.abc import Sequence

from terminology.model.coding import Canonical
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import Catalogue, CodeSystem, Located
from valuesets.former import in_other_release, what_became
from valuesets.plan import usable


def required_system(catalogue: Catalogue, ref: Canonical, supplements: Sequence[Canonical] = ()) -> CodeSystem:
    """The code system. Raises TerminologyError not-found, which names the loaded versions."""
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


def system_of_call(catalogue: Catalogue, stated: Canonical, call: Canonical | None, expression: str) -> Canonical:
    """The system of a coding, in the version that the call is about where the coding names none.

    Raises TerminologyError invalid for a coding of another system than the call is about (`expression` says where).
    """
    if call is None:
        return stated
    if stated.url != call.url and stated.url not in catalogue.names_of(call.url):
        raise TerminologyError.of(
            "invalid",
            "CODING_OF_OTHER_SYSTEM",
            detail="invalid-data",
            expression=(expression,),
            system=stated.url,
            called=call.url,
        )
    return Canonical(stated.url, stated.version or call.version)


def existing(catalogue: Catalogue, system: CodeSystem, code: str) -> Located:
    """The concept of a code. Raises TerminologyError not-found, with the system's own explanation.

    Where the system's codes are not loaded, the error says so: another server may have them.
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
    said = (explained, in_other_release(catalogue, system, code))
    raise TerminologyError("not-found", *error.issues, *(issue for issue in said if issue is not None))
