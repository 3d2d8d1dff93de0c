"""Messages about requests themselves: parameters, bodies, operations, resources, serving."""

WITHOUT_ID = frozenset({"CODE_TO_VALIDATE_MISSING", "CODE_NOT_FOUND"})
"""Texts of HL7's tools that they send without a message id; clients compare these answers, so neither do we."""

ENGLISH: dict[str, str] = {
    "PARAMETER_REQUIRED": "The parameter '{name}' is required by ${operation}. Add it to the request.",
    "PARAMETER_WRONG_TYPE": "The parameter '{name}' must be {expected}, but it is {value}.",
    "PARAMETER_REPEATED": "The parameter '{name}' may be given once, but was given {count} times.",
    "PARAMETER_EXCLUSIVE": "Give only one of the parameters {names}.",
    "PARAMETER_ONE_OF": "${operation} needs one of the parameters {names}. Add one to the request.",
    "PARAMETER_WITHOUT": "The parameter '{name}' needs the parameter '{needs}' beside it. Add it to the request.",
    "PARAMETER_UNKNOWN": "${operation} has no parameter '{name}'. Known parameters: {known}.",
    "PARAMETER_MALFORMED": "Parameters.parameter[{index}] must have a name and one value, resource or part.",
    "PARAMETER_NEEDS_BODY": "The parameter '{name}' is {expected}: send it in the body of a POST, not in the URL.",
    "CODE_TO_VALIDATE_MISSING": (
        "Unable to find code to validate (looked for coding | codeableConcept | code+system | code+inferSystem"
        " in parameters"
    ),
    "SUBSUMES_SYSTEMS_DIFFER": (
        "Codes of different code systems cannot be compared: '{a}' and '{b}'. Give two codes of one system."
    ),
    "SUPPLEMENT_OF_OTHER_SYSTEM": "The supplement {supplement} is not one of {system}, so it cannot be used here.",
    "SUBSUMES_VERSIONS_DIFFER": (
        "Codes of different versions cannot be compared: '{a}' and '{b}'. Say with the parameter 'version' in which "
        "one to compare them."
    ),
    "BODY_NOT_RESOURCE": "The request's body must be {expected}, but it is {found}.",
    "BODY_TOO_LARGE": "The request's body is larger than this server's limit of {limit} bytes.",
    "BODY_CUT_OFF": "The request's body did not arrive as a whole ({expected} bytes): send the request again.",
    "OVERLOADED": "The server is overloaded. Ask again in {seconds} seconds.",
    "BUNDLE_TYPE_UNSUPPORTED": "This server answers Bundles of type {known}, not '{type}'.",
    "BUNDLE_TOO_LARGE": "A Bundle may have {limit} entries. Send the rest in another Bundle.",
    "CACHE_TOO_LARGE": "The cache '{id}' would have more than {limit} bytes. Start another one.",
    "CACHE_UNKNOWN": "The cache '{id}' is not known, or has expired. Start another one, or send the resources again.",
    "OPERATION_UNKNOWN": "There is no operation ${operation} on {on}. Known operations: {known}.",
    "RESOURCE_TYPE_UNKNOWN": "This server has no resource type '{type}'. It serves: {known}.",
    "RESOURCE_NOT_FOUND": "There is no {type} with the id '{id}'.",
    "RESOURCE_DELETED": "The {type} with the id '{id}' was deleted. Its versions are at {type}/{id}/_history.",
    "RESOURCE_VERSION_NOT_FOUND": "The {type} with the id '{id}' has no version '{version}'. See {type}/{id}/_history.",
    "SEARCH_PARAMETER_UNKNOWN": "The search parameter '{name}' is not known for {type}. Known: {known}.",
    "SEARCH_TOO_LONG": "The search asks for {count} values and words; this server takes up to {limit}.",
    "SORT_UNKNOWN": "{type} cannot be sorted by '{name}'. Known: {known}.",
    "PATH_UNKNOWN": "There is nothing at '{path}'. The FHIR endpoints are {endpoints}.",
    "BASE_TAKES_BUNDLES": (
        "{base} is the address of the FHIR endpoint and does not answer {method}. GET {base}/metadata says what it can"
        " do, GET {base}/[type] searches one of {types}, and POST takes a Bundle (batch, transaction)."
    ),
    "METHOD_NOT_ALLOWED": "'{path}' does not answer {method}. It answers {allowed}.",
    "FORMAT_NOT_ACCEPTABLE": (
        "This server cannot answer as '{asked}'. It offers {known} (fhirVersion {version} at this endpoint)."
    ),
    "MEDIA_TYPE_UNSUPPORTED": (
        "This server cannot read a body of type '{found}'. It reads {known} (fhirVersion {version} at this endpoint)."
    ),
    "CODE_NOT_FOUND": "Unable to find code '{wanted}' in {system}{version}",
    "CONCEPTMAP_NOT_FOUND": "The concept map '{url}' is not known to this server.",
    "CONCEPTMAP_CIRCLE": "The concept map '{url}' refers to other maps for unmapped codes in a circle.",
    "CONCEPTMAP_OTHER_MISSING": (
        "The concept map '{url}' refers to '{other}' for codes it does not map, which is not known to this server."
    ),
    "CONCEPTMAP_OTHER_UNNAMED": (
        "The concept map '{url}' refers to another map for codes it does not map, but does not name it."
    ),
    "CONCEPTMAP_VALUE_SET_MISSING": (
        "The concept map '{map}' maps the codes of the value set '{value_set}', but whether this code is one of them "
        "cannot be said: the value set, or something it refers to, is not known to this server."
    ),
    "CONCEPTMAP_VALUE_SET_UNLISTED": (
        "The concept map '{map}' names the codes of the value set '{value_set}', which cannot be listed: {reason}"
    ),
    "TRANSLATION_NOT_FOUND": "There is no translation of {codes}{map}.",
    "TRANSLATION_NOT_RELATED": "What {codes} maps to{map} is stated not to be related to it.",
    "IDENTIFIER_UNKNOWN": "No naming system says which identifier of the type '{type}' the system '{id}' has.",
    "IDENTIFIER_AMBIGUOUS": (
        "'{id}' has several identifiers of the type '{type}', none of them preferred. $translate-id lists them all."
    ),
    "CLOSURE_UNKNOWN": (
        "The closure table '{name}' is not here in that version, or no longer. Call $closure with the name only."
    ),
    "CLOSURE_BUSY": "The closure table '{name}' is being changed by others. Try again.",
    "CLOSURE_VERSION": (
        "The closure table compares concepts of '{system}' in version '{version}'. Begin another for other versions."
    ),
    "CLOSURE_TOO_LARGE": "A closure table may have {limit} concepts. Use several tables.",
    "CLOSURE_DEADLINE": "Comparing concepts took longer than this server allows. Add fewer concepts at once.",
    "FIND_MATCHES_NESTED": "Properties within properties mean nothing in '{system}': only SNOMED CT has such groups.",
    "FIND_MATCHES_GRAMMAR": "The codes of '{system}' cannot be listed, so they cannot be searched by properties.",
    "FIND_MATCHES_DEADLINE": "Looking for concepts took longer than this server allows. Ask for fewer properties.",
    "CONTEXT_WITHOUT_ELEMENT": (
        "The context '{context}' names no element. Write '[url of a profile or type]#[element]', or 'Type.element'."
    ),
    "STRUCTURE_UNKNOWN": (
        "The StructureDefinition '{url}' is not here. Load its package (FHIR's own: hl7.fhir.r4.core and others)."
    ),
    "PROFILE_OF_ANOTHER_TYPE": "The profile '{url}' is for {type}, but this resource is of type {found}.",
    "MANIFEST_NOT_LIBRARY": "{path} is no manifest: it must be a FHIR Library in JSON.",
    "MANIFEST_NOT_FOUND": "The manifest '{url}' is not here: Libraries are not stored. Send it along as tx-resource.",
    "STRUCTURE_NOT_CHECKED": "The StructureDefinition '{url}' is not here, so codes here were not checked by it.",
    "SLICES_UNDECIDED": (
        "Whether this is in a slice of '{structure}' cannot be decided from codes ({slices}), so codes here were not"
        " checked by it."
    ),
    "ELEMENT_UNKNOWN": "'{structure}' has no element '{element}'.",
    "ELEMENT_NOT_BOUND": "No value set is bound to the element '{element}' of '{structure}'.",
    "BINDING_WITHOUT_CODE": "There is no code, but one of the value set '{value_set}' is bound here ({strength}).",
    "BINDING_NOT_CHECKED": "Not checked against the value set '{value_set}', bound here ({strength}): {reason}",
    "BINDING_IN_SOME_USE": (
        "Not checked against the value set '{value_set}' ({purpose}): it is for some usage contexts only ({contexts})."
        " Name those that apply in the parameter 'usage'."
    ),
    "BINDINGS_NOT_ALL_TOLD": "{count} further issues are left out.",
    "BINDINGS_FINE": "All codes fit their bindings ({count} checked).",
    "NO_STRUCTURES": "There are no StructureDefinitions in '{what}'.",
    "CONTENT_CODING_UNSUPPORTED": "This server cannot read the Content-Encoding '{found}'. It reads gzip and deflate.",
    "CONTENT_CODING_BROKEN": "The request's body is not {found}, as its Content-Encoding says: {reason}.",
    "VALIDATION_DEADLINE": (
        "Validating took longer than this server allows. Send fewer codings in one request, or ask about a simpler"
        " value set."
    ),
    "DIFF_DEADLINE": (
        "Comparing the versions took longer than this server allows. Whoever runs it can raise the setting"
        " request_seconds."
    ),
    "TRANSLATION_DEADLINE": "Translating took longer than this server allows. Name one concept map, or fewer codings.",
    "BATCH_TOOK_TOO_LONG": "This part was not begun: the whole took longer than {seconds} seconds.",
    "DATABASE_UNAVAILABLE": (
        "The server's database cannot be used at the moment. Try again later. Reference: {reference}."
    ),
    "INTERNAL_ERROR": "The server could not answer because of an internal error. Reference: {reference}.",
    "BASE_URL_INVALID": (
        "The setting base_url is '{url}'. It must be a whole address, such as https://codes.example.org/terminology."
    ),
    "REPLICAS_OF_A_FILE": (
        "The setting database_read names replicas of a PostgreSQL, but the database is {url}. Remove one of them."
    ),
    "TRACING_NOT_INSTALLED": (
        "Traces need OpenTelemetry. Install the extra: pip install 'fhir-terminology-server[tracing]'."
    ),
    "ADDRESS_UNKNOWN": "The server cannot listen at '{host}': {reason}. Give another address.",
    "PORT_TAKEN": "Port {port} at {host} is taken by another program. Stop that program, or give another port.",
    "PORT_NOT_ALLOWED": "The server cannot listen at port {port} of {host}: {reason}. Give another port.",
    "DIFF_NOT_COMPARED": (
        "Not compared: {what}. {version} was loaded without {files}; once that is loaded too, this is compared as well."
    ),
    "DIFF_NOT_ENUMERABLE": "The codes of '{system}' cannot be listed, so versions of it cannot be compared.",
}
