"""Messages about keeping a database: checking it, backing it up, restoring it."""

ENGLISH: dict[str, str] = {
    "CHECK_DATABASE": "The database reports that it is damaged: {reason}. Restore it from a backup.",
    "CHECK_ORDINALS": "{version}: the concept with number {expected} is missing; the next one is {found}.",
    "CHECK_COUNT": "{version}: it should have {expected} concepts and has {found}.",
    "CHECK_DOCUMENTS": "{version}: {count} concepts cannot be read; the first is '{first}'.",
    "CHECK_SET_UNREADABLE": "{version}: the set {kind} '{key}' cannot be read.",
    "CHECK_SET_RANGE": "{version}: the set {kind} '{key}' names concept number {found}, and there are {size}.",
    "CHECK_PART_UNREADABLE": (
        "Block {block} of what was read from {source} can no longer be read. Load that source again."
    ),
    "CHECK_PART_COUNT": (
        "Of {source} {expected} concepts should be kept, and there are {found}. Load that source again."
    ),
    "CHECK_ORPHANS": (
        "The table {table} has rows of {owner}, which does not exist. `terminology check --repair` deletes them."
    ),
    "CHECK_WORDS": (
        "{count} resources of type {type} are not found by all that can be searched for, first of all '{first}'. "
        "`terminology check --repair` indexes them anew."
    ),
    "CHECK_RESOURCE_UNREADABLE": (
        "{count} resources of type {type} cannot be read, first of all '{first}'. Load their sources again."
    ),
    "CHECK_WITHOUT_HEADER": "{version} has concepts and no CodeSystem resource.",
    "CHECK_WITHOUT_VERSION": "The CodeSystem resource '{id}' has no concepts behind it: its version is not there.",
    "CHECK_WITHOUT_PARTS": "{version}: nothing of what it was derived from is kept. Load its sources again.",
    "CHECK_NOT_PUBLISHED": "{version}: what it is derived from is there, but no version of it. Load its sources again.",
    "CHECK_UNDERIVABLE": "{version} cannot be derived again: {reason}",
    "CHECK_DERIVED_OTHERWISE": (
        "{version}: deriving it again gives another result, first at {place}. Another version of this program may have "
        "derived it; `terminology check --deep --repair` derives it anew."
    ),
    "BACKUP_EXISTS": "There is a file {path} already. Name another one, or remove it first.",
    "BACKUP_UNWRITABLE": "The backup {path} could not be written: {reason}. Nothing is left of it.",
    "BACKUP_MISSING": "There is no file {path}.",
    "BACKUP_WITHOUT_CHECKSUM": (
        "There is no {checksum} beside {path}, so nobody can tell whether the backup is unchanged. Put the checksum "
        "file there that was written with it, or make one with sha256sum if you are sure."
    ),
    "BACKUP_CHANGED": "{path} has changed since it was written: its checksum is not the one in {checksum}.",
    "RESTORE_WOULD_REPLACE": "{url} is not empty. Use --replace to replace all it holds with the backup.",
}
