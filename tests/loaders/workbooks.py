"""Small .xlsx workbooks made from parts, the way Excel writes them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from xml.sax.saxutils import escape

SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def relations(*targets: tuple[str, str, str]) -> str:
    """A part with relationships: (id, kind, target)."""
    rows = "".join(f'<Relationship Id="{i}" Type="{OFFICE}/{kind}" Target="{to}"/>' for i, kind, to in targets)
    return f'<Relationships xmlns="{PACKAGE}">{rows}</Relationships>'


def raw_workbook(parts: Mapping[str, str]) -> bytes:
    """A zip of parts."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return data.getvalue()


def parts_of(sheet: str, shared: Iterable[str] = (), styles: str = "", properties: str = "") -> dict[str, str]:
    """The parts of a workbook with one sheet (`Data`), whose rows are given as XML."""
    return {
        "_rels/.rels": relations(("r1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{SPREADSHEET}" xmlns:r="{OFFICE}">{properties}'
        '<sheets><sheet name="Data" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations(
            ("rId1", "worksheet", "worksheets/sheet1.xml"),
            ("rId2", "sharedStrings", "/xl/sharedStrings.xml"),
            ("rId3", "styles", "styles.xml"),
        ),
        "xl/sharedStrings.xml": f'<sst xmlns="{SPREADSHEET}">{"".join(shared)}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{SPREADSHEET}">{styles}</styleSheet>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{SPREADSHEET}"><sheetData>{sheet}</sheetData></worksheet>',
    }


def workbook(rows: Iterable[Sequence[str]]) -> bytes:
    """A workbook of texts."""
    written, texts = [], []
    for number, cells in enumerate(rows, 1):
        row = ""
        for column, text in enumerate(cells):
            row += f'<c r="{chr(65 + column)}{number}" t="s"><v>{len(texts)}</v></c>' if text else ""
            texts += [f"<si><t>{escape(text)}</t></si>"] if text else []
        written.append(f'<row r="{number}">{row}</row>')
    return raw_workbook(parts_of("".join(written), texts))
