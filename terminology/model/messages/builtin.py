"""Messages about code systems that need no loading: grammars and small registries."""

WITHOUT_ID = frozenset({"UCUM_INVALID"})
"""Texts of HL7's tools that they send without a message id; clients compare these answers, so neither do we."""

ENGLISH: dict[str, str] = {
    "BUILTIN_DATA_MISSING": (
        "The file {file} of the Python package '{package}' is not there. Install the package in the version this "
        "program asks for: pip install --force-reinstall {package}"
    ),
    # UCUM
    "UCUM_INVALID": "Error processing unit '{code}': {reason} at character {position}",
    "UCUM_FILTER_INVALID": "The filter canonical = '{value}' needs a UCUM unit, but: {reason} at character {position}",
    "UCUM_EMPTY": "There is no unit",
    "UCUM_TOO_LONG": "The unit is longer than {limit} characters",
    "UCUM_TOO_DEEP": "Parentheses are nested more than {limit} deep",
    "UCUM_ENDS": "Expected {expected}, but the unit ends",
    "UCUM_UNEXPECTED": "Expected {expected}, but found '{found}'",
    "UCUM_PARENTHESIS_OPEN": "The parenthesis is not closed",
    "UCUM_BRACKET_OPEN": "The square bracket is not closed",
    "UCUM_ANNOTATION_OPEN": "The annotation is not closed",
    "UCUM_ANNOTATION_CHARACTER": "An annotation may not have the character '{found}'",
    "UCUM_NOT_POSITIVE": "A number must not be zero",
    "UCUM_NOT_METRIC": "The unit '{unit}' takes no prefix, but has '{prefix}'",
    "UCUM_UNIT_UNKNOWN": "The unit '{symbol}' is unknown",
    # BCP 47
    "BCP47_INVALID": "The language tag '{code}' is not valid: {reason}, at character {position}",
    "BCP47_TOO_LONG": "the tag is longer than {limit} characters",
    "BCP47_SUBTAG_MALFORMED": "'{subtag}' is not a subtag: they have 1 to 8 letters and digits, with hyphens between",
    "BCP47_SUBTAG_UNEXPECTED": "the subtag '{subtag}' cannot stand here",
    "BCP47_SINGLETON_ALONE": "a singleton needs subtags after it",
    "BCP47_REPEATED": "the subtag '{subtag}' comes twice",
    "BCP47_LANGUAGE_UNKNOWN": "'{subtag}' is not a language registered with IANA",
    "BCP47_EXTENDED_UNKNOWN": "'{subtag}' is not an extended language registered with IANA",
    "BCP47_SCRIPT_UNKNOWN": "'{subtag}' is not a script registered with IANA",
    "BCP47_REGION_UNKNOWN": "'{subtag}' is not a region registered with IANA",
    "BCP47_VARIANT_UNKNOWN": "'{subtag}' is not a variant registered with IANA",
    # Media types, URIs, variants
    "MIME_MALFORMED": "'{code}' is not a media type: write type/subtype, with parameters as ;name=value",
    "MIME_TYPE_UNKNOWN": "'{code}' is not a media type: '{type}' is none of the top-level types {known}",
    "URI_MALFORMED": "'{code}' is not an absolute URI: it must begin with a scheme, without spaces or brackets",
    "URI_OID_MALFORMED": "'{code}' has no OID after urn:oid: (numbers with dots between them, no leading zeros)",
    "URI_UUID_MALFORMED": "'{code}' has no UUID after urn:uuid: (hexadecimal digits, 8-4-4-4-12)",
    "HGVS_MALFORMED": "'{code}' is not an HGVS description: it must be written like NM_004006.2:c.4375C>T",
    "HGVS_FORM_ONLY": "Only the form of '{code}' was checked, not whether the sequence and the change exist",
}
