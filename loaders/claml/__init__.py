"""Classifications in ClaML, the Classification Markup Language (EN 14463, ISO 13120): OPS, ICD-10-GM, CHOP."""

from loaders.claml.loader import LOADER

__all__ = ["LOADER"]
