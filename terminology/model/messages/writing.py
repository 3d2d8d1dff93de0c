"""Messages about writing over HTTP: what is refused, and what it met."""

ENGLISH: dict[str, str] = {
    "WRITE_OVERTAKEN": (
        "Somebody else wrote {type}/{id} at the same time. Read it again, and write again what is missing."
    ),
    "WRITE_LEAVES_DOCUMENTS": (
        "CodeSystem/{id} cannot change its url or version, since documents belong to {canonical}. Create another one."
    ),
    "WRITE_TYPE_DIFFERS": "The address says {wanted}, but the body is a {found}. Send a {wanted}.",
    "WRITE_ID_MISSING": "The body must have the id of the address: '{id}'.",
    "WRITE_ID_DIFFERS": "The body has the id '{found}', but the address says '{id}'. They must be the same.",
    "WRITE_ID_INVALID": "'{id}' cannot be an id: FHIR allows 1 to 64 letters, digits, '-' and '.'.",
    "WRITE_SUBSETTED": (
        "The resource is tagged SUBSETTED: parts of it were left out when it was read, and writing it would lose them."
        " Send it whole, without the tag."
    ),
    "WRITE_CANONICAL_EXISTS": (
        "{canonical} is there already as {type}/{id}. Update that one (PUT), or create another version."
    ),
    "WRITE_BUILT_IN": "{type}/{id} is built in and cannot be deleted.",
    "WRITE_BODY_MISSING": "The request has no body. Send the {type} as JSON or XML.",
    "VERSION_NOT_MATCHED": (
        "{type}/{id} is in version {found}, not in the one that If-Match names ({wanted}). Read it again first."
    ),
    "VERSION_NOT_THERE": "{type}/{id} is not there, so no version of it matches If-Match ({wanted}).",
    "RESOURCE_THERE": "{type}/{id} is there already, and If-None-Match says that it must not be.",
    "CRITERIA_MATCH_SEVERAL": "{count} resources match '{criteria}'; a conditional {what} must match one at most.",
    "CRITERIA_MISSING": "A conditional {what} needs search parameters that say which resource is meant.",
    "REFERENCE_NOT_ONE": "{count} resources match the reference '{reference}'; it must be one. Nothing was done.",
    "CRITERIA_NOTHING": "No {type} matches '{criteria}'.",
    "CRITERIA_ID_DIFFERS": "'{criteria}' is {type}/{id}, but the body has the id '{found}'.",
    "TRANSACTION_TWICE": "{target} is written by two entries of the transaction. Keep one of them.",
    "TRANSACTION_ENTRY_WRONG": "A transaction cannot {method} '{path}'. Nothing was done.",
    "WRITE_DEADLINE": (
        "Writing this took longer than this server allows, and nothing was stored. Upload it as a job ($load), or load"
        " it with `terminology load`."
    ),
    "WRITTEN": "{place} is stored as version {version}.",
    "DELETED": "{place} was deleted. Its versions are at {place}/_history.",
    "NOTHING_TO_DELETE": "{place} is not there, so there was nothing to delete.",
    "PATCH_MEDIA_TYPE": "A patch must be JSON Patch ({known}), but it is '{found}'.",
    "PATCH_INVALID": "The patch cannot be read: {reason}.",
    "PATCH_FAILED": "The patch cannot be applied to {type}/{id}: {reason}.",
    "PATCH_TOO_LARGE": (
        "{type}/{id} has more than {limit} concepts or mappings, which is too many to patch. Update it whole (PUT)."
    ),
}
