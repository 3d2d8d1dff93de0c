"""ICD-11 as WHO publishes it: the tabulation file of a linearization, and entities as the ICD API gives them."""

from loaders.icd11.loader import LOADER

__all__ = ["LOADER"]
