"""Reads the ledger of one installation, of whatever version, and says how its newest version is written.

Reading takes SELECT only and writes nothing. Writing returns SQL text, which the runner sends in the migration's
own transaction, so that a migration and its ledger row commit together. Making and upgrading it is for upgrade.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from functools import cache
from typing import Any

from slate_pg.config import Product
from slate_pg.errors import SlateError
from slate_pg.migrations.files import Migration
from slate_pg.migrations.folders import read_migrations
from slate_pg.migrations.hurts import TEXT, Account, Hurt, find_hurts, half_done
from slate_pg.migrations.order import in_order
from slate_pg.migrations.recorded import Recorded, find_revalued
from slate_pg.migrations.state import Applied, Interrupted, State, compare
from slate_pg.postgres.connection import Connection, package_sql
from slate_pg.postgres.later import psycopg, sql

VERSION = 3  # of the ledger that this Slate writes; it reads every older one


def lock_key(schema: str) -> int:
    """Return the advisory lock key of an installation, a positive 62-bit integer."""
    return int.from_bytes(hashlib.sha256(f"slate:{schema}".encode()).digest()[:8], "big") >> 2


def find_ledgers(connection: Connection, schema: str | None = None) -> dict[str, int]:
    """Return the schemas, or whether one, that carry a ledger, and its version, 0 for stock yoyo's. Reads only."""
    return dict(connection.execute(package_sql("migrations/find_ledgers"), {"schema": schema}).fetchall())


def check_version(schema: str, version: int) -> None:
    """SlateError for a ledger that this Slate cannot read: a newer one, or one that does not say how old it is."""
    if version > VERSION:
        raise SlateError(
            f'the ledger of "{schema}" has version {version}, this slate knows versions up to {VERSION}',
            hint="Nothing was written. Use the newer slate that wrote it.",
        )
    if version == -2:
        raise SlateError(
            f'the ledger of "{schema}" holds a view where Slate made a table: reading it runs what its owner wrote',
            hint="Nothing was read. Look at it with \\d+ in psql; whoever made it may not be whom you trust.",
        )
    if version < 0:
        raise SlateError(
            f'the ledger of "{schema}" does not say its version: the CHECK constraint that names it is gone',
            hint=f"Put it back as its CREATE TABLE has it: _slate_ledger_version_N, where {VERSION} is this slate's.",
        )


def relation(name: str, schema: str, version: int) -> str:
    """Return the query for the rows of one kind as every version offers them. SlateError for a newer version."""
    check_version(schema, version)
    newest = {"migrations": 3, "wholeness": 3}.get(name, 2)  # version 3 added kinds and a column
    return package_sql(f"migrations/read/{name}_{min(version, newest)}")


def read(connection: Connection, schema: str, version: int = VERSION) -> dict[str, Applied]:
    """Return what an installation has applied, by id, without the texts. Reads only."""
    query = f"""
        SELECT id, ended_at, checksum, rollback_checksum, NULL, NULL, true, variables
        FROM ({relation("migrations", schema, version)}) AS m
        ORDER BY ended_at, id
    """
    return _applied(select_rows(connection, schema, query))


def _applied(rows: Sequence[tuple[Any, ...]]) -> dict[str, Applied]:
    return {r[0]: Applied(r[0], r[1] and r[1].astimezone(UTC), *[*r[2:7], Recorded.read(r[7])]) for r in rows}


def read_texts(connection: Connection, schema: str, ids: Sequence[str], version: int = VERSION) -> dict[str, Applied]:
    """Return ledger rows with their texts, by id, where Slate wrote them. Reads only."""
    query = f"""
        SELECT id, ended_at, checksum, rollback_checksum, body, rollback_body, rollback_transactional, variables
        FROM ({relation("migrations", schema, version)}) AS m
        WHERE id = ANY(%s) AND checksum IS NOT NULL
    """
    return _applied(select_rows(connection, schema, query, [list(ids)]))


def read_entries(connection: Connection, schema: str, version: int = VERSION) -> list[tuple[Any, ...]]:
    """Return id, time, role, text, checksum, rollback and its, and variables of what Slate applied. Reads only."""
    query = f"""
        SELECT id, began_at, who, body, checksum, rollback_body, rollback_checksum, variables
        FROM ({relation("migrations", schema, version)}) AS m
        WHERE checksum IS NOT NULL
        ORDER BY began_at, ended_at, id
    """
    return select_rows(connection, schema, query)


