"""Messages about requests themselves: parameters, bodies, operations, resources."""

ENGLISH: dict[str, str] = {
    "PARAMETER_REQUIRED": "The parameter '{name}' is required by ${operation}. Add it to the request.",
    "PARAMETER_WRONG_TYPE": "The parameter '{name}' must be a {expected}, but '{value}' is not.",
    "PARAMETER_REPEATED": "The parameter '{name}' may be given once, but was given {count} times.",
    "PARAMETER_EXCLUSIVE": "Give only one of the parameters {names}.",
    "BODY_NOT_JSON": "The request's body is not valid JSON: {reason}.",
    "BODY_NOT_RESOURCE": "The request's body must be a {expected} resource, but it is {found}.",
    "BODY_TOO_LARGE": "The request's body is larger than this server's limit of {limit} bytes.",
    "OPERATION_UNKNOWN": "There is no operation ${operation} on {on}. Known operations: {known}.",
    "RESOURCE_TYPE_UNKNOWN": "This server has no resource type '{type}'. It serves: {known}.",
    "RESOURCE_NOT_FOUND": "There is no {type} with the id '{id}'.",
    "SEARCH_PARAMETER_UNKNOWN": "The search parameter '{name}' is not known for {type}. Known: {known}.",
    "INTERNAL_ERROR": "The server could not answer because of a fault of its own. Reference: {reference}.",
}
