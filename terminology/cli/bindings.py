"""`terminology bindings`: which bindings of an implementation guide this server can answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import click
from rich.console import Console
from rich.table import Table

from loaders import LOADERS
from loaders.fetch import gather
from terminology import ingest
from terminology.cli.opened import opened
from terminology.cli.options import database_option, json_option, settings
from terminology.cli.output import print_json
from terminology.model.outcome import TerminologyError
from terminology.model.records import LoadOptions, StructureRecord
from terminology.model.requests import FhirRelease
from terminology.model.structure import Structure
from terminology.operations.answerable import Answer, AnswerableBinding, answerable, counted
from terminology.settings import Settings

WORDS: Mapping[Answer, str] = {"full": "yes", "validates": "validates only", "none": "no"}


@click.command()
@click.argument("package")
@click.option(
    "--release", type=click.Choice(["R4", "R4B", "R5"]), default="R4", show_default=True, help="FHIR release."
)
@click.option("--all", "everything", is_flag=True, help="Show also the bindings that are answered.")
@database_option
@json_option
def bindings(package: str, release: FhirRelease, everything: bool, database: str | None, as_json: bool) -> None:
    """Tell which bindings of a guide this database can answer, and why not the others.

    PACKAGE is a FHIR package by name (`hl7.fhir.us.core#6.1.0`), or a file or folder with StructureDefinitions. Nothing
    is loaded. Exit code 1 when a required or extensible binding cannot be answered.
    """
    in_force = settings(database=database)
    structures = list(_structures(package, in_force))
    if not structures:
        raise TerminologyError.of("not-found", "NO_STRUCTURES", what=package)
    with opened(database) as terminology:
        context = terminology.context(release=release)
        found = list(answerable(terminology.catalogue(context), structures, context))
    if as_json:
        print_json(_report(package, found))
    else:
        _print(found, everything=everything)
    if any(b.answer == "none" and b.strength in {"required", "extensible"} for b in found):
        click.get_current_context().exit(1)


def _structures(package: str, in_force: Settings) -> Iterator[Structure]:
    options = LoadOptions(parameters={**ingest.parameters_of(in_force), "dependencies": "no"})
    tree = gather([package], options).tree
    for loader in LOADERS:
        if loader.name not in {"fhir-packages", "fhir-resources"}:
            continue
        for claim in loader.recognise(tree):
            yield from (r.structure for r in loader.read(tree, claim, options) if isinstance(r, StructureRecord))


def _report(package: str, found: Sequence[AnswerableBinding]) -> dict[str, object]:
    listed = [
        {
            "profile": str(b.profile),
            "element": b.element,
            "strength": b.strength,
            **({"purpose": b.purpose} if b.purpose else {}),
            "valueSet": str(b.value_set) if b.value_set else None,
            "answer": b.answer,
            **({"reason": b.reason} if b.reason else {}),
        }
        for b in found
    ]
    return {"package": package, "counts": dict(counted(found)), "bindings": listed}


def _print(found: Sequence[AnswerableBinding], *, everything: bool) -> None:
    counts = counted(found)
    told = ", ".join(f"{counts[answer]:,} {words}" for answer, words in WORDS.items() if counts[answer])
    click.echo(f"{len(found):,} bindings can be answered: {told or 'none there'}")
    shown = [b for b in found if everything or b.answer != "full"]
    if shown:
        table = Table("element", "strength", "value set", "answered", box=None)
        for column in table.columns:
            column.overflow = "fold"
        for b in shown:
            table.add_row(b.element, b.purpose or b.strength, str(b.value_set or ""), WORDS[b.answer])
        Console().print(table)
    reasons = Counter((str(b.value_set or b.element), b.reason) for b in found if b.reason)
    for (value_set, reason), count in sorted(reasons.items()):
        click.echo(f"{value_set} ({count:,}): {reason}")
