"""Messages about value sets as definitions: what they refer to, how they are expanded."""

ENGLISH: dict[str, str] = {
    # known to the users of HL7's tools; placeholders are ours
    "VALUESET_TOO_COSTLY": "The value set '{value_set}' expansion has too many codes to produce (>{limit})",
    "VALUESET_CIRCULAR_REFERENCE": (
        "Found a circularity pointing to {url} processing ValueSet with pathway [{pathway}]"
    ),
    "VS_EXP_IMPORT_UNK": "Unable to find included value set '{url}'",
    "VS_EXP_IMPORT_UNK_PINNED": "Unable to find included value set '{url}' version '{version}'",
    "UNKNOWN_CODESYSTEM_EXP": (
        "A definition for CodeSystem '{system}' could not be found, so the value set cannot be expanded"
    ),
    "UNKNOWN_CODESYSTEM_VERSION_EXP": (
        "A definition for CodeSystem '{system}' version '{version}' could not be found, "
        "so the value set cannot be expanded. Valid versions: {known}"
    ),
    "UNKNOWN_CODESYSTEM_VERSION_EXP_NONE": (
        "A definition for CodeSystem '{system}' version '{version}' could not be found, "
        "so the value set cannot be expanded. No versions of this code system are known"
    ),
    "VALUESET_VERSION_CHECK": (
        "The version '{version}' is not allowed for system '{system}': "
        "required to be '{required}' by a version-check parameter"
    ),
    "SYSTEM_VERSION_MULTIPLE_OVERRIDE": (
        "The parameter force-system-version names two versions of '{system}': '{version1}' and '{version2}'. Give one."
    ),
    "SYSTEM_VERSION_MULTIPLE_DEFAULT": (
        "The parameter system-version names two versions of '{system}': '{version1}' and '{version2}'. Give one."
    ),
    "VALUESET_VERSION_MULTIPLE_OVERRIDE": (
        "The parameter force-valueset-version names two versions of '{system}': '{version1}' and '{version2}'. "
        "Give one."
    ),
    "VALUESET_REFERENCE_VERSION_CHECK": (
        "The version '{version}' is not allowed for value set '{url}': "
        "required to be '{required}' by a version-check parameter"
    ),
    "UNABLE_TO_HANDLE_SYSTEM_FILTER_WITH_NO_VALUE": (
        "The system {system} filter with property = {property}, op = {op} has no value"
    ),
    # our own
    "VALUESET_INCLUDE_EMPTY": "{path} names neither a system nor a value set, so it selects nothing. Add one of them.",
    "VALUESET_SYSTEM_MISSING": "{path} has concepts or filters but no system. Name the system they are from.",
    "VALUESET_CONTAINED_MISSING": "The value set '{url}' refers to '{reference}', which it does not contain.",
    "VALUESET_NOT_ENUMERABLE": (
        "{path} selects codes of {system} by a grammar: they can be validated, but not listed. "
        "Enumerate the codes, or add a value set to choose from."
    ),
    "CODESYSTEM_CONTENT_EXP": (
        "The CodeSystem '{system}' is known, but its content is '{content}', so the value set cannot be expanded"
    ),
    "CODESYSTEM_SUPPLEMENT_EXP": (
        "The code system {system} is a supplement, which has no codes of its own: "
        "include the code system that it supplements"
    ),
    "VALUESET_IMPORTS_TOO_COSTLY": (
        "The value set '{value_set}' imports others more than {levels} levels deep, or more than {imports} times in "
        "all. Import fewer, or each only once."
    ),
    "EXPANSION_DEADLINE": (
        "Expanding the value set took longer than this server allows. Ask for less: fewer systems, or narrower filters."
    ),
    "RELATED_DEADLINE": (
        "Comparing the value sets took longer than this server allows. Compare smaller ones, or parts of them."
    ),
    "EXPANSION_LANGUAGE_INVALID": (
        "The value set asks for the display language '{text}', which cannot be read: {reason}. "
        "Write a list such as 'de, en; q=0.5'."
    ),
    # why an expansion is unclosed, in the words of HL7's tools
    "UNCLOSED_FRAGMENT": "This extension is based on a fragment of the code system {system}",
    "UNCLOSED_GRAMMAR": "The code System '{system}' has a grammar and so has infinite members",
    "UNCLOSED_GRAMMAR_SHOWN": (
        "The code System '{system}' has a grammar and so has infinite members. This extension is based on {shown}"
    ),
    "UNCLOSED_LICENCE": "No more than {most} codes of {system} are given out for one value set",
    # comparing value sets
    "RELATED_SAME": "The value sets {this} and {other} contain the same codes",
    "RELATED_SUBSET": "The valueSet {this} is a sub-set of the valueSet {other}",
    "RELATED_SUPERSET": "The valueSet {this} is a super-set of the valueSet {other}",
    "RELATED_OVERLAPPING": (
        "Both value sets {this} and {other} contain the codes the other doesn't, but there is some overlap"
    ),
    "RELATED_DISJOINT": "No shared codes between the value sets {this} and {other}",
    "RELATED_EMPTY": "Both the value sets {this} and {other} are empty",
    "RELATED_INDETERMINATE": "Unable to compare {this} and {other}: {which} expansion failed: {reason}",
}
