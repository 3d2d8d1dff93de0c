"""Messages about procedure documents."""

ENGLISH: dict[str, str] = {
    "DOCUMENT_WITHOUT_CODE": "No code is stated in the document, its manifest or its name.",
}
