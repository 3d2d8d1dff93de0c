"""ICD-9-CM as CMS left it: lists of titles (procedures of volume 3, diagnoses), and the tabular list of procedures.

The lists hold the codes; the tabular list adds titles of chapters and categories, inclusion terms and notes. It may be
of another year than the lists: it joins every version.
"""

from loaders.icd9cm.loader import LOADER

__all__ = ["LOADER"]
