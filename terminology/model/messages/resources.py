"""Messages about FHIR resources and packages as input."""

ENGLISH: dict[str, str] = {
    "RESOURCE_INVALID": "{path}: not a valid {type} resource: {reason}",
}
