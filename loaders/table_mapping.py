"""The mapping file of a table, which says what its columns mean. JSON or TOML; docs/code-systems.md has an example.

Reads and checks the mapping; `loaders.tabular` reads the table.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast, get_args

import orjson

from terminology.model.codesystem import Content
from terminology.model.coding import Coding
from terminology.model.concept import PropertyKind
from terminology.model.outcome import TerminologyError

HEADER = ("system", "version", "title", "name", "publisher", "description", "copyright", "language", "date", "content")
"""Texts of the header that a mapping may give, by their names in CodeSystem (`system`: its url)."""
CONTENTS: tuple[Content, ...] = ("complete", "fragment", "example")
_SINGLE = ("code", "display", "definition", "parent", "inactive")
_TOP = frozenset({*HEADER, "caseSensitive", "sheet", "columns"})
_COLUMN = frozenset({"column", "separator"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column by its heading; `separator` splits a cell into several values. The other fields depend on its role.

    `values`: the cells that mean true (inactive). `language` and `use`: of designations. `code`, `kind`, `uri` and
    `description`: of properties.
    """

    heading: str
    separator: str | None = None
    values: frozenset[str] = frozenset()
    language: str | None = None
    use: Coding | None = None
    code: str = ""
    kind: PropertyKind = "string"
    uri: str | None = None
    description: str | None = None

    def split(self, cell: str) -> list[str]:
        """The values in a cell."""
        parts = cell.split(self.separator) if self.separator else [cell]
        return [text for part in parts if (text := part.strip())]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMapping:
    """A whole mapping; `header` holds the texts of HEADER that are stated."""

    header: Mapping[str, str]
    case_sensitive: bool
    sheet: str | None
    code: Column
    display: Column | None
    definition: Column | None
    parent: Column | None
    inactive: Column | None
    designations: tuple[Column, ...]
    properties: tuple[Column, ...]

    @property
    def headings(self) -> list[str]:
        """Every heading that must be in the table."""
        single = (self.code, self.display, self.definition, self.parent, self.inactive)
        return [c.heading for c in (*single, *self.designations, *self.properties) if c is not None]


def parse(path: str, data: bytes) -> TableMapping:
    """Read a mapping. Raises TerminologyError invalid (TABLE_MAPPING) that says what is wrong with it."""
    reader = _Reader(path)
    found = reader.loaded(data)
    reader.only(found, _TOP, "the mapping")
    columns = found.get("columns")
    if not isinstance(columns, dict):
        raise reader.problem("it has no table 'columns'")
    reader.only(columns, frozenset({*_SINGLE, "designation", "property"}), "columns")
    code = reader.column(columns, "code")
    if code is None:
        raise reader.problem("columns has no 'code'")
    header = {name: reader.text(found, name) for name in HEADER if name in found}
    if header.get("content", "complete") not in CONTENTS:
        raise reader.problem(f"content is none of {', '.join(CONTENTS)}")
    sheet = reader.text(found, "sheet") if "sheet" in found else None
    return TableMapping(
        header=header,
        case_sensitive=found.get("caseSensitive", True) is not False,
        sheet=sheet,
        code=code,
        display=reader.column(columns, "display"),
        definition=reader.column(columns, "definition"),
        parent=reader.column(columns, "parent"),
        inactive=reader.column(columns, "inactive"),
        designations=tuple(reader.designation(c) for c in reader.several(columns, "designation")),
        properties=tuple(reader.property(c) for c in reader.several(columns, "property")),
    )


class _Reader:
    def __init__(self, path: str) -> None:
        self._path = path

    def loaded(self, data: bytes) -> dict[str, Any]:
        try:
            is_toml = self._path.lower().endswith(".toml")
            text = data.decode("utf-8-sig")
            found = tomllib.loads(text) if is_toml else orjson.loads(text)
        except (tomllib.TOMLDecodeError, orjson.JSONDecodeError, UnicodeDecodeError) as error:
            raise self.problem(str(error).rstrip(".")) from error
        if not isinstance(found, dict):
            raise self.problem("it is not one object")
        return cast("dict[str, Any]", found)

    def column(self, columns: dict[str, Any], role: str) -> Column | None:
        """A column that is stated by its heading alone, or as a table."""
        if role not in columns:
            return None
        said = columns[role] if isinstance(columns[role], dict) else {"column": columns[role]}
        self.only(said, _COLUMN | ({"values"} if role == "inactive" else frozenset()), role)
        values = said.get("values", [])
        if not isinstance(values, list):
            raise self.problem(f"values of {role} is no list")
        return Column(
            heading=self.text(said, "column"),
            separator=self.text(said, "separator") if "separator" in said else None,
            values=frozenset(str(value).casefold() for value in values),
        )

    def several(self, columns: dict[str, Any], role: str) -> list[dict[str, Any]]:
        found = columns.get(role, [])
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            raise self.problem(f"columns.{role} is no list of tables")
        return found

    def designation(self, said: dict[str, Any]) -> Column:
        self.only(said, _COLUMN | {"language", "use"}, "designation")
        texts = {name: self.text(said, name) for name in said}
        system, _, code = texts.get("use", "").rpartition("|")
        return Column(
            heading=self.text(said, "column"),
            separator=texts.get("separator"),
            language=texts.get("language"),
            use=Coding(system or None, code) if code else None,
        )

    def property(self, said: dict[str, Any]) -> Column:
        self.only(said, _COLUMN | {"code", "type", "uri", "description"}, "property")
        texts = {name: self.text(said, name) for name in said}
        kind = texts.get("type", "string")
        if kind not in get_args(PropertyKind):
            raise self.problem(f"type '{kind}' is none of {', '.join(get_args(PropertyKind))}")
        return Column(
            heading=self.text(said, "column"),
            separator=texts.get("separator"),
            code=self.text(said, "code"),
            kind=cast("PropertyKind", kind),
            uri=texts.get("uri"),
            description=texts.get("description"),
        )

    def text(self, said: dict[str, Any], name: str) -> str:
        value = said.get(name)
        if not isinstance(value, str) or not value:
            raise self.problem(f"'{name}' must be a text")
        return value

    def only(self, said: dict[str, Any], known: frozenset[str], where: str) -> None:
        unknown = sorted(set(said) - known)
        if unknown:
            raise self.problem(f"{where} has {', '.join(unknown)}; known are {', '.join(sorted(known))}")

    def problem(self, reason: str) -> TerminologyError:
        return TerminologyError.of("invalid", "TABLE_MAPPING", path=self._path, reason=reason)
