"""The loader of LOINC releases: `LOADER`. What is read from which file, `gathering` says."""

from loaders.loinc.loader import LOADER

__all__ = ["LOADER"]
