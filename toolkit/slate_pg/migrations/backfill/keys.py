"""Finds the key by which a backfill goes through its table, and writes the queries that follow it.

Reads only. FileError, by name, for a table without such a key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from psycopg import sql

from slate_pg.errors import FileError, Where
from slate_pg.migrations.backfill.syntax import Backfill, said_of
from slate_pg.migrations.files import Script
from slate_pg.postgres.connection import Connection, package_sql

_COUNTED = 100_000  # rows up to which they are counted, beyond which the planner says how many there are
_KINDS = {"v": "a view", "m": "a materialized view", "f": "a foreign table", "S": "a sequence", "c": "a type"}
# An index is what the key is for: without statistics the planner may not know.
_BY_INDEX = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = on;"

Value = tuple[str, ...]


@dataclass(frozen=True)
class Key:
    """A table and the columns of its key: names quoted, types as a cast takes them.

    `relation` is its oid, `place` tells its database from every other.
    """

    connection: Connection
    settings: str
    table: str
    relation: int
    place: str
    columns: tuple[str, ...]
    types: tuple[str, ...]

    @property
    def nothing(self) -> str:
        """A value that no row lies before or behind, as SQL."""
        return self.row([f"NULL::{kind}" for kind in self.types])

    def literal(self, value: Value) -> str:
        """Return a key's value as SQL, its parts quoted and cast."""
        parts = (sql.Literal(part).as_string(self.connection).strip() for part in value)
        return self.row([f"{part}::{kind}" for part, kind in zip(parts, self.types, strict=True)])

    def last(self) -> Value | None:
        """Return the key of the last row, None of an empty table. Reads only."""
        rows = self._ask(f"SELECT {self._texts} FROM {self.table} ORDER BY {self.order(' DESC')} LIMIT 1")
        return tuple(rows[0][0]) if rows else None

    def next(self, cursor: Value | None, end: Value, size: int) -> tuple[Value, Value, int] | None:
        """Return first and last key and the number of rows of the next batch, None behind the last. Reads only."""
        behind = f"{self._columns} > {self.literal(cursor)} AND " if cursor else ""
        part = (
            f"SELECT {', '.join(self.columns)} FROM {self.table} WHERE {behind}{self._columns} <= {self.literal(end)} "
            f"ORDER BY {self.order()} LIMIT {size}"
        )
        query = (
            f"WITH slate_part AS MATERIALIZED ({part}) SELECT "
            f"(SELECT {self._texts} FROM slate_part ORDER BY {self.order()} LIMIT 1), "
            f"(SELECT {self._texts} FROM slate_part ORDER BY {self.order(' DESC')} LIMIT 1), "
            "(SELECT pg_catalog.count(*) FROM slate_part)"
        )
        first, last, count = self._ask(query)[0]
        return (tuple(first), tuple(last), count) if count else None

    def count(self) -> int:
        """Return how many rows there are, of a big table about. Reads only."""
        found = self._ask(f"SELECT pg_catalog.count(*) FROM (SELECT FROM {self.table} LIMIT {_COUNTED + 1}) AS s", "")
        if (counted := int(found[0][0])) <= _COUNTED:
            return counted
        plan = self._ask(f"EXPLAIN (FORMAT JSON) SELECT FROM {self.table}", "")[0][0]
        return max(counted, int(plan[0]["Plan"]["Plan Rows"]))

    def _ask(self, query: str, more: str = _BY_INDEX) -> list[tuple[Any, ...]]:
        """Return the rows of a query, asked in one message and a transaction of its own. Raises psycopg errors."""
        text = f"BEGIN READ ONLY; {self.settings} {more} {query}; COMMIT"
        cursor = self.connection.execute(text.encode())
        while cursor.description is None:
            cursor.nextset()
        return cursor.fetchall()

    @property
    def _texts(self) -> str:
        return f"ARRAY[{', '.join(f'''pg_catalog.format('%s', {name})''' for name in self.columns)}]"

    @property
    def _columns(self) -> str:
        return self.row(list(self.columns))

    def row(self, parts: list[str]) -> str:
        """Return expressions for all columns as one value."""
        return parts[0] if len(parts) == 1 else f"ROW({', '.join(parts)})"

    def order(self, direction: str = "") -> str:
        """Return the columns for an ORDER BY, each with a direction behind it."""
        return ", ".join(name + direction for name in self.columns)


def find_key(connection: Connection, settings: str, script: Script, fill: Backfill) -> Key:
    """Return the key of a backfill within the transaction under way. FileError where it cannot be gone by."""
    row = connection.execute(package_sql("migrations/find_backfill_table"), {"name": fill.table}).fetchone()
    if not row:
        hint = "It has to be there when the backfill begins: name the migration that makes it in `-- depends:`."
        _refuse(script, fill, f"there is no table {fill.table}", hint)
    oid, kind, name, place = row
    if kind not in "rp":
        _refuse(script, fill, f"{fill.table} is {_KINDS.get(kind, 'no table')}", "Name the table behind it.")
    known = {r[0]: r[1:] for r in connection.execute(package_sql("migrations/find_backfill_columns"), {"oid": oid})}
    for column in fill.columns:
        if column not in known:
            _refuse(script, fill, f'{fill.table} has no column "{column}"', "Its key range names what it is not.")
        if not known[column][1]:
            hint = f"Rows without it would be left out. {_offered(connection, oid, [n for n in known if known[n][1]])}"
            _refuse(script, fill, f'"{column}" of {fill.table} may be NULL', hint)
    _check_key(connection, script, fill, oid, [n for n in known if known[n][1]])
    quoted = tuple(sql.Identifier(column).as_string(connection) for column in fill.columns)
    return Key(connection, settings, name, oid, place, quoted, tuple(known[c][0] for c in fill.columns))


def _check_key(connection: Connection, script: Script, fill: Backfill, oid: int, filled: Sequence[str]) -> None:
    keys = _keys(connection, oid, filled)
    if fill.columns in keys:
        return
    said = said_of(fill.columns)
    for key in keys:
        if sorted(key) == sorted(fill.columns):
            hint = f"Write its range over {said_of(key)}."
            _refuse(script, fill, f"the key of {fill.table} is {said_of(key)}, in that order, not {said}", hint)
    _refuse(script, fill, f"{said} is no unique key of {fill.table}", _offered(connection, oid, filled))


def _keys(connection: Connection, oid: int, filled: Sequence[str]) -> list[tuple[str, ...]]:
    rows = connection.execute(package_sql("migrations/find_backfill_keys"), {"oid": oid})
    return [tuple(names) for (names,) in rows if set(names) <= set(filled)]


def _offered(connection: Connection, oid: int, filled: Sequence[str]) -> str:
    """Say by which keys a table can be gone through. Reads only."""
    keys = [said_of(key) for key in _keys(connection, oid, filled)]
    if not keys:
        return (
            "It has none to go by: give it a primary key, or a unique index (CREATE UNIQUE INDEX CONCURRENTLY) over "
            "columns that are NOT NULL."
        )
    return f"Write the range over {' or '.join(keys)}."


def _refuse(script: Script, fill: Backfill, said: str, hint: str) -> NoReturn:
    where = script.place(fill.statement.start)
    raise FileError(
        f"{script.path}:{where.line}: {said}", hint=hint, where=Where(str(script.path), where.line, 0, said)
    )
