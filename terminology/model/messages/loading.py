"""Messages about loading, merging and storing releases."""

ENGLISH: dict[str, str] = {
    "DUPLICATE_CODES": (
        "{source} gives more than one concept for the same code: {codes}. Keep one of each. In a "
        "system that ignores case, codes that differ only by case are the same."
    ),
    "CONCEPT_WITHOUT_CODE": "A concept of {system} has no code (display '{display}'). Give it one, or leave it out.",
    "HIERARCHY_CYCLE": "The hierarchy of {source} has a cycle: {path}. Remove one of these steps to a parent.",
    "PARENTS_UNKNOWN": "Concepts of {source} name parents that are not in it, {count} times: {codes}.",
    "PART_TWICE": (
        "{source} gives {system} twice in one load. Load one of them, or give the other a version of its own."
    ),
    "LOAD_OVERTAKEN": (
        "Another load changed {system} while this one was being prepared. Nothing was stored; load again."
    ),
    "DOCUMENT_CODE_SYNTAX": "'{code}' is not a code of {system}: its codes are {form}.",
    "DOCUMENT_DESCRIPTOR_AMBIGUOUS": (
        "No code is stated, and the descriptor '{descriptor}' belongs to more than one loaded code: {codes}."
    ),
    "DOCUMENT_WITHOUT_CODE_OR_MATCH": (
        "No code is stated in the document, its manifest or its name, and no loaded code of {system} has the "
        "descriptor '{descriptor}'."
    ),
    "DOCUMENT_CODE_NOT_IN_RELEASE": (
        "The code '{code}' is in no loaded release: {systems}. Load a release that has it, or assign another code."
    ),
    "DOCUMENT_TWIN": "{path} is the same file as {other}, which is loaded: nothing was changed.",
    "DOCUMENT_TWINS": (
        "{count} files are the same as files that are loaded under other paths: nothing was changed. One is {path}, "
        "the same as {other}."
    ),
    "DOCUMENT_NOT_FOUND": "No document has an id that begins with '{id}'. See: terminology pending.",
    "DOCUMENT_PROCEDURE_GONE": (
        "The current parser no longer finds procedure number {number} in {path}. Run: terminology reparse."
    ),
    "ANNOTATION_WAITS": ("{source} describes codes of {system}, none of which is loaded. It is kept until they are."),
    "NOTHING_TO_REMOVE": (
        "Nothing here is called '{what}': no code system, value set or concept map, no document and no source. "
        "See: terminology status."
    ),
}
