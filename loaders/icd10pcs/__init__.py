"""ICD-10-PCS as CMS publishes it: order and codes files, tables, definitions, index, addenda, conversion table.

Every file is a part of its own, so that they may come together, one after the other, or only some of them. The lists
(order file, codes file) are concepts; the other files are facts, of which `complete` makes hierarchy, properties,
definitions and synonyms when a version is derived.
"""

from loaders.icd10pcs.loader import LOADER

__all__ = ["LOADER"]
