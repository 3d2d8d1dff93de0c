"""Front matter: the block of `key: value` lines at the top of a text or Markdown file.

Fenced by `---` lines, or without a fence when the first lines all have known keys. Supports the part of YAML that
people write there: quoted values, `[a, b]`, lists of `- item`, comments. Does not interpret keys.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from loaders.documents.blocks import Metadata

_PAIR = re.compile(r"(?P<key>[A-Za-z][A-Za-z0-9_ -]{0,40}?)\s*:(?:\s+(?P<value>.*))?$")
_LIST_ITEM = re.compile(r"\s*-\s+(?P<value>.*)$")
_QUOTED = re.compile(r"(?P<quote>[\"'])(?P<text>.*?)(?P=quote)\s*(?:#.*)?")
_UNFENCED_KEYS = frozenset({"code", "system", "version", "title", "name", "display", "descriptor", "synonyms"})


def fenced(lines: Sequence[str], start: int) -> tuple[Metadata, int] | None:
    """Front matter that begins with the `---` at `start`: its values and the index after its end."""
    if lines[start].strip() != "---":
        return None
    for end in range(start + 1, min(len(lines), start + 60)):
        if lines[end].strip() in {"---", "..."}:
            values = _pairs(lines[start + 1 : end])
            return (Metadata(values), end + 1) if values else None
    return None


def unfenced(lines: Sequence[str]) -> tuple[Metadata, int] | None:
    """Known keys on the first lines, up to a blank line; at least a code or a system, and two lines."""
    start = next((n for n, line in enumerate(lines) if line.strip()), len(lines))
    end = start
    while end < len(lines) and lines[end].strip():
        end += 1
    pairs = _pairs(lines[start:end])
    keys = {key.lower() for key, _ in pairs or ()}
    if pairs and len(pairs) >= 2 and keys <= _UNFENCED_KEYS and keys & {"code", "system"}:
        return Metadata(pairs), end
    return None


def _pairs(lines: Sequence[str]) -> tuple[tuple[str, str], ...] | None:
    """The pairs, or None when a line is none of the forms above."""
    pairs: list[tuple[str, str]] = []
    key = ""
    for line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if key and (item := _LIST_ITEM.match(line)):
            pairs.append((key, _unquoted(item["value"])))
        elif match := _PAIR.match(line.rstrip()):
            key = match["key"].strip()
            pairs.extend((key, value) for value in _values(match["value"] or ""))
        elif key and line[:1].isspace() and pairs:  # a folded value
            last, value = pairs.pop()
            pairs.append((last, f"{value} {line.strip()}"))
        else:
            return None
    return tuple(pairs)


def _values(text: str) -> list[str]:
    text = text.strip()
    if text.startswith("[") and text.endswith("]"):
        return [_unquoted(part) for part in text[1:-1].split(",") if part.strip()]
    if text in {"", ">", "|", ">-", "|-"}:
        return []
    return [_unquoted(text)]


def _unquoted(text: str) -> str:
    text = text.strip()
    if quoted := _QUOTED.fullmatch(text):
        return quoted["text"]
    return re.sub(r"\s+#.*$", "", text)
