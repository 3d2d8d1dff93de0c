"""Messages about classifications and tables: CMS's order files, ICD-10-CM, ClaML, tables with a mapping, OMOP."""

ENGLISH: dict[str, str] = {
    "ORDER_FILE_LINE": (
        "{place}: '{line}' is not a line of an order file (order number in columns 1-5, code in 7-13, 0 or 1 in 15, "
        "short title in 17-76, long title from 78 on)."
    ),
    "ORDER_FILE_NUMBER": (
        "{place}: the order number is {found} where {expected} should come, so lines are missing or out of order. "
        "Download the file again."
    ),
    "XML_BROKEN": "{place}: the XML is broken ({reason}). Download the file again.",
    "XML_ENTITIES": (
        "{path} declares XML entities of its own, which no release does, so it was not read. Get the file from "
        "its publisher."
    ),
    "ICD10CM_YEAR_UNKNOWN": (
        "{path} does not say which fiscal year it is for. Keep the publisher's file name (icd10cm_order_2026.txt), or "
        "state the version: --version 2026, or --version 2026-04 for the update of April."
    ),
    "ICD10CM_YEAR_CONTRADICTED": (
        "{path} is for {stated}, not for {wanted}. Leave --version out, or load another file."
    ),
    "ICD10CM_LINE": "{place} is not a line of {what}: '{line}'. Download the file again.",
    "ICD10CM_CODE_TWICE": "{place} gives {code} a second time. Download the file again.",
    "ICD10CM_ELEMENT": "{place}: <{parent}> has no <{element}>. Download the file again.",
    "ICD10CM_NOTHING": "{path} holds no code of ICD-10-CM. Download the file again.",
    "ICD10CM_DELETED": "{code} ({title}), a whole category, is deleted by this addendum: no code is left to say so.",
    "ICD10CM_ADDENDUM_TOTAL": (
        "{path} states {stated} {what} and has {found}. Nothing was stored; download the file again."
    ),
    "ICD10CM_ADDENDUM_TOTALS": (
        "{path}: as it says itself, {additions} additions, {deletions} deletions, {revisions} revisions."
    ),
    "ICD10CM_ADDENDUM_OPEN": "{path} states no totals at its end, so it may be cut off.",
    "ICD10CM_ADDENDUM_DIFFERS": (
        "{path} does not belong to {other}: {count} of its changes are not in that list ({codes}). One of the two is "
        "cut off, or of another release; download both again."
    ),
    "ICD10CM_TOTALS": "{path}: {rows} codes and headers, {valid} valid for billing.",
    "ICD10CM_LISTS_AGREE": "{path} has the same {rows} codes and headers as {other}, {valid} of them valid.",
    "ICD10CM_LISTS_DIFFER": (
        "{path} and {other} are of one version and differ: {count} codes are in one only, or valid in one only, "
        "among them {codes}."
    ),
    "CLAML_NO_CLASSES": "{path} is ClaML without a Class. Download the file again.",
    "CLAML_ATTRIBUTE": "{place}: <{element}> has no attribute '{attribute}'. Download the file again.",
    "CLAML_CODE_TWICE": "{place} gives {code} a second time. Download the file again.",
    "CLAML_UNKNOWN": "{place}: there is no {what} with the code {codes}. The file is incomplete; download it again.",
    "CLAML_CYCLE": "{place}: the hierarchy has a cycle that involves {codes}. Remove one of its links.",
    "CLAML_SYSTEM_UNKNOWN": (
        "{path} ('{title}', identifiers: {identifiers}) belongs to a classification that is not known here. Give "
        "its canonical with --system."
    ),
    "CLAML_VERSION_MISSING": "{path} states no version in its Title. Give it with --version.",
    "CLAML_TOTALS": "{path}: {classes} classes, {modified} codes made of them by modifiers.",
    "CLAML_ONE_SIDED": "{path}: {count} links to subclasses are not stated by these themselves. They were kept.",
    "TABLE_MAPPING": "{path} cannot be used as the mapping of a table: {reason}.",
    "TABLE_SYSTEM_MISSING": "Nothing says which code system {path} is. State 'system' in its mapping, or --system.",
    "TABLE_COLUMN_MISSING": "{path} has no columns called {columns}, which its mapping names. Its headings: {found}.",
    "TABLE_ROW_LONG": (
        "{place}: '{cell}' stands beyond the last heading. A text with a separator in it needs quotes around it."
    ),
    "TABLE_CODE_MISSING": "{place}: the column '{column}' is empty, and there is no code. Fill it, or delete the row.",
    "TABLE_CODE_TWICE": "{place}: the code {code} stands in line {first} already. Keep one of the rows.",
    "TABLE_PARENT_UNKNOWN": "{place}: the parent {code} is not a code of this table. Add it, or correct the cell.",
    "TABLE_VALUE": "{place}: '{value}' in the column '{column}' is not a {kind}. Correct it or the mapping's type.",
    "TABLE_TOTALS": "{path}: {count} rows with a code, all of them stored.",
    "OMOP_VERSION_MISSING": (
        "No VOCABULARY file beside {path} states the version of OMOP's vocabularies. Load it too, or state --version."
    ),
    "OMOP_ID": "{place}: '{id}' is not a concept id. Are the columns in order? Download the vocabularies again.",
    "OMOP_TWICE": "{place} gives the concept {id} a second time. Download the vocabularies again.",
    "OMOP_DATE": "{place}: '{date}' is not a date (YYYYMMDD). Download the vocabularies again.",
    "OMOP_TOTALS": "{path}: {concepts} concepts, {relations} relationships in force.",
    "OMOP_DANGLING": "{path}: {count} rows name concepts that are not in CONCEPT, the first in line {line}. Left out.",
}
