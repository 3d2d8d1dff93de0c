"""BCP 47 language tags: `system` is the code system, `tag` the grammar, `subtags` IANA's registry of subtags."""
