"""Messages about .xlsx workbooks."""

ENGLISH: dict[str, str] = {
    "WORKBOOK_BROKEN": "{path} cannot be read as an Excel workbook: {reason}. Download or save it again.",
    "WORKBOOK_SHEET_MISSING": "{path} has no sheet called '{sheet}'. Its sheets are: {known}.",
}
