"""`terminology lookup`, `validate`, `expand` and `search`: the operations in a shell.

`--json` prints the operation's R5 resource; otherwise a few readable lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from terminology.cli.opened import opened
from terminology.cli.options import Command, database_option, json_option, system_named
from terminology.cli.output import print_json
from terminology.fhir import library
from terminology.fhir.header import first_day
from terminology.fhir.json import Json, loads_object
from terminology.library import Terminology
from terminology.model.coding import Coding
from terminology.model.manifest import Manifest
from terminology.model.outcome import TerminologyError
from terminology.model.results import ExpandResult, LookupResult, ValidateCodeResult
from terminology.operations import manifests, table
from terminology.operations.find import default_versions, find
from terminology.operations.inputs import Given, Inputs, given_in_url


@dataclass(frozen=True, slots=True)
class Answer:
    """An operation's typed result, and the R5 resource that the server would send."""

    result: Any
    resource: Json


def manifest_option(command: Command) -> Command:
    """`--manifest FILE`, on commands about value sets."""
    text = "Versions and expansion parameters of this Library (JSON)."
    kind = click.Path(exists=True, dir_okay=False, path_type=Path)
    return click.option("--manifest", type=kind, metavar="FILE", help=text)(command)


def _ask(
    terminology: Terminology, resource: str, name: str, given: Mapping[str, Any], manifest: Path | None = None
) -> Answer:
    operation = table.find(resource, name)
    assert operation is not None
    asks = given_in_url([(key, value) for key, values in given.items() for value in _texts(values)])
    if manifest is not None:
        decided = _read(manifest)
        named = Given(manifests.NAME, "canonical", str(decided.canonical))
        asks = manifests.with_manifest(operation, [*asks, named], [decided])
    asked = operation.request(Inputs(operation, asks))
    result = terminology.ask(operation.run, asked, date=first_day(given.get("date")))
    return Answer(result, operation.response(result))


def _read(path: Path) -> Manifest:
    """The manifest in a file. Raises TerminologyError invalid."""
    resource = loads_object(path.read_bytes())
    if resource.get("resourceType") != "Library":
        raise TerminologyError.of("invalid", "MANIFEST_NOT_LIBRARY", path=str(path))
    return library.parse(resource)


def _texts(value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, tuple):
        return [str(v) for v in value]
    return [str(value).lower() if isinstance(value, bool) else str(value)]


@click.command()
@click.argument("system", type=system_named)
@click.argument("code")
@click.option("--version", metavar="V", help="A version other than the default.")
@click.option("--property", "properties", multiple=True, metavar="P", help="Only this property; repeat it for more.")
@click.option("--language", metavar="L", help="Language of the display, such as de-AT.")
@click.option("--date", metavar="D", help="As of this day, which chooses the version (2025-11-01).")
@database_option
@json_option
def lookup(
    system: str,
    code: str,
    version: str | None,
    properties: tuple[str, ...],
    language: str | None,
    date: str | None,
    database: str | None,
    as_json: bool,
) -> None:
    """Show what is known about CODE in SYSTEM: a canonical url, or a label such as CPT or ICD-10-PCS."""
    with opened(database) as terminology:
        given = {
            "system": system, "code": code, "version": version, "displayLanguage": language, "property": properties,
            "date": date,
        }  # fmt: skip
        answer = _ask(terminology, "CodeSystem", "lookup", given)
    if as_json:
        print_json(answer.resource)
    else:
        _print_lookup(answer.result)


def _print_lookup(found: LookupResult) -> None:
    concept = found.concept
    click.echo(f"{concept.code}  {found.display or ''}")
    click.echo(f"{found.code_system.title or found.code_system.name or ''} {found.code_system.canonical}")
    if found.inactive:
        click.echo("This code is inactive.")
    if concept.definition:
        click.echo(f"\n{concept.definition}")
    for designation in found.designations:
        if designation.value == found.display:
            continue
        use = designation.use.display or designation.use.code if designation.use else None
        label = ", ".join(filter(None, (use, designation.language)))
        click.echo(f"  also: {designation.value}{f' ({label})' if label else ''}")
    for value in concept.properties:
        text = value.value.code if isinstance(value.value, Coding) else value.value
        click.echo(f"  {value.code}: {text}")


