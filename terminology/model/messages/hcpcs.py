"""Messages about loading tables and HCPCS Level II."""

ENGLISH: dict[str, str] = {
    # Tables
    "TABLE_ENCODING": "{place}: this is not text in UTF-8 or Windows-1252. Is the file damaged, or of another kind?",
    "TABLE_BROKEN": "{place}: the table cannot be read: {reason}.",
    "TABLE_CELLS": "{place}: the row has more cells than the {count} headings. Is a separator missing its quotes?",
    # Codes
    "CODE_REPLACED": "The code '{code}' is no longer used; in its place: {successors}",
    "CODE_ALTERNATIVES": "The code '{code}' is no longer used; what may be used instead: {successors}",
    "HCPCS_TERMINATED": "The code '{code}' was terminated: it is for services until {date}",
    "HCPCS_REPLACED": ("The code '{code}' was terminated: it is for services until {date}; in its place: {successors}"),
    "HCPCS_CODE_CASE": "HCPCS codes are written in capitals: {right}",
    "HCPCS_CODE_CPT": (
        "'{code}' has the form of a CPT code (http://www.ama-assn.org/go/cpt), which is not part of HCPCS Level II"
    ),
    "HCPCS_CODE_CDT": "'{code}' has the form of a CDT code (http://www.ada.org/cdt), not of HCPCS Level II",
    "HCPCS_CODE_MALFORMED": (
        "'{code}' is not a HCPCS code: a code has a letter and four digits, a modifier two characters"
    ),
    # Broken files
    "HCPCS_CONTINUATION": (
        "{place}: the line continues the description of {continued}, but the code before it is {before}. A line is "
        "missing or out of order; download the file from CMS again."
    ),
    "HCPCS_SEQUENCE": (
        "{place}: a line of {continued} has the number {found} where {due} is due. A line is missing or out of order; "
        "download the file from CMS again."
    ),
    "HCPCS_RECORD_TYPE": ("{place}: the record type is '{type}'; it must be 3 or 4 (a code), 7 or 8 (a modifier)."),
    "HCPCS_CODE_TWICE": "{place}: {twice} was given before, in line {first}. Keep one of the two.",
    "HCPCS_NO_CODES": "{path} has the form of a HCPCS file, but no row of it is a HCPCS Level II code.",
    "HCPCS_RELEASE_UNKNOWN": (
        "Neither the name of {path} nor its dates say which release this is. Give it: --version 2025-10."
    ),
    "HCPCS_VERSION_FOR_SEVERAL": (
        "There are several releases of HCPCS Level II, which cannot all be version {version}. Load them one by one, or "
        "leave --version out."
    ),
    # Rows left out
    "HCPCS_ROW_CPT": (
        "{refused} is a CPT code (American Medical Association) and not part of HCPCS Level II; "
        "load CPT from the AMA's files"
    ),
    "HCPCS_ROW_CDT": (
        "{refused} is a CDT code (American Dental Association) and not part of HCPCS Level II; "
        "load CDT from the ADA's file"
    ),
    "HCPCS_ROW_MALFORMED": "'{refused}' is neither a code (a letter and four digits) nor a modifier (two characters)",
    "HCPCS_ROW_WITHOUT_CODE": "the row has no code",
    "HCPCS_LINE_UNKNOWN": "the line is not a record (columns 6-11 are not a sequence number and record type)",
    # Remarks
    "HCPCS_REMARK": "{place}: {remark}",
    "HCPCS_LINE_SHORT": "the record ends after {length} characters, before its last column; the rest counts as blank",
    "HCPCS_COLUMN_UNKNOWN": "columns that are not known were not read: {columns}",
    "HCPCS_VALUE_WRONG": "{refused}: '{value}' cannot be right in column {column}, and was left out",
    "HCPCS_COLUMN_MOVED": (
        "The record layout puts column {column} elsewhere than this program reads it: check its values, and report it."
    ),
    # What was done
    "HCPCS_READ": (
        "HCPCS Level II {version}: {codes} codes and {modifiers} modifiers; {terminated} have a termination date."
    ),
    "HCPCS_READ_LINES": (
        "HCPCS Level II {version}: {codes} codes and {modifiers} modifiers; {terminated} have a termination date; "
        "{continued} have descriptions of several lines, up to {lines}."
    ),
    "HCPCS_TOTALS_AGREE": "CMS's report of changes lists the same {count} codes and modifiers.",
    "HCPCS_TOTALS_DIFFER": (
        "CMS's report of changes lists {count} codes and modifiers; not in the file: {missing}; "
        "not in the report: {extra}."
    ),
    "HCPCS_CORRECTED": "{path}: {count} corrections apply to HCPCS Level II {version}: {codes}.",
    "HCPCS_CORRECTION_IN_WORDS": (
        "the correction of {corrected} is in words only, and kept as its property `correction`: {words}"
    ),
    "HCPCS_CORRECTION_UNKNOWN": "{corrected} is not in the release, so that nothing can be corrected: {words}",
    "HCPCS_COPY": "{path} is the same release as {read} and was not read.",
    "HCPCS_PROSE": "Not read, because they are for people (read-me files, printed copies of other files): {names}.",
    "HCPCS_CHANGES_ALONE": "{path} reports changes that the release itself has as action codes, and was not read.",
    "HCPCS_COMPANION_ALONE": (
        "nothing says which release of HCPCS these {part} belong to. Load them with it, or give it: --version 2025-10"
    ),
}
