"""Says what of a database is an installation's own, and locks its tables: for what ends, closes or copies it whole."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from psycopg import sql

from slate_pg.backup.logical import read_portion
from slate_pg.catalog.model import Catalog
from slate_pg.migrations import elsewhere, ledger
from slate_pg.migrations.elsewhere import Address
from slate_pg.migrations.locking import Patience
from slate_pg.postgres.connection import Connection, package_sql, send

_LOOK_SOON = (
    "SELECT pg_catalog.set_config('deadlock_timeout', '{}ms', true) FROM pg_catalog.pg_roles "
    "WHERE rolname = current_user AND rolsuper"
)


@dataclass(frozen=True)
class Owned:
    """What an installation has: whole `schemas`, its own first, single objects elsewhere, and how all that looks."""

    schemas: tuple[str, ...]
    made: tuple[Address, ...]
    facts: Catalog


def owned_by(connection: Connection, schema: str, made: Collection[Address]) -> Owned:
    """Return what an installation owns, of what is there. Reads only."""
    schemas, single = places_of(connection, schema, made)
    around = list(dict.fromkeys([*schemas, *(a.place for a in single if a.place)]))
    return Owned(schemas, single, read_portion(connection, around, single))


def places_of(
    connection: Connection, schema: str, made: Collection[Address] | None = None
) -> tuple[tuple[str, ...], tuple[Address, ...]]:
    """Return the schemas of an installation, its own first, and what is its own elsewhere. Reads only.

    `made` is what its ledger says that it made, which is read where it is left out.
    """
    if made is None:
        made = elsewhere.read(connection, schema, ledger.find_ledgers(connection, schema).get(schema)).made
    gone = set(elsewhere.missing(connection, schema, made))
    there = [a for a in made if a not in gone]
    schemas = (schema, *sorted(a.names[0] for a in there if a.type == "schema"))
    return schemas, tuple(sorted(a for a in there if a.type != "schema" and a.place not in schemas))


def find_tables(connection: Connection, schemas: Sequence[str], made: Collection[Address]) -> list[tuple[str, ...]]:
    """Return schema and name of each table, partitioned ones and partitions included. Reads only."""
    rows = connection.execute(package_sql("fleet/find_tables"), {"schemas": list(schemas)}).fetchall()
    return [*(tuple(row) for row in rows), *(a.names for a in made if a.type == "table")]


def begin(connection: Connection, patience: Patience) -> None:
    """Prepare a transaction that is to lock tables, each for one attempt's time. The first in a transaction."""
    # Whatever the database's default: what is looked at behind the lock is not to be what was seen before it.
    send(connection, "SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
    send(connection, f"SET LOCAL lock_timeout = {patience.lock_timeout_ms}; SET LOCAL jit = off")
    # An autovacuum worker gives way to who waits once deadlocks are looked for: a superuser has that done in time.
    send(connection, _LOOK_SOON.format(max(1, patience.lock_timeout_ms // 2)))


def lock(connection: Connection, tables: Sequence[tuple[str, ...]], mode: str) -> None:
    """Lock tables until the transaction ends. In a transaction that was prepared."""
    if tables:
        names = sql.SQL(", ").join(sql.SQL("ONLY {}").format(sql.Identifier(*names)) for names in tables)
        connection.execute(sql.SQL("LOCK TABLE {} IN {} MODE").format(names, sql.SQL(mode)))
