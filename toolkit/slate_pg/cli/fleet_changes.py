"""`slate fleet add`, `spare` and `rename`: which installations there are, and what they are called."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from slate_pg.cli.fleet_options import FleetProduct, Servers, called
from slate_pg.cli.options import Database, Json, LockTimeout, Migrations, Wait

if TYPE_CHECKING:
    from slate_pg.cli.fleet_options import Fleet
    from slate_pg.fleet.adding import Means
    from slate_pg.fleet.roster import Member

Name = Annotated[str, typer.Argument(metavar="NAME", help="The installation: the name of its schema.")]
OnServer = Annotated[Optional[str], typer.Option("--server", metavar="NAME", help="Where it is, as the list names it.")]
SeedSets = Annotated[
    Optional[str], typer.Option("--seed", metavar="SETS", help="Load these too: reference, demo; comma separated.")
]


def add(
    product: FleetProduct,
    name: Name,
    server: OnServer = None,
    seed: SeedSets = None,
    lock_timeout: LockTimeout = 100,
    wait: Wait = 60,
    servers: Servers = None,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Make a new installation at the current version: of a spare in a moment, where `slate fleet spare` has made one.

    Without --server it goes to where the fewest are. The same command again goes on with one that was begun.
    """
    from slate_pg.cli.output import put, put_json
    from slate_pg.fleet import adding
    from slate_pg.operations.seeds import load

    with called(product, servers, "*", database, migrations, "add", none_too=True) as fleet:
        where = adding.choose_server(fleet.servers, fleet.roster, server)
        begun = adding.find_begun(fleet.product, fleet.roster, where, name, seeds=seed is not None)
        means = means_of(fleet, lock_timeout, wait, as_json)
        sets = seeds_of(means, seed)
        spares = [m for m in fleet.roster.spares if m.server == where]
        with fleet.connections.lend(where) as connection:
            began = time.perf_counter()
            spare = adding.add(connection, means, spares, name, begun is not None)
            took = (time.perf_counter() - began) * 1000
            loaded = load(means.run(connection, name), sets, only_new=True) if sets else []
    if as_json:
        put_json({
            "server": where.name, "product": product, "schema": name, "spare": spare, "ms": round(took, 1),
            "seeds": [{"seed": s.seed, "rows": s.rows, "ms": round(s.milliseconds, 1)} for s in loaded],
        })  # fmt: skip
        return
    of = f"of the spare {spare}" if spare else "of its files"
    put(f"{where.name} {name}: made {of}, {took:.0f} ms")
    for each in loaded:
        put(f"{where.name} {name}: {each.seed}, {each.rows} rows")


