"""`slate fleet route`: the configuration of a pooler that leads to each installation where it is."""

from __future__ import annotations

from typing import Annotated

import typer

from slate_pg.cli.fleet_options import FleetProduct, Match, Servers, called
from slate_pg.cli.options import Database, Migrations

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
    from slate_pg.cli.output import put, warn
    from slate_pg.errors import Misuse, did_you_mean
    from slate_pg.fleet.route import check_whole, find_places, routes
    from slate_pg.fleet.routers import pgbouncer, pgdog

    if form not in FORMS:
        raise Misuse(f'--print takes pgbouncer or pgdog, not "{form}"', hint=did_you_mean(form, FORMS))
    if form == "pgdog" and name != "{schema}":
        raise Misuse("PgDog knows installations by their schemas, and takes no --name", hint="Leave --name out.")
    with called(product, servers, match, database, migrations, "route") as fleet:
        check_whole(fleet.roster)
        places = find_places(fleet.connections, list({m.server: None for m in fleet.roster.members}))
        found, left = routes(fleet.roster.members, places, fleet.project.shared, name)
        if not found:
            raise Misuse(f"no installation of {product} is on a server that takes writes", hint="List its primary.")
        text = pgbouncer(found) if form == "pgbouncer" else pgdog(product, found)
    for member in left:
        warn(f"{member} is left out: its server takes no writes")
    put(text.rstrip("\n"))
