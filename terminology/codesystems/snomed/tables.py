"""Names of the tables that come with a SNOMED CT release besides its concepts, shared by loader and index."""

from __future__ import annotations

DESCRIPTIONS = "description"
"""conceptId, id, active, effectiveTime, moduleId, typeId, caseSignificanceId (numbers), languageCode, term (texts), and
for each language reference set a column `DIALECT<its id>`: the acceptability of the description, 0 for none."""

DIALECT = "dialect/"

REFSET = "refset/"
"""`refset/<id>`: referencedComponentId, active, effectiveTime, moduleId (numbers), then the reference set's own fields:
numbers for components and integers, else texts."""

IDENTIFIERS = "identifier"
"""alternateIdentifier (text), active, identifierSchemeId, referencedComponentId (numbers)."""
