"""Names of the derived sets and arrays of a version: written by `terminology.store.build`, read by `codesystems`.

Bitmaps hold ordinals unless stated otherwise.
"""

DESCENDANTS = "descendants"
"""key: code of a concept that has children → everything below it, itself not included."""

ANCESTORS = "ancestors"
"""key: code of a concept that has parents and children → everything above it; a leaf's is one step of climbing."""

CHILDREN = "children"
"""key: code of a concept that has children → its direct children."""

PARENTS = "parents"
"""blob: little-endian uint32: for every ordinal where its parents begin, and where the last ones end; then the parents
of concept 0, of concept 1…"""

RELATIONSHIPS = "relationships"
"""blob; key '': JSON list of the properties whose values are grouped relationships (these have no sets of values).
key: such a property → little-endian uint32: numbers of groups, then as many ordinals of targets."""
RELATIONSHIP_GROUPS = "relationship-groups"
"""blob: little-endian uint32: ordinal of the concept of group 0, 1…, rising; then the groups' own numbers."""
RELATIONSHIP_VALUES = "relationship-values"
"""blob; key: such a property → JSON: numbers of groups, then kinds, then texts of values that are no concepts."""

PROPERTY_EXISTS = "property-exists"
"""key: property code → concepts that have at least one value."""


def property_values(code: str) -> str:
    """Kind of the sets of one property; key: `model.values.value_key` of the value (not of prose) → concepts."""
    return f"property:{code}"


PROPERTY_PROSE = "property-prose"
"""key: property code → concepts with a value that the sets of `property_values` do not hold; absent when all do."""


FLAG = "flag"
"""keys: INACTIVE, ABSTRACT, LEAF, ROOT."""
INACTIVE = "inactive"
ABSTRACT = "abstract"
LEAF = "leaf"
ROOT = "root"

STATUS = "status"
"""key: the concept's status (`retired`, `deprecated`, `experimental`…)."""

BRIEFS = "briefs"
"""blob; key: number of a block of concepts → code and display of each, as `store.briefs` writes them."""

TOKEN = "token"  # noqa: S105 - a word of a text, not a secret
"""key: folded word → term numbers (text index)."""
VOCABULARY = "vocabulary"
"""blob: all keys of TOKEN, as `store.text_slips` packs them, where they are many."""
PREFIX = "prefix"
"""key: a beginning that many words share → term numbers of the words that begin so."""
PREFIX_CONCEPTS = "prefix-concepts"
"""key: a beginning that very many terms share → concepts (ordinals) of these terms."""
BEST = "best"
"""blob; key: a beginning that many terms share → little-endian uint32: the number of their concepts, then the first of
these, best first, as a search for the beginning finds them (in texts of any language)."""
LANGUAGE = "language"
"""key: BCP-47 tag, '' for none → term numbers."""
TERM_ORDINALS = "term-ordinals"
"""blob: little-endian uint32 array, term number → ordinal."""
TERM_RANKS = "term-ranks"
"""blob: little-endian uint32: twice the lengths of terms (one more for those that are no displays), rising; then, for
each, the first number of the terms that have it."""
ORDINAL_TERMS = "ordinal-terms"
"""blob: little-endian uint32 array, the term numbers of concept 0, then those of concept 1…"""
CODE_TEXTS = "code-texts"
"""blob: the folded codes in order (UTF-8), cut and padded with NUL to one width."""
CODE_ORDINALS = "code-ordinals"
"""blob: little-endian uint32 array, position in CODE_TEXTS → ordinal."""

OF_TERMS = frozenset({TOKEN, PREFIX, PREFIX_CONCEPTS, LANGUAGE})
"""The sets of the text index, which has terms of its own in every layer of a version."""
