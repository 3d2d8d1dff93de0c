"""A release of ICD-10-PCS in CMS's layouts, with invented contents: lamps are polished and bulbs are swapped."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from xml.sax.saxutils import escape

from tests.loaders.workbooks import workbook

Axis = tuple[str, dict[str, str]]
"""A title, and labels by character."""

LEFT_RIGHT: dict[str, str] = {"1": "Bulb, Left", "2": "Bulb, Right"}
NO_DEVICE, NO_QUALIFIER = {"Z": "No Device"}, {"Z": "No Qualifier"}


def head(section: str, body_system: str, operation: str, title: str = "Operation") -> tuple[Axis, Axis, Axis]:
    """The first three axes, each as `0 Repairs`."""
    found = [tuple(text.split(" ", 1)) for text in (section, body_system, operation)]
    return tuple((t, {c: label}) for t, (c, label) in zip(("Section", "Body System", title), found, strict=True))  # type: ignore[return-value]


def row(parts: dict[str, str], approaches: dict[str, str], devices: dict[str, str], qualifiers: dict[str, str]):
    return [("Body Part", parts), ("Approach", approaches), ("Device", devices), ("Qualifier", qualifiers)]


TABLES = [
    (
        head("0 Repairs", "A Lamps", "B Polish"),
        "Rubbing a part of a lamp until it shines",
        [
            row(LEFT_RIGHT, {"0": "Open", "4": "Through Glass"}, {"J": "Cloth", **NO_DEVICE}, NO_QUALIFIER),
            row({"3": "Shade"}, {"X": "Outside"}, NO_DEVICE, {"5": "Twice", **NO_QUALIFIER}),
        ],
    ),
    (
        head("0 Repairs", "A Lamps", "C Swap"),
        None,
        [row({"1": "Bulb, Left"}, {"0": "Open"}, {"J": "Spare Bulb"}, NO_QUALIFIER)],
    ),
    (
        head("G Chatting", "X None", "Y Gossip Assessment", "Type"),
        None,
        [[("Qualifier", {"0": "Short", "1": "Long"}), *([("Qualifier", {"Z": "None"})] * 3)]],
    ),
]
CODES = [
    "0AB10JZ", "0AB10ZZ", "0AB14JZ", "0AB14ZZ", "0AB20JZ", "0AB20ZZ", "0AB24JZ", "0AB24ZZ", "0AB3XZ5", "0AB3XZZ",
    "0AC10JZ", "GXY0ZZZ", "GXY1ZZZ",
]  # fmt: skip
HEADERS = ["0AB", "0AC", "GXY"]


def _axis(position: int, axis: Axis, definition: str | None = None) -> str:
    title, values = axis
    labels = "".join(f'<label code="{c}">{escape(label)}</label>' for c, label in values.items())
    said = f"<definition>{definition}</definition>" if definition else ""
    return f'<axis pos="{position}" values="{len(values)}"><title>{escape(title)}</title>{labels}{said}</axis>\r\n'


def tables_xml(year: int = 2025, tables=TABLES) -> str:
    text = (
        f'<?xml version="1.0" encoding="utf-8"?>\r\n<ICD10PCS.tabular>\r\n<version>{year}</version><title>T</title>\r\n'
    )
    for axes, definition, rows in tables:
        text += "<pcsTable>\r\n"
        text += "".join(_axis(n, axis, definition if n == 3 else None) for n, axis in enumerate(axes, 1))
        for values in rows:
            count = 1
            for _, labels in values:
                count *= len(labels)
            text += f'<pcsRow codes="{count}">\r\n'
            text += "".join(_axis(n, axis) for n, axis in enumerate(values, 4)) + "</pcsRow>\r\n"
        text += "</pcsTable>\r\n"
    return text + "</ICD10PCS.tabular>\r\n"


def order_txt(tables=TABLES, *, without: tuple[str, ...] = ()) -> str:
    """The order file of the tables. Long titles are short enough to invent, short titles cut off."""
    lines: list[tuple[str, str, str]] = []
    for axes, _, rows in tables:
        table = "".join(next(iter(values)) for _, values in axes)
        labels = [next(iter(values.values())) for _, values in axes]
        lines.append((table, "0", f"{labels[1]}, {labels[2]}"))
        codes = []
        for values in rows:
            for combination in product(*(labels.items() for _, labels in values)):
                code = table + "".join(c for c, _ in combination)
                codes.append((code, "1", f"{labels[2]} of {' and '.join(label for _, label in combination)}"))
        lines += [line for line in sorted(codes) if line[0] not in without]
    return "".join(
        f"{n:05} {code:<7} {flag} {short(title):<60} {title}\r\n" for n, (code, flag, title) in enumerate(lines, 1)
    )


def short(title: str) -> str:
    return title.replace(" and ", ", ")[:60].rstrip()


def codes_txt(tables=TABLES) -> str:
    lines = order_txt(tables).splitlines()
    return "".join(f"{line[6:13]} {line[77:]}\r\n" for line in lines if line[14] == "1")


DEFINITIONS = """<?xml version="1.0" encoding="utf-8"?>
<ICD10PCS.definitions>
<version>2025</version><title>D</title>
<section code="0"><title>Repairs</title>
 <axis pos="3"><title>Operation</title>
  <terms><title>Polish</title><definition>Rubbing until it shines.</definition>
   <explanation>Not for dust alone</explanation><includes>Lamp shining, bulb buffing</includes></terms>
 </axis>
 <axis pos="4"><title>Body Part</title>
  <terms><title>Bulb, Left</title><title>Bulb, Right</title>
   <includes>Glass globe</includes><includes>Glower</includes></terms>
 </axis>
 <axis pos="5"><title>Approach</title>
  <terms><title>Open</title><definition>With the glass taken off</definition></terms>
 </axis>
 <axis pos="6"><title>Device</title>
  <terms><title>Cloth in Lamps</title><includes>WipeWell(R)</includes></terms>
  <terms><title>Spare Bulb for Swap in Lamps</title><includes>BrightMax</includes></terms>
  <terms><title>Cloth in Heaters</title><includes>HeatWipe</includes></terms>
  <terms><title>Feather</title><includes>Goose quill</includes></terms>
 </axis>
