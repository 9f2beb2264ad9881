"""Reads and writes the ledger of one installation: yoyo's tables, and Slate's own beside them.

Reading takes SELECT only and writes nothing. Writing returns SQL text, which the runner sends in the migration's
own transaction, so that a migration and its ledger row commit together.
"""

from __future__ import annotations

import hashlib
import socket
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

import psycopg
from psycopg import sql

from slate_pg.config import Product
from slate_pg.errors import SlateError
from slate_pg.migrations.files import Migration, read_folder
from slate_pg.migrations.order import in_order
from slate_pg.migrations.state import Applied, Interrupted, State, compare
from slate_pg.postgres.connection import Connection, package_sql, send


def lock_key(schema: str) -> int:
    """Return the advisory lock key of an installation, a positive 62-bit integer."""
    return int.from_bytes(hashlib.sha256(f"slate:{schema}".encode()).digest()[:8], "big") >> 2


def find_ledgers(connection: Connection) -> dict[str, bool]:
    """Return the schemas that carry a ledger; True where Slate wrote it, False for stock yoyo's. Reads only."""
    return dict(connection.execute(package_sql("migrations/find_ledgers")).fetchall())


def read(connection: Connection, schema: str, ours: bool = True) -> dict[str, Applied]:
    """Return what an installation has applied, by id, without the texts. Reads only."""
    query = package_sql("migrations/read_ledger") if ours else _YOYO_ONLY
    rows = select_rows(connection, schema, query)
    return {r[0]: Applied(r[0], r[1] and r[1].replace(tzinfo=UTC), r[2], r[3]) for r in rows}


_YOYO_ONLY = """
SELECT migration_id, applied_at_utc, NULL, NULL
FROM {schema}._yoyo_migration
ORDER BY applied_at_utc, migration_id
"""


def read_texts(connection: Connection, schema: str, ids: Sequence[str]) -> dict[str, Applied]:
    """Return ledger rows with their texts, by id. Reads only."""
    query = """
        SELECT migration_id, applied_at, checksum, rollback_checksum, body, rollback_body, rollback_transactional
        FROM {schema}._slate_migration
        WHERE migration_id = ANY(%s)
    """
    return {r[0]: Applied(*r) for r in select_rows(connection, schema, query, [list(ids)])}


def read_interrupted(connection: Connection, schema: str) -> list[Interrupted]:
    """Return the non-transactional scripts that began and did not end. Reads only."""
    query = """
        SELECT migration_id, direction, count(finished_at)::integer, max(total)
        FROM {schema}._slate_statement
        GROUP BY migration_id, direction
    """
    return [Interrupted(*r) for r in select_rows(connection, schema, query)]


def read_failed_jobs(connection: Connection, schema: str) -> list[tuple[str, datetime, str]]:
    """Return name, time and error of each job whose latest run failed. Reads only."""
    query = """
        SELECT job, started_at, error
        FROM (SELECT DISTINCT ON (job) * FROM {schema}._slate_job_run ORDER BY job, started_at DESC) AS latest
        WHERE error IS NOT NULL
        ORDER BY job
    """
    return select_rows(connection, schema, query)


def select_rows(
    connection: Connection, schema: str, query: str, parameters: Sequence[object] = ()
) -> list[tuple[Any, ...]]:
    """Return the rows of a query on one installation's ledger, {schema} in it replaced. Reads only."""
    statement = sql.SQL(query).format(schema=sql.Identifier(schema))
    try:
        return connection.execute(statement, parameters or None).fetchall()
    except psycopg.errors.InsufficientPrivilege as error:
        raise SlateError(
            f'"{connection.info.user}" may not read the ledger of "{schema}"',
            hint="As its owner, run: "
            + sql.SQL("GRANT USAGE ON SCHEMA {0} TO {1}; GRANT SELECT ON ALL TABLES IN SCHEMA {0} TO {1};")
            .format(sql.Identifier(schema), sql.Identifier(connection.info.user))
            .as_string(connection),
        ) from error


