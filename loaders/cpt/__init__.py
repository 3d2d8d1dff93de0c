"""Current Procedural Terminology from the text files of the American Medical Association."""

from loaders.cpt.completing import COMPLETER
from loaders.cpt.loader import LOADER

__all__ = ["COMPLETER", "LOADER"]