def spare(
    product: FleetProduct,
    keep: Annotated[int, typer.Option("--keep", metavar="N", min=0, help="How many each server is to have.")],
    server: OnServer = None,
    seed: SeedSets = None,
    lock_timeout: LockTimeout = 100,
    wait: Wait = 60,
    servers: Servers = None,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Keep installations prepared under reserved names, PRODUCT_spare_1 and so on, that `slate fleet add` renames.

    Those that are there are brought up to date; `slate fleet apply` migrates them with the others. They are no tenants.
    """
    from slate_pg.cli.output import put, put_json
    from slate_pg.fleet import adding

    told: list[tuple[str, list[str], list[str]]] = []  # a server's name, the spares that were there, the new ones
    with called(product, servers, "*", database, migrations, "spare", none_too=True) as fleet:
        chosen = [s for s in fleet.servers if s not in fleet.roster.unreachable]
        if server is not None:
            chosen = [adding.choose_server(fleet.servers, fleet.roster, server)]
        means = means_of(fleet, lock_timeout, wait, as_json)
        sets = seeds_of(means, seed)
        for where in chosen:
            there = [m.schema for m in fleet.roster.spares if m.server == where]
            made: list[str] = []
            with fleet.connections.lend(where) as connection:
                adding.prepare(connection, means, there, max(0, keep - len(there)), sets, made.append)
            told.append((where.name, there, [name for name in made if name not in there]))
    if as_json:
        put_json({"spares": [{"server": s, "product": product, "there": t, "made": m} for s, t, m in told]})
        return
    for where_name, there, made in told:
        put(f"{where_name}: {len(there) + len(made)} spares, {len(made)} made now")
    if fleet.roster.unreachable:
        raise typer.Exit(1)


def rename(
    product: FleetProduct,
    name: Name,
    new: Annotated[str, typer.Argument(metavar="NEW", help="What it is to be called.")],
    server: OnServer = None,
    leave_texts: Annotated[
        bool, typer.Option("--leave-texts", help="Texts that seem to name the schema mean something else.")
    ] = False,
    lock_timeout: LockTimeout = 100,
    wait: Wait = 60,
    servers: Servers = None,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Give an installation another name: its schema, its roles, the paths of its functions, in one transaction.

    Refused while sessions are at work in it, and where a function's text holds the old name.
    """
    from slate_pg.cli.output import put, put_json
    from slate_pg.errors import Misuse
    from slate_pg.fleet.adding import find_begun
    from slate_pg.fleet.renaming import rename as give_name
    from slate_pg.migrations.locking import Patience

    with called(product, servers, "*", database, migrations, "rename") as fleet:
        try:
            member = member_of(fleet, name, server)
        except Misuse as error:
            if any(m.schema == new and server in (None, m.server.name) for m in fleet.roster.members):
                raise Misuse(
                    error.message, hint=f'"{new}" is there: a rename that was begun before may be complete.'
                ) from error
            raise
        fleet.product.installed_as(name)
        find_begun(fleet.product, fleet.roster, member.server, new)
        with fleet.connections.lend(member.server) as connection:
            give_name(connection, name, new, Patience(lock_timeout, wait), texts_too=leave_texts)
    if as_json:
        put_json({"server": member.server.name, "product": product, "schema": new, "before": name})
    else:
        put(f"{member.server.name} {name}: now {new}")


def member_of(fleet: Fleet, name: str, server: str | None, *, spares: bool = False) -> Member:
    """Return the installation that is meant. Misuse where there is none of that name, or one on each of several."""
    from slate_pg.errors import Misuse, SlateError, did_you_mean

    every = [*fleet.roster.members, *(fleet.roster.spares if spares else [])]
    found = [m for m in every if m.schema == name and server in (None, m.server.name)]
    for moving, mark in fleet.roster.moving:
        if not found and moving.schema == name and server in (None, moving.server.name):
            raise SlateError(f"{moving}: {mark.said}", hint="End that first: slate fleet move, --confirm or --abort.")
    if not found:
        where = f" on {server}" if server else ""
        raise Misuse(
            f'{fleet.product.name} has no installation "{name}"{where}',
            hint=did_you_mean(name, {m.schema for m in every}),
        )
    if len(found) > 1:
        raise Misuse(
            f'"{name}" is on {", ".join(m.server.name for m in found)}', hint="Say which is meant: --server NAME."
        )
    return found[0]


def means_of(fleet: Fleet, lock_timeout: int, wait: float, quiet: bool) -> Means:
    """Return what an installation is made with."""
    from slate_pg.cli.output import warn
    from slate_pg.fleet.adding import Means
    from slate_pg.migrations.locking import Patience
    from slate_pg.migrations.runner import Watcher

    base = fleet.project.shared if fleet.project.shared != fleet.product.name else None
    shared = fleet.project.product(base) if base and base in fleet.files else None
    watcher = Watcher(warned=warn)
    return Means(fleet.product, shared, fleet.files, Patience(lock_timeout, wait), watcher)


def seeds_of(means: Means, text: str | None) -> list[str]:
    """Return the seed sets that are meant. Misuse for an unknown one, and where the product has no file of one."""
    from slate_pg.errors import Misuse
    from slate_pg.operations.seeds import SETS

    sets = [name.strip() for name in text.split(",")] if text else []
    for name in sets:
        file = means.product.sql / "seeds" / f"{name}.sql"
        if name not in SETS or not file.exists():
            raise Misuse(f'{means.product.name} has no seed set "{name}"', hint=f"Sets: {', '.join(SETS)}.")
    return sets
