"""Errors of release files, by file and line."""

from __future__ import annotations

from collections.abc import Iterator

from terminology.model.outcome import Issue, TerminologyError
from terminology.model.protocols import SourceFile


def problem(path: str, number: int | None, message_id: str, /, **arguments: str) -> TerminologyError:
    """An error about a line of a file (None: about the file)."""
    place = path if number is None else f"{path}, line {number}"
    return TerminologyError("invalid", Issue("error", "structure", message_id, {"place": place, **arguments}))


def lines(file: SourceFile) -> Iterator[tuple[int, str]]:
    """The lines of a text file with their numbers, from 1. UTF-8 (ASCII, in most years), else Windows-1252.

    Raises TerminologyError invalid (PCS_ENCODING) for anything else.
    """
    for number, line in enumerate(file.lines(), 1):
        try:
            text = line.decode()
        except UnicodeDecodeError:
            text = _windows(line, file.path, number)
        if "\0" in text:
            raise problem(file.path, number, "PCS_ENCODING")
        yield number, text.removeprefix("\ufeff") if number == 1 else text


def _windows(line: bytes, path: str, number: int) -> str:
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError:
        raise problem(path, number, "PCS_ENCODING") from None
