"""Copies of tables in a schema of their own, so that one rule can be tried without any other; rolled back by the test.

Everything here writes, to the test's own transaction. What is tried is what the catalog has: a key, a foreign key, a
trigger is made on the copy by the server's own words for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

from slate_pg.testing.database import Database
from tests.schema.written.columns import Column, as_select
from tests.schema.written.page import Row, Trial

_KEYS = """
    SELECT t.relname::text, i.relname::text, pg_get_indexdef(x.indexrelid), coalesce(pg_get_expr(x.indpred, x.indrelid), 'true'),
        ARRAY(SELECT a.attname::text FROM pg_attribute AS a WHERE a.attrelid = t.oid AND a.attnum > 0 AND (
            a.attnum = ANY (x.indkey) OR pg_get_indexdef(x.indexrelid) ~ ('\\m' || a.attname || '\\M')) ORDER BY a.attnum)
    FROM pg_index AS x INNER JOIN pg_class AS i ON i.oid = x.indexrelid INNER JOIN pg_class AS t ON t.oid = x.indrelid
    WHERE t.relnamespace = current_schema()::regnamespace AND x.indisunique AND t.relkind IN ('r', 'p')
        AND NOT t.relispartition
        AND t.relname !~ '^(_|yoyo_)' ORDER BY t.relname, i.relname"""
_PARENTS = """
    SELECT t.relname::text, k.conname::text, p.relname::text, pg_get_constraintdef(k.oid), k.condeferred,
        ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u (n, i)
            INNER JOIN pg_attribute AS a ON (a.attrelid, a.attnum) = (k.conrelid, u.n) ORDER BY u.i),
        ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u (n, i)
            INNER JOIN pg_attribute AS a ON (a.attrelid, a.attnum) = (k.confrelid, u.n) ORDER BY u.i)
    FROM pg_constraint AS k INNER JOIN pg_class AS t ON t.oid = k.conrelid INNER JOIN pg_class AS p ON p.oid = k.confrelid
    WHERE t.relnamespace = current_schema()::regnamespace AND k.contype = 'f' AND k.conparentid = 0
        AND p.relnamespace = t.relnamespace AND NOT t.relispartition ORDER BY t.relname, k.conname"""


@dataclass(frozen=True)
class Key:
    """A unique index: how the server makes it, which rows it is about, and the columns that it names."""

    table: str
    name: str
    definition: str
    about: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Parent:
    """A foreign key."""

    table: str
    name: str
    parent: str
    definition: str
    late: bool
    columns: tuple[str, ...]
    keys: tuple[str, ...]


def read_keys(db: Database) -> list[Key]:
    """Return every unique index, those of primary keys and constraints too. Reads only."""
    return [Key(t, name, made, about, tuple(columns)) for t, name, made, about, columns in db.rows(_KEYS)]


def read_parents(db: Database) -> list[Parent]:
    """Return every foreign key. Reads only."""
    return [Parent(*row[:5], tuple(row[5]), tuple(row[6])) for row in db.rows(_PARENTS)]


def make_copies(db: Database, columns: dict[str, dict[str, Column]]) -> None:
    """Make the schema `tried` with a bare copy of each table: its columns, and nothing else. Writes."""
    db.execute("CREATE SCHEMA tried")
    for table, of_table in columns.items():
        cells = ", ".join(f'NULL::{column.type} AS "{name}"' for name, column in of_table.items())
        db.execute(f"CREATE TABLE tried.{table} AS SELECT {cells} WITH NO DATA")


def refused(db: Database, statement: str) -> str | None:
    """Run a statement, checks at the end too; return the rule that refuses, or the SQLSTATE; None where nothing does. Undone."""
    try:
        with db.connection.transaction(force_rollback=True):
            db.execute(f"{statement}; SET CONSTRAINTS ALL IMMEDIATE")
    except psycopg.Error as error:
        return error.diag.constraint_name or error.sqlstate
    return None


def insert(table: str, columns: dict[str, Column], row: Row) -> str:
    """Return an INSERT of the row into the copy. Pure."""
    names = ", ".join(f'"{name}"' for name in row)
    return f"INSERT INTO tried.{table} ({names}) {as_select(columns, row)}"


def try_key(db: Database, key: Key, columns: dict[str, Column], pairs: Sequence[Sequence[Row]]) -> list[str | None]:
    """Insert each pair of rows into the copy with this key alone; return what refuses each. Undone."""
    made = re.sub(r" ON (ONLY )?\S+ USING ", f" ON tried.{key.table} USING ", key.definition, count=1)
    with db.connection.transaction(force_rollback=True):
        db.execute(made)
        return [refused(db, "; ".join(insert(key.table, columns, row) for row in pair)) for pair in pairs]


def key_trials(db: Database, key: Key, columns: dict[str, Column]) -> list[Trial]:
    """Return two rows alike, and pairs that differ in one column each, with what the key says of them. Undone."""
    ordinary = {name: columns[name].ordinary(columns[name].type == "boolean") for name in key.columns}
    pairs = [(ordinary, ordinary)]
    for name in key.columns:
        others = [
            columns[name].ordinary(columns[name].type != "boolean"),
            *(["'A'"] if ordinary[name] == "'a'" else []),
        ]
        pairs += [(ordinary, {**ordinary, name: other}) for other in others]
        if key.about != "true":  # rows that it is not about, alike
            pairs += [(other, other) for value in (others[0], "NULL") if (other := {**ordinary, name: value})]
        elif not key.name.endswith("_pkey"):
            pairs.append(({**ordinary, name: "NULL"}, {**ordinary, name: "NULL"}))
    told = zip(pairs, try_key(db, key, columns, pairs), strict=True)
    return [Trial("refuses" if by else "takes", pair) for pair, by in told if by in (None, key.name)]


def parent_facts(db: Database, key: Parent, columns: dict[str, dict[str, Column]]) -> str:
    """Return what becomes of a child of the foreign key, tried on the copies with this key alone. Undone."""
    here, there = columns[key.table], columns[key.parent]
    first, second = ({k: there[k].ordinary(n) for k in key.keys} for n in (0, 1))
    child = {c: first[k] for c, k in zip(key.columns, key.keys, strict=True)}
    keyed = ", ".join(key.keys)
    made = [
        f"ALTER TABLE tried.{key.parent} ADD UNIQUE ({keyed})",
        f"ALTER TABLE tried.{key.table} ADD CONSTRAINT {key.name} "
        + re.sub(r"REFERENCES [\w.]+\(", f"REFERENCES tried.{key.parent}(", key.definition),
    ]
    which = " AND ".join(f"{k} = {v}" for k, v in first.items())
    changed = ", ".join(f"{k} = {v}" for k, v in second.items())
    with db.connection.transaction(force_rollback=True):
        db.execute("; ".join(made))
        orphan = refused(db, insert(key.table, here, child))
        db.execute("; ".join([insert(key.parent, there, first), insert(key.table, here, child)]))
        says = [
            f"{', '.join(key.columns)} is of {key.parent} ({keyed})" if orphan == key.name else "takes orphans",
            "deleted: " + _child(db, key, f"DELETE FROM tried.{key.parent} WHERE {which}"),
            "changed: " + _child(db, key, f"UPDATE tried.{key.parent} SET {changed} WHERE {which}"),
        ]
    return "; ".join([*says, *(["asked at COMMIT"] if key.late else [])])


def _child(db: Database, key: Parent, change: str) -> str:
    """Return what the change of a parent does to its child. Undone."""
    told = ""
    try:
        with db.connection.transaction(force_rollback=True):
            db.execute(f"{change}; SET CONSTRAINTS ALL IMMEDIATE")
            cells = ", ".join(f"{c}::text" for c in key.columns)
            own = f" WHERE {key.keys[0]} IS NULL" if key.table == key.parent else ""
            left = db.rows(f"SELECT {cells} FROM tried.{key.table}{own}")
            told = _became(key, left)
    except psycopg.Error as error:
        told = "refused" if error.diag.constraint_name == key.name else f"refused by {error.sqlstate}"
    return told


def _became(key: Parent, left: list[tuple[str | None, ...]]) -> str:
    if not left:
        return "goes with it"
    gone = [any(row[n] is None for row in left) for n in range(len(key.columns))]
    lost = [column for column, none in zip(key.columns, gone, strict=True) if none]
    return f"loses {', '.join(lost)}" if lost else "follows"
