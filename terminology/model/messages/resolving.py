"""Messages about canonicals, versions, systems, filters."""

ENGLISH: dict[str, str] = {
    "CODESYSTEM_NOT_FOUND": "The code system '{url}' is not loaded on this server.",
    "CODESYSTEM_CODES_NOT_HERE": (
        "The code system '{url}' is known by its header only (content = {content}): its codes are not on this server."
    ),
    "CODESYSTEM_VERSION_NOT_FOUND": (
        "The code system '{url}' is not loaded in version '{version}'. Loaded versions: {known}."
    ),
    "Unable_to_resolve_value_Set_": "A definition for the value Set '{url}' could not be found",
    "VALUESET_SUPPLEMENT_MISSING": "Required supplement not found: {supplement}",
    "SUBSUMES_CODE_UNKNOWN": "The code '{unknown}' is not in the code system {system}: nothing can be said about it.",
    # filters
    "FILTER_OPERATOR_UNKNOWN": (
        "The filter {property} {op} '{value}' on {system} has an operator that FHIR does not define: '{op}'. "
        "Use one of {known}."
    ),
    "FILTER_PROPERTY_UNKNOWN": (
        "The filter {property} {op} '{value}' was not understood: {system} has no property '{property}'. "
        "It can be filtered by {known}."
    ),
    "FILTER_PROPERTY_NOT_CONCEPT": (
        "The filter {property} {op} '{value}' on {system} follows the hierarchy, which '{property}' does not have. "
        "Use the property 'concept', or one of the operators =, in, not-in, regex and exists."
    ),
    "FILTER_CONCEPT_UNKNOWN": (
        "The filter {property} {op} '{value}' starts from a code that does not exist in {system}: '{value}'."
    ),
    "FILTER_VALUE_NOT_BOOLEAN": (
        "The filter {property} {op} '{value}' on {system} needs the value 'true' or 'false', not '{value}'."
    ),
    "FILTER_REGEX_INVALID": (
        "The filter {property} {op} '{value}' on {system} has a regular expression that cannot be used: {reason}."
    ),
}
