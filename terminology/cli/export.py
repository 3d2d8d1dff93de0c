"""`terminology export`: writes a stored code system to a file in a standard format."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import cast

import click

from terminology.cli.opened import opened
from terminology.cli.options import database_option, system_named
from terminology.cli.output import STDERR, progress
from terminology.export.exporting import Exported, Format, form_of, whole_file
from terminology.model.coding import Canonical
from terminology.model.requests import FhirRelease

FORMATS = ("json", "xml", "package")
RELEASES = ("R4", "R4B", "R5")


@click.command()
@click.argument("system", type=system_named)
@click.option("--version", metavar="V", help="A version other than the default.")
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
    help="File to write (.json, .xml, .tgz); standard output otherwise.",
)  # fmt: skip
@click.option("--format", "form", type=click.Choice(FORMATS), help="When the file's name does not say it.")
@click.option("--release", type=click.Choice(RELEASES), default="R5", show_default=True, help="Release of FHIR.")
@database_option
def export(
    system: str, version: str | None, output: Path | None, form: str | None, release: str, database: str | None
) -> None:
    """Write SYSTEM (a canonical url) as a FHIR CodeSystem, or as a FHIR package.

    A package (.tgz) has its supplements, value sets and concept maps too. Loading what was written gives the same.
    """
    chosen = cast("Format", form or (output and form_of(output)) or ("json" if output is None else ""))
    if not chosen:
        raise click.UsageError(f"What is {output} to be? Name it .json, .xml or .tgz, or say --format.")
    with opened(database) as terminology:
        asked = Canonical.parse(system) if version is None else Canonical(system, version)
        with progress() as report, whole_file(output) if output else nullcontext(sys.stdout.buffer) as out:
            told = terminology.export(asked, out, form=chosen, release=cast("FhirRelease", release), progress=report)
    STDERR.print(_summary(told, output), soft_wrap=True)


def _summary(told: Exported, output: Path | None) -> str:
    counts = (
        (told.concepts, "concepts"), (told.supplements, "supplements"), (told.value_sets, "value sets"),
        (told.concept_maps, "concept maps"), (told.mappings, "mappings"),
    )  # fmt: skip
    named = ", ".join(f"{number:,} {name}" for number, name in counts if number) or "no concepts"
    return f"{Canonical(told.url, told.version)}: {named}{f' in {output}' if output else ''}"
