"""Messages about procedure documents: what could not be read, and what a document lacks to be placed."""

ENGLISH: dict[str, str] = {
    # Why a document waits
    "DOCUMENT_WITHOUT_CODE": "No code is stated in the document, its manifest or its name.",
    "DOCUMENT_WITHOUT_SYSTEM": (
        "The code '{code}' is stated, but not the system it belongs to. "
        "Give it with --system, or name the system in the document or its manifest."
    ),
    "DOCUMENT_CODES_DISAGREE": "The document states codes that do not agree: {codes}.",
    "DOCUMENT_NEEDS_EXTRA": (
        "Reading {format} needs the package '{package}'. Install it with: "
        "pip install 'fhir-terminology-server[{extra}]', then run: terminology reparse."
    ),
    "DOCUMENT_UNDECODABLE": (
        "The text is neither UTF-8, UTF-16 nor Windows-1252: line {line} holds the byte 0x{byte}, "
        "which means nothing there. Save the file as UTF-8 and load it again."
    ),
    "DOCUMENT_WITHOUT_TEXT": "There is no text in this {format} file to read{hint}.",
    "DOCUMENT_DAMAGED": "The file cannot be read as {format}: {reason}.",
    # Why a file was left out
    "DOCUMENT_EMPTY": "The file is empty.",
    "DOCUMENT_BINARY": "The file is named as {expected}, but its content is {found}, not text.",
    "DOCUMENT_TOO_LARGE": (
        "The file has {size} bytes; a document may have {limit}. Split it into one file for each procedure."
    ),
    "DOCUMENT_FORMAT_UNKNOWN": "There is no reader for '{media_type}'. Known: {known}.",
    # What concerns several documents
    "DOCUMENT_CODE_FOR_NONE": (
        "--code {code} says which procedure a document describes, but no document was given: releases and FHIR "
        "resources state their own codes. Leave it out."
    ),
    "DOCUMENT_CODE_FOR_SEVERAL": (
        "--code {code} can name one procedure only, but {count} were given. "
        "Load one at a time, or list the codes in a manifest.csv beside the files."
    ),
    "DOCUMENT_SAME_CODE": "{paths} all describe '{code}' of {system}: keep one of them, or give the others codes.",
    # Manifests
    "MANIFEST_INVALID": "{path}, line {line}: {reason}. The manifest is not used.",
    "MANIFEST_FILE_MISSING": "{path} lists '{file}', which is not there.",
    "MANIFEST_ROWS_LEFT": "{path} has {rows} rows for '{file}', which holds {procedures} procedures.",
}
