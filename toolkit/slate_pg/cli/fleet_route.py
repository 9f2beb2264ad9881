"""`slate fleet route`: the configuration of a pooler that leads to each installation where it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from slate_pg.cli.fleet_options import FleetProduct, Match, Servers, called
from slate_pg.cli.options import Database, Migrations
from slate_pg.errors import Misuse, SlateError, did_you_mean

if TYPE_CHECKING:
    from slate_pg.cli.fleet_options import Fleet

FORMS = ("pgbouncer", "pgdog")


def route(
    product: FleetProduct,
    form: Annotated[str, typer.Option("--print", metavar="pgbouncer|pgdog", help="Whose configuration to print.")],
    name: Annotated[
        str,
        typer.Option("--name", metavar="TEMPLATE", help="PgBouncer: what clients call one, as in '{server}_{schema}'."),
    ] = "{schema}",
    match: Match = "*",
    servers: Servers = None,
    database: Database = None,
    migrations: Migrations = None,
) -> None:
    """Print the configuration that leads to each installation on its server, from the ledgers; no password is in it.

    Spares, and what is on a server that takes no writes, are left out. Nothing is printed unless all servers answer.
    """
    from slate_pg.cli.output import put

    if form not in FORMS:
        raise Misuse(f'--print takes pgbouncer or pgdog, not "{form}"', hint=did_you_mean(form, FORMS))
    if form == "pgdog" and name != "{schema}":
        raise Misuse("PgDog knows installations by their schemas, and takes no --name", hint="Leave --name out.")
    with called(product, servers, match, database, migrations, "route") as fleet:
        text = _text(fleet, form, name)
    put(text.rstrip("\n"))


def _text(fleet: Fleet, form: str, name: str) -> str:
    """Return the configuration for a fleet whose roll was called, and say who is left out. Reads only."""
    from slate_pg.cli.output import warn
    from slate_pg.fleet.route import check_whole, find_places, routes
    from slate_pg.fleet.routers import pgbouncer, pgdog

    check_whole(fleet.roster)
    reached = fleet.roster.reached
    places = find_places(fleet.connections, list({m.server: None for m in reached}))
    found, left = routes(reached, places, fleet.project.shared, name)
    product = fleet.product.name
    if not found:
        raise Misuse(f"no installation of {product} is on a server that takes writes", hint="List its primary.")
    for member in left:
        warn(f"{member} is left out: its server takes no writes")
    return pgbouncer(found) if form == "pgbouncer" else pgdog(product, found)


def written_routes(fleet: Fleet, form: str, file: Path) -> None:
    """Write the configuration for a fleet as it is now into a file, wholly or not at all. SlateError. Writes a file."""
    from dataclasses import replace

    from slate_pg.fleet.roster import call

    shared = fleet.project.shared
    base = fleet.project.product(shared) if shared and shared != fleet.product.name else None
    roster = call(fleet.connections, fleet.servers, fleet.product, base, fleet.files)
    text = _text(replace(fleet, roster=roster), form, "{schema}")
    partial = file.with_name(f".{file.name}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        if file.exists():
            partial.chmod(file.stat().st_mode & 0o7777)
        partial.replace(file)
    except OSError as error:
        raise SlateError(f"{file} cannot be written: {error.strerror}", hint="Run the same command again.") from error