@click.command()
@click.argument("system", type=system_named)
@click.argument("code")
@click.option("--value-set", metavar="URL", help="Check membership in this value set.")
@click.option("--display", metavar="TEXT", help="Check the display too.")
@click.option("--version", metavar="V", help="A version other than the default.")
@click.option("--date", metavar="D", help="As of this day, which chooses the version (2025-11-01).")
@manifest_option
@database_option
@json_option
@click.pass_context
def validate(
    ctx: click.Context,
    system: str,
    code: str,
    value_set: str | None,
    display: str | None,
    version: str | None,
    date: str | None,
    manifest: Path | None,
    database: str | None,
    as_json: bool,
) -> None:
    """Say whether CODE is valid in SYSTEM, or in a value set. Exit code 1 when it is not."""
    given: dict[str, Any] = {"code": code, "display": display, "date": date}
    if value_set:
        given |= {"url": value_set, "system": system, "systemVersion": version}
    else:
        given |= {"url": system, "version": version}
    with opened(database) as terminology:
        answer = _ask(terminology, "ValueSet" if value_set else "CodeSystem", "validate-code", given, manifest)
        strict = (
            answer if value_set else _ask(terminology, "CodeSystem", "validate-code", given | {"abstract": "false"})
        )
    result: ValidateCodeResult = answer.result
    if as_json:
        print_json(answer.resource)
    else:
        click.echo(f"{'valid' if result.result else 'not valid'}: {code} {result.display or ''}".rstrip())
        for issue in result.issues:
            click.echo(f"  {issue.severity}: {issue.text}")
        if result.result and not strict.result.result:
            click.echo(f"  warning: {code} is a heading that other codes stand under, and not meant to be used itself.")
    if not result.result:
        ctx.exit(1)


@click.command()
@click.argument("url")
@click.option("--filter", "text", metavar="TEXT", help="Only codes whose display matches.")
@click.option("--count", type=click.IntRange(0), metavar="N", help="How many codes.")
@click.option("--offset", type=click.IntRange(0), metavar="N", help="Where to begin.")
@click.option("--active-only", is_flag=True, help="Without inactive codes.")
@click.option("--date", metavar="D", help="As of this day, which chooses the version (2025-11-01).")
@manifest_option
@database_option
@json_option
def expand(
    url: str,
    text: str | None,
    count: int | None,
    offset: int | None,
    active_only: bool,
    date: str | None,
    manifest: Path | None,
    database: str | None,
    as_json: bool,
) -> None:
    """List the codes of the value set with the canonical URL."""
    given = {
        "url": url, "filter": text, "count": count, "offset": offset, "activeOnly": active_only or None, "date": date,
    }  # fmt: skip
    with opened(database) as terminology:
        answer = _ask(terminology, "ValueSet", "expand", given, manifest)
    if as_json:
        print_json(answer.resource)
    else:
        _print_expansion(answer.result)


def _print_expansion(result: ExpandResult) -> None:
    def lines(entries: Any, indent: str) -> None:
        for entry in entries:
            click.echo(f"{indent}{entry.code or ''}  {entry.display or ''}")
            lines(entry.contains, indent + "  ")

    lines(result.expansion.contains, "")
    if result.expansion.total is not None:
        click.echo(f"{result.expansion.total:,} in all")


@click.command()
@click.argument("text")
@click.option("--system", type=system_named, metavar="SYSTEM", help="Search only this code system.")
@click.option("--count", type=click.IntRange(1), default=20, show_default=True, metavar="N", help="How many.")
@database_option
@json_option
def search(text: str, system: str | None, count: int, database: str | None, as_json: bool) -> None:
    """Find codes by words, in all code systems or one."""
    with opened(database) as terminology:
        catalogue = terminology.catalogue(terminology.context())
        entries = default_versions(terminology.store, catalogue)
        if system:
            wanted = catalogue.canonical_of(system)
            entries = [entry for entry in entries if entry.url == wanted]
            if not entries:
                raise TerminologyError.of("not-found", "CODESYSTEM_NOT_FOUND", url=system)
        found = find(terminology.store, catalogue, text, entries, count=count)
    hits = [(hit.metadata, hit.located.concept) for hit in found.hits]
    if as_json:
        rows = [{"system": m.url, "version": m.version, "code": c.code, "display": c.display} for m, c in hits]
        print_json({"total": found.total, "hits": rows})
        return
    for metadata, concept in hits:
        click.echo(f"{concept.code:<12} {concept.display or ''}  [{metadata.title or metadata.url}]")
    click.echo(f"{found.total:,} found")
