"""Reads tab-separated release files in columns, many rows at once: numbers become arrays without an object a field.

Checks what every RF2 file must fulfil: the heading, the number of columns, numbers that are numbers, UTF-8. What is
wrong raises TerminologyError with file and line. Does not know what columns mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from terminology.model.loading import SourceFile
from terminology.model.outcome import Issue, TerminologyError

Int64s = npt.NDArray[np.int64]
UInt64s = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]

CHUNK = 8 * 1024 * 1024
TAB, NEWLINE, RETURN, ZERO = 9, 10, 13, 48
LONGEST_NUMBER = 18
UUID_BYTES = 16
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Some rows of a file; `line` is the number of the first of them."""

    path: str
    names: tuple[str, ...]
    line: int
    _data: Bytes
    _starts: Int64s
    _ends: Int64s

    def __len__(self) -> int:
        return len(self._starts)

    def numbers(self, name: str) -> Int64s:
        """A column of whole numbers without sign. Raises TerminologyError RF2_NOT_A_NUMBER."""
        starts, ends = self._column(name)
        lengths = ends - starts
        value = np.zeros(len(starts), dtype=np.int64)
        wrong = (lengths < 1) | (lengths > LONGEST_NUMBER)
        counts = np.bincount(lengths[~wrong], minlength=1)
        for length in np.flatnonzero(counts).tolist():  # few: identifiers of one kind are much alike
            rows = slice(None) if counts[length] == len(starts) else np.flatnonzero(lengths == length)
            first = starts[rows]
            number = np.zeros(len(first), dtype=np.int64)
            for place in range(length):
                digit = self._data[first + place] - np.uint8(ZERO)  # what is below '0' wraps round to above 9
                wrong[rows] |= digit > 9
                number *= 10
                number += digit
            value[rows] = number
        if wrong.any():
            row = int(wrong.argmax())
            raise self.error("RF2_NOT_A_NUMBER", row, column=name, value=self.texts(name, [row])[0])
        return value

    def uuids(self, name: str) -> UInt64s:
        """A column of UUIDs, two numbers each. Raises TerminologyError RF2_NOT_A_UUID."""
        texts = self.texts(name)
        try:
            data = bytes.fromhex("".join(texts).replace("-", ""))
        except ValueError:
            data = b""
        if len(data) != UUID_BYTES * len(texts):
            row = next(row for row, text in enumerate(texts) if not _UUID.fullmatch(text))
            raise self.error("RF2_NOT_A_UUID", row, column=name, value=texts[row])
        return np.frombuffer(data, dtype=">u8").reshape(-1, 2).astype(np.uint64)

    def texts(self, name: str, rows: Sequence[int] | None = None) -> list[str]:
        """A column of texts, or some rows of it. Raises TerminologyError RF2_ENCODING."""
        starts, ends = self._column(name)
        if rows is not None:
            starts, ends = starts[list(rows)], ends[list(rows)]
        data = self._data.tobytes()
        places = zip(starts.tolist(), ends.tolist(), strict=True)
        try:
            return [data[start:end].decode() for start, end in places]
        except UnicodeDecodeError as error:
            raise self._encoding_error(data, name) from error

    def lines(self) -> Int64s:
        """The line of each row."""
        return np.arange(self.line, self.line + len(self), dtype=np.int64)

    def error(self, message_id: str, row: int, **arguments: str) -> TerminologyError:
        """An error about a row."""
        return error_at(self.path, self.line + row, message_id, **arguments)

    def _column(self, name: str) -> tuple[Int64s, Int64s]:
        place = self.names.index(name)
        return self._starts[:, place], self._ends[:, place]

    def _encoding_error(self, data: bytes, name: str) -> TerminologyError:
        starts, ends = self._column(name)
        for row, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
            try:
                data[start:end].decode()
            except UnicodeDecodeError:
                return self.error("RF2_ENCODING", row, column=name)
        raise AssertionError("a text that could not be decoded can be")


def error_at(path: str, line: int, message_id: str, **arguments: str) -> TerminologyError:
    """An error about a line of a file."""
    place = {"path": path, "line": str(line), **arguments}
    return TerminologyError("invalid", Issue("error", "invalid", message_id, place))


def header(file: SourceFile) -> tuple[str, ...]:
    """The names of a file's columns, from its first line."""
    line, *_ = file.head().removeprefix(BOM).split(b"\n", 1)
    return tuple(line.rstrip(b"\r").decode(errors="replace").split("\t"))


def read(file: SourceFile, names: tuple[str, ...]) -> Iterator[Rows]:
    """The rows of a file, after its heading. Raises TerminologyError RF2_COLUMN_COUNT."""
    line = 1
    for text in _whole_lines(file):
        body = text
        if line == 1:
            _, _, body = text.partition(b"\n")
            line += 1
        if body:
            yield _rows(file.path, names, body, line)
            line += body.count(b"\n") + 1


def _whole_lines(file: SourceFile) -> Iterator[bytes]:
    """The file in pieces that end at the end of a line, without the last line feed."""
    rest = b""
    for block in _blocks(file):
        whole, newline, rest = (rest + block).rpartition(b"\n")
        if newline:
            yield whole
    if rest:
        yield rest


def _blocks(file: SourceFile) -> Iterator[bytes]:
    """The file in pieces that are large enough for arrays to be faster than single rows."""
    waiting: list[bytes] = []
    size = 0
    for chunk in file.chunks():
        waiting.append(chunk)
        size += len(chunk)
        if size >= CHUNK:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


def _rows(path: str, names: tuple[str, ...], whole: bytes, line: int) -> Rows:
    data = np.frombuffer(whole, dtype=np.uint8)
    ends = np.append(np.flatnonzero(data == NEWLINE), len(data))
    starts = np.concatenate(([0], ends[:-1] + 1))
    tabs = np.flatnonzero(data == TAB)
    counts = np.searchsorted(tabs, ends) - np.searchsorted(tabs, starts)
    if (counts != len(names) - 1).any():
        row = int((counts != len(names) - 1).argmax())
        found, expected = str(counts[row] + 1), str(len(names))
        raise error_at(path, line + row, "RF2_COLUMN_COUNT", found=found, expected=expected)
    between = tabs.reshape(len(starts), len(names) - 1)
    ends = ends - (data[np.maximum(ends - 1, 0)] == RETURN)
    return Rows(
        path,
        names,
        line,
        data,
        np.concatenate((starts[:, None], between + 1), axis=1),
        np.concatenate((between, ends[:, None]), axis=1),
    )
