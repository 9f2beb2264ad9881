"""Closes an installation for writes, and opens it again. Writes, in one transaction each.

A trigger on every table refuses INSERT, UPDATE, DELETE and TRUNCATE of everybody, owners and superusers too. Whoever is
writing is awaited: the triggers are made under a lock that no writer shares.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
from psycopg import sql

from slate_pg.errors import Busy, SlateError
from slate_pg.fleet import owning
from slate_pg.fleet.relocation.mark import FOLLOWING, FUNCTION, SOURCE, Mark, read_marks, write
from slate_pg.fleet.roster import from_server
from slate_pg.migrations import locking
from slate_pg.migrations.locking import Patience
from slate_pg.postgres.connection import Connection, package_sql, send

SQLSTATE = "25006"  # read_only_sql_transaction: clients and pools know that they should look for another server
_BODY = """
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = '{sqlstate}', MESSAGE = {message}, HINT = {hint},
        SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME;
END;
"""


def close(
    connection: Connection, schema: str, mark: Mark, patience: Patience, only: Sequence[str] | None = None
) -> Mark:
    """Refuse every write from now on; return the mark, which says since when. Writes. Busy where writers do not end.

    `only` names the tables of the installation's own schema to close where not all are. A copy that is still fed by
    replication lets that through: its triggers are ordinary ones.
    """
    closed = mark

    def work() -> None:
        nonlocal closed
        owning.begin(connection, patience)
        tables = owning.find_tables(connection, *owning.places_of(connection, schema))
        chosen = [t for t in tables if only is None or (t[0] == schema and t[1] in only)]
        owning.lock(connection, chosen, "SHARE ROW EXCLUSIVE")
        if mark.stage != FOLLOWING:
            closed = replace(mark, closed_at=mark.closed_at or datetime.now(UTC).isoformat())
        _describe(connection, schema, closed)
        guarded = {tuple(row) for row in _guards(connection, schema)}
        for table in chosen:
            if table not in guarded:
                _guard(connection, schema, table)
            _when(connection, table, mark)

    patiently(connection, schema, patience, work, "Nothing was changed; writers were let through all the time.")
    return closed


def amend(connection: Connection, schema: str, mark: Mark) -> None:
    """Write another mark in place of the one that is there. Writes, in one transaction."""
    with connection.transaction():
        _describe(connection, schema, mark)


def reopen(connection: Connection, schema: str, patience: Patience) -> None:
    """Let writes through again and take the mark off. Writes. Busy where its tables do not get free."""

    def work() -> None:
        owning.begin(connection, patience)
        tables = _guards(connection, schema)
        owning.lock(connection, tables, "ACCESS EXCLUSIVE")
        for table in tables:
            text = sql.SQL("DROP TRIGGER {} ON {}").format(sql.Identifier(FUNCTION), sql.Identifier(*table))
            _run(connection, text)
        _run(connection, sql.SQL("DROP FUNCTION {}()").format(sql.Identifier(schema, FUNCTION)))

    if schema in read_marks(connection, schema):
        patiently(connection, schema, patience, work, "It stays read-only. Let them end, and run it again.")


def _describe(connection: Connection, schema: str, mark: Mark) -> None:
    """Make the function that refuses, or another in its place, with the mark as its comment. In a transaction."""
    hint = f"It takes writes on {mark.target}." if mark.has_gone else "Try again in a moment, over a new connection."
    what = f'the ledger of "{schema}"' if mark.stage == FOLLOWING and mark.role == SOURCE else f'"{schema}"'
    body = sql.SQL(_BODY).format(
        sqlstate=sql.SQL(SQLSTATE),
        message=sql.Literal(f"{what} is read-only: {mark.said}"),
        hint=sql.Literal(hint),
    )
    name = sql.Identifier(schema, FUNCTION)
    _run(
        connection,
        sql.SQL("CREATE OR REPLACE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS {}").format(
            name, sql.Literal(body.as_string(connection))
        ),
    )
    _run(connection, sql.SQL("COMMENT ON FUNCTION {}() IS {}").format(name, sql.Literal(write(mark))))


def _guards(connection: Connection, schema: str) -> list[tuple[str, str]]:
    return connection.execute(package_sql("fleet/relocation/find_guards"), {"schema": schema}).fetchall()


def _guard(connection: Connection, schema: str, table: tuple[str, ...]) -> None:
    text = sql.SQL(
        "CREATE TRIGGER {} BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON {} FOR EACH STATEMENT EXECUTE FUNCTION {}()"
    ).format(sql.Identifier(FUNCTION), sql.Identifier(*table), sql.Identifier(schema, FUNCTION))
    _run(connection, text)


def _when(connection: Connection, table: tuple[str, ...], mark: Mark) -> None:
    """Have a trigger fire whatever session_replication_role says, but for a copy that replication writes to."""
    how = sql.SQL("ENABLE" if mark.is_fed else "ENABLE ALWAYS")
    text = sql.SQL("ALTER TABLE ONLY {} {} TRIGGER {}").format(sql.Identifier(*table), how, sql.Identifier(FUNCTION))
    _run(connection, text)


def patiently(connection: Connection, schema: str, patience: Patience, work: Callable[[], None], left: str) -> None:
    """Do some work in one transaction, again and again until its tables get free. Busy names who has them."""
    end, attempt = time.monotonic() + patience.wait_seconds, 0
    while True:
        try:
            with connection.transaction():
                work()
            return
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as error:
            if time.monotonic() >= end:
                raise Busy(
                    f'the tables of "{schema}" stayed in use',
                    detail=[f"  {holder}" for holder in locking.find_all_holders(connection, [schema])[:20]],
                    hint=left,
                ) from error
            attempt += 1
            locking.pause(attempt)
        except psycopg.errors.InsufficientPrivilege as error:
            raise SlateError(
                f'"{connection.info.user}" may not change "{schema}": {error.diag.message_primary}',
                hint="It takes the owner of its tables, or a superuser.",
            ) from error
        except psycopg.Error as error:
            raise from_server(error) from error


def _run(connection: Connection, statement: sql.Composable) -> None:
    send(connection, statement.as_string(connection))
