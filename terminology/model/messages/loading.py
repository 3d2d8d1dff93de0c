"""Messages about loading, merging and storing releases."""

ENGLISH: dict[str, str] = {
    "DUPLICATE_CODE": "The code '{code}' is defined twice in {source}.",
}
