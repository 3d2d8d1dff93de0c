"""Procedure documents: a page about a procedure becomes a concept with everything the page says."""

from loaders.documents.loader import LOADER
from loaders.documents.parse import parse_raw

__all__ = ["LOADER", "parse_raw"]
