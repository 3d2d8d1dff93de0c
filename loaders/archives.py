"""Members of zip and tar archives, read in place.

A member that must not be read (a path outside the archive, a link, a device, an encrypted or oversized file) is
returned as refused, with the reason; an unreadable archive, or one that is a bomb as a whole, raises. No member is
extracted under its name.
"""

from __future__ import annotations

import re
import stat
import tarfile
import tempfile
import weakref
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Literal, cast

from loaders.files import BROKEN, Content, DiskContent, Gunzip, Limits
from terminology.model.outcome import Issue, TerminologyError

Kind = Literal["zip", "tar", "tgz", "gz"]

_SUFFIXES: tuple[tuple[str, Kind], ...] = (
    (".zip", "zip"), (".tgz", "tgz"), (".tar.gz", "tgz"), (".tar", "tar"), (".gz", "gz"),
)  # fmt: skip
_READABLE = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA})
_ENCRYPTED = 0x1
_IN_MEMORY = 32 * 1024**2
_CHUNK = 1 << 20
_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class Member:
    """A file of an archive. If it must not be read, `refused` makes the issue that says why, for the file's path."""

    name: str
    content: Content | None = None
    refused: Callable[[str], Issue] | None = None


@dataclass(frozen=True, slots=True)
class ZipContent:
    """A file of a zip."""

    archive: zipfile.ZipFile
    info: zipfile.ZipInfo

    @property
    def size(self) -> int:
        """Bytes, as the directory of the zip says."""
        return self.info.file_size

    @property
    def compressed(self) -> int:
        """Bytes in the zip."""
        return self.info.compress_size

    def open(self) -> IO[bytes]:
        """The decompressed stream; its end checks the checksum."""
        return self.archive.open(self.info)


@dataclass(frozen=True, slots=True)
class TarContent:
    """A file of a tar."""

    archive: tarfile.TarFile
    info: tarfile.TarInfo

    @property
    def size(self) -> int:
        """Bytes."""
        return self.info.size

    def open(self) -> IO[bytes]:
        """The stream."""
        return cast("IO[bytes]", self.archive.extractfile(self.info))


def kind_of(name: str) -> Kind | None:
    """The kind of an archive by its name."""
    lower = name.lower()
    return next((kind for suffix, kind in _SUFFIXES if lower.endswith(suffix)), None)


def open_archive(place: str, content: Content, kind: Kind, limits: Limits) -> Iterator[Member]:
    """The members, in the order of the archive.

    Raises TerminologyError invalid: ARCHIVE_DAMAGED, ARCHIVE_TOO_LARGE, ARCHIVE_BOMB.
    """
    try:
        if kind == "zip":
            yield from _zip_members(place, content, limits)
        else:
            yield from _tar_members(place, content, limits, compressed=kind == "tgz")
    except (*BROKEN, OSError, UnicodeDecodeError) as error:
        reason = str(error).rstrip(".") or type(error).__name__
        raise TerminologyError.of("invalid", "ARCHIVE_DAMAGED", path=place, reason=reason) from error


def _zip_members(place: str, content: Content, limits: Limits) -> Iterator[Member]:
    if isinstance(content, DiskContent):
        archive = zipfile.ZipFile(content.path)
    else:
        spool = _spool(place, content.open(), limits, content.size)
        try:
            archive = zipfile.ZipFile(spool)
        except BaseException:
            spool.close()
            raise
        weakref.finalize(archive, spool.close)
    infos = [info for info in archive.infolist() if not info.is_dir()]
    _check_total(place, len(infos), sum(info.file_size for info in infos), limits)
    for info in infos:
        name = info.filename.replace("\\", "/")
        refused = _unsafe(name) or _zip_refusal(info, limits)
        yield Member(name, None, refused) if refused else Member(name, ZipContent(archive, info))


