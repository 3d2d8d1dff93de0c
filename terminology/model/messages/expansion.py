"""Messages about expanding value sets."""

ENGLISH: dict[str, str] = {
    "VALUESET_TOO_COSTLY": "The value set '{url}' expansion has too many codes to display (>{limit})",
}