def read_interrupted(connection: Connection, schema: str, version: int = VERSION) -> list[Interrupted]:
    """Return the non-transactional scripts that began and did not end, backfills too. Reads only."""
    query = f"""
        SELECT id, direction, count(ended_at)::integer, max(total), max(note), max(rows), max(duration_ms)
        FROM ({relation("statements", schema, max(version, 1))}) AS s
        GROUP BY id, direction
    """
    return [Interrupted.of(*r) for r in (select_rows(connection, schema, query) if version else [])]


def read_history(connection: Connection, schema: str, version: int = VERSION) -> set[str]:
    """Return the ids of everything that was ever applied or marked, undone since or not. Reads only."""
    return {r[0] for r in select_rows(connection, schema, relation("history", schema, version))}


def read_seeds(connection: Connection, schema: str, version: int = VERSION) -> dict[str, str]:
    """Return the checksum of each seed file that was loaded, by its set. Reads only."""
    return dict(select_rows(connection, schema, relation("seeds", schema, version))) if version else {}


def read_latest_runs(connection: Connection, schema: str, version: int = VERSION) -> list[tuple[Any, ...]]:
    """Return job, start, end, rows and error of each job's latest run, by the job's name. Reads only."""
    if version == 0:
        return []
    query = f"""
        SELECT DISTINCT ON (job) job, started_at, finished_at, rows, error
        FROM ({relation("jobs", schema, version)}) AS j
        ORDER BY job, started_at DESC, number DESC
    """
    return select_rows(connection, schema, query)


def select_rows(
    connection: Connection, schema: str, query: str, parameters: Sequence[object] = ()
) -> list[tuple[Any, ...]]:
    """Return the rows of a query on one installation's ledger, {schema} in it replaced. Reads only."""
    name = '"' + schema.replace('"', '""') + '"'  # not psycopg.sql, which a status would import for this alone
    statement = query.format(schema=name.replace("%", "%%") if parameters else name)
    try:
        return connection.execute(statement.encode(), parameters or None).fetchall()
    except psycopg.errors.InsufficientPrivilege as error:
        raise SlateError(
            f'"{connection.info.user}" may not read the ledger of "{schema}"',
            hint="As its owner, run: "
            + sql.SQL("GRANT USAGE ON SCHEMA {0} TO {1}; GRANT SELECT ON ALL TABLES IN SCHEMA {0} TO {1};")
            .format(sql.Identifier(schema), sql.Identifier(connection.info.user))
            .as_string(connection),
        ) from error


def record_apply(
    connection: Connection, schema: str, migration: Migration, milliseconds: float, made: str | None = None
) -> str:
    """Return the SQL that enters a migration into the ledger, and the run into the history.

    `made` says what it made outside the schema; None where that is not known.
    """
    return record(connection, schema, migration, "apply", milliseconds, made=made)


def record_by_hand(
    connection: Connection, schema: str, migration: Migration, milliseconds: sql.SQL | None, who: sql.SQL
) -> str:
    """Return the same for a file that somebody runs later: how long it took and who it was are expressions."""
    return record(connection, schema, migration, "apply", milliseconds, who=who)


def record(
    connection: Connection,
    schema: str,
    migration: Migration,
    operation: str,
    milliseconds: float | sql.SQL | None = 0,
    always: str = "",
    who: sql.SQL | None = None,
    made: str | None = None,
) -> str:
    """Return the SQL that enters a migration; `always` stands behind each row, as ON CONFLICT does."""
    undo = migration.rollback
    return format_sql(
        connection,
        schema,
        """
        INSERT INTO {schema}._slate_ledger (
            kind, key, number, began_at, who, host, note,
            checksum, body, rollback_checksum, rollback_body, rollback_transactional, duration_ms, variables
        )
        VALUES (
            'migration', {id}, 0, DEFAULT, DEFAULT, NULL, {made},
            {checksum}, {body}, {undo_checksum}, {undo_body}, {undo_transactional}, {ms}, {variables}
        ), (
            {operation}, {id}, DEFAULT, NULL, {username}, {hostname}, {note}, NULL, NULL, NULL, NULL, NULL, NULL, NULL
        )
        """
        + always,
        **_log_values(migration.id, operation, who),
        checksum=migration.apply.checksum,
        body=migration.apply.kept,
        undo_checksum=undo.checksum if undo else None,
        undo_body=undo.kept if undo else None,
        undo_transactional=undo.transactional if undo else True,
        ms=milliseconds,
        made=made,
        variables=migration.recorded,
    )


