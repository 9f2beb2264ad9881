"""`slate fleet bootstrap`: roles and database settings on every server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Optional

import typer

from slate_pg.cli.fleet_options import Servers, servers_of_fleet
from slate_pg.cli.opening import project_of
from slate_pg.cli.options import Database, Migrations, complete_product

if TYPE_CHECKING:
    from slate_pg.cli.shapes.fleets import Unreachable
    from slate_pg.fleet.preparing import Prepared


def bootstrap(
    product: Annotated[
        Optional[str],
        typer.Argument(
            metavar="[PRODUCT]",
            autocompletion=complete_product,
            help="As for the other commands; roles and settings are the project's.",
        ),
    ] = None,
    servers: Servers = None,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON line for each server, the summary last.")
    ] = False,
) -> None:
    """Create roles and database settings (sql/cluster) on every server. Safe to run again.

    A server that does not answer is said and stops no other. Exit 1 when one was not bootstrapped.
    """
    from slate_pg.cli.asked import session_options
    from slate_pg.fleet.connections import Connections
    from slate_pg.fleet.preparing import prepare

    project = project_of(migrations)
    if product is not None:
        project.product(product)
    where = servers_of_fleet(project, servers, database)
    connections = Connections(max(1, len(where)), "slate fleet bootstrap", session_options)
    try:
        done = prepare(connections, where, project)
    finally:
        connections.close()
    _show(done, as_json)
    if any(one.error for one in done):
        raise typer.Exit(1)


def _show(done: list[Prepared], as_json: bool) -> None:
    from slate_pg.cli.fleet_output import error_as_dict, put_line
    from slate_pg.cli.output import put, say, show_error, warn
    from slate_pg.fleet.roster import reason

    for one in done:
        if as_json:
            error = error_as_dict(one.error)
            put_line({
                "server": one.server.name, "database": one.database or None, "notes": list(one.notes), "error": error
            })  # fmt: skip
        elif one.error is None:
            for note in one.notes:
                warn(f"{one.server.name}: {note}")
            undone = f", {len(one.notes)} items could not be done as wanted" if one.notes else ""
            put(f"{one.server.name}: bootstrapped{undone}")
        elif not one.is_unreachable:
            say(f"{one.server.name}: failed")
            show_error(one.error)
        if one.error is not None and one.is_unreachable:
            warn(f"{one.server.name} is unreachable: {reason(one.error)}")
    if as_json:
        count = sum(one.error is None for one in done)
        unreachable: list[Unreachable] = [
            {"server": o.server.name, "reason": reason(o.error)} for o in done if o.error and o.is_unreachable
        ]
        put_line({"summary": {"bootstrapped": count, "failed": len(done) - count}, "unreachable": unreachable})
