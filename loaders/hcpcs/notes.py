"""CMS's processing notes: numbered texts in a box of asterisks, `0017--SEE INTERMEDIARY MANUAL …`."""

from __future__ import annotations

import re
from collections.abc import Iterable

NOTE = re.compile(r"\s*(\d{4})\s*--\s*(.*)")
DELETED = re.compile(r"THIS PROCESSING NOTE DELETED.*|(?:NOTE )?DELETED\b.{0,40}", re.IGNORECASE)
ENDED = re.compile(r"\s*[_*\s]*")


def parse(lines: Iterable[str]) -> dict[str, str]:
    """Number → text, without notes that say only that they are deleted."""
    found: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in lines:
        text = line.rstrip().removesuffix("*").rstrip()
        if ENDED.fullmatch(text):
            current = None
        elif note := NOTE.fullmatch(text):
            current = found.setdefault(note[1], [])
            current.append(note[2])
        elif current is not None:
            current.append(text)
    texts = {number: " ".join(" ".join(parts).split()) for number, parts in found.items()}
    return {number: text for number, text in texts.items() if text and not DELETED.fullmatch(text)}
