"""Opens the database through the library, for commands that query it."""

from __future__ import annotations

import math

from terminology.catalogue.licences import Licences
from terminology.cli.options import settings_for_reading
from terminology.library import Terminology


def opened(database: str | None) -> Terminology:
    """The database as its owner sees it: with all licences, and without a time limit.

    A setting that cannot be read is a usage error. Raises as `settings_for_reading`.
    """
    values = settings_for_reading(database, request_seconds=math.inf)
    return Terminology(settings=values, entitlements=Licences(values).entitlements)
