"""HCPCS Level II as the Centers for Medicare & Medicaid Services ship it."""

from loaders.hcpcs.completing import COMPLETER
from loaders.hcpcs.loader import LOADER

__all__ = ["COMPLETER", "LOADER"]
