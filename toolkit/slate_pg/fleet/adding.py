"""Adds an installation to a fleet, out of a spare where one is prepared, and prepares spares. Writes."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from slate_pg.config import Product, check_schema_name
from slate_pg.errors import Busy, Misuse, SlateError, did_you_mean
from slate_pg.fleet.removing import discard
from slate_pg.fleet.renaming import Gone, rename
from slate_pg.fleet.roster import Member, Roster
from slate_pg.fleet.servers import Server
from slate_pg.fleet.spares import is_spare, next_names
from slate_pg.migrations import ledger, runner
from slate_pg.migrations.files import Migration
from slate_pg.migrations.locking import Patience
from slate_pg.migrations.runner import Run, Watcher
from slate_pg.operations.seeds import load
from slate_pg.postgres.connection import Connection

# An add that was killed in between has left it complete but for them; whose it is nobody can tell.
_UNSEEDED = " Where it was to be added with seeds and these are missing: slate fleet seed {} --match NAME --set SETS."


@dataclass(frozen=True)
class Means:
    """What an installation is made with: the product, what it builds on, the files of both, and how long it waits."""

    product: Product
    shared: Product | None
    files: dict[str, list[Migration]]
    patience: Patience
    watcher: Watcher

    def run(self, connection: Connection, schema: str) -> Run:
        """Return a run on one installation of the product. Pure."""
        installed = self.product.installed_as(schema)
        return Run(connection, installed, self.shared.schema if self.shared else None, self.patience, self.watcher)


def choose_server(servers: Sequence[Server], roster: Roster, asked: str | None) -> Server:
    """Return the server that was asked for, else the one with the fewest installations. Misuse. Pure."""
    if asked is not None:
        found = [s for s in servers if s.name == asked]
        if not found:
            raise Misuse(
                f'the fleet has no server "{asked}"', hint=did_you_mean(asked, [server.name for server in servers])
            )
        if found[0] in roster.unreachable:
            raise SlateError(f"{asked} is unreachable", detail=[f"  {roster.unreachable[found[0]]}"])
        return found[0]
    if roster.unreachable or roster.unreadable:
        raise Misuse(
            "not all of the fleet could be read, and the name may be taken there",
            hint="Say where: --server NAME; or take that server out of the list.",
        )
    counts = Counter(m.server for m in [*roster.members, *(m for m, _ in roster.moving)])
    return min(servers, key=lambda server: counts[server])


def find_begun(product: Product, roster: Roster, server: Server, name: str, *, seeds: bool = False) -> Member | None:
    """Return the installation of that name that was begun on a server and is not complete, None where there is none.

    Misuse for a name that is reserved, SlateError for one that is taken. Pure.
    """
    check_schema_name(name)
    if is_spare(product, name):
        raise Misuse(f'"{name}" is a name for spares', hint=f"Prepare one: slate fleet spare {product.name} --keep N.")
    product.installed_as(name)
    for member in roster.members:
        if member.schema == name:
            if member.server == server and member.state.pending and not member.state.hurts:
                return member
            raise SlateError(
                f'{product.name} "{name}" is on {member.server.name} already: {member.state.word}',
                hint="Nothing was changed. Choose another name." + (_UNSEEDED.format(product.name) if seeds else ""),
            )
    for moving, mark in roster.moving:
        if moving.schema == name:
            raise SlateError(
                f'{product.name} "{name}" is on {moving.server.name}: {mark.said}',
                hint="Nothing was changed. Choose another name.",
            )
    return None


def add(connection: Connection, means: Means, spares: Sequence[Member], name: str, begun: bool) -> str | None:
    """Make an installation at the current version; return the spare that it was made of. Writes."""
    for spare in spares:
        if begun or not spare.state.is_current:
            continue
        try:
            rename(connection, spare.schema, name, means.patience, checked=False)
        except Gone:  # another took it
            continue
        return spare.schema
    if not begun:
        refuse_there(connection, name)
    build(connection, means, name)
    return None


def refuse_there(connection: Connection, name: str) -> None:
    """SlateError where there is a schema of that name, unless an add was cut short before anything was on record there.

    Reads only.
    """
    if connection.execute("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = %s", [name]).fetchone():
        has_ledger = name in ledger.find_ledgers(connection, name)
        if has_ledger and not ledger.select_rows(connection, name, "SELECT 1 FROM {schema}._slate_ledger LIMIT 1", []):
            return
        held = "with a ledger" if has_ledger else "without a ledger"
        raise SlateError(
            f'schema "{name}" is there already, {held}',
            hint="Nothing was changed. Choose another name; `slate apply --as` installs into a schema that is there.",
        )


def build(connection: Connection, means: Means, name: str) -> None:
    """Apply all migrations, first of what the product builds on. Writes."""
    if means.shared is not None:
        base = Run(connection, means.shared, means.shared.schema, means.patience, means.watcher)
        runner.apply(base, None, means.files[means.shared.name])
    runner.apply(means.run(connection, name), None, means.files[means.product.name])


def prepare(
    connection: Connection,
    means: Means,
    taken: Sequence[str],
    count: int,
    seeds: Sequence[str],
    made: Callable[[str], None],
) -> None:
    """Prepare so many spares beside those that are `taken`, and finish these. Writes; tells of each that is ready.

    SlateError where one cannot be given a name: its migrations put the schema's into texts, for one. It is not kept.
    """
    for name in [*taken, *next_names(means.product, taken, count)]:
        build(connection, means, name)
        if seeds:
            load(means.run(connection, name), seeds, only_new=True)
        try:
            _try_name(connection, means, name)
        except Gone:  # another has taken it meanwhile
            continue
        made(name)


def _try_name(connection: Connection, means: Means, spare: str) -> None:
    """Try that a spare can be given a name, and remove one that cannot: it would be no use to anybody. Writes."""
    try:
        rename(connection, spare, f"{spare[:40]}_{secrets.token_hex(4)}", means.patience, only_try=True)
    except (Busy, Gone):
        raise
    except SlateError as error:
        kept = "It was removed again."
        try:
            discard(connection, means.product.installed_as(spare), means.patience)
        except SlateError as why:
            kept = f"It is still there: {why.message}."
        hint = f"{kept} {error.hint.removeprefix('Nothing was changed. ')}"
        raise SlateError(f'"{spare}" cannot be a spare: {error.message}', detail=error.detail, hint=hint) from error
