# noqa: INP001 - a script to run, no package
"""Make terminology/http/search_definitions.json: what FHIR's own SearchParameters say of the types that are served.

Run `python tools/make_search_definitions.py hl7.fhir.r4b.core-4.3.0.tgz hl7.fhir.r5.core-5.0.0.tgz` with the packages
of the releases (`npm pack`). For each release, type and parameter there is its type and the id of its definition;
`Resource` stands for all types. R4 is as R4B: of these types nothing differs.
"""

from __future__ import annotations

import json
import sys
import tarfile
from pathlib import Path

OUTPUT = Path(__file__).parent.parent / "terminology" / "http" / "search_definitions.json"
TYPES = ("CodeSystem", "ConceptMap", "NamingSystem", "StructureDefinition", "ValueSet")
EVERY = ("Resource", "DomainResource")
FAMILIES = ("CanonicalResource-", "MetadataResource-", "conformance-", *(f"{type_}-" for type_ in (*TYPES, *EVERY)))
"""How the ids of definitions begin; others are examples."""
BASE = "http://hl7.org/fhir/SearchParameter/"

Definitions = dict[str, dict[str, list[str]]]


def definitions(package: Path) -> tuple[str, Definitions]:
    """The release of a package and what it defines."""
    found: Definitions = {}
    with tarfile.open(package) as archive:
        members = [m for m in archive if m.name.startswith("package/SearchParameter-")]
        release = str(json.load(archive.extractfile("package/package.json"))["version"])  # type: ignore[arg-type]
        for member in sorted(members, key=lambda m: m.name, reverse=True):  # Resource-text first
            parameter = json.load(archive.extractfile(member))  # type: ignore[arg-type]
            if not parameter["id"].startswith(FAMILIES):
                continue
            for base in parameter.get("base", ()):
                if base in TYPES or base in EVERY:
                    own = found.setdefault("Resource" if base in EVERY else base, {})
                    own.setdefault(parameter["code"], [parameter["type"], parameter["url"].removeprefix(BASE)])
    return {"4": "R4", "5": "R5"}[release[0]], {t: dict(sorted(p.items())) for t, p in sorted(found.items())}


if __name__ == "__main__":
    written = dict(sorted(definitions(Path(name)) for name in sys.argv[1:]))
    OUTPUT.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
