"""What the commands for fleets share: their options, and what they open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from slate_pg.cli.opening import project_of, say_remarks
from slate_pg.cli.options import complete_product

if TYPE_CHECKING:
    from slate_pg.config import Product, Project
    from slate_pg.fleet.connections import Connections
    from slate_pg.fleet.roster import Roster
    from slate_pg.fleet.servers import Server
    from slate_pg.migrations.files import Migration

FleetProduct = Annotated[str, typer.Argument(metavar="PRODUCT", autocompletion=complete_product)]
Match = Annotated[
    str, typer.Option("--match", metavar="GLOB", help="Only installations whose schema fits, as in 'north_*'.")
]
Servers = Annotated[
    Optional[Path],
    typer.Option(
        "--servers",
        metavar="FILE",
        help="Where the fleet is: a connection string a line, or TOML. Else --database, [tool.slate.fleet], "
        "DATABASE_URL.",
        show_default=False,
    ),
]
Jobs = Annotated[int, typer.Option("--jobs", metavar="N", min=1, help="Connections to each server.")]
Bound = Annotated[int, typer.Option("--connections", metavar="N", min=1, help="Connections to all servers together.")]
Lines = Annotated[bool, typer.Option("--json", help="Print a JSON line for each as it comes, the summary last.")]


@dataclass(frozen=True)
class Fleet:
    """A fleet that was called: the project, the product and its files, those who answered, and what reaches them."""

    project: Project
    product: Product
    files: dict[str, list[Migration]]
    servers: Sequence[Server]
    connections: Connections
    roster: Roster


def servers_of_fleet(project: Project, servers: Path | None, database: str | None) -> list[Server]:
    """Return where a fleet is: --servers, --database, [tool.slate.fleet], or the one database that commands work on.

    An environment that names a database comes before [tool.slate.fleet]. Asks where it is protected.
    """
    from slate_pg.cli.asked import chosen_environment, settle
    from slate_pg.cli.opening import url_of
    from slate_pg.conninfo import describe
    from slate_pg.fleet.servers import Server, read_servers, servers_of

    environment = chosen_environment()
    listed = read_servers(servers) if servers is not None else []
    if not listed and database is None and project.servers and not (environment and environment.database):
        listed = servers_of(project.servers, "[tool.slate.fleet]")
    if listed:
        settle(f"{len(listed)} servers, {listed[0].name} first", [server.url for server in listed])
        return listed
    url = url_of(database)
    return [Server(describe(url), url)]


@contextmanager
def called(
    name: str,
    servers: Path | None,
    match: str,
    database: str | None,
    migrations: str | None,
    command: str,
    connections: int = 32,
    *,
    spares: bool = False,
    none_too: bool = False,
) -> Iterator[Fleet]:
    """Read a product's files, call the roll of its fleet, say what did not answer, and close all afterwards.

    With `spares` these are members as well. Misuse where a server answered and no ledger of the product is on any,
    unless `none_too`.
    """
    from slate_pg.cli.asked import session_options
    from slate_pg.errors import Misuse
    from slate_pg.fleet.connections import Connections
    from slate_pg.fleet.roster import call
    from slate_pg.migrations.installations import read_files

    project = project_of(migrations)
    product = project.product(name)
    shared = project.product(project.shared) if project.shared and project.shared != name else None
    products = [*([shared] if shared else []), product]
    files = read_files(products)
    say_remarks(products, files)
    where = servers_of_fleet(project, servers, database)
    lent = Connections(connections, f"slate fleet {command}", session_options)
    try:
        roster = call(lent, where, product, shared, files, match)
        _say_missing(roster)
        if spares:
            roster.members += roster.spares
        if not (roster.members or roster.moving or roster.unreachable or roster.unreadable or none_too):
            raise Misuse(
                f"no installation of {name}{f' fits {match!r}' if match != '*' else ''} on {len(where)} servers",
                hint=f"Make one: slate apply {name} --as NAME.",
            )
        yield Fleet(project, product, files, where, lent, roster)
    finally:
        lent.close()


def _say_missing(roster: Roster) -> None:
    """Say which servers and ledgers are not in what follows."""
    from slate_pg.cli.output import warn
    from slate_pg.fleet.roster import reason

    for server, why in roster.unreachable.items():
        warn(f"{server.name} is unreachable: {why}")
    for server, schema, error in roster.unreadable:
        warn(f"{server.name} {schema} is left out: {reason(error)}")
