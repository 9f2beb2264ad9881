"""`slate fleet remove`: an installation ends, behind a backup that was proven to bring it back."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from slate_pg.cli.fleet_changes import Name, OnServer, member_of
from slate_pg.cli.fleet_options import FleetProduct, Servers, called
from slate_pg.cli.options import Database, Json, LockTimeout, Migrations, SignKey, Wait
from slate_pg.errors import Misuse

if TYPE_CHECKING:
    from slate_pg.cli.fleet_options import Fleet
    from slate_pg.fleet.roster import Member


def remove(
    product: FleetProduct,
    name: Name,
    to: Annotated[
        Optional[Path], typer.Option("--to", metavar="DIR", help="Where its backup goes, in a folder for the server.")
    ] = None,
    server: OnServer = None,
    sign_key: SignKey = None,
    lock_timeout: LockTimeout = 100,
    wait: Wait = 60,
    servers: Servers = None,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Remove an installation: back it up, prove the backup, drop its schema and roles and what it made elsewhere.

    Refused without --to (a spare needs none), while sessions are at work in it, and where others lean on it.
    """
    from slate_pg.cli.backup import key_of
    from slate_pg.cli.output import put, put_json
    from slate_pg.fleet import removing
    from slate_pg.migrations.locking import Patience
    from slate_pg.sqlfiles import file_name

    key = key_of(sign_key)
    with called(product, servers, "*", database, migrations, "remove", none_too=True) as fleet:
        member = _meant(fleet, name, server, to)
        place = to / file_name(member.server.name) if to else None
        with fleet.connections.lend(member.server) as connection:
            patience = Patience(lock_timeout, wait)
            done = removing.remove(connection, member.product, fleet.project, place, patience, key)
    back = _way_back(done.backup, member, sign_key) if done.backup else None
    if as_json:
        put_json({
            "server": member.server.name, "product": product, "schema": name, "backup": _text(done.backup),
            "restore": back, "roles": list(done.roles), "stayed": list(done.stayed),
        })  # fmt: skip
        return
    put(f"{member.server.name} {name}: removed" + (f"; its backup is {done.backup}" if done.backup else ""))
    for line in done.stayed:
        put(f"  stays: {line}")
    if back:
        put(f"  to bring it back: {back}")


def _meant(fleet: Fleet, name: str, server: str | None, to: Path | None) -> Member:
    """Return the installation to remove. Misuse where there is none, where it is built on, or a backup has no place."""
    from slate_pg.fleet.removing import find_backup
    from slate_pg.sqlfiles import file_name

    if fleet.project.shared == fleet.product.name:
        raise Misuse(f"all other products build on {fleet.product.name}", hint="Only theirs are removed.")
    if server is None and (fleet.roster.unreachable or fleet.roster.unreadable):
        raise Misuse("not all of the fleet could be read, and the name may be there too", hint="Say --server NAME.")
    try:
        member = member_of(fleet, name, server, spares=True)
    except Misuse as error:
        for where in fleet.servers if to else ():
            folder = find_backup(to / file_name(where.name), name) if server in (None, where.name) else None  # type: ignore[operator]
            if folder and not any(m.schema == name for m in fleet.roster.members):
                hint = f"A backup of that name is {folder}: a remove that was begun before may be complete."
                raise Misuse(error.message, hint=hint) from error
        raise
    if to is None and member not in fleet.roster.spares:
        raise Misuse(f'"{name}" is not removed without a backup', hint="Say where it is to go: --to DIR.")
    return member


def _way_back(backup: Path, member: Member, sign_key: str | None) -> str:
    """Return the command that restores what was removed. Pure."""
    from slate_pg.conninfo import hide

    key = ["--sign-key-from", sign_key] if sign_key else []
    where = ["--database", member.server.url] if member.server.url else []
    return hide(shlex.join(["slate", "restore", str(backup), *where, *key]))


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
