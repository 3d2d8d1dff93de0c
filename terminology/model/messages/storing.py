"""Messages about the database itself: opening it, writing to it, and what it refuses."""

ENGLISH: dict[str, str] = {
    "STORE_URL_INVALID": (
        "The database URL '{url}' is not understood. Use sqlite:///relative.db, sqlite:////absolute/path.db, "
        "postgresql://user@host/name, or sqlite:///:memory: for one that is gone when the program ends."
    ),
    "STORE_PARAMETER_INVALID": "The database URL '{url}' is not understood: {reason}.",
    "STORE_SCHEME_UNSUPPORTED": (
        "The database URL '{url}' asks for {scheme}, which this program does not know. Use sqlite:///relative.db, "
        "sqlite:////absolute/path.db or postgresql://user@host/name."
    ),
    "STORE_DRIVER_MISSING": (
        "PostgreSQL needs a driver that is not installed ({reason}). Install it with: pip install "
        "'fhir-terminology-server[postgres]'."
    ),
    "STORE_UNREACHABLE": (
        "The database {url} does not answer: {reason}. Check that it runs, its address, the user and the password."
    ),
    "STORE_REFUSED": "The database {url} does not allow it: {reason}. Check the user's permissions.",
    "STORE_CONNECTIONS": (
        "The database {url} has no connection left: {reason}. Allow more connections, or run fewer workers."
    ),
    "STORE_STANDBY": (
        "The database {url} takes no writes: {reason}. It is a replica; write to the primary, or promote this one."
    ),
    "STORE_TIMED_OUT": "The database {url} stopped a statement: {reason}. Try again, or allow more time.",
    "STORE_COMMIT_UNKNOWN": (
        "The connection to {url} was lost while changes were being committed ({reason}), so it is not known whether "
        "they were. Look when the database is back, and repeat the change if it is missing."
    ),
    "STORE_MISSING": "There is no database {url}. Check the path, or name another one (--database).",
    "STORE_CANNOT_OPEN": "The database {url} cannot be opened: {reason}. Check the path and its permissions.",
    "STORE_NOT_A_DATABASE": (
        "The file behind {url} is not a database of this server: {reason}. Name another file; this one stays as it is."
    ),
    "STORE_CORRUPT": (
        "The database {url} is damaged: {reason}. Restore it from a backup, or load its sources into a new database."
    ),
    "STORE_BLOCK_UNREADABLE": (
        "What is kept of a source can no longer be read ({reason}). `terminology check` names it; load it again."
    ),
    "STORE_NEWER": (
        "The database {url} was written by a newer version of this program (schema {found}; this version knows "
        "{known}). Use that version, or another database."
    ),
    "STORE_OLDER": (
        "The database {url} was brought back to schema {found}, for an older version of this program; this one knows "
        "{known}. Use that version, or start this one anew: it brings the database up to date."
    ),
    "SCHEMA_UNKNOWN": "There is no schema {found} to go back to: this database has schema {known}, the first is 1.",
    "SCHEMA_HAS_NO_WAY_BACK": "This database cannot go back to schema {schema}, and stays as it is. {reason}",
    "STORE_FULL": (
        "There is no room left for the database {url}: {reason}. What was published before is as it was. "
        "Make room and do it again."
    ),
    "STORE_READ_ONLY": (
        "The database {url} cannot be written: {reason}. Check the permissions of the file and its folder."
    ),
    "STORE_BUSY": "The database {url} is being written by someone else ({reason}). Try again when that is done.",
    "STORE_INPUT_OUTPUT": "The database {url} could not be read or written: {reason}. Check the disk.",
    "STORE_ROLLED_BACK": (
        "Nothing of this transaction on {url} is kept: an earlier statement of it failed. Begin it again."
    ),
    "STORE_BROKE_OFF": (
        "The connection to {url} broke while rows were written that nobody sees yet, and some may be lost with it. "
        "Nothing was changed: do it again."
    ),
    "STORE_TEXT_INVALID": "A value cannot be stored: {reason}. Texts must be valid Unicode.",
    "STORE_DATE_INVALID": "The date '{value}' cannot be searched for. Write it like 2024, 2024-05 or ge2024-05-01.",
    "STORE_VERSION_NOT_FOUND": (
        "There is no published code system version with the key {key}. Ask again: another one took its place."
    ),
    "STORE_LEASE_LOST": (
        "The unpublished code system version {key} was given up because nothing was written for too long. "
        "Load its sources again."
    ),
    "STORE_PART_LOST": (
        "The unpublished part {key} was given up because nothing was written for too long. Load its source again."
    ),
    "STORE_DUPLICATE_CODE": "The code '{concept}' is given twice for one code system version. Keep one of them.",
    "STORE_DUPLICATE_ORDINAL": "A concept or derived set is written twice under one place of a version: {reason}.",
    "STORE_ID_TAKEN": (
        "The id '{id}' belongs to another {type} ({canonical}). Choose another id, or delete that one first."
    ),
    "CANONICAL_TAKEN": (
        "The canonical {canonical} belongs to {type}/{id} already. Write to that one, or give this one another version."
    ),
    "MIGRATE_DIFFERS": (
        "What arrived in table {table} of {url} is not what was sent ({sent} rows sent, {arrived} arrived). "
        "Nothing was kept there."
    ),
    "STORE_DOCUMENT_AMBIGUOUS": "Several documents begin with '{id}': {candidates}. Give more of the id.",
}