</section>
<section code="G"><title>Chatting</title>
 <axis pos="4"><title>Qualifier</title>
  <terms><title>Short (Assessment)</title><definition>Under a minute</definition></terms>
  <terms><title>Long (Treatment)</title><definition>Never found</definition></terms>
 </axis>
</section>
<deviceAggregation>
 <aggregate><device>Spare Bulb</device><operation>Swap</operation><bodySys>Lamps</bodySys>
  <parent value="Y">Bulb</parent></aggregate>
 <aggregate><device>Cloth</device><operation>All applicable</operation><bodySys>Heaters</bodySys>
  <parent value="7">Rag</parent></aggregate>
</deviceAggregation>
</ICD10PCS.definitions>
"""

INDEX = """<?xml version="1.0" encoding="utf-8"?>
<ICD10PCS.index>
<version>2025</version><title>I</title>
<letter><title>B</title>
 <mainTerm><title>Buffing</title><see>Polish</see></mainTerm>
 <mainTerm><title>Burnish</title><see>Polish, Bulb, Left</see></mainTerm>
 <mainTerm><title>Bulb change</title><see>Swap, Lamps<tab>0AC</tab></see></mainTerm>
</letter>
<letter><title>G</title>
 <mainTerm><title>Globe</title>
  <term level="1"><use>Bulb, Left</use></term>
  <term level="1"><use>Bulb, Right</use></term>
 </mainTerm>
 <mainTerm><title>GlowMore</title><use>Spare Bulb in<tab>0AC</tab></use></mainTerm>
 <mainTerm><title>Gone</title><code>0AB9ZZZ</code></mainTerm>
</letter>
<letter><title>P</title>
 <mainTerm><title>Polish</title>
  <term level="1"><title>Bulb</title>
   <term level="2"><title>Left</title><codes>0AB1</codes></term>
   <term level="2"><title>Right</title><codes>0AB2</codes></term>
  </term>
  <term level="1"><title>Shade</title><codes>0AB3XZ</codes></term>
 </mainTerm>
