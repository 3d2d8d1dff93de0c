"""`terminology load`: loads releases and documents."""

from __future__ import annotations

import click

from terminology import ingest
from terminology.cli.options import database_option, json_option, settings, system_named
from terminology.cli.output import print_report, progress
from terminology.model.records import LoadOptions
from terminology.store.opening import open_configured


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--system", type=system_named, metavar="SYSTEM", help="The code system, where the files do not say.")
@click.option("--version", metavar="V", help="Version of the code system, where the files do not say.")
@click.option("--code", metavar="C", help="The code that a single document describes.")
@click.option("--as-of", metavar="DATE", help="The state that a full release of SNOMED CT had on that day.")
@click.option("--no-dependencies", is_flag=True, help="Load a FHIR package without the packages it depends on.")
@click.option("--strict", is_flag=True, help="A dependency that cannot be had is an error, not a warning.")
@database_option
@json_option
@click.pass_context
def load(
    ctx: click.Context,
    paths: tuple[str, ...],
    system: str | None,
    version: str | None,
    code: str | None,
    as_of: str | None,
    no_dependencies: bool,
    strict: bool,
    database: str | None,
    as_json: bool,
) -> None:
    """Load documents, FHIR resources, FHIR packages and releases of code systems.

    PATH is a file, a folder, a zip or tgz, a URL (a file, or a resource or search of a FHIR server), or the name of a
    FHIR package (hl7.terminology.r4@7.0.1). A load is all or
    nothing; what is loaded again unchanged changes nothing. A document whose code is not known is kept: see
    `terminology pending`.
    """
    in_force = settings(database=database)
    parameters = ingest.parameters_of(in_force)
    if as_of:
        parameters["as-of"] = as_of
    if no_dependencies:
        parameters["dependencies"] = "no"
    if strict:
        parameters["strict"] = "yes"
    options = LoadOptions(system=system, version=version, code=code, parameters=parameters)
    store = open_configured(in_force)
    with progress(quiet=as_json) as report:
        result = ingest.load(store, list(paths), options, progress=report)
    print_report(result, as_json=as_json)
    if result.failed:
        ctx.exit(1)
