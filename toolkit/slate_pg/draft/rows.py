"""Puts rows into the tables of a disposable copy, and tells whether they are still there. Writes to the copy only."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from slate_pg.catalog.identity import quote
from slate_pg.draft.side import read_rows
from slate_pg.draft.words import literal
from slate_pg.postgres.connection import Connection

ROWS = 3  # wanted of each table
_TRIES = 60
_STRING, _NUMBER = re.compile(r"'((?:[^']|'')*)'"), re.compile(r"(?<![\w'.])-?\d+(?:\.\d+)?")
_VALUES: dict[str, tuple[str, ...]] = {
    "N": ("1", "2", "3", "7", "10", "0", "100"),
    "S": ("a", "bc", "Def 4", "x@example.org", "2026-01-01", ""),
    "B": ("true", "false"),
    "D": ("2026-01-05", "2026-02-06", "2026-01-07 10:00", "2020-02-02"),
    "T": ("1 day", "2 hours"),
    "I": ("10.0.0.1", "10.0.0.2"),
    "A": ("{}",),
    "V": ("1", "0"),
    "G": ("(1,2)", "((0,0),(1,1))", "((0,0),1)"),
}
_BY_TYPE = {
    "uuid": tuple(f"00000000-0000-0000-0000-00000000000{n}" for n in range(1, 8)),
    "json": ('{"a": 1}', "[1, 2]"), "jsonb": ('{"a": 1}', "[1, 2]"), "bytea": ("\\x01", "\\x02ff"), "xml": ("<a/>",),
    "time without time zone": ("10:00", "11:00"), "time with time zone": ("10:00+00", "11:00+00"),
    "tsvector": ("a b", "c"), "tsquery": ("a",), "int4range": ("[1,2)", "[3,4)"), "int8range": ("[1,2)", "[3,4)"),
    "numrange": ("[1,2)", "[3,4)"), "daterange": ("[2026-01-01,2026-01-02)", "[2026-03-01,2026-03-02)"),
    "tsrange": ("[2026-01-01,2026-01-02)",), "tstzrange": ("[2026-01-01,2026-01-02)", "[2026-03-01,2026-03-02)"),
    "bit": ("1", "0"), "macaddr": ("08:00:2b:01:02:03",), "money": ("1", "2"), "oid": ("1", "2"), "pg_lsn": ("0/1",),
}  # fmt: skip
Rows = dict[str, list[dict[str, object]]]


@dataclass(frozen=True)
class _Column:
    name: str
    type: str
    not_null: bool
    filled: bool
    labels: tuple[str, ...]
    base: str
    category: str
    derived: bool


@dataclass(frozen=True)
class _Table:
    name: str
    columns: tuple[_Column, ...]
    keys: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]
    conditions: tuple[str, ...]


def fill(connection: Connection, schemas: Sequence[str], path: Sequence[str]) -> list[str]:
    """Put rows into every table, and return the names of those that take none. Writes."""
    use_path(connection, path)
    tables = _tables(connection, schemas, path)
    left, done = list(tables), set[str]()
    while left:  # those first whose foreign keys lead to filled ones
        ready = [t for t in left if all(k[0] in done or k[0] == t.name for k in t.keys)] or left[:1]
        for table in ready:
            _fill_one(connection, table)
            done.add(table.name)
            left.remove(table)
    return [t.name for t in tables if not _count(connection, t.name)]


def use_path(connection: Connection, path: Sequence[str]) -> None:
    """Let plain names be found as a migration finds them. Changes the session only."""
    connection.execute(sql.SQL("SET search_path = {}").format(sql.SQL(", ").join(map(sql.Identifier, path))))


def _tables(connection: Connection, schemas: Sequence[str], path: Sequence[str]) -> list[_Table]:
    rows = read_rows(connection, "fillable", schemas, path)
    return [
        _Table(
            name,
            tuple(_Column(c[0], c[1], c[2], c[3], tuple(c[4]), c[5], c[6], c[7]) for c in columns),
            tuple((k[0], tuple(k[1]), tuple(k[2])) for k in keys),
            tuple(conditions),
        )
        for name, _, _, columns, keys, conditions in rows
    ]


def _count(connection: Connection, name: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {name}").fetchone()
    return int(row[0]) if row else 0


def _fill_one(connection: Connection, table: _Table) -> None:
    """Try values until there are rows enough, or it has been tried often enough. Writes."""
    chance = random.Random(table.name)  # noqa: S311 - the same on every run
    made = 0
    for attempt in range(_TRIES):
        if made >= ROWS:
            return
        try:
            with connection.transaction():
                connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
                connection.execute(_insert(connection, table, chance, attempt))
            made += 1
        except psycopg.Error:
            if connection.closed:
                raise


def _insert(connection: Connection, table: _Table, chance: random.Random, attempt: int) -> sql.Composed:
    values: dict[str, str | None] = {}
    for column in table.columns:
        if column.derived or (column.filled and attempt % 3 != 1):
            continue
        if not column.not_null and (attempt % 4 == 3 or chance.random() < 0.2):
            continue
        values[column.name] = chance.choice(_candidates(column, table.conditions))
    for other, own, theirs in table.keys:
        names = ", ".join(map(quote, theirs))
        found = connection.execute(f"SELECT {names} FROM {other} LIMIT 5").fetchall()
        chosen = chance.choice(found) if found else None
        for place, name in enumerate(own):
            values[name] = None if chosen is None or chosen[place] is None else str(chosen[place])
    columns = sql.SQL(", ").join(map(sql.Identifier, values))
    given = sql.SQL(", ").join(sql.SQL("NULL" if v is None else literal(v)) for v in values.values())
    if not values:
        return sql.SQL("INSERT INTO {} DEFAULT VALUES").format(sql.SQL(table.name))
    return sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(sql.SQL(table.name), columns, given)


def _candidates(column: _Column, conditions: Iterable[str]) -> list[str]:
    if column.labels:
        return list(column.labels)
    known = _BY_TYPE.get(column.base or column.type) or _VALUES.get(column.category, ("1", "a", "{}", "()"))
    text = " ".join(conditions)
    strings = [m.replace("''", "'") for m in _STRING.findall(text)]
    numbers = list(_NUMBER.findall(text)) if column.category == "N" else []
    near = [str(int(float(n)) + d) for n in numbers for d in (-1, 1)]
    return [*known, *(strings if column.category in "SDEU" else []), *numbers, *near]


def read_values(connection: Connection, tables: Iterable[str]) -> Rows:
    """Return the rows of some tables, each as a dict of its columns. Reads only."""
    found: Rows = {}
    for name in tables:
        query = f"SELECT to_jsonb(t) FROM ONLY {name} AS t"
        found[name] = [row[0] for row in connection.execute(query).fetchall()]
    return found


def lost(before: Rows, after: Rows, columns: Mapping[str, Sequence[str]]) -> list[str]:
    """Return where rows, or the values of these columns in them, are not what they were. Pure."""
    return [name for name, kept in columns.items() if _values(before[name], kept) != _values(after.get(name, []), kept)]


def _values(rows: Iterable[Mapping[str, object]], columns: Sequence[str]) -> list[str]:
    return sorted(json.dumps([row.get(c) for c in columns], sort_keys=True) for row in rows)


def forget(connection: Connection, table: str) -> None:
    """Empty a table, and all that refer to it. Writes."""
    connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(table)))
