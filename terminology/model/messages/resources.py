"""Messages about FHIR resources and packages as input."""

ENGLISH: dict[str, str] = {
    "RESOURCE_INVALID": "{path}: not a valid {type} resource: {reason}",
    "RESOURCE_ELEMENT_WRONG": "{path} must be {expected}, but it is {found}.",
    "RESOURCE_IN_FILE": "{place}: {reason}",
    "JSON_INVALID": "Not valid JSON at line {line}, column {column}: {reason}.",
    "JSON_TOO_DEEP": "The JSON nests deeper than {limit} levels, which no FHIR resource does.",
    "JSON_NOT_OBJECT": "A FHIR resource is a JSON object, but this is {found}.",
    "XML_INVALID": "Not valid XML at line {line}, column {column}: {reason}.",
    "XML_FORBIDDEN": "The XML has a document type (<!DOCTYPE …>), which FHIR does not allow. Remove it.",
    "XML_NAMESPACE": (
        "Line {line}: the element {element} is in the namespace '{namespace}', but FHIR's is '{expected}'."
    ),
    "XML_ELEMENT_UNKNOWN": "Line {line}: {parent} has no element {element}.",
    "XML_VALUE_WRONG": "Line {line}: {element} must be of type {expected}, but its value is '{value}'.",
    "XML_TYPE_UNKNOWN": "{type} resources cannot be written as XML here. Ask for application/fhir+json.",
}
