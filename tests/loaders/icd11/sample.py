"""An invented linearization of ICD-11, as a tabulation and as entities of the API. Nothing in it is WHO's."""

from __future__ import annotations

import json
from typing import Any

RELEASE = "http://id.who.int/icd/release/11/2031-01/mms"
FOUNDATION = "http://id.who.int/icd/entity"
HEADINGS = (
    "Foundation URI", "Linearization URI", "Code", "BlockId", "Title", "ClassKind", "DepthInKind", "IsResidual",
    "ChapterNo", "BrowserLink", "isLeaf", "Primary tabulation", "Grouping1", "Grouping2", "Grouping3", "Grouping4",
    "Grouping5", "CodingNote", "Parent", "Version:2031 Jan 21 - 22:30 UTC",
)  # fmt: skip
HINGES, PAINTS = ("BlockL1-1A0",), ("BlockL1-X0",)
RED = ("BlockL1-1A0", "BlockL2-1A0")
ROWS = (
    # entity, code, block, title, kind, depth, residual, chapter, groupings, note, parent
    ("10", "", "", "Invented rusts", "chapter", 1, False, "01", (), "", ""),
    ("11", "", "BlockL1-1A0", "- Rusts of hinges", "block", 1, False, "01", (), "", "10"),
    ("12", "", "BlockL2-1A0", "- - Red rusts", "block", 2, False, "01", HINGES, "", "11"),
    ("100", "1A00", "", "- - - Hinge rust", "category", 1, False, "01", RED, "Say why.", "12"),
    ("101", "1A00.0", "", "- - - - Upper hinge rust", "category", 2, False, "01", RED, "", "100"),
    ("102", "1A00.1", "", "- - - - Lower hinge rust", "category", 2, False, "01", RED, "", "100"),
    ("100/other", "1A00.Y", "", "- - - - Other hinge rust", "category", 2, True, "01", RED, "", "100"),
    ("103", "1A01", "", "- - - Knob rust", "category", 1, False, "01", RED, "", "12"),
    ("11/unspecified", "1A0Z", "", "- - Rusts of hinges, unspecified", "category", 1, True, "01", HINGES, "", "11"),
    ("10/unspecified", "1H0Z", "", "- Invented rusts, unspecified", "category", 1, True, "01", (), "", "10"),
    ("20", "", "", "Extension Codes", "chapter", 1, False, "X", (), "", ""),
    ("21", "", "BlockL1-X0", "- Paints", "block", 1, False, "X", (), "", "20"),
    ("200", "XP0", "", '- - "Green" paints', "category", 1, False, "X", PAINTS, "", "21"),
    ("201", "XP01", "", "- - - Pea green paint", "category", 2, False, "X", PAINTS, "", "200"),
)  # fmt: skip
SPANISH = {"1A00": "Herrumbre de bisagra", "1A01": "Herrumbre de pomo"}


def table(rows=ROWS, *, parents: bool = True, titles: dict[str, str] | None = None) -> list[tuple[str, ...]]:
    """The cells of a tabulation. Before 2024 there was no column Parent."""
    found = [HEADINGS if parents else tuple(h for h in HEADINGS if h != "Parent")]
    for entity, code, block, title, kind, depth, residual, chapter, groupings, note, parent in rows:
        foundation = "" if residual else f"{FOUNDATION}/{entity}"
        cells = [
            foundation, f"{RELEASE}/{entity}", code, block, (titles or {}).get(code, title), kind, str(depth),
            str(residual), chapter, f'=hyperlink("https://example.org/browse#/{entity}","browser")', "False", "True",
            *(groupings + ("",) * 5)[:5], note,
        ]  # fmt: skip
        if parents:
            cells.append(f"{RELEASE}/{parent}" if parent else RELEASE)
        found.append((*cells, ""))
    return found


def tabulation(rows=ROWS, **options) -> str:
    """A tabulation as text, its titles in quotation marks."""
    head, *lines = table(rows, **options)
    quoted = [[*line[:4], '"' + line[4].replace('"', '""') + '"', *line[5:]] for line in lines]
    return "\ufeff" + "".join("\t".join(line) + "\r\n" for line in (head, *quoted))


def _text(text: str, language: str = "en") -> dict[str, str]:
    return {"@language": language, "@value": text}


def entity(id_: str, title: str, *, language: str = "en", **members: Any) -> dict[str, Any]:
    """An entity of the linearization; of `parent` and `child` the ids are given."""
    for name in ("parent", "child"):
        if name in members:
            members[name] = [f"{RELEASE}/{other}".rstrip("/") for other in members[name]]
    base = {"@context": "http://id.who.int/icd/contexts/context", "@id": f"{RELEASE}/{id_}".rstrip("/")}
    source = {"source": f"{FOUNDATION}/{id_}"} if id_ else {}
    return {**base, "title": _text(title, language), **source, **members}


ENTITIES = (
    entity("100", "Hinge rust", parent=["10"], child=["102", "101"], code="1A00", classKind="category",
           definition=_text("Rust of a hinge."), fullySpecifiedName=_text("Rust of a hinge of a door"),
           inclusion=[{"label": _text("Creaking")}], exclusion=[{"label": _text("Dust")}],
           indexTerm=[{"label": _text("Hinge rust")}, {"label": _text("Squeak")}],
           postcoordinationScale=[
               {"@id": f"{RELEASE}/100/postcoordinationScale/hasPaint", "requiredPostcoordination": "true",
                "axisName": "http://id.who.int/icd/schema/hasPaint", "scaleEntity": [f"{RELEASE}/200"]}]),
    entity("", "Invented linearization", child=["10", "200"]),
    entity("10", "Invented rusts", parent=[""], child=["100"], classKind="chapter", code="01"),
    entity("101", "Upper hinge rust", parent=["100"], code="1A00.0", classKind="category"),
    entity("102", "Lower hinge rust", parent=["100"], code="1A00.1", classKind="category"),
    entity("200", "Green paints", parent=[""], child=["201"], code="XP0", classKind="category"),
    entity("201", "Pea green paint", parent=["200"], code="XP01", classKind="category"),
    entity("100", "Herrumbre de bisagra", language="es", code="1A00", classKind="category"),
)  # fmt: skip
FOUNDATION_ENTITIES = (
    {"@id": FOUNDATION, "title": _text("Foundation"), "releaseId": "2031-01", "child": [f"{FOUNDATION}/100"]},
    {
        "@id": f"{FOUNDATION}/100", "title": _text("Hinge rust"), "releaseId": "2031-01", "parent": [FOUNDATION],
        "synonym": [{"label": _text("Squeak")}], "child": [f"{FOUNDATION}/101"],
    },
    {
        "@id": f"{FOUNDATION}/101", "title": _text("Upper hinge rust"), "releaseId": "2031-01",
        "parent": [f"{FOUNDATION}/100", f"{FOUNDATION}/999"],
    },
)  # fmt: skip


def dumped(entities=ENTITIES) -> str:
    """Entities as one file."""
    return json.dumps(entities)
