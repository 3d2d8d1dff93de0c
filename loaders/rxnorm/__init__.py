"""The loader of RxNorm releases in Rich Release Format: `LOADER`."""

from loaders.rxnorm.loader import LOADER

__all__ = ["LOADER"]