</letter>
<letter><title>W</title>
 <mainTerm><title>Whispering</title><code>GXY0ZZZ</code></mainTerm>
 <mainTerm><title>Wink</title><see>Nothing that is there</see></mainTerm>
</letter>
</ICD10PCS.index>
"""


def addendum_line(action: str, code: str, title: str) -> str:
    return f"{action + ':':<13}{code:<7} {short(title):<60} {title}\r\n"


def order_addendum(
    *, codes: int = 13, headers: int = 3, additions: int = 1, deletions: int = 1, revisions: int = 1, old: int = 2024
) -> str:
    """One code added, one deleted, one retitled."""
    return (
        addendum_line("Delete", "0AB14J5", "Polish of Bulb, Left, with a Rag")
        + addendum_line("Add", "0AB24ZZ", "Polish of Bulb, Right and Through Glass")
        + addendum_line("Revise from", "0AC10JZ", "Exchange of Bulb, Left")
        + addendum_line("Revise to", "0AC10JZ", "Swap of Bulb, Left and Open and Spare Bulb and No Qualifier")
        + f"\r\nHeaders\r\n    {headers} headers in icd10pcs_order_{old}.txt\r\n"
        f"    {headers} headers in icd10pcs_order_{old + 1}.txt\r\n"
        "      0 additions\r\n      0 deletions\r\n      0 revisions\r\n    of which\r\n"
        "      0 revisions to both long and short titles\r\n\r\n"
        f"Codes\r\n  {codes} codes in icd10pcs_order_{old}.txt\r\n  {codes} codes in icd10pcs_order_{old + 1}.txt\r\n"
        f"    {additions} additions\r\n    {deletions} deletions\r\n    {revisions} revisions\r\n"
    )


CONVERSION_HEAD = (
    "Current code(s) assignment", "Code title", "Effective year", "Previous code(s) assignment",
    "Predecessor code title", "Change type", "Comment", "Effective month/day [MM.DD]",
)  # fmt: skip
CONVERSION_ROWS = [
    ("0AB10JZ", "Polish left", "2020", "0AB1AJZ", "Polish left, by Ann", "Deleted", "equivalent", "10.01"),
    ("0AB20JZ", "Polish right", "2020", "0AB1AJZ", "Polish left, by Ann", "New", "", "10.01"),
    ("0AB10JZ", "Polish left", "2020", "0AB1BJZ", "Polish left, by Bob", "Deleted", "equivalent", "10.01"),
    ("0AB14JZ", "Polish left through", "2020", "0AB1BJZ", "Polish left, by Bob", "Deleted", "equivalent", "10.01"),
    ("0AC10JZ", "Swap", "2019", "0AC10JZ", "Exchange", "Revised", "Title", "4.01"),
    ("NoPCS", "No description", "2022", "0AB1CJZ", "Polish left, by Cat", "Deleted", "", "10.01"),
    ("GXY0ZZZ", "Gossip", "2021", "NoPCS", "No description", "New", "", "10.01"),
    ("0AB10JZ", "Polish left", "2020", "0AB1AJZ", "Polish left, by Ann", "New", "", "10.01"),
]


def conversion_xlsx(rows=CONVERSION_ROWS, head=CONVERSION_HEAD) -> bytes:
    return workbook([head, *rows])


FILES: dict[str, str] = {
    "icd10pcs_order_2025.txt": order_txt(),
    "icd10pcs_codes_2025.txt": codes_txt(),
    "icd10pcs_tables_2025.xml": tables_xml(),
    "icd10pcs_definitions_2025.xml": DEFINITIONS,
    "icd10pcs_index_2025.xml": INDEX,
    "order_addenda_2025.txt": order_addendum(),
}


def write(folder: Path, *names: str, **contents: str | bytes) -> list[Path]:
    """Write files of the release (all of them without names), and others by their contents (`__` for a dot)."""
    given: dict[str, str | bytes] = {name: FILES[name] for name in (names or (() if contents else FILES))}
    given |= {name.replace("__", "."): content for name, content in contents.items()}
    for name, content in given.items():
        data = content if isinstance(content, bytes) else content.encode()
        (folder / name).write_bytes(data)
    return [folder / name for name in given]
