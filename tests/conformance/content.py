"""What the suite expects to be loaded already (its other tests bring their content with the request)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PACKAGES = ("hl7.fhir.r5.core@5.0.0",)


def load_content(folder: Path) -> str:
    """Load the packages by the ordinary command into a new database; returns its url."""
    database = f"sqlite:///{folder / 'conformance.db'}"
    command = [sys.executable, "-m", "terminology.cli", "load", "--no-dependencies", "--database", database]
    subprocess.run([*command, *PACKAGES], check=True, capture_output=True, text=True)
    return database
