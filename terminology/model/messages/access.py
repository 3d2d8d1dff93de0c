"""Messages about who may do what."""

ENGLISH: dict[str, str] = {
    "WRITING_CLOSED": (
        "Writing a {type} needs a permission. Send an API key or an access token as 'Authorization: Bearer …'."
    ),
    "READING_CLOSED": (
        "This server answers only callers it knows. Send an API key or an access token as 'Authorization: Bearer …'."
    ),
    "LICENCES_INVALID": "The setting licences has '{text}'. Write canonical=entitlement, several separated by spaces.",
    "LICENCE_NEEDED": "'{url}' is licensed content, and you do not have the entitlement '{entitlement}' that it needs.",
    "KEY_INVALID": "The API key is not known, was revoked, or has expired.",
    "TOKEN_INVALID": "The access token is not valid here: {reason}.",
    "TOO_MANY_REQUESTS": "Too many requests. Send the next one in {seconds} seconds.",
    "SCOPE_INVALID": (
        "'{scope}' permits nothing. Write scopes like system/CodeSystem.cud or system/*.rs, or names of entitlements."
    ),
    "KEY_NAME_TAKEN": "There is a key named '{name}' already. Choose another name, or revoke it first.",
    "KEY_NOT_FOUND": "No key in force has the name or id '{name}'. See: terminology keys list.",
    "JWKS_UNREACHABLE": "The keys of the token issuer cannot be read from {address}: {reason}.",
    "OAUTH_NOT_INSTALLED": "Access tokens need PyJWT. Install the extra: pip install 'fhir-terminology-server[oauth]'.",
    "OAUTH_SETTINGS_MISSING": "Access tokens need more settings: {missing}.",
    "SCOPE_MISSING": "'{caller}' has no scope that permits this. It needs {scope}.",
}
