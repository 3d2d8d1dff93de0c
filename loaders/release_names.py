"""The names around a file of a release, which may say what it is. What they say, loaders know."""

from __future__ import annotations

import re


def names_around(path: str, ours: re.Pattern[str]) -> list[str]:
    """The file's own name, those of folders in its archive, the archive's, in lower case.

    The folder on disk comes last, and only when its name speaks of such a release (`ours`).
    """
    disk, *inner = path.lower().split("!/")
    *_, folder, name = ("", *disk.split("/"))
    inside = [part for member in inner for part in member.split("/")]
    return [*reversed(inside), name, *([folder] if ours.search(folder) else [])]
