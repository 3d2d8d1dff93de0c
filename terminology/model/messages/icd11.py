"""Messages about ICD-11: codes, clusters, and loading releases."""

ENGLISH: dict[str, str] = {
    "ICD11_CODE_MALFORMED": (
        "'{code}' is not a code of ICD-11: a code has letters and digits, and maybe a point and more of them (1A00, "
        "2C25.Z), and & or / join codes to a cluster (1A00&XN8P1)"
    ),
    "ICD11_CLUSTER_INVALID": "'{code}' is not a valid cluster: {reasons}",
    "ICD11_CLUSTER_EMPTY": "a code is missing at character {position}",
    "ICD11_COMPONENT_UNKNOWN": "{component} (character {position}) is not a code of this release",
    "ICD11_COMPONENT_GROUP": "{component} (character {position}) is a chapter or block, which is not a code",
    "ICD11_EXTENSION_FIRST": (
        "{component} (character {position}) is an extension code, which cannot stand alone: it follows a stem code "
        "and &"
    ),
    "ICD11_STEM_AFTER_AMPERSAND": (
        "{component} (character {position}) is a stem code: stem codes are joined with /, and & is for extension "
        "codes, which begin with X"
    ),
    "ICD11_URI_MALFORMED": "{place}: '{uri}' is not a URI of an ICD-11 entity (http://id.who.int/icd/...).",
    "ICD11_OTHER_RELEASE": "{place}: {uri} is of another linearization or release than the rows before.",
    "ICD11_TITLE_MISSING": "{place}: {code} has no title.",
    "ICD11_PARENT_UNKNOWN": "{place}: {code} stands below {parent}, which is not in the file.",
    "ICD11_TOTALS": "{system} {version}: {codes} {what} and {groups} chapters and blocks in {files} files.",
}
