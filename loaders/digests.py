"""One digest for several files that make one part, by which a load sees whether any of them has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from terminology.model.loading import SourceFile


def digest_of(files: Iterable[SourceFile]) -> str:
    """SHA-256 in hex over names and contents, whatever the order of the files and the folders they are in."""
    found = hashlib.sha256()
    for file in sorted(files, key=lambda file: (file.name, file.path)):
        found.update(f"{file.name} {file.digest()}\n".encode())
    return found.hexdigest()
