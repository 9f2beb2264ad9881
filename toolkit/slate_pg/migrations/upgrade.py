"""Makes the ledger of an installation, and brings an older one up to date: a version a step, each step a transaction.

Whoever calls this holds the installation's lock. What a version looks like is for ledger.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import psycopg
from psycopg import sql

from slate_pg.errors import SlateError
from slate_pg.migrations.ledger import VERSION, check_version, find_ledgers
from slate_pg.migrations.locking import OnWaiting, Patience, find_holders, find_relations, give_way, oids_of
from slate_pg.postgres.connection import Connection, is_alive, package_sql, send

# What makes the newest version from nothing; and from each older version, which version comes next and how.
_NEW = ("ledger/create_ledger", "ledger/views")
_STEPS = {
    0: (1, ("upgrade/from_0",)),
    1: (VERSION, ("upgrade/from_1_before", *_NEW, "upgrade/from_1_after")),
    2: (3, ("upgrade/from_2",)),
}
_PATIENCE = Patience()


def create(
    connection: Connection,
    schema: str,
    patience: Patience = _PATIENCE,
    on_waiting: OnWaiting = lambda what, holders: None,
) -> None:
    """Create the schema and its ledger where they are missing, and bring an older ledger up to date. Writes.

    SlateError where the role may not, for a newer ledger, and where an object of the application's is in the way;
    Busy where the old tables stay in use for longer than the patience.
    """
    version = find_ledgers(connection, schema).get(schema)
    if version is None:
        _create(connection, schema)
        return
    check_version(schema, version)
    for step, files in _steps(version):
        _upgrade(connection, schema, step, files, patience, on_waiting)


def transactions(connection: Connection, schema: str, version: int | None, lock_timeout_ms: int) -> list[str]:
    """Return what `create` sends for a ledger of that version, None where there is none, as SQL. Reads only."""
    if version is None:
        return [_creation(connection, schema)]
    bound = f"SET LOCAL lock_timeout = {lock_timeout_ms};"
    return [_transaction(connection, schema, files, bound) for _, files in _steps(version)]


def _steps(version: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield which versions a ledger becomes, one after the other, and the files that make each. Pure."""
    while version < VERSION:
        version, files = _STEPS[version]
        yield version, files


def _creation(connection: Connection, schema: str) -> str:
    exists = connection.execute("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = %s", [schema]).fetchone()
    name = sql.Identifier(schema).as_string(connection)
    return _transaction(connection, schema, _NEW, "" if exists else f"CREATE SCHEMA {name};")


def _create(connection: Connection, schema: str) -> None:
    name = sql.Identifier(schema).as_string(connection)
    try:
        send(connection, _creation(connection, schema))
    except psycopg.errors.InsufficientPrivilege as error:
        _end(connection)
        raise SlateError(
            f'"{connection.info.user}" may not create the ledger of "{schema}": {error.diag.message_primary}',
            hint=f'As an administrator, run: CREATE SCHEMA {name} AUTHORIZATION "{connection.info.user}";',
        ) from error
    except (psycopg.errors.DuplicateTable, psycopg.errors.DuplicateObject) as error:
        _end(connection)
        raise SlateError(
            f'"{schema}" has no ledger, and what belongs to one is there: {error.diag.message_primary}',
            hint="Nothing was changed. Where the ledger's table was renamed, name it _slate_ledger again; else drop "
            "that, or move it away.",
        ) from error


def _transaction(connection: Connection, schema: str, files: tuple[str, ...], before: str = "") -> str:
    """Return files of the package as one transaction in a schema: the whole travels in one message."""
    name = sql.Identifier(schema).as_string(connection)
    texts = ";\n".join(package_sql(f"migrations/{file}").rstrip().removesuffix(";") for file in files)
    settings = f"SET LOCAL search_path = {name}; SET LOCAL client_min_messages = warning; SET LOCAL timezone = 'UTC';"
    return f"BEGIN; {before} {settings}\n{texts};\nCOMMIT"


def _upgrade(
    connection: Connection, schema: str, step: int, files: tuple[str, ...], patience: Patience, on_waiting: OnWaiting
) -> None:
    """Take a ledger one version further, as often as its tables are busy and the patience allows."""
    what = f'the upgrade of the ledger of "{schema}" to version {step}'
    end = time.monotonic() + patience.wait_seconds
    attempt = 1
    while True:
        try:
            bound = f"SET LOCAL lock_timeout = {patience.lock_timeout_ms};"
            send(connection, _transaction(connection, schema, files, bound))
            return
        except psycopg.errors.LockNotAvailable:
            _end(connection)
            relations = find_relations(connection, [schema], with_ledger=True)
            holders = find_holders(connection, oids_of(relations), 0)
            attempt = give_way(what, attempt, end, patience.lock_timeout_ms, holders, on_waiting)
        except psycopg.Error as error:
            if not is_alive(connection):
                raise
            _end(connection)
            said = error.diag.message_detail
            raise SlateError(
                f"{what} failed: {error.diag.message_primary} ({error.sqlstate})",
                detail=[f"  {line}" for line in (said or "").splitlines()],
                hint="Nothing was changed. Run it as the owner of the ledger; what leans on its tables has to go.",
            ) from error


def _end(connection: Connection) -> None:
    send(connection, "ROLLBACK")