def create(connection: Connection, schema: str) -> None:
    """Create the schema and its ledger where they are missing. SlateError where the role may not. Writes."""
    if find_ledgers(connection).get(schema):
        return
    exists = connection.execute("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = %s", [schema]).fetchone()
    name = sql.Identifier(schema).as_string(connection)
    make = "" if exists else f"CREATE SCHEMA {name};"
    try:
        send(connection, f"BEGIN; {make} SET LOCAL search_path = {name}; SET LOCAL client_min_messages = warning;")
        send(connection, package_sql("migrations/create_ledger") + "; COMMIT")
    except psycopg.errors.InsufficientPrivilege as error:
        raise SlateError(
            f'"{connection.info.user}" may not create the ledger of "{schema}": {error.diag.message_primary}',
            hint=f'As an administrator, run: CREATE SCHEMA {name} AUTHORIZATION "{connection.info.user}";',
        ) from error


def record_apply(connection: Connection, schema: str, migration: Migration, milliseconds: float) -> str:
    """Return the SQL that enters a migration into the ledger."""
    undo = migration.rollback
    return format_sql(
        connection,
        schema,
        """
        INSERT INTO {schema}._yoyo_migration (migration_hash, migration_id, applied_at_utc)
        VALUES ({hash}, {id}, {now});
        INSERT INTO {schema}._slate_migration (
            migration_id, checksum, body, rollback_checksum, rollback_body, rollback_transactional, duration_ms
        )
        VALUES ({id}, {checksum}, {body}, {undo_checksum}, {undo_body}, {undo_transactional}, {ms});
        """
        + LOG_ENTRY,
        **log_values(migration.id, "apply"),
        checksum=migration.apply.checksum,
        body=migration.apply.text,
        undo_checksum=undo.checksum if undo else None,
        undo_body=undo.text if undo else None,
        undo_transactional=undo.transactional if undo else True,
        ms=milliseconds,
    )


def record_rollback(connection: Connection, schema: str, name: str) -> str:
    """Return the SQL that takes a migration out of the ledger."""
    return format_sql(
        connection,
        schema,
        """
        DELETE FROM {schema}._yoyo_migration WHERE migration_id = {id};
        DELETE FROM {schema}._slate_migration WHERE migration_id = {id};
        """
        + LOG_ENTRY,
        **log_values(name, "rollback"),
    )


LOG_ENTRY = """
    INSERT INTO {schema}._yoyo_log (
        id, migration_hash, migration_id, operation, username, hostname, comment, created_at_utc
    )
    VALUES ({log_id}, {hash}, {id}, {operation}, {username}, {hostname}, 'slate', {now})
"""


def log_values(name: str, operation: str) -> dict[str, object]:
    """Return the values that every entry in yoyo's log needs, by placeholder."""
    user, host = _who()
    return {
        "id": name,
        "hash": hashlib.sha256(name.encode()).hexdigest(),
        "now": datetime.now(UTC).replace(tzinfo=None).isoformat(" "),
        "log_id": str(uuid.uuid4()),
        "operation": operation,
        "username": user,
        "hostname": host,
    }


@cache
def _who() -> tuple[str, str]:
    """Return the operating-system user and the host, for the log."""
    import getpass  # a status needs neither it nor what it loads

    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a passwd entry
        user = "unknown"
    return user, socket.gethostname()


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
    return bytes(quote.escape_literal(str(value).encode())).decode()


def read_state(connection: Connection, product: Product, migrations: Sequence[Migration] | None = None) -> State:
    """Return what an installation has against the product's files. Reads only."""
    ordered = in_order(read_folder(product.migrations)) if migrations is None else migrations
    return read_known_state(connection, product, ordered, find_ledgers(connection).get(product.schema))


def read_known_state(
    connection: Connection, product: Product, ordered: Sequence[Migration], ours: bool | None
) -> State:
    """Return the state of an installation; texts are read only for edited files. Reads only.

    `ours` is True where Slate wrote the ledger, False where stock yoyo did, None where there is none.
    """
    if ours is None:
        return compare(product.name, product.schema, ordered, {})
    rows = read(connection, product.schema, ours)
    interrupted = read_interrupted(connection, product.schema) if ours else []
    state = compare(product.name, product.schema, ordered, rows, interrupted, ours)
    if state.edited:
        rows |= read_texts(connection, product.schema, state.edited)
        state = compare(product.name, product.schema, ordered, rows, interrupted, ours)
    return state
