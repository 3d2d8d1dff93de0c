"""HCPCS files in CMS's layouts, with invented texts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from xml.sax.saxutils import escape
from zipfile import ZipFile

from loaders.hcpcs.fields import FIELDS

HEADINGS = (
    *("HCPC", "SEQNUM", "RECID", "LONG DESCRIPTION", "SHORT DESCRIPTION"),
    *(heading for field in FIELDS[1:] for heading in field.headings),
)
"""The columns of CMS's workbooks."""
DISCLAIMER = (
    "***Disclaimers\t\t\xa0\r\n\r\n-- Invented: no warranty whatsoever, for codes or for texts of any length.\r\n"
)


def record(code: str, long: str, short: str = "", type_: str = "", line: int = 1, **columns: str) -> str:
    """One line of the text file, 320 characters; columns by their headings (`TERM_DT` for TERM DT)."""
    modifier = len(code) == 2
    type_ = type_ or ("7" if modifier else "3")
    text = f"{code:>5}{line * 100:05}{type_}{long:<80.80}{short:<28.28}".ljust(320)
    for field in FIELDS:
        for heading, start, end in field.positions():
            name = heading.replace(" ", "_")
            if name in columns:
                text = f"{text[:start]}{columns[name]:<{end - start}}{text[end:]}"
    return text


def described(code: str, *long: str, **columns: str) -> list[str]:
    """A code whose description runs over several lines."""
    first, *others = long
    continued = "8" if len(code) == 2 else "4"
    lines = (record(code, text, type_=continued, line=n) for n, text in enumerate(others, 2))
    return [record(code, first, columns.pop("short", first[:28]), **columns), *lines]


DATED = {"ADD_DT": "20200101", "ACT_EFF_DT": "20250701", "ACTION_CD": "N"}
LINES = [
    *described("A1", "Invented dressing", COV="C", **DATED),
    *described("LT", "Invented left", COV="C", **DATED),
    *described(
        "A0010", "Invented ride in a", "cart, each  mile", "or part of it", short="Inv ride", COV="D", PRICE1="00",
        PRICE2="11", MULT_PI="9", CIM1="60-9", MCM1="2125", STATUTE="1861", LABCERT1="100", LABCERT2="110",
        ASC_GRP="YY", ASC_DT="20240101", OPPS="102", OPPS_PI="1", OPPS_DT="20230101", PROCNOTE="0017", BETOS="O1A",
        TOS1="D", TOS2="9", ANEST_BU="3", **DATED,
    ),
    *described(
        "A0020", "Invented barrow", COV="C", XREF1="A0010", XREF2="99213", XREF3="D0120", TERM_DT="20250630", **DATED
    ),
    *described("B1000", "Invented broth", COV="C", TERM_DT="20251231", **DATED),
]  # fmt: skip


def text_file(lines: Iterable[str] = LINES) -> bytes:
    """The text file of a release."""
    return (DISCLAIMER + "".join(f"{line}\r\n" for line in lines)).encode("cp1252")


def rows(lines: Iterable[str] = LINES) -> list[list[str]]:
    """The rows of a workbook with the same content: descriptions joined, codes of modifiers indented."""
    found: list[list[str]] = []
    for line in lines:
        if line[10] in "48":
            found[-1][3] += " " + line[11:91].strip()
            continue
        cells = [line[:5], line[5:9], line[10], line[11:91].strip(), line[91:119].strip()]
        positions = (position for field in FIELDS[1:] for position in field.positions())
        found.append([*cells, *(line[start:end].strip() for _, start, end in positions)])
    return found


def csv_file(table: Iterable[Iterable[str]]) -> bytes:
    """A .csv with CMS's headings."""
    text = io.StringIO()
    csv.writer(text).writerows([HEADINGS, *table])
    return text.getvalue().encode()


def workbook(table: Iterable[Iterable[str]]) -> bytes:
    """A minimal .xlsx of texts."""
    cells = "".join(
        "<row>"
        + "".join(f'<c t="inlineStr"><is><t xml:space="preserve">{escape(c)}</t></is></c>' for c in row)
        + "</row>"
        for row in table
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    packages = "http://schemas.openxmlformats.org/package/2006/relationships"
    parts = {
        "_rels/.rels": f'<Relationships xmlns="{packages}"><Relationship Id="r1" Type="{relations}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="r2"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{packages}"><Relationship Id="r2" '
        f'Type="{relations}/worksheet" Target="sheet.xml"/></Relationships>',
        "xl/sheet.xml": f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>',
    }
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return buffer.getvalue()


LAYOUT = """
  ***  HCPCS Contractor Record - 2025
                               320      1    320    REC

  9.   HCPCS Pricing Indicator Code
                                 2    120    121    CHAR
                                                    CODES         :
                                                       00 = Invented: not priced,
                                                            not at all
                                                       Other
                                                       -----
                                                       11 = Invented: priced
                                                    OCCURS MIN: 1 OCCURS MAX: 4

  16.  HCPCS Coverage Code
                                 1    230    230    CHAR

                                                    CODES         :

                                                       C = Invented judgment
                                                       D = Invented instructions

  23.  HCPCS Berenson-Eggers Type Of Service Code
                                 3    250    252    CHAR
                                                    CODE TABLE     : BETOS_TB

 BETOS_TB                                                   BETOS Table

   O1A = Invented transport
"""
NOTES = """
 PROCESSING NOTES
 ________________________________
          0001--THIS PROCESSING NOTE DELETED 1/1/97.                               *
                                                                                   *
          0017--INVENTED NOTE ABOUT A0010, WHICH                                   *
                GOES ON HERE.                                                      *
"""
