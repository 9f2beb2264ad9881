"""`slate adopt`: give a schema made otherwise its ledger."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from slate_pg.cli.options import (
    Database,
    InstalledAs,
    Json,
    Migrations,
    OneProduct,
    opened,
    project_of,
)
from slate_pg.errors import AnswerIsNo


def adopt(
    product: OneProduct,
    to: Annotated[Optional[str], typer.Option("--to", metavar="ID", help="It is as after this migration.")] = None,
    tool: Annotated[
        Optional[str], typer.Option("--from", metavar="TOOL", help="Take over what this tool's ledger says it has run.")
    ] = None,
    schema: InstalledAs = None,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Give a schema made otherwise its ledger, only if it is what the migrations build. Exit 3 when it is not."""
    from slate_pg.cli.output import put, put_json, say
    from slate_pg.migrations.runner import Run
    from slate_pg.operations.adopt import adopt as run_adopt

    project = project_of(migrations)
    found = project.product(product)
    found = found.installed_as(schema) if schema else found
    with opened(database, "adopt") as connection:
        adoption = run_adopt(Run(connection, found, project.shared), project, to, tool)
    for note in adoption.notes:
        say(f"note: {note}")
    if as_json:
        differences = [
            {"object": str(d.object), "identity": d.object.fields, "severity": d.severity, "said": str(d)}
            for d in adoption.differences
        ]
        put_json(
            {"schema": adoption.schema, "adopted": not differences, "ids": adoption.ids, "differences": differences}
        )
    elif adoption.differences:
        for difference in adoption.differences:
            put(f"{difference} [{difference.severity}]")
        put(f"{adoption.schema}: {len(adoption.differences)} differences, nothing written")
    else:
        put(f"{adoption.schema}: equal, {len(adoption.ids)} migrations on record")
    if adoption.differences:
        raise AnswerIsNo
