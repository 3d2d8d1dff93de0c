"""ICD-10-CM as its publishers (NCHS, CMS) ship it: tabular list, order file, codes file, addenda."""

from loaders.icd10cm.loader import LOADER

__all__ = ["LOADER"]
