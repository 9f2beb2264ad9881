"""Measures what is in a database: rows and content of tables, values of sequences, large objects. Reads only.

A backup measures its source and a verified restore what came of it, with the same words.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from psycopg import sql

from slate_pg.postgres.connection import Connection, package_sql

PRINTED_ALIKE = """
    SET LOCAL search_path = ''; SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO';
    SET LOCAL intervalstyle = 'postgres'; SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex';
    SET LOCAL row_security = off; SET LOCAL statement_timeout = 0
"""


def measure(connection: Connection, schema: str, only: Collection[str] | None = None) -> dict[str, list[Any]]:
    """Return rows and a fingerprint of the content of each table of a schema, ledger included. Reads every row.

    `only` names the tables to look at where not all are meant. The fingerprint does not depend on the order of the
    rows. Works inside a transaction or in one of its own.
    """
    query = "SELECT count(*), coalesce(sum(hashtextextended(ROW(_row.*)::text, 0)), 0)::text FROM ONLY {} AS _row"
    return _each(connection, "backup/find_tables", query, schema, only)


def measure_sequences(connection: Connection, schema: str, only: Collection[str] | None = None) -> dict[str, list[Any]]:
    """Return the last value of each sequence of a schema, and whether it was called. Reads only."""
    return _each(connection, "backup/find_sequences", "SELECT last_value, is_called FROM {}", schema, only)


def _each(
    connection: Connection, names: str, query: str, schema: str, only: Collection[str] | None
) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    with connection.transaction():
        connection.execute(PRINTED_ALIKE)
        quoted = sql.Identifier(schema).as_string(connection)
        for (name,) in connection.execute(package_sql(names), [quoted]).fetchall():
            if only is None or name in only:
                statement = sql.SQL(query).format(sql.Identifier(schema, name))
                found[name] = list(connection.execute(statement).fetchone() or ())
    return found


def measure_large_objects(connection: Connection) -> dict[str, list[Any]]:
    """Return size in bytes and a fingerprint of each large object of the database, by its number. Reads every byte."""
    with connection.transaction():
        connection.execute(PRINTED_ALIKE)
        rows = connection.execute(package_sql("backup/measure_large_objects")).fetchall()
        return {number: [size, fingerprint] for number, size, fingerprint in rows}
