"""Messages about releases of LOINC, RxNorm and NDC, and about tables of fixed layout in general."""

ENGLISH: dict[str, str] = {
    "RELEASE_FILE_EMPTY": "{path} is empty. It seems to be cut off: download it again.",
    "RELEASE_ROWS_MISSING": "{path} has headings, but no rows. It seems to be cut off: download it again.",
    "RELEASE_LINE_CUT": (
        "{place}: the line ends too early, so the file seems to be cut off: '{line}'. Download it again."
    ),
    "RELEASE_COLUMN_MISSING": "{path} has no column '{column}'. Its columns are: {known}.",
    "RELEASE_ROW_LENGTH": (
        "{place}: {found} columns, where there should be {expected}. The file is damaged, or of another layout."
    ),
    "RELEASE_FILE_MISSING": (
        "The release in {root} has {found}, but no {missing}, without which nothing of it can be loaded. "
        "Load the complete release."
    ),
    "RELEASE_CODE_TWICE": "{place}: the code '{code}' is given a second time (first in line {first}).",
    "RELEASE_CODE_MALFORMED": "{place}: '{code}' is not a code of {system}.",
    "RELEASE_REFERENCE_UNKNOWN": "{place}: '{code}' is not a code of this release, so this row was left out.",
    "RELEASE_REFERENCES_UNKNOWN": "{path}: {count} rows name codes that are not in the release; they were left out.",
    "RELEASE_BELOW_ITSELF": "{place}: the code '{code}' stands below itself ({path}).",
    "RELEASE_EQUIVALENCE_UNKNOWN": "{place}: the equivalence '{found}' is not known. Known are: {known}.",
    "RELEASE_VERSION_GUESSED": (
        "The files do not state the version of the release. '{version}' was taken from {origin}; where that is wrong, "
        "load it with --version."
    ),
    "RELEASE_VERSION_UNKNOWN": "The version of the release in {root} is not stated anywhere: load it with --version.",
    "RELEASE_FILES_UNREAD": "{count} files of the release hold nothing that is loaded: {files}.",
    "LOINC_CHECK_DIGIT": "'{code}' has a wrong check digit: {right} would have the right one.",
    "LOINC_CHECK_DIGIT_KNOWN": "'{code}' has a wrong check digit. Did you mean {right}?",
    "LOINC_LOADED": (
        "LOINC {version}: {codes} codes, {parts} parts, {lists} answer lists, {answers} answers, {groups} groups, "
        "texts in {languages} languages besides English."
    ),
    "FILTER_VALUE_UNKNOWN": "The filter {property} {op} '{value}' of {system} is not known. Its values are: {known}.",
    "RXNORM_LOADED": (
        "RxNorm {version}: {active} current concepts, {archived} archived, {names} names, "
        "{relationships} relationships, {attributes} attributes."
    ),
    "RXNORM_OF_OTHERS": (
        "{count} concepts have names of other sources only, and are not codes of RxNorm; they were left out."
    ),
    "NDC_LOADED": "NDC {version}: {products} products, {packages} packages.",
    "NDC_CODE_TWICE": (
        "{place}: the code '{code}' is listed a second time (first in line {first}); the first row counts."
    ),
}
