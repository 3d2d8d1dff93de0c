"""ISO's registers from the JSON files of the package `pycountry` (Debian's iso-codes)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson

from terminology.codesystems.installed import data_file

PACKAGE = "pycountry"

Record = Mapping[str, str]


def records(register: str) -> Sequence[Record]:
    """The records of a register (`3166-1`, `3166-2`, `4217`), in the order of the file."""
    path = data_file(PACKAGE, f"pycountry/databases/iso{register}.json")
    found: Sequence[Record] = orjson.loads(path.read_bytes())[register]
    return found
