"""Messages about the verdict on a code.

Ids in capitals with the wording of HL7's validator are what its users search for: neither changes here. Where a text
depends on a number ("is one of 3 choices"), the varying part is an argument that has a message of its own.
"""

ENGLISH: dict[str, str] = {
    # The code itself.
    "Unknown_Code_in_Version": "Unknown code '{code}' in the CodeSystem '{system}' version '{version}'{edition}",
    "Unknown_Code_in": "Unknown code '{code}' in the CodeSystem '{system}'",
    "UNKNOWN_CODE_IN_FRAGMENT": (
        "Unknown Code '{code}' in the CodeSystem '{system}' version '{version}' - note that the code system is labeled "
        "as a fragment, so the code may be valid in some other fragment"
    ),
    "CODE_FORMER": "{code} is a former code. In its place there is{since}: {successors}. Source: {map}",
    "CODE_FORMER_ENDED": "{code} is a former code, and there is none in its place. Source: {map}",
    "CODE_OTHER_RELEASE": "{code} is in version {version}, which is for dates of service from {start} to {end}",
    "ABSTRACT_CODE_NOT_ALLOWED": "Code '{system}#{code}' is abstract, and not allowed in this context",
    "STATUS_CODE_WARNING_CODE": "The concept '{code}' is valid but is {status}",
    "INACTIVE_CONCEPT_FOUND": "The concept '{code}' has a status of {status} and its use should be reviewed",
    "DEPRECATED_CONCEPT_FOUND": "The concept '{code}' is {status} and its use should be reviewed",
    "CONCEPT_DEPRECATED_IN_VALUESET": (
        "The presence of the concept '{code}' in the system '{system}' in the value set {value_set} is marked with a "
        "status of {status} and its use should be reviewed"
    ),
    "CODE_CASE_DIFFERENCE": (
        "The code '{code}' differs from the correct code '{correct}' by case. Although the code system '{system}' is "
        "case insensitive, implementers are strongly encouraged to use the correct case anyway"
    ),
    "CODE_ALTERNATE": "The code '{code}' is an alternate code of '{own}' in the code system '{system}'",
    "CODE_GRAMMAR_UNKNOWN": (
        "The CodeSystem '{system}' allows composed codes, but this server does not know its grammar: only the codes "
        "it defines could be checked"
    ),
    "CODESYSTEM_NOT_COMPOSITIONAL": (
        "The CodeSystem '{system}' is not marked as compositional, so composed codes are not codes of it"
    ),
    # Membership.
    "None_of_the_provided_codes_are_in_the_value_set_one": (
        "The provided code '{coding}' was not found in the value set '{value_set}'"
    ),
    "TX_GENERAL_CC_ERROR_MESSAGE": "No valid coding was found for the value set '{value_set}'",
    "UNABLE_TO_CHECK_IF_THE_PROVIDED_CODES_ARE_IN_THE_VALUE_SET_CS": (
        "Unable to check whether the code is in the value set '{value_set}' because the code system {system} was not "
        "found"
    ),
    "CODEABLECONCEPT_WITHOUT_CODING": "The CodeableConcept has no coding, so there is no code to validate. Add one.",
    # The system.
    "Coding_has_no_system__cannot_validate": (
        "Coding has no system. A code with no system has no defined meaning, and it cannot be validated. A system "
        "should be provided"
    ),
    "Terminology_TX_System_Relative": "Coding.system must be an absolute reference, not a local reference",
    "Terminology_TX_System_ValueSet2": "The Coding references a value set, not a code system ('{system}')",
    "CODESYSTEM_CS_NO_SUPPLEMENT": "CodeSystem {system} is a supplement, so can't be used as a value in Coding.system",
    "UNKNOWN_CODESYSTEM": "A definition for CodeSystem {system} could not be found, so the code cannot be validated",
    "UNKNOWN_CODESYSTEM_VERSION": (
        "A definition for CodeSystem '{system}' version '{version}' could not be found, so the code cannot be "
        "validated. Valid versions: {known}"
    ),
    "UNKNOWN_CODESYSTEM_VERSION_NONE": (
        "A definition for CodeSystem '{system}' version '{version}' could not be found, so the code cannot be "
        "validated. No versions of this code system are known"
    ),
    "CODESYSTEM_WITHOUT_CONTENT": (
        "The CodeSystem '{system}' is known, but its content is '{content}', so the code cannot be validated"
    ),
    "CODESYSTEM_VERSION_NEEDED": (
        "The CodeSystem '{system}' says that its codes change their meaning between versions, so a version must be "
        "given with the code. Known versions: {known}"
    ),
    "VERSION_NOT_IN_EFFECT": (
        "No version of {system} that was in effect on {date} is loaded. {version} was used, which is in effect from"
        " {period}."
    ),
    "CODING_OF_OTHER_SYSTEM": (
        "The system of the Coding is '{system}', but the call is about the CodeSystem '{called}'. Change one of them."
    ),
    "CODING_NOT_VALIDATED": (
        "The coding of the system '{system}' was not validated, since the call is about the CodeSystem '{called}'."
    ),
    "UNABLE_TO_INFER_CODESYSTEM_ANYWHERE": (
        "The System URI could not be determined for the code '{code}': systems on this server that have it: {systems}"
    ),
    "UNABLE_TO_INFER_CODESYSTEM": (
        "The System URI could not be determined for the code '{code}' in the ValueSet '{value_set}'"
    ),
    "Unable_to_resolve_system__value_set_has_multiple_matches": (
        "The System URI could not be determined for the code '{code}' in the ValueSet '{value_set}': value set "
        "expansion has multiple matches: {systems}"
    ),
    # Versions.
    "VALUESET_VALUE_MISMATCH": (
        "The code system '{system}' version '{used}' in the ValueSet include is different to the one in the value "
        "('{stated}')"
    ),
    "VALUESET_VALUE_MISMATCH_CHANGED": (
        "The code system '{system}' version '{used}' resulting from the version '{include}' in the ValueSet include is "
        "different to the one in the value ('{stated}')"
    ),
    "VALUESET_VALUE_MISMATCH_DEFAULT": (
        "The code system '{system}' version '{used}' for the versionless include in the ValueSet include is different "
        "to the one in the value ('{stated}')"
    ),
    # Displays.
    "Display_Name_for__should_be_one_of__instead_of": (
        "Wrong Display Name '{display}' for {system}#{code}. Valid display is {valid} (for the language(s) "
        "'{languages}')"
    ),
    "Display_Name_WS_for__should_be_one_of__instead_of": (
        "Wrong whitespace in Display Name '{display}' for {system}#{code}. Valid display is {valid} (for the "
        "language(s) '{languages}')"
    ),
    "DISPLAY_CHOICES": "one of {count} choices: {choices}",
    "NO_VALID_DISPLAY_FOUND_NONE_FOR_LANG_OK": (
        "There are no valid display names found for the code {system}#{code} for language(s) '{languages}'. The "
        "display is '{display}' which is a valid display for the default language"
    ),
    "NO_VALID_DISPLAY_FOUND_NONE_FOR_LANG_ERR": (
        "Wrong Display Name '{display}' for {system}#{code}. There are no valid display names found for language(s) "
        "'{languages}'. Default display is '{default}'"
    ),
    "DISPLAY_NOT_CHECKED": "The display '{display}' was not checked: the code {system}#{code} has no displays",
    "INACTIVE_DISPLAY_FOUND": (
        "'{display}' is no longer considered a correct display for code '{code}' (status = {status}). The correct "
        "display is one of {correct}."
    ),
    "Display_Name_Not_Fixed_use_Supplement": (
        "The display name '{display}' is not a known display name for {system}#{code}. Known display is {valid} (for "
        "the language(s) '{languages}'). Use a supplement to define displays for user assigned codes"
    ),
    # What was used for the verdict.
    "MSG_DRAFT": "Reference to draft {resource}",
    "MSG_EXPERIMENTAL": "Reference to experimental {resource}",
    "MSG_RETIRED": "Reference to retired {resource}",
    "MSG_DEPRECATED": "Reference to deprecated {resource}",
    "MSG_WITHDRAWN": "Reference to withdrawn {resource}",
}
