"""The loader of LOINC releases: `LOADER`. `gathering` defines what is read from which file."""

from loaders.loinc.loader import LOADER

__all__ = ["LOADER"]
