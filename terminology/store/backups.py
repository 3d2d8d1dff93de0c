"""Backups: one SQLite file with a checksum file beside it, whatever the database; and restoring them.

The checksum file is in the format of `sha256sum --check`. A backup of an older schema is migrated in a copy before it
is restored. Row numbers never go back: running servers identify versions by them and must not confuse two versions.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from terminology.model.outcome import TerminologyError
from terminology.store.database import Database
from terminology.store.moving import NUMBERED
from terminology.store.schema import SQLITE, applied, migrate
from terminology.store.sqlite import SqliteFile

if TYPE_CHECKING:
    from terminology.store.protocol import Store


def write_backup(store: Store, path: Path) -> None:
    """Write a backup and its checksum; the file appears under its name only when it is whole.

    Raises TerminologyError: conflict when there is such a file, unavailable when it cannot be written.
    """
    if path.exists():
        raise TerminologyError.of("conflict", "BACKUP_EXISTS", path=str(path))
    if not path.parent.is_dir():
        reason = f"there is no folder {path.parent}"
        raise TerminologyError.of("unavailable", "BACKUP_UNWRITABLE", path=str(path), reason=reason)
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        store.backup(partial)
        _synced(partial)
        _checksum_file(path).write_text(f"{_digest(partial)}  {path.name}\n", encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise TerminologyError.of("unavailable", "BACKUP_UNWRITABLE", path=str(path), reason=str(error)) from error
    finally:
        partial.unlink(missing_ok=True)


def must_be_there(path: Path) -> None:
    """Raise TerminologyError not-found if there is no file."""
    if not path.is_file():
        raise TerminologyError.of("not-found", "BACKUP_MISSING", path=str(path))


def restore_backup(store: Store, path: Path) -> None:
    """Take everything from a backup in place of what the store holds, all at once.

    Raises TerminologyError: not-found if there is no file, invalid if its checksum is missing or differs, unavailable
    if it is not a backup or a newer version wrote it. The store is then unchanged.
    """
    must_be_there(path)
    checksum = _checksum_file(path)
    if not checksum.is_file():
        raise TerminologyError.of("invalid", "BACKUP_WITHOUT_CHECKSUM", path=str(path), checksum=checksum.name)
    if checksum.read_text(encoding="utf-8").split(maxsplit=1)[:1] != [_digest(path)]:
        raise TerminologyError.of("invalid", "BACKUP_CHANGED", path=str(path), checksum=checksum.name)
    store.restore(path)


@contextmanager
def prepared(path: Path, target: Database) -> Iterator[Path]:
    """A copy of a backup in the current schema, whose keys continue those of `target`."""
    with tempfile.TemporaryDirectory(prefix="terminology-restore-") as folder:
        copy = Path(shutil.copyfile(path, Path(folder) / "restore.db"))
        database = SqliteFile(copy, f"sqlite:///{path}")
        try:
            if not applied(database):
                raise TerminologyError.of("unavailable", "STORE_NOT_A_DATABASE", url=str(path), reason="it is empty")
            migrate(database, SQLITE)
            if wrong := database.integrity():
                raise TerminologyError.of("unavailable", "STORE_CORRUPT", url=str(path), reason=wrong[0])
            _raise_numbers(database, target)
        finally:
            database.close()
        yield copy


def _raise_numbers(copy: Database, target: Database) -> None:
    row = target.first("SELECT value FROM generation")
    with copy.transaction():
        copy.execute("UPDATE generation SET value = max(value, ?) + 1", (row[0] if row else 0,))
        for table in NUMBERED:
            copy.raise_key(table, target.last_key(table))


def _checksum_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _synced(path: Path) -> None:
    """Write a file through to the disk, so that it survives a power cut; where the system cannot, nothing happens."""
    with path.open("rb") as file, suppress(OSError):
        os.fsync(file.fileno())
