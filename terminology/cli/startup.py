"""Reads the start-up file, which says in TOML what a server shall hold.

    [[load]]
    package = "hl7.terminology.r4@7.0.1"      # or path = "releases/2026.zip", or url = "https://…"
    dependencies = false

    [[load]]
    path = "pages"
    system = "http://www.ama-assn.org/go/cpt"

    [versions]                                # the default version of systems that have several
    "http://loinc.org" = "2.82"

Paths are relative to the file. `terminology sync` does the loading.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

WHAT = ("path", "package", "url")
OPTIONS = ("system", "version", "code", "as-of", "dependencies", "strict")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing to load: a path, package or URL, with the options of `terminology load`."""

    argument: str
    system: str | None = None
    version: str | None = None
    code: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Startup:
    """The content of a start-up file."""

    loads: tuple[Wanted, ...]
    versions: tuple[str, ...]
    """Canonicals with a version, for the setting `default_versions`."""


def read(path: Path) -> Startup:
    """Read a start-up file. Raises click.UsageError that names the entry that is not understood."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise click.UsageError(f"{path} cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise click.UsageError(f"{path} is no TOML: {error}") from error
    _known(path, "", data, ("load", "versions"))
    loads = data.get("load", [])
    if not isinstance(loads, list) or not all(isinstance(item, dict) for item in loads):
        raise click.UsageError(f"{path}: write [[load]] before each thing to load")
    versions = data.get("versions", {})
    if not isinstance(versions, dict) or not all(isinstance(version, str) for version in versions.values()):
        raise click.UsageError(f"{path}: [versions] has a version, in quotes, for each canonical")
    wanted = tuple(_wanted(path, number, item) for number, item in enumerate(loads, start=1))
    return Startup(wanted, tuple(f"{url}|{version}" for url, version in versions.items()))


def _wanted(path: Path, number: int, item: Mapping[str, Any]) -> Wanted:
    place = f"load {number}: "
    _known(path, place, item, (*WHAT, *OPTIONS))
    given = [name for name in WHAT if name in item]
    if len(given) != 1:
        raise click.UsageError(f"{path}: {place}give one of {', '.join(WHAT)}")
    argument = str(item[given[0]])
    if given == ["path"]:
        argument = str((path.parent / argument).resolve())
    parameters = {name: str(item[name]) for name in ("as-of",) if name in item}
    if item.get("dependencies") is False:
        parameters["dependencies"] = "no"
    if item.get("strict") is True:
        parameters["strict"] = "yes"
    texts = {name: str(item[name]) for name in ("system", "version", "code") if name in item}
    return Wanted(argument, parameters=parameters, **texts)


def _known(path: Path, place: str, given: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for name in given:
        if name not in known:
            raise click.UsageError(f"{path}: {place}'{name}' is not understood; there are {', '.join(known)}")