def _zip_refusal(info: zipfile.ZipInfo, limits: Limits) -> Callable[[str], Issue] | None:
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
        return _refusal("FILE_SPECIAL")
    if info.flag_bits & _ENCRYPTED:
        return _refusal("FILE_ENCRYPTED")
    if info.compress_type not in _READABLE:
        return _refusal("FILE_COMPRESSION", method=str(info.compress_type))
    if limits.suspicious(info.file_size, info.compress_size):
        return _refusal("FILE_BOMB", ratio=str(limits.ratio))
    return _too_large(info.file_size, limits)


def _tar_members(place: str, content: Content, limits: Limits, *, compressed: bool) -> Iterator[Member]:
    archive = _open_tar(place, content, limits, compressed=compressed)
    count = total = 0
    while (info := archive.next()) is not None:
        if info.isdir():
            continue
        count, total = count + 1, total + info.size
        _check_total(place, count, total, limits)
        name = info.name.removeprefix("./")
        refused = _unsafe(name) or (None if info.isreg() else _refusal("FILE_SPECIAL"))
        refused = refused or _too_large(info.size, limits)
        yield Member(name, None, refused) if refused else Member(name, TarContent(archive, info))
    if count == 0 or (info is None and not _ends_well(archive)):
        raise tarfile.ReadError("unexpected end of data")


def _open_tar(place: str, content: Content, limits: Limits, *, compressed: bool) -> tarfile.TarFile:
    stream = content.open()
    if compressed:
        stream = _spool(place, cast("IO[bytes]", Gunzip(stream)), limits, content.size)
    elif not isinstance(content, DiskContent):
        stream = _spool(place, stream, limits, content.size)
    try:
        archive = tarfile.open(fileobj=stream, mode="r:")  # noqa: SIM115 - open as long as the tree lives
    except BaseException:
        stream.close()
        raise
    weakref.finalize(archive, stream.close)
    return archive


def _ends_well(archive: tarfile.TarFile) -> bool:
    """Whether the last member is complete, which tarfile does not check."""
    last = archive.getmembers()[-1]
    stream = cast("IO[bytes]", archive.fileobj)
    stream.seek(0, 2)
    return stream.tell() >= last.offset_data + (last.size if last.isreg() else 0)


def _unsafe(name: str) -> Callable[[str], Issue] | None:
    if name.startswith("/") or _DRIVE.match(name) or ".." in name.split("/") or "\0" in name:
        return _refusal("FILE_PATH_UNSAFE")
    return None


def _too_large(size: int, limits: Limits) -> Callable[[str], Issue] | None:
    return _refusal("FILE_TOO_LARGE", limit=str(limits.max_file)) if size > limits.max_file else None


def _refusal(message_id: str, **arguments: str) -> Callable[[str], Issue]:
    return lambda path: Issue("warning", "processing", message_id, {"path": path, **arguments})


def _check_total(place: str, count: int, total: int, limits: Limits) -> None:
    if total > limits.max_total or count > limits.max_members:
        limit = f"{limits.max_total} bytes or {limits.max_members} files"
        raise TerminologyError.of("invalid", "ARCHIVE_TOO_LARGE", path=place, limit=limit)


def _check_growth(place: str, size: int, compressed: int, limits: Limits) -> None:
    if limits.suspicious(size, compressed):
        raise TerminologyError.of("invalid", "ARCHIVE_BOMB", path=place, ratio=str(limits.ratio))


def _spool(place: str, stream: IO[bytes], limits: Limits, compressed: int) -> IO[bytes]:
    """Copy a stream to a seekable place: memory, or an unnamed file when it is large."""
    spool = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed when the archive goes
    try:
        with stream:
            while chunk := stream.read(_CHUNK):
                spool.write(chunk)
                done = spool.tell()
                _check_total(place, 0, done, limits)
                _check_growth(place, done, compressed, limits)
    except BaseException:
        spool.close()
        raise
    spool.seek(0)
    return cast("IO[bytes]", spool)
