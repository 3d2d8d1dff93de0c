"""Messages about FHIR resources and packages as input."""

ENGLISH: dict[str, str] = {
    "RESOURCE_INVALID": "{path}: not a valid {type} resource: {reason}",
    "RESOURCE_ELEMENT_WRONG": "{path} must be {expected}, but it is {found}.",
    "RESOURCE_IN_FILE": "{place}: {reason}",
    "JSON_INVALID": "Not valid JSON at line {line}, column {column}: {reason}.",
    "JSON_TOO_DEEP": "The resource nests deeper than {limit} levels, which no FHIR resource does.",
    "JSON_NOT_OBJECT": "A FHIR resource is a JSON object, but this is {found}.",
    "XML_INVALID": "Not valid XML at line {line}, column {column}: {reason}.",
    "XML_FORBIDDEN": "The XML has a document type (<!DOCTYPE …>), which FHIR does not allow. Remove it.",
    "XML_NAMESPACE": (
        "Line {line}: the element {element} is in the namespace '{namespace}', but FHIR's is '{expected}'."
    ),
    "XML_ELEMENT_UNKNOWN": "Line {line}: {parent} has no element {element}.",
    "XML_VALUE_WRONG": "Line {line}: {element} must be of type {expected}, but its value is '{value}'.",
    "XML_TYPE_UNKNOWN": "{type} resources cannot be written as XML here. Ask for application/fhir+json.",
    "RESOURCE_TYPE_NOT_KNOWN": "{type} is not a type of resource in this release of FHIR.",
    "ELEMENT_NOT_IN_RELEASE": "{path}: this release of FHIR has no such element.",
    "ELEMENT_REQUIRED": "{path} is required.",
    "ELEMENT_INVALID": "{path}: {reason}.",
    "ELEMENT_CODE_WRONG": "{path}: the code '{code}' is not one of {known}.",
    "CODE_REPEATED": "The code '{code}' is defined {count} times (csd-1).",
    "SUPPLEMENT_HALF_STATED": "A supplement has both content 'supplement' and an element 'supplements'.",
    "INCLUDE_OF_NOTHING": "{path} must name a system or a value set (vsd-1).",
    "INCLUDE_WITHOUT_SYSTEM": "{path} has concepts or filters, so it must name their system (vsd-2).",
    "INCLUDE_CONCEPT_AND_FILTER": "{path} has both concepts and filters; only one of them may be used (vsd-3).",
    "PATH_NOT_FOUND": "There is no file or folder '{path}'.",
    "FILE_EMPTY": "{path} is empty.",
    "FILE_UNREADABLE": "{path} cannot be read: {reason}.",
    "FILE_SPECIAL": "{path} is a link, a device or another special file. Give the file itself.",
    "FILE_DEEP": "{path} is an archive in an archive in an archive. Unpack the outer one first.",
    "FILE_DAMAGED": "{path} is damaged or cut off: {reason}. Fetch it again.",
    "FILE_TOO_LARGE": "{path} is larger than {limit} bytes (setting max_file).",
    "FILE_BOMB": "{path} grows more than {ratio} times when it is unpacked, which no honest file does; it is not read.",
    "FILE_NO_LINES": "{path} has a line longer than {limit} bytes: it is not a text file.",
    "FILE_ENCRYPTED": "{path} is encrypted. Unpack it with its password and load the folder.",
    "FILE_COMPRESSION": (
        "{path} is compressed by a method (number {method}) that cannot be read here. Unpack it and load the folder."
    ),
    "FILE_PATH_UNSAFE": "{path} names a place outside its archive; it is not read.",
    "ARCHIVE_DAMAGED": "{path} is not an archive, or is damaged or cut off: {reason}. Fetch it again.",
    "ARCHIVE_TOO_LARGE": "{path} holds more than {limit}.",
    "ARCHIVE_BOMB": "{path} grows more than {ratio} times when it is unpacked, which no honest archive does.",
    "RESOURCE_NOT_TERMINOLOGY": "{place} is {type}, which is not a terminology resource.",
    "RESOURCE_WITHOUT_URL": "{place}: this {type} has no url, so nothing could refer to it. Give it one.",
    "RESOURCE_SUBSETTED": (
        "{place}: only a part of this {type} is here, as its tag SUBSETTED says. Get the whole: without _summary and"
        " _elements, or, where a server cuts what is long, from its publisher or as an export."
    ),
    "RESOURCE_TWICE": "{place}: the {type} {canonical} is in the same source twice; the first one counts.",
    "SUPPLEMENT_OF_NOTHING": "{place}: {url} is a supplement, but does not say of which system (supplements).",
    "BUNDLE_ENTRY_EMPTY": "{place}: the entry has no resource.",
    "PACKAGE_READ": "{package}: read {taken}; left out {left}.",
    "PACKAGE_NOT_FOUND": (
        "The registry {registry} has no package {package}. Check the spelling, or set another registry."
    ),
    "PACKAGE_VERSION_NOT_FOUND": "The package {package} is not there in version {version}. There is: {known}.",
    "PACKAGE_CHECKSUM": "{package} from {address} does not have the checksum the registry states. Try again later.",
    "PACKAGE_DEPENDENCY_MISSING": "{package} depends on {dependency}, which is not loaded: {reason}.",
    "URL_NOT_FOUND": "There is nothing at {url}.",
    "URL_FORBIDDEN": (
        "{url} may not be read. Put an Authorization header for {host} into the setting fetch_authorization."
    ),
    "URL_UNREACHABLE": "{url} cannot be reached: {reason}",
    "URL_FAILED": "{url} cannot be loaded: {reason}.",
    "REGISTRY_UNREACHABLE": "{address} cannot be reached ({reason}). Check the connection and the setting registry.",
    "REGISTRY_FAILED": "{address} did not answer as a package registry does: {reason}.",
}
