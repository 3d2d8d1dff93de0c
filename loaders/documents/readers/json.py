"""JSON → blocks: an object is a procedure, its members are sections ("indications": […], "duration": "30 minutes").

Names of members become headings ("procedureDescription" → "Procedure description"); those of the code and of names are
metadata, as in front matter. Lists are items, numbered where they are steps; objects within are sub-headings, or rows
of a table when they stand in a list. A list of objects, or an object with nothing but one, is several procedures. No
value is left out. FHIR resources are not read here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from loaders.documents import headings as h
from loaders.documents.blocks import Block, Break, Heading, Item, Metadata, Page, Paragraph, StatedInMarkup
from loaders.documents.decode import decode
from loaders.documents.readers.tables import table_blocks
from loaders.documents.readers.text import read_text
from terminology.model.outcome import TerminologyError

_NAMES = frozenset(
    {"code", "system", "version", "title", "display", "descriptor", "name", "synonyms", "synonym", "aliases"}
)
_CODINGS = frozenset({"code", "codes", "coding", "codings"})
_SYSTEMS = {"codesystem": "system", "codingsystem": "system"}
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\W]+")
_MEMBER = re.compile(r'"(?P<name>[^"\\]{1,80})"\s*:')
_DEEPEST = 6
ENOUGH = 3
"""Members named like sections that make a file a document."""


def is_document(head: str) -> bool:
    """Whether the beginning of a JSON text has members of a procedure document and is not a FHIR resource."""
    names = {match["name"] for match in _MEMBER.finditer(head)}
    kinds = {h.kind_of(title(name)) for name in names} - {None, h.NAME, h.SYNONYMS}
    return len(kinds) >= ENOUGH and "resourceType" not in names


def read_json(raw: bytes) -> Page:
    """The blocks of a JSON document. Raises DOCUMENT_DAMAGED if it is not JSON, or neither an object nor a list."""
    try:
        data = json.loads(decode(raw, "JSON"))
    except ValueError as error:
        raise TerminologyError.of("invalid", "DOCUMENT_DAMAGED", format="JSON", reason=str(error)) from error
    procedures = list(_procedures(data))
    blocks: list[Block] = []
    stated: list[StatedInMarkup] = []
    for procedure in procedures:
        codes = [coding for name, value in procedure.items() if name.lower() in _CODINGS for coding in _codings(value)]
        blocks += [Break()] if blocks else []
        blocks += _procedure(procedure, codes)
        if len(procedures) == 1:
            stated += codes[1:]
        else:
            blocks += [Paragraph(f"Code: {coding.code}") for coding in codes[1:]]
    return Page(tuple(blocks), stated=tuple(stated))


def title(name: str) -> str:
    """The heading that the name of a member means: "procedureDescription" → "Procedure description"."""
    words = [word if word.isupper() else word.lower() for word in _WORDS.split(name) if word]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def _procedures(data: Any) -> Iterator[dict[str, Any]]:
    """The objects that are procedures."""
    if isinstance(data, dict) and len(data) == 1 and _of_objects(only := next(iter(data.values()))):
        data = only
    if isinstance(data, dict):
        yield data
    elif _of_objects(data):
        yield from data
    else:
        reason = "it holds neither an object nor a list of objects"
        raise TerminologyError.of("invalid", "DOCUMENT_DAMAGED", format="JSON", reason=reason)


def _of_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _codings(value: Any) -> Iterator[StatedInMarkup]:
    """The codes a member states: a text, or a Coding, or a list of them."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            code = one.get("code", one.get("value", one.get("codeValue")))
            system = one.get("system", one.get("codingSystem", one.get("codeSystem")))
            if _is_plain(code):
                yield StatedInMarkup(str(code), system if isinstance(system, str) else None)
        elif _is_plain(one):
            yield StatedInMarkup(str(one))


def _procedure(members: dict[str, Any], codes: list[StatedInMarkup]) -> Iterator[Block]:
    """The blocks of one procedure; the first of its codes is metadata."""
    pairs = [("code", codes[0].code)] if codes else []
    pairs += [("system", codes[0].system)] if codes and codes[0].system else []
    known: list[Block] = []
    displays: list[tuple[str, str]] = []
    others: list[Block] = []  # after those that are known: an unknown heading at the top would be a title
    for name, value in members.items():
        key = _SYSTEMS.get(name.lower(), name.lower())
        plain = value if isinstance(value, list) else [value]
        if key in _NAMES - {"code"} and all(map(_is_plain, plain)):
            pairs += [(key, _text(one)) for one in plain]
        elif key not in _CODINGS:
            sections = known if h.kind_of(title(name)) else others
            sections += _section(title(name), value, 2)
        elif isinstance(value, dict | list):
            displays += _displays(value)
    if pairs or displays:
        yield Metadata((*pairs, *displays))
    yield from known
    yield from others


def _displays(value: Any) -> Iterator[tuple[str, str]]:
    """The displays of Codings, as metadata."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict) and isinstance(one.get("display"), str):
            yield "display", one["display"]


def _section(heading: str, value: Any, level: int) -> Iterator[Block]:
    if value in (None, "", [], {}):
        return
    yield Heading(heading, min(level, _DEEPEST))
    yield from _content(heading, value, level)


def _content(heading: str, value: Any, level: int) -> Iterator[Block]:
    """The blocks of a member's value."""
    if isinstance(value, dict):
        if all(map(_is_plain, value.values())):
            yield from (Item(f"{title(name)}: {_text(one)}", lead=title(name)) for name, one in value.items())
            return
        for name, one in value.items():
            yield from _section(title(name), one, level + 1)
    elif isinstance(value, list):
        yield from _list(value, ordered=h.kind_of(heading) == h.DESCRIPTION, level=level)
    elif isinstance(value, str) and "\n" in value:
        yield from read_text(value).blocks
    elif value is not None:
        yield Paragraph(_text(value))


def _list(values: list[Any], *, ordered: bool, level: int) -> Iterator[Block]:
    if _of_objects(values) and all(_is_plain(one) for row in values for one in row.values()):
        names = list(dict.fromkeys(name for row in values for name in row))
        rows = [[_text(row[name]) if row.get(name) is not None else "" for name in names] for row in values]
        titles = ["", *(title(name) for name in names[1:])]  # the first says what a row is about
        yield from table_blocks(titles if len(names) > 2 else [], rows)
        return
    for value in values:
        if isinstance(value, dict | list):
            yield from _content("", value, level)
        elif value is not None:
            yield Item(" ".join(_text(value).split()), ordered=ordered)


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
