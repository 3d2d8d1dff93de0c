"""Manifests: `manifest.csv` or `manifest.json` beside the documents, stating which file has which code.

Columns (or members): file, code, system, version; others are ignored. A `file` may be a pattern (`*.txt`) that gives
system and version to all matching files. Several rows for one file apply to its procedures, in order. Does not read the
documents.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from loaders.documents.codes import NOTHING_STATED, Stated
from loaders.documents.decode import decode
from terminology.model.outcome import TerminologyError

NAMES = frozenset({"manifest.csv", "manifest.json"})
_COLUMNS = {
    "file": "file", "filename": "file", "file name": "file", "path": "file", "document": "file",
    "code": "code", "system": "system", "code system": "system", "codesystem": "system", "version": "version",
}  # fmt: skip
_PATTERN = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `line` is where it stands, for messages."""

    file: str
    stated: Stated
    line: int

    @property
    def is_pattern(self) -> bool:
        """Whether the row is for all files that match."""
        return bool(_PATTERN & set(self.file))


@dataclass(frozen=True, slots=True)
class Listed:
    """What a manifest states about one file: its own rows in the order of procedures, and values for all."""

    own: tuple[Stated, ...] = ()
    general: Stated = NOTHING_STATED

    def procedure(self, index: int, count: int) -> Stated:
        """The values for one of a file's `count` procedures: rows state its code only if there is one for each."""
        if len(self.own) == count:
            return self.own[index]
        if self.own:
            return Stated(None, self.own[0].system, self.own[0].version)
        return self.general


@dataclass(frozen=True, slots=True)
class Manifest:
    """The rows of one manifest; `folder` is the path up to its name, with the separator."""

    path: str
    folder: str
    rows: tuple[Row, ...]

    def lists(self, path: str) -> bool:
        """Whether a row names that file, or a pattern with a code or system matches it."""
        return any(self._matches(row, path) for row in self.rows)

    def says(self, path: str) -> Listed:
        """The values for a file: those of its own rows, completed by the first pattern that matches."""
        general = next((row.stated for row in self.rows if row.is_pattern and self._matches(row, path)), NOTHING_STATED)
        own = [row.stated for row in self.rows if not row.is_pattern and self._matches(row, path)]
        return Listed(
            tuple(Stated(s.code, s.system or general.system, s.version or general.version) for s in own), general
        )

    def missing(self, paths: Iterable[str]) -> list[str]:
        """The files that rows name but that are not among the paths."""
        known = list(paths)
        named = dict.fromkeys(row.file for row in self.rows if not row.is_pattern)
        return [name for name in named if self.folder + name not in known]

    def _matches(self, row: Row, path: str) -> bool:
        if not path.startswith(self.folder):
            return False
        relative = path[len(self.folder) :]
        return fnmatchcase(relative, row.file) if row.is_pattern else relative == row.file


def read_manifest(raw: bytes, path: str) -> Manifest | None:
    """Read a manifest; None for a file of another kind, which has no `file` column.

    Raises TerminologyError invalid (MANIFEST_INVALID) with the line for a broken one.
    """
    folder = path[: path.rfind("/") + 1]
    text = decode(raw, "a manifest")
    rows = _json_rows(text, path) if path.lower().endswith(".json") else _csv_rows(text)
    return Manifest(path, folder, tuple(rows)) if rows is not None else None


def _csv_rows(text: str) -> list[Row] | None:
    lines = text.lstrip("\n").split("\n")
    delimiter = max(",;\t", key=lines[0].count)
    reader = csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter)
    columns = [_COLUMNS.get(title.strip().lower().replace("_", " "), "") for title in next(reader, [])]
    if "file" not in columns or not {"code", "system", "version"} & set(columns):
        return None
    rows = []
    for values in reader:
        fields = {column: value.strip() for column, value in zip(columns, values, strict=False) if column}
        if fields.get("file"):
            rows.append(_row(fields, reader.line_num))
    return rows


def _json_rows(text: str, path: str) -> list[Row] | None:
    """A list of objects, an object with such a list as `documents` or `files`, or file → code (or object)."""
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise TerminologyError.of(
            "invalid", "MANIFEST_INVALID", path=path, line=str(error.lineno), reason=error.msg
        ) from error
    if isinstance(data, dict):
        listed = data.get("documents", data.get("files"))
        if isinstance(listed, list | dict):
            data = listed
    if isinstance(data, dict) and all("." in file for file in data):
        data = [{"file": file, **(_as_object(value))} for file, value in data.items()]
    if not isinstance(data, list) or not all(isinstance(entry, dict) for entry in data):
        return None
    objects = [{_COLUMNS.get(str(key).lower(), ""): value for key, value in entry.items()} for entry in data]
    if not any({"code", "system", "version"} & fields.keys() for fields in objects):
        return None
    if any(not isinstance(fields.get("file"), str) for fields in objects):
        return None
    return [_row({key: str(value) for key, value in fields.items() if value is not None}, 0) for fields in objects]


def _as_object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"code": value}


def _row(fields: Mapping[str, str], line: int) -> Row:
    stated = Stated(fields.get("code") or None, fields.get("system") or None, fields.get("version") or None)
    return Row(fields["file"].replace("\\", "/").removeprefix("./"), stated, line)
