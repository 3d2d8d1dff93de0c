"""One file of a source tree, wherever its bytes are, and the limits for reading it.

A `Content` opens a stream; a `File` adds the path, reads with limits and turns every failure into a TerminologyError
that names the file.
"""

from __future__ import annotations

import gzip
import hashlib
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol, cast

from terminology.model.outcome import Issue, TerminologyError

_CHUNK = 1 << 20
MAX_FILE = 4 * 1024**3
MAX_TOTAL = 32 * 1024**3
LONGEST_LINE = 64 * 1024 * 1024
"""A file with a longer line is not a text file; the line would be held in memory as a whole."""


BROKEN = (zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, lzma.LZMAError, EOFError, struct.error)
"""What the standard library raises for archives that are damaged or cut off."""


Told = Callable[[str, int], None]
"""Is told the path of a file, and how many of its bytes were read."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, uncompressed. A member that grows more than `ratio` times is a bomb, once past `harmless`."""

    max_file: int = MAX_FILE
    max_total: int = MAX_TOTAL
    max_members: int = 500_000
    ratio: int = 250
    harmless: int = 64 * 1024**2

    def suspicious(self, size: int, compressed: int) -> bool:
        """Whether no legitimate file compresses so well."""
        return size > self.harmless and size > compressed * self.ratio


def check_growth(archive: zipfile.ZipFile, most: int | None = None) -> None:
    """Raise BadZipFile for a packed document with a member that is a bomb, or with more than `most` bytes in all."""
    limits, members = Limits(), archive.infolist()
    for info in members:
        if limits.suspicious(info.file_size, info.compress_size):
            raise zipfile.BadZipFile(f"{info.filename} grows too much when it is unpacked")
    if most is not None and sum(info.file_size for info in members) > most:
        raise zipfile.BadZipFile(f"it has more than {most:,} bytes when it is unpacked")


class Content(Protocol):
    """Where bytes come from."""

    @property
    def size(self) -> int:
        """Bytes, uncompressed where that is known."""

    def open(self) -> IO[bytes]:
        """A new stream from the start."""


@dataclass(frozen=True, slots=True)
class DiskContent:
    """A file on disk."""

    path: Path
    size: int

    def open(self) -> IO[bytes]:
        """The file, buffered."""
        return self.path.open("rb")


class GzipContent:
    """A .gz file; its size is what its last four bytes say, modulo 2³²."""

    __slots__ = ("_compressed", "size")

    def __init__(self, compressed: Content) -> None:
        self._compressed = compressed
        self.size = compressed.size
        with compressed.open() as stream:
            if stream.seekable() and compressed.size >= 18:
                stream.seek(-4, 2)
                self.size = struct.unpack("<I", stream.read(4))[0]

    @property
    def compressed(self) -> int:
        """Bytes as they lie there."""
        return self._compressed.size

    def open(self) -> IO[bytes]:
        """The decompressed stream."""
        return cast("IO[bytes]", Gunzip(self._compressed.open()))


class Gunzip(gzip.GzipFile):
    """A decompressing stream that closes what it reads from, as `gzip.GzipFile` does not."""

    def __init__(self, compressed: IO[bytes]) -> None:
        super().__init__(fileobj=compressed, mode="rb")
        self._compressed = compressed

    def close(self) -> None:
        """Close both."""
        super().close()
        self._compressed.close()


class File:
    """A `terminology.model.loading.SourceFile`."""

    __slots__ = ("_content", "_digest", "_limits", "_told", "name", "path")

    def __init__(self, path: str, name: str, content: Content, limits: Limits) -> None:
        self.path = path
        self.name = name
        self._content = content
        self._limits = limits
        self._digest: str | None = None
        self._told: Told | None = None

    def __repr__(self) -> str:
        return f"File({self.path!r})"

    @property
    def size(self) -> int:
        """Bytes, uncompressed where the archive says so."""
        return self._content.size

    def head(self, count: int = 4096) -> bytes:
        """The first bytes. Raises TerminologyError when even they cannot be read."""
        with self._reading() as stream:
            return stream.read(count)

    def watch(self, told: Told | None) -> None:
        """Report the progress of reading after every chunk, except when reading for a digest."""
        self._told = told

    def chunks(self) -> Iterator[bytes]:
        """All bytes in pieces of up to 1 MiB. Raises TerminologyError as `read` does."""
        done = 0
        for chunk in self._pieces():
            done += len(chunk)
            if self._told is not None:
                self._told(self.path, done)
            yield chunk

    def _pieces(self) -> Iterator[bytes]:
        done = 0
        with self._reading() as stream:
            while chunk := stream.read(_CHUNK):
                done += len(chunk)
                self._check(done)
                yield chunk

    def read(self) -> bytes:
        """All bytes. Raises TerminologyError: FILE_TOO_LARGE, FILE_BOMB, FILE_DAMAGED, FILE_UNREADABLE."""
        return b"".join(self.chunks())

    def lines(self) -> Iterator[bytes]:
        """Lines without their ends, streamed. Raises TerminologyError as `read` does, and FILE_NO_LINES."""
        rest = b""
        for chunk in self.chunks():
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                yield line.removesuffix(b"\r")
            if len(rest) > LONGEST_LINE:
                raise self._error("FILE_NO_LINES", limit=str(LONGEST_LINE))
        if rest:
            yield rest.removesuffix(b"\r")

    def digest(self) -> str:
        """SHA-256 in hex; computed once."""
        if self._digest is None:
            found = hashlib.sha256()
            for chunk in self._pieces():
                found.update(chunk)
            self._digest = found.hexdigest()
        return self._digest

    def _check(self, done: int) -> None:
        if done > self._limits.max_file:
            raise self._error("FILE_TOO_LARGE", limit=str(self._limits.max_file))
        compressed = getattr(self._content, "compressed", None)
        if compressed is not None and self._limits.suspicious(done, compressed):
            raise self._error("FILE_BOMB", ratio=str(self._limits.ratio))

    @contextmanager
    def _reading(self) -> Iterator[IO[bytes]]:
        """Open the file; errors name it."""
        try:
            with self._content.open() as stream:
                yield stream
        except BROKEN as error:
            raise self._error("FILE_DAMAGED", reason=str(error).rstrip(".") or type(error).__name__) from error
        except OSError as error:
            raise self._error("FILE_UNREADABLE", reason=error.strerror or str(error)) from error

    def _error(self, message_id: str, **arguments: str) -> TerminologyError:
        issue = Issue("error", "processing", message_id, {"path": self.path, **arguments})
        return TerminologyError("invalid", issue)
