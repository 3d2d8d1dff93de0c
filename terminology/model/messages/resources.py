"""Messages about FHIR resources and packages as input."""

ENGLISH: dict[str, str] = {
    "RESOURCE_INVALID": "{path}: not a valid {type} resource: {reason}",
    "RESOURCE_ELEMENT_WRONG": "{path} must be {expected}, but it is {found}.",
    "RESOURCE_IN_FILE": "{place}: {reason}",
    "JSON_INVALID": "Not valid JSON at line {line}, column {column}: {reason}.",
    "JSON_TOO_DEEP": "The JSON nests deeper than {limit} levels, which no FHIR resource does.",
    "JSON_NOT_OBJECT": "A FHIR resource is a JSON object, but this is {found}.",
}
