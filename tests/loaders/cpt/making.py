"""CPT releases in the AMA's layouts, with invented texts: no descriptor of the AMA is in here."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable

LICENCE = (
    "CPT 2025 Data Files (invented content)\n"
    "CPT copyright 2024 American Medical Association. All rights reserved.\n"
    "In no event is this text a licence.\n"
    "\n"
)
ADD_ON = "(List separately in addition to the code for primary procedure)"
TEXTS = {
    "99213": ("Invented visit, middling", "INVENTED VISIT MIDDLING", "INV VISIT MID"),
    "99214": ("Invented visit, lengthy", "INVENTED VISIT LENGTHY", "INV VISIT LONG"),
    "90863": (f"Invented advice on remedies {ADD_ON}", "INVENTED ADVICE", "INV ADVICE"),
    "00100": ("Invented sleep for a small matter", "INVENTED SLEEP SMALL", "INV SLEEP"),
    "20100": ("Invented look at a scratch", "INVENTED LOOK", "INV LOOK"),
    "87593": ("Invented pox test", "INVENTED POX TEST", "INV POX"),
    "0001F": ("Invented measure of zeal", "INVENTED MEASURE", "INV ZEAL"),
    "0042T": ("Invented new thing", "INVENTED NEW THING", "INV NEW"),
}
MODIFIERS = {
    "25": ("Significant Invention: Said at more length, over lines that", "go on here."),
    "59": ("Distinct Invention",),
    "95": ("Invention From Afar",),
    "P3": ("An invented state",),
    "1P": ("Invented exclusion",),
    "LT": ("Invented left",),
}
SPANISH = {"99213": "Visita inventada"}
CONSUMER = {"99213": "Made-up visit to a doctor", "90863": "Made-up talk about pills"}
CLINICIAN = [
    ("99213", "Invented visit A"),
    ("99213", "Invented visit B"),
    ("00100", "Invented sleep A"),
]
DELETED = [
    ("99201", "20210101", "Invented visit, short", "To report, use 99213-99214"),
    ("99299", "20200101", "Invented visit, gone", ""),
    ("99213", "20190101", "Invented visit, once deleted", ""),
]
NEW_HEADINGS = (
    "Concept Id", "CPT Code", "Long", "Medium", "Short", "Consumer", "Spanish Consumer",
    "Current Descriptor Effective Date", "Test Name", "Lab Name", "Manufacturer Name",
)  # fmt: skip
MODIFIER_HEADINGS = (
    "ConceptID", "Modifier Code", "Level I/II", "Modifier Descriptor Effective", "Modifier Name",
    "Modifier Description", "Section",
)  # fmt: skip


def tabbed(*rows: Iterable[str]) -> str:
    """Rows as lines of a tab separated file."""
    return "".join("\t".join(row) + "\r\n" for row in rows)


def fixed(column: int) -> str:
    """MEDU or SHORTU."""
    return LICENCE + "".join(f"{code} {texts[column]}\r\n" for code, texts in TEXTS.items())


def modul() -> str:
    """MODUL.txt: sections, and texts over several lines."""
    lines = ["AN IN-TEXT WORD", "", "CPT Level I Modifiers", ""]
    for code, texts in MODIFIERS.items():
        if code == "LT":
            lines += ["", "Level II (HCPCS/National) Modifiers"]
        lines += [f"{code} {texts[0]}", *(f"   {text}" for text in texts[1:])]
    return "\r\n".join(lines) + "\r\n"


def old_layout() -> dict[str, bytes]:
    """The files of a release until 2025."""
    texts = {
        "LONGULT.txt": LICENCE + tabbed(*((code, texts[0]) for code, texts in TEXTS.items())),
        "MEDU.txt": fixed(1),
        "SHORTU.txt": fixed(2),
        "MODUL.txt": modul(),
        "ConsumerDescriptor.txt": tabbed(
            ("concept_id", "cpt_code", "consumer_descriptor"), *((f"10{c}", c, t) for c, t in CONSUMER.items())
        ),
        "ClinicianDescriptor.txt": tabbed(
            ("concept_id", "cpt_code", "clinician_descriptor_id", "clinician_descriptor"),
            *((f"10{c}", c, str(n), t) for n, (c, t) in enumerate(CLINICIAN)),
        ),
        "PLA.txt": tabbed(
            ("PLA Code", "Long Descriptor", "Procedure Name", "Clinical Laboratory", "Manufacturer", "Effective Date"),
            ("0001U", "Invented panel of blood", "Bloodogram™", "Invented Labs", "Invented Makers", "20250101"),
        ),
        "History/Deleted_DTK_tab.txt": tabbed(
            ("Concept Id", "CPT Code", "Date Deleted", "Descriptor", "Instruction"),
            *((f"10{row[0]}", *row) for row in DELETED),
        ),
        "History/History_DTK_tab.txt": tabbed(("Concept Id", "CPT Code", "Change"), ("1", "99213", "Invented")),
        "Telemedicine.txt": "99213\n99214\n90863\n",
    }
    return {name: text.encode("cp1252") for name, text in texts.items()}


def new_layout() -> dict[str, bytes]:
    """The files of a release from 2026."""
    preamble = "CPT 2026\r\n" + "".join(f"Invented line {n} of a licence.\r\n" for n in range(24)) + "\r\n"
    dates = ("20260101", "", "", "")
    rows = [
        (f"10{c}", c, *texts, CONSUMER.get(c, ""), SPANISH.get(c, ""), *dates) for c, texts in TEXTS.items()
    ]  # fmt: skip
    pla = (
        "100001",
        "0001U",
        "Invented panel",
        "INVENTED PANEL",
        "INV PANEL",
        "",
        "",
        "20260401",
        "Bloodogram™",
        "L",
        "M",
    )
    modifiers = [
        (f"20{c}", c, "II" if c == "LT" else "I", "20260101", texts[0].partition(":")[0], "Said at length", "A section")
        for c, texts in MODIFIERS.items()
    ]
    return {
        "ConsolidatedCodeList.txt": (preamble + tabbed(NEW_HEADINGS, *rows, pla)).encode(),
        "Modifiers.txt": (preamble + tabbed(MODIFIER_HEADINGS, *modifiers)).encode(),
    }


def zipped(files: dict[str, bytes]) -> bytes:
    """Files as a .zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()
