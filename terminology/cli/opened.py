"""Opens the database through the library, for commands that query it."""

from __future__ import annotations

import math

from terminology.catalogue.licences import Licences
from terminology.cli.options import settings
from terminology.library import Terminology


def opened(database: str | None) -> Terminology:
    """The database, for whoever owns it: nothing is withheld, and nothing is broken off because it takes long.

    A value that cannot be read is a usage error.
    """
    values = settings(database=database, request_seconds=math.inf)
    return Terminology(settings=values, entitlements=Licences(values).entitlements)
