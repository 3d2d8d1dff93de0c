"""Messages about SNOMED CT: its releases, its constraints, its expressions."""

ENGLISH: dict[str, str] = {
    # Releases in Release Format 2.
    "RF2_HEADING": "{path} begins with the columns {found}; a file of its name must begin with {expected}.",
    "RF2_COLUMN_COUNT": "{path}, line {line}: {found} columns where the heading has {expected}.",
    "RF2_NOT_A_NUMBER": "{path}, line {line}: {column} is '{value}', which is not a number of up to 18 digits.",
    "RF2_NOT_A_UUID": "{path}, line {line}: {column} is '{value}', which is not a UUID.",
    "RF2_ENCODING": "{path}, line {line}: {column} is not UTF-8.",
    "RF2_REPEATED": "{path}, line {line}: the concept {id} occurs twice. A snapshot has every concept once.",
    "RF2_DESCRIPTION_REPEATED": (
        "{path}, line {line}: the description {id} occurs twice. A snapshot has every description once."
    ),
    "RF2_RELATIONSHIP_REPEATED": (
        "{path}, line {line}: the relationship {id} occurs twice. A snapshot has every relationship once."
    ),
    "RF2_MEMBER_REPEATED": (
        "{path}, line {line}: the member {id} occurs twice. A snapshot has every member of a reference set once."
    ),
    "RF2_CONCRETE": '{path}, line {line}: value is {value}, which is not a number (#5), a text ("five") or a boolean.',
    "RF2_CIRCLE": (
        "{path}, line {line}: {concept} lies below {parent}, which lies below {concept}. Is-a relationships must not "
        "lead back."
    ),
    "RF2_DANGLING": (
        "{path}, line {line}: {column} is {concept}, and there is no such concept. An extension must be loaded "
        "together with the edition it extends."
    ),
    "RF2_NO_EDITION": (
        "No release among {paths} has the root concept 138875005. An extension, or a package of reference sets, must "
        "be loaded together with the edition it belongs to: name both."
    ),
    "RF2_FILE_MISSING": "The release {root} has no file {file}. Unpack it again, or load the whole archive.",
    "RF2_DELTA": (
        "{paths} and the files with it are a delta, which says only what changed. Load the snapshot, or the full "
        "release."
    ),
    "RF2_NOT_FULL": "{root} is not a full release: only a full one has the state of an earlier day.",
    "RF2_AS_OF": "'{date}' is not a date such as 2024-07-31.",
    "RF2_READ": (
        "SNOMED CT {version}: {concepts} concepts, {inactive} of them inactive, {relationships} active inferred "
        "relationships"
    ),
    "RF2_DESCRIPTIONS_WITHOUT_CONCEPT": "{count} descriptions were left out: the release has no concept for them.",
    "RF2_WITHOUT_LANGUAGE": (
        "SNOMED CT {version} has no language reference set, so nothing tells which of its descriptions are preferred."
    ),
    "RF2_WITHOUT_DESCRIPTION": (
        "SNOMED CT {version}: {count} active concepts have no active description (the first is {first})."
    ),
    "RF2_WITHOUT_PARENT": (
        "SNOMED CT {version}: {count} active concepts besides the root have no parent (the first is {first})."
    ),
    # Expressions, and expression constraints.
    "EXPRESSION_INVALID": "Not a valid expression: {reason}",
    "EXPRESSION_NOT_CHECKED": (
        "The expression is grammatically correct and the concepts are valid, but the expression has not been checked "
        "against the SNOMED CT concept model (MRCM)"
    ),
    "SNOMED_NO_MEMBERS": (
        "This version of SNOMED CT was loaded without reference sets, which only a release in RF2 brings, so that the "
        "filter {filter} cannot be answered."
    ),
    "INVALID_ECL": "Invalid ECL expression '{expression}': {reason} (line {line}, column {column})\n{caret}",
}

WITHOUT_ID = frozenset({"EXPRESSION_INVALID", "EXPRESSION_NOT_CHECKED"})
"""Messages whose id is not sent to clients."""
