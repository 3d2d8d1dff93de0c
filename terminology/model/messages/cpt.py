"""Messages about CPT and CDT: codes, expressions, and loading releases. No descriptors."""

ENGLISH: dict[str, str] = {
    # Codes and expressions
    "CPT_CODE_HCPCS": (
        "'{code}' has the form of a HCPCS Level II code (http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets), "
        "which is not part of CPT"
    ),
    "CPT_CODE_CDT": "'{code}' has the form of a CDT code (http://www.ada.org/cdt), which is not part of CPT",
    "CPT_CODE_MALFORMED": (
        "'{code}' is not a CPT code: a code has four digits and then a digit or a capital letter, a modifier two "
        "characters, and colons join them (99213:25)"
    ),
    "CPT_EXPRESSION_MALFORMED": (
        "'{code}' is not a CPT expression: it must be a code of five characters and modifiers of two, joined by single "
        "colons (99213:25:59)"
    ),
    "CPT_EXPRESSION_INVALID": "'{code}' is not a valid CPT expression: {reasons}",
    "CPT_BASE_UNKNOWN": "the code {base} is not in this release",
    "CPT_MODIFIER_UNKNOWN": "the modifier {modifier} is not in this release",
    "CPT_BASE_IS_MODIFIER": "an expression must begin with a code, and {base} is a modifier",
    "CPT_CODE_AS_MODIFIER": "{used} is a code and cannot be used as a modifier",
    "CPT_MODIFIER_CATEGORY_2": "modifier {modifier} is for category II codes (which end in F), and {base} is not one",
    "CPT_MODIFIER_PHYSICAL_STATUS": (
        "modifier {modifier} (physical status) is for anesthesia codes 00100 to 01999, and {base} is not one"
    ),
    "CPT_MODIFIER_HCPCS": "modifier {modifier} is a HCPCS modifier, which may be used only together with 59",
    "CPT_MODIFIER_NOT_CATEGORY_2": "modifier {modifier} may not be used with category II codes such as {base}",
    "CPT_MODIFIER_63": (
        "modifier {modifier} is for codes 20100 to 69990 and some cardiovascular codes, and {base} is not among them"
    ),
    "CPT_MODIFIER_92": "modifier {modifier} is for 86701 to 86703 and 87389 only, not for {base}",
    "CPT_MODIFIER_95": "modifier {modifier} is for telemedicine services, and {base} is not one",
    "CPT_MODIFIERS_EXCLUSIVE": "only one of the modifiers {together} may be used",
    "CPT_MODIFIERS_NOT_LOADED": (
        "The rules allow {code}, but this release was loaded without its modifiers: whether they exist is not known"
    ),
    "CPT_TELEMEDICINE_UNKNOWN": (
        "Whether {base} is a telemedicine service, as modifier 95 requires, is not known: the release was loaded "
        "without the list of such services"
    ),
    "CPT_MODIFIER_REPEATED": "The modifier {modifier} is given more than once in {code}",
    "CPT_RANGE_MALFORMED": (
        "'{range}' in the filter {property} {op} '{value}' is not a range of CPT codes: write two codes of one form, "
        "the smaller first (99202-99215, 0001F-0015F)"
    ),
    # Loading
    "CPT_RELEASE_UNKNOWN": (
        "Neither the file names nor the content of {path} say which year it is for. Give it: --version 2026"
    ),
    "CPT_NO_CODES": "{place}: the file has the name of a CPT file, but no code in it.",
    "CPT_CODE_TWICE": "{place}: {twice} was given before in the same file. Keep one of the two.",
    "CPT_LINE_WRONG": (
        "{place}: the line is not one of {expected}: it must begin with a code of five characters. Is the file cut off?"
    ),
    "CPT_LINE_LONG": "{place}: the line is longer than {length} characters: it does not have the layout of its name.",
    "CPT_CELLS": "{place}: the row has {found} columns instead of {expected}.",
    "CPT_ROW_WITHOUT_CODE": "{place}: the row has no code. Is the file cut off, or a row broken over two lines?",
    "CPT_ROW_MALFORMED": "'{refused}' is not a CPT code (four digits, then a digit or a capital letter)",
    "CPT_ROW_WITHOUT_TEXT": "{refused} has no descriptor",
    "CPT_MODIFIER_MALFORMED": "'{refused}' is not a modifier (two digits or capital letters)",
    "CPT_DATE_WRONG": "{refused}: '{value}' is not a date, and was left out",
    "CPT_READ": "CPT {version}, {name}: {what} ({count}).",
    "CPT_HISTORY": "{path} is a history of codes, which is not stored, so it was not read.",
    "CPT_LISTS_AGREE": "These list the same {count} codes: {lists}.",
    "CPT_LISTS_DIFFER": "The {lacking} lack codes that other files have: {codes}.",
    # CDT
    "CDT_RELEASE_UNKNOWN": "The name of {path} does not say which year it is for. Give it: --version 2026",
    "CDT_NO_CODES": "{place}: there is no code of CDT (D and four digits) in the table.",
    "CDT_CODE_TWICE": "{place}: {twice} was given before, in line {first}. Keep one of the two.",
    "CDT_ROW_MALFORMED": "'{refused}' is not a CDT code (D and four digits)",
    "CDT_DATE_WRONG": "{place}: '{value}' is not a date (write 2026-01-01).",
    "CDT_READ": "CDT {version}, {name}: {count} codes.",
}
