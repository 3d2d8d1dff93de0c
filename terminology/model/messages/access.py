"""Messages about who may do what."""

ENGLISH: dict[str, str] = {
    "WRITING_CLOSED": (
        "Writing a {type} needs a permission. Send an API key or an access token as 'Authorization: Bearer …'."
    ),
    "SCOPE_MISSING": "'{caller}' has no scope that permits this. It needs {scope}.",
}