def record_rollback(
    connection: Connection, schema: str, name: str, who: sql.SQL | None = None, operation: str = "rollback"
) -> str:
    """Return the SQL that takes a migration out of the ledger; `who` is an expression where a file is run later."""
    return format_sql(
        connection,
        schema,
        """
        DELETE FROM {schema}._slate_ledger WHERE kind = 'migration' AND key = {id};
        INSERT INTO {schema}._slate_ledger (kind, key, began_at, who, host, note)
        VALUES ({operation}, {id}, NULL, {username}, {hostname}, {note})
        """,
        **_log_values(name, operation, who),
    )


def _log_values(name: str, operation: str, who: sql.SQL | None = None) -> dict[str, object]:
    """Return the values that every entry in the history needs, by placeholder."""
    if who:
        host = sql.SQL("host(pg_catalog.inet_client_addr())")
        return {"id": name, "operation": operation, "username": who, "hostname": host, "note": "slate, by hand"}
    user, host_name = _who()
    return {"id": name, "operation": operation, "username": user, "hostname": host_name, "note": "slate"}


@cache
def _who() -> tuple[str, str]:
    """Return the operating-system user and the host, for the history."""
    import getpass  # a status needs neither it nor what it loads

    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a passwd entry
        user = "unknown"
    return user, this_host()


def this_host() -> str:
    """Return this machine's name, for the history."""
    import socket

    return socket.gethostname()


def format_sql(connection: Connection, schema: str, template: str, **values: object) -> str:
    """Return SQL on one installation's ledger with its placeholders filled by literals."""
    quote = psycopg.pq.Escaping(connection.pgconn)
    literals = {name: _literal(quote, value) for name, value in values.items()}
    return template.format(schema=quote.escape_identifier(schema.encode()).decode(), **literals)


def _literal(quote: psycopg.pq.abc.Escaping, value: object) -> str:
    """Return a value as SQL. libpq itself does the quoting: psycopg's composition of SQL takes five times as long."""
    if value is None:
        return "NULL"
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, sql.SQL):
        return value.as_string(None)
    return bytes(quote.escape_literal(str(value).encode())).decode()


def read_state(connection: Connection, product: Product, migrations: Sequence[Migration] | None = None) -> State:
    """Return what an installation has against the product's files. Reads only."""
    ordered = in_order(read_migrations(product)) if migrations is None else migrations
    return read_known_state(connection, product, ordered, find_ledgers(connection, product.schema).get(product.schema))


def read_known_state(
    connection: Connection, product: Product, ordered: Sequence[Migration], version: int | None
) -> State:
    """Return the state of an installation; texts are read only for edited files. Reads only.

    `version` is its ledger's, None where there is none.
    """
    if version is None:
        return compare(product.name, product.schema, ordered, {})
    rows = read(connection, product.schema, version)
    interrupted = read_interrupted(connection, product.schema, version)
    state = compare(product.name, product.schema, ordered, rows, interrupted, version)
    if differing := [*state.edited, *state.rollback_edited]:
        rows |= read_texts(connection, product.schema, differing, version)
        state = compare(product.name, product.schema, ordered, rows, interrupted, version)
    begun = [i.id for i in interrupted if i.direction == "apply"]
    hurts = (*read_hurts(connection, product, version), *half_done(product, begun, ordered))
    changed = {hurt.id for hurt in hurts if hurt.kind == TEXT}  # the ledger's doing, not the file's
    state = replace(state, values=product.variables, revalued=find_revalued(rows, product.variables))
    return replace(state, hurts=hurts, edited=tuple(n for n in state.edited if n not in changed))


def read_hurts(connection: Connection, product: Product, version: int) -> tuple[Hurt, ...]:
    """Return what is missing or changed in a ledger; older versions do not say enough to tell. Reads only."""
    if version < 2:
        return ()
    rows = select_rows(connection, product.schema, relation("wholeness", product.schema, version))
    return find_hurts((Account(*row) for row in rows), product.command("adopt", "--repair"))
