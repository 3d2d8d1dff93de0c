"""Messages about loading, merging and storing releases."""

ENGLISH: dict[str, str] = {
    "DUPLICATE_CODES": (
        "{source} gives more than one concept for the same code: {codes}. Keep one of each; for a system whose codes "
        "do not differ by case, codes that differ only so are the same."
    ),
    "CONCEPT_WITHOUT_CODE": "A concept of {system} has no code (display '{display}'). Give it one, or leave it out.",
    "HIERARCHY_CYCLE": "The hierarchy of {source} has a cycle: {path}. Remove one of these steps to a parent.",
    "PARENTS_UNKNOWN": "{count} times a concept of {source} names a parent that is not in it: {codes}.",
}
