"""A small release in RxNorm's layout: everything in it but term types and relationships is invented."""

from __future__ import annotations

from pathlib import Path

CONCEPTS = (
    "11|ENG||||||A1|||| RXNORM |IN|11|zebrine||N|",
    "11|ENG||||||A2|||| RXNORM |SY|11|striped alkaloid||N|",
    "11|ENG||||||A3|||| OTHERDRUGS |IN|x|Zebrine (licensed name)||N|",
    "12|ENG||||||A4|||| RXNORM |PSN|12|zebrine 5 mg tablet||N|",
    "12|ENG||||||A5|||| RXNORM |SCD|12|zebrine 5 MG Oral Tablet||N|",
    "13|ENG||||||A6|||| RXNORM |SCD|13|zebrine 7 MG Oral Tablet||O|",
    "14|ENG||||||A7|||| OTHERDRUGS |CD|y|Something else||N|",
    "9|ENG||||||A8|||| RXNORM |DF|9|Oral Tablet||N|",
)
RELATIONSHIPS = (
    "11||CUI|RO|12||CUI|has_ingredient|1||RXNORM|||||",
    "12||CUI|RO|11||CUI|ingredient_of|2||RXNORM|||||",
    "11||CUI|RO|13||CUI|has_ingredient|3||RXNORM|||||",
    "9||CUI|RO|12||CUI|has_dose_form|4||RXNORM|||||",
    "12||CUI|RB|13||CUI||5||RXNORM|||||",
    "11|A1|AUI|SY|11|A2|AUI||6||RXNORM|||||",
    "11||CUI|RO|14||CUI|has_ingredient|7||RXNORM|||||",
    "11||CUI|RO|12||CUI|has_ingredient|8||OTHERDRUGS|||||",
)
ATTRIBUTES = (
    "12||||CUI||1||NDC|RXNORM|00001000101|N|4096",
    "12||||CUI||2||RXN_STRENGTH|RXNORM|5 MG|N|",
    "12||||CUI||3||NDC|RXNORM|00001000102|O|",
    "12||||CUI||4||PRICE|OTHERDRUGS|12|N|",
)
TYPES = (
    "11|T109|A1|Organic Chemical||",
    "11|T121|A2|Pharmacologic Substance||",
    "77|T121|A2|Pharmacologic Substance||",
)
SOURCES = (
    "C1|C2|OTHERDRUGS_1|OTHERDRUGS|Others|OTHERDRUGS|1||||||||||||||||||",
    "C3|C4|RXNORM_20AA_250804F|RXNORM|RxNorm Vocabulary|RXNORM|20AA_250804F||||||||||||||||||",
)
RETIRED = (
    "91|RXNORM_04AC_050210F|RXNORM_09AA_090706F|1|12",
    "92|RXNORM_04AC_050210F|RXNORM_09AA_090706F|2|12",
    "92|RXNORM_04AC_050210F|RXNORM_09AA_090706F|2|13",
    "11|RXNORM_04AC_050210F|RXNORM_09AA_090706F|1|11",
)
ARCHIVE = (
    "B1||old zebrine||||91|N|ENG|20090706|||91|RXNORM|SCD|12",
    "B2||older name of zebrine||||11|N|ENG|20090706|||11|RXNORM|SY|11",
    "B3||foreign|||| z|N|ENG|20090706|||93|OTHERDRUGS|CD|",
)

TABLES = {
    "RXNCONSO.RRF": CONCEPTS, "RXNREL.RRF": RELATIONSHIPS, "RXNSAT.RRF": ATTRIBUTES, "RXNSTY.RRF": TYPES,
    "RXNSAB.RRF": SOURCES, "RXNCUI.RRF": RETIRED, "RXNATOMARCHIVE.RRF": ARCHIVE,
}  # fmt: skip
WIDTHS = {"RXNCONSO.RRF": 18, "RXNREL.RRF": 16, "RXNSAT.RRF": 13, "RXNSTY.RRF": 6, "RXNSAB.RRF": 25, "RXNCUI.RRF": 5}


def write_release(folder: Path, **changed: tuple[str, ...]) -> Path:
    """All tables, some of them changed, by name without suffix; the folder of the release."""
    (folder / "rrf").mkdir(parents=True)
    for name, rows in TABLES.items():
        given = changed.get(name.removesuffix(".RRF"), rows)
        lines = (_line(row, WIDTHS.get(name, 16)) for row in given)
        (folder / "rrf" / name).write_text("".join(f"{line}\r\n" for line in lines))
    return folder


def _line(row: str, width: int) -> str:
    """A row filled up to the fields of its table, each ending in a pipe."""
    cells = [cell.strip() for cell in row.split("|")]
    return "".join(f"{cell}|" for cell in (*cells, *[""] * (width - len(cells))))
