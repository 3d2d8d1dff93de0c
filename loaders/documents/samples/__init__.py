"""The sample documents of the demo: invented codes of an example system, which exercise every rule.

`folder` provides them as a folder that `terminology load` accepts; nothing here reads them.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from importlib.resources import as_file, files
from pathlib import Path


def folder() -> AbstractContextManager[Path]:
    """The folder with the sample documents, for as long as the context is open."""
    return as_file(files(__package__) / "pages")
