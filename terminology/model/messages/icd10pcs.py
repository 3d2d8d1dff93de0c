"""Messages about ICD-10-PCS and what belongs to it: releases, mappings, ICD-9-CM, and codes that are none."""

ENGLISH: dict[str, str] = {
    # Which release.
    "PCS_YEAR_UNKNOWN": (
        "{path} does not say which fiscal year it is for, and neither does its archive or folder. Give it: --version "
        "2025, or --version 2025-04 for the update of April."
    ),
    "PCS_YEAR_CONTRADICTED": "{path} is of release {stated}, not of {wanted}. Leave --version out for this file.",
    # Broken files.
    "PCS_FLAG": "{place}: the flag {flag} does not fit {code}: headers of 3 characters have 0, codes of 7 have 1.",
    "PCS_CODE_TWICE": "{place}: {code} is given for the second time.",
    "PCS_WITHOUT_HEADER": "{place}: {code} does not follow the header of its table, {table}.",
    "PCS_CODES_LINE": "{place}: '{line}' is not a line of a codes file (code in columns 1-7, title from 9 on).",
    "PCS_CODE_SYNTAX": (
        "{place}: '{code}' cannot be from ICD-10-PCS, whose codes have 7 characters of 0-9, A-H, J-N and P-Z."
    ),
    "PCS_XML_ELEMENT": "{place}: {parent} has no {element}.",
    "PCS_XML_EMPTY": "{place}: {element} has no text.",
    "PCS_XML_ATTRIBUTE": "{place}: {element} has no attribute '{attribute}'.",
    "PCS_TABLE_AXES": "{place}: a table begins with one value each of three axes; this one does not.",
    "PCS_ROW_AXES": "{place}: a row has the four axes 4 to 7; this one has {found}.",
    "PCS_AXIS_ORDER": "{place}: the axis has position '{found}', and not {expected}.",
    "PCS_AXIS_COUNT": "{place}: the axis states {stated} values and has {found}.",
    "PCS_ROW_COUNT": "{place}: the row states {stated} codes, and its values make {made}.",
    "PCS_VALUE_SYNTAX": "{place}: '{character}' ({label}) cannot be a character of a code: 0-9, A-H, J-N and P-Z can.",
    "PCS_ADDENDUM_LINE": (
        "{place}: '{line}' is neither a change ('Add:', 'Delete:', 'Revise from:', 'Revise to:') nor of the summary."
    ),
    "PCS_ADDENDUM_REVISION": "{place}: 'Revise from:' and 'Revise to:' come in pairs for one code; {code} does not.",
    "PCS_ADDENDUM_TOTAL": "{place}: the addendum states {stated} ({what}) and has {found}. It may be cut off.",
    "PCS_CONVERSION_COLUMNS": "{place}: these are not the columns of a conversion table: {expected}.",
    "PCS_CONVERSION_CHANGE": "{place}: the change type is '{change}'; New, Revised and Deleted are known.",
    "PCS_CONVERSION_DATE": "{place}: year '{year}' and month and day '{day}' (as in 10.01) are not a date.",
    # Files that contradict each other.
    "PCS_LISTS_DIFFER": (
        "The lists of {release} together have {all} codes, but {source} alone has {codes}: they are of different "
        "releases. Load an update with a version of its own: --version 2025-04."
    ),
    "PCS_TABLES_DIFFER": (
        "The tables of {release} do not make the codes of the list: only in the tables {made}, only in the list "
        "{listed}. They are of different releases. Load an update with a version of its own: --version 2025-04."
    ),
    "PCS_ADDENDUM_DIFFERS": (
        "The addendum does not belong to the codes of {release}: it has {reason}. Load an update with a version of its "
        "own: --version 2025-04."
    ),
    # The report.
    "PCS_ORDER_READ": "{path}: {codes} codes and {headers} headers.",
    "PCS_CODES_READ": "{path}: {codes} codes.",
    "PCS_TABLES_READ": "{path}: {tables} tables with {rows} rows; each makes as many codes as it states.",
    "PCS_DEFINITIONS_READ": "{path}: {terms} terms with {includes} inclusions, {aggregates} device aggregations.",
    "PCS_INDEX_READ": "{path}: {entries} entries that lead to codes, tables and other names.",
    "PCS_ADDENDUM_READ": "{path}: {changes} changes, as many as its summary states.",
    "PCS_ADDENDUM_OPEN": "{path}: {changes} changes, but no totals at the end: it may be cut off.",
    "PCS_CONVERSION_READ": (
        "{path}: {pairs} pairs of codes, {mappings} different; {without} rows name new codes without a predecessor."
    ),
    "PCS_TABLES_AGREE": "The {tables} tables of {release} make {codes} codes: exactly those of the list.",
    "PCS_ADDENDUM_AGREES": (
        "The addendum of {release} agrees: {added} added, {deleted} deleted, {retitled} retitled make {total}."
    ),
    "PCS_DEFINITIONS_WAIT": "The definitions name values of the tables. They take effect when the tables are loaded.",
    "PCS_TERMS_UNKNOWN": "Names of the definitions or the index that no table has: {names}.",
    "PCS_INDEX_UNKNOWN": "Entries of the index that lead to nothing: {names}.",
    "PCS_NOT_READ": "This is the {what}: nothing of it is loaded.",
    "PCS_FILE_AGAIN": "This is the same as {other}.",
    # Mappings.
    "GEM_LINE": (
        "{place}: '{line}' is not a line of these mappings: a source code, a target code and five digits, of the kinds "
        "that the file begins with."
    ),
    "GEM_FLAG_CONTRADICTS": "{place}: the flags {flags} say that there is no target, and there is one: {target}.",
    "GEM_READ": "{path}: {mappings} mappings of {sources} codes; {without} codes have no target.",
    "GEM_FLAG_MISSING": "{path}: {count} lines have no target though their flags do not say so; they have no map.",
    # ICD-9-CM.
    "ICD9_LINE": "{place}: '{line}' is not a code of ICD-9-CM with a title (codes come without their dot).",
    "ICD9_READ": "{paths}: {codes} {kind}.",
    "ICD9_TITLES_DIFFER": "{paths}: {count} codes have different titles in these lists ({codes}); the first is taken.",
    "ICD9_TABULAR_READ": "{path}: {entries} headings and codes of the tabular list.",
    "ICD9_CODE_SYNTAX": (
        "'{code}' cannot be an ICD-9-CM code: procedures look like 00.01, diagnoses like 250.00, V10.05 or E800.0."
    ),
    "ICD9_CODE_DOT": "ICD-9-CM codes are written with a dot: {right} instead of {code}.",
    "ICD9_NO_PROCEDURE": "{code} has the form of a procedure code, and volume 3 of ICD-9-CM has no such code.",
    # Codes that are none.
    "ICD10CM_CODE_SYNTAX": "'{code}' cannot be an ICD-10-CM code: codes look like I10, E11.9 or S72.001A.",
    "ICD10CM_CODE_WRITTEN": "ICD-10-CM has capital letters, and a dot after three characters: {right}, not {code}.",
    "ICD10CM_CODE_DELETED": "{code} ({title}) was deleted from ICD-10-CM on {since}, with release {version}.{now}",
    "ICD10CM_CODES_BELOW": "Below {before} there are: {below}.",
    "ICD10CM_CODE_NOT_DIVIDED": "{code} is not a code of this release: {before} is one, and is not divided further.",
    "ICD10CM_CODE_NONE_BELOW": "{code} is not a code of this release. Below {before} there are: {below}.",
    "PCS_CODE_CASE": "ICD-10-PCS codes are written in capital letters: {right} instead of {code}.",
    "PCS_CODE_CHARACTER": (
        "'{code}' cannot be an ICD-10-PCS code: its character {position} is '{character}', and codes are made of 0-9, "
        "A-H, J-N and P-Z."
    ),
    "PCS_CODE_LENGTH": "'{code}' cannot be an ICD-10-PCS code: it has {length} characters, and codes have 7.",
    "PCS_CODE_DELETED": "{code} ({title}) was deleted from ICD-10-PCS on {since}, with release {version}.",
    "PCS_SECTION_IMPOSSIBLE": "{code}: there is no section '{character}' (character 1). Possible: {possible}.",
    "PCS_CHARACTER_IMPOSSIBLE": (
        "{code}: '{character}' (character {position}) is not possible after {before}. Possible: {possible}."
    ),
    "PCS_VALUE_IMPOSSIBLE": (
        "{code}: the {axis} '{character}' (character {position}) is not possible after {before} ({meaning}). "
        "Possible: {possible}.{elsewhere}"
    ),
    "PCS_VALUE_ELSEWHERE": "In this table {value} goes with the {axis} {values}.",
}
