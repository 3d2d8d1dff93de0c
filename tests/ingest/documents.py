"""Texts of documents for the test loader, and what became of them in a database."""

from __future__ import annotations

from terminology import ingest
from terminology.store.queries import ResourceQuery
from tests.ingest.building import SYSTEM

RELEASE = "version: 2025\na | Ablation of tissue |\nb | Biopsy |\nc | Other name |"


def doc(code=None, display="Ablation", system=SYSTEM, **fields):
    said = {"system": system, "code": code, "display": display, **fields}
    return "\n".join(f"{key}: {value}" for key, value in said.items() if value is not None)


def reasons(box):
    return [entry.reason for entry in ingest.pending(box.store)]


def loaded(box):
    return {name: code for name, (state, code) in box.documents().items() if state == "loaded"}


def value_sets(box):
    return [entry.url.rsplit("/", 1)[1] for entry in box.store.resources(ResourceQuery(type="ValueSet"))[1]]
