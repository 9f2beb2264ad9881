"""Takes the last rows of a table out and puts them back, for timing what its triggers cost.

Wants a disposable server and its superuser; whoever calls undoes the transaction. What is timed is for writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from psycopg import sql

from slate_pg.postgres.connection import Connection, package_sql

INSERT, UPDATE = 4, 16  # bits of pg_trigger.tgtype


@dataclass(frozen=True)
class Column:
    """A column that can be written, quoted: its type and, where a benchmark may change it, the least step."""

    name: str
    type: str
    step: str | None
    preference: int | None


@dataclass(frozen=True)
class Target:
    """A table whose writes are timed: its name, whether it is partitioned, its columns and its primary key, quoted."""

    schema: str
    table: str
    oid: int
    partitioned: bool
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    def sql(self, text: str, **parts: str) -> bytes:
        """Return a statement with {table}, {columns} and the parts put in."""
        name = sql.Identifier(self.schema, self.table).as_string(None)
        return text.format(table=name, columns=", ".join(c.name for c in self.columns), **parts).encode()

    @property
    def name(self) -> str:
        """The table's name with its schema's, for people."""
        return f"{self.schema}.{self.table}"

    @property
    def changeable(self) -> list[Column]:
        """The columns that the least step may be tried on, the best first."""
        found = [(c.preference, c) for c in self.columns if c.step and c.preference is not None]
        return [column for _, column in sorted(found, key=lambda pair: pair[0])]

    @property
    def is_taken(self) -> str:
        """The condition that row t of the table is row s of slate_taken."""
        same = [f"t.{name} = s.{name}" for name in self.key] or ["t.tableoid = s.slate_leaf", "t.ctid = s.slate_place"]
        return " AND ".join(same)


def find_targets(connection: Connection, schema: str, count: int) -> list[Target]:
    """Return the largest tables of a schema that have triggers of their own for INSERT or UPDATE. Reads only."""
    found = connection.execute(package_sql("bench/find_targets").encode(), {"schema": schema, "count": count})
    return [
        Target(schema, name, oid, partitioned, _columns(connection, oid), tuple(key))
        for oid, name, partitioned, _bytes, key in found.fetchall()
    ]


def _columns(connection: Connection, oid: int) -> tuple[Column, ...]:
    found = connection.execute(package_sql("bench/find_columns").encode(), {"oid": oid})
    return tuple(Column(*row) for row in found.fetchall())


def triggers_of(connection: Connection, target: Target, event: int) -> dict[str, list[str]]:
    """Return the quoted names of the triggers that fire for an event, by title: each, or foreign keys as one. Reads."""
    found = connection.execute(package_sql("bench/find_triggers").encode(), {"oid": target.oid, "event": event})
    return dict(found.fetchall())


@contextmanager
def undone(connection: Connection, settings: str = "") -> Iterator[None]:
    """Open a transaction, or a savepoint in one, and undo it at the end."""
    with connection.transaction(force_rollback=True):
        if settings:
            connection.execute(settings.encode())
        yield


def take(connection: Connection, target: Target, limit: int) -> int:
    """Copy the last rows of a table, by where they lie, into the temporary slate_taken; return how many. Writes."""
    text = """
        CREATE TEMP TABLE slate_taken AS
        SELECT row_number() OVER (ORDER BY slate_leaf, slate_place) AS slate_number, *
        FROM (
            SELECT tableoid AS slate_leaf, ctid AS slate_place, {columns}
            FROM {table} ORDER BY tableoid DESC, ctid DESC LIMIT {limit}
        ) AS last_rows
    """
    taken = connection.execute(target.sql(text, limit=str(limit))).rowcount
    connection.execute("ANALYZE slate_taken")
    return taken


def remove(connection: Connection, target: Target, silently: bool = True) -> None:
    """Delete the taken rows, silently: without triggers and cascades. Writes."""
    text = "DELETE FROM {table} AS t USING slate_taken AS s WHERE {same}"
    if silently:
        connection.execute("SET LOCAL session_replication_role = replica")
    connection.execute(target.sql(text, same=target.is_taken))
    connection.execute("SET LOCAL session_replication_role = origin")


def put_back(connection: Connection, target: Target, after: int = 0) -> None:
    """Insert the taken rows in one statement, those after a number. Writes."""
    text = """
        INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE
        SELECT {columns} FROM slate_taken WHERE slate_number > {after} ORDER BY slate_number
    """
    connection.execute(target.sql(text, after=str(after)))


def putter(connection: Connection, target: Target) -> Callable[[], None]:
    """Read the taken rows, and return what inserts each by a prepared statement; values travel as text."""
    texts = ", ".join(f"{c.name}::text" for c in target.columns)
    query = target.sql("SELECT {texts} FROM slate_taken ORDER BY slate_number", texts=texts)
    rows = connection.execute(query).fetchall()
    into = target.sql("INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE VALUES ").replace(b"%", b"%%")
    values = ", ".join(f"%s::{c.type.replace('%', '%%')}" for c in target.columns)
    statement = into + f"({values})".encode()

    def put() -> None:
        for row in rows:
            connection.execute(statement, row, prepare=True)

    return put


def change(target: Target, column: Column) -> bytes:
    """Return the UPDATE of the taken rows by a column's least step; they are found by place, or by key in leaves."""
    start = f"UPDATE {{table}} AS t SET {column.name} = t.{column.name} {column.step} "
    if target.partitioned:
        return target.sql(start + "FROM slate_taken AS s WHERE {same}", same=target.is_taken)
    return target.sql(start + "WHERE t.ctid = ANY((SELECT array_agg(s.slate_place) FROM slate_taken AS s)::tid [])")


def disable(connection: Connection, target: Target, names: list[str]) -> None:
    """Turn triggers off, on every leaf too. Writes."""
    if names:
        actions = ", ".join(f"DISABLE TRIGGER {name}" for name in names)
        connection.execute(target.sql("ALTER TABLE {table} {actions}", actions=actions))
