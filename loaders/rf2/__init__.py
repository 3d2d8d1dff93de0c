"""SNOMED CT in Release Format 2: snapshot and full releases, editions and extensions, in folders or archives."""

from __future__ import annotations

from loaders.rf2.loader import LOADER

__all__ = ["LOADER"]
