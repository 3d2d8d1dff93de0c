"""Loading: records from loaders become parts, parts become published versions, and documents find their codes.

The only way into a store. Every function is all or nothing: one that fails or is interrupted leaves the store as it
was. File formats are handled by loaders, storage by the store.
"""

from terminology.ingest.checking import CheckReport, check
from terminology.ingest.documents import TOOLS, DocumentTools
from terminology.ingest.loading import load, load_records, parameters_of
from terminology.ingest.removing import remove
from terminology.ingest.report import LoadReport, Progress
from terminology.ingest.revising import assign, kept, pending, reparse
from terminology.ingest.writing import Delete, Put, Write, write

__all__ = [
    "TOOLS",
    "CheckReport",
    "Delete",
    "DocumentTools",
    "LoadReport",
    "Progress",
    "Put",
    "Write",
    "assign",
    "check",
    "kept",
    "load",
    "load_records",
    "parameters_of",
    "pending",
    "remove",
    "reparse",
    "write",
]
