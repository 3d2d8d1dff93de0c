"""CodeSystems in JSON with one concept per line, as `terminology.fhir.stream` writes them.

Large ones are read line by line, so that millions of concepts need no more memory than a few. One pass that keeps
nothing first checks that the whole file has this form; others are left to readers of whole resources.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import orjson

from terminology.fhir import codesystem, json, marks, r4
from terminology.fhir.json import Json
from terminology.model.concept import Concept
from terminology.model.loading import SourceFile
from terminology.model.outcome import Issue, TerminologyError

LARGE = 4 * 1024 * 1024
"""Bytes from which it is worth while; smaller files are read whole."""
OPENS = b',"concept":['
CLOSES = b"]}"
DEEPEST = json.MAX_DEPTH


class _Line(NamedTuple):
    """A concept without those below it. `opens`: these follow. `closes`: how many lists of concepts end after it."""

    own: bytes
    opens: bool
    closes: int


@dataclass(frozen=True, slots=True)
class Lined:
    """A CodeSystem in a file. `header` is all but its concepts, as R5."""

    file: SourceFile
    header: Json

    def concepts(self) -> Iterator[Concept]:
        """The concepts in their order. Raises TerminologyError invalid that names the line of one that is broken."""
        hierarchy = marks.read(self.header).hierarchy
        parents: list[str] = []
        for number, line in enumerate(_lines(self.file), 2):
            try:
                item = _raised(json.loads_object(line.own))
                concept = codesystem.concept(item, tuple(parents[-1:]), hierarchy)
            except TerminologyError as error:
                raise _in_line(error, number) from None
            yield concept
            if line.opens:
                parents.append(concept.code)
            elif line.closes:
                del parents[max(len(parents) - line.closes, 0) :]


def lined(file: SourceFile) -> Lined | None:
    """The CodeSystem of a large file of this form; None for any other file."""
    if file.size < LARGE or not file.name.lower().endswith(".json"):
        return None
    first = next(file.lines(), b"")
    if not first.startswith(b"{") or not first.endswith(OPENS):
        return None
    header = _parsed(first[: -len(OPENS)] + b"}")
    if header is None or header.get("resourceType") != "CodeSystem" or "content" not in header:
        return None
    try:
        if not all(_parsed(line.own) is not None for line in _lines(file)):
            return None
    except ValueError:
        return None
    return Lined(file, r4.to_r5(json.loads_object(first[: -len(OPENS)] + b"}")))


def _lines(file: SourceFile) -> Iterator[_Line]:
    """The lines after the first. Raises ValueError if the file has another form."""
    lines = file.lines()
    next(lines)
    depth = 1
    for text in lines:
        if depth == 0:
            raise ValueError("something follows the end")
        line = _line(text, depth)
        depth += 1 if line.opens else -line.closes
        if depth > DEEPEST // 2:
            raise ValueError("too deep")
        yield line
    if depth:
        raise ValueError("the end is missing")


def _line(text: bytes, depth: int) -> _Line:
    if text.endswith(OPENS):
        return _Line(text[: -len(OPENS)] + b"}", opens=True, closes=0)
    whole = text.removesuffix(b",")
    for closes in range(depth + 1):
        own = whole[: len(whole) - closes * len(CLOSES)]
        if _parsed(own) is not None:
            if (closes == depth) == text.endswith(b","):
                raise ValueError("a comma is missing, or is too many")
            return _Line(own, opens=False, closes=closes)
        if not own.endswith(CLOSES):
            break
    raise ValueError("not a concept a line")


def _parsed(data: bytes) -> Json | None:
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) and "concept" not in found else None


def _raised(item: Json) -> Json:
    raised: Json = r4.to_r5({"resourceType": "CodeSystem", "concept": [item]})["concept"][0]
    return raised


def _in_line(error: TerminologyError, number: int) -> TerminologyError:
    issues = [
        Issue("error", i.code, "RESOURCE_IN_FILE", {"place": f"line {number}", "reason": i.text}, i.detail)
        for i in error.issues
    ]
    return TerminologyError(error.kind, *issues)
