"""Messages about the verdict on a code."""

ENGLISH: dict[str, str] = {
    "Unknown_Code_in_Version": "Unknown code '{code}' in the CodeSystem '{system}' version '{version}'",
}
