"""Loads a made-up system in a process of its own, so that its memory can be measured: `load URL MARKER SIZE`."""

from __future__ import annotations

import sys

from benchmarks.synthetic_load import SyntheticLoader
from terminology import ingest
from terminology.model.records import LoadOptions
from terminology.store.opening import open_store

if __name__ == "__main__":
    url, marker, size = sys.argv[1:]
    store = open_store(url)
    ingest.load(store, [marker], LoadOptions(), loaders=(SyntheticLoader(int(size)),))
    store.close()
