"""Messages about canonicals, versions, systems, filters."""

ENGLISH: dict[str, str] = {
    "CODESYSTEM_NOT_FOUND": "The code system '{url}' is not loaded on this server.",
    "CODESYSTEM_VERSION_NOT_FOUND": (
        "The code system '{url}' is not loaded in version '{version}'. Loaded versions: {known}."
    ),
}
