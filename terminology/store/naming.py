"""Reads a concept together with what it names: other concepts that its parents, children and properties are codes of.

One statement in PostgreSQL's words, for databases whose statements wait for another process: there, one that does the
work of two takes less than half of the time. It does not fold case, so it is for case-sensitive systems only.
"""

from __future__ import annotations

from collections.abc import Mapping

from terminology.store.database import Database
from terminology.store.documents import CHILDREN_PLACE, CODE_PLACE, PARENTS_PLACE, PROPERTIES_PLACE
from terminology.store.entries import ConceptRow


def _at(place: int) -> str:
    """The list that stands at a place of the document, if one does."""
    return f"coalesce(nullif(parts->{place}, 'null'), '[]')"


ROW_WITH_NAMED = f"""
    WITH found AS MATERIALIZED (
        SELECT id & 4294967295 AS ordinal, coalesce(code, key) AS code, document,
            CAST(convert_from(document, 'UTF8') AS jsonb) AS parts
        FROM concept WHERE version = ? AND key = ?
    )
    SELECT ordinal, code, document FROM found
    UNION ALL SELECT NULL, named.key, named.document FROM concept AS named
    WHERE named.version = ? AND named.key = ANY(ARRAY(
        SELECT jsonb_array_elements_text({_at(PARENTS_PLACE)}) FROM found
        UNION ALL SELECT jsonb_array_elements_text({_at(CHILDREN_PLACE)}) FROM found
        UNION ALL SELECT property->>2 FROM found, jsonb_array_elements({_at(PROPERTIES_PLACE)}) AS property
        WHERE property->1 = '{CODE_PLACE}'
    ))
"""  # noqa: S608 - names and numbers of our own


def row_with_named(database: Database, version: int, key: str) -> tuple[ConceptRow | None, Mapping[str, bytes]]:
    """A concept, and the documents of those that it names by key; None for a key that is not there."""
    row: ConceptRow | None = None
    named: dict[str, bytes] = {}
    for ordinal, code, document in database.select(ROW_WITH_NAMED, (version, key, version)):
        if ordinal is None:
            named[code] = document
        else:
            row = ConceptRow(ordinal, code, document)
    return row, named
