"""CHECKs and WHENs of a schema, and what they say of rows, asked one by one without any other rule."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

from slate_pg.testing.database import Database
from tests.schema.written.columns import Column
from tests.schema.written.page import Row

_CHECKS = """
    SELECT c.relname::text, k.conname::text, pg_get_expr(k.conbin, k.conrelid), ARRAY(
        SELECT a.attname::text FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum = ANY (k.conkey) ORDER BY a.attnum)
    FROM pg_constraint AS k INNER JOIN pg_class AS c ON c.oid = k.conrelid
    WHERE c.relnamespace = current_schema()::regnamespace AND k.contype = 'c' AND NOT c.relispartition
        AND c.relname !~ '^(_|yoyo_)' ORDER BY c.relname, k.conname"""
_WHENS = """
    SELECT c.relname::text, t.tgname::text, pg_get_triggerdef(t.oid), ARRAY(
        SELECT a.attname::text FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attnum)
    FROM pg_trigger AS t INNER JOIN pg_class AS c ON c.oid = t.tgrelid
    WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal AND t.tgqual IS NOT NULL
        AND NOT c.relispartition AND c.relname !~ '^(_|yoyo_)' ORDER BY c.relname, t.tgname"""
_SIDES = ("old", "new")


@dataclass(frozen=True)
class Condition:
    """What is asked of a row, by table and name. A WHEN names its columns `old.x` and `new.x`."""

    table: str
    name: str
    text: str
    columns: tuple[str, ...]
    when: bool = False

    @property
    def words(self) -> tuple[str, str]:
        """What a trial says where it holds, and where it does not."""
        return ("fires", "rests") if self.when else ("takes", "refuses by itself")


def read_conditions(db: Database) -> list[Condition]:
    """Return every CHECK, and the WHEN of every trigger. Reads only."""
    checks = [Condition(table, name, text, tuple(columns)) for table, name, text, columns in db.rows(_CHECKS)]
    whens = []
    for table, name, definition, columns in db.rows(_WHENS):
        found = re.search(r" WHEN \((.*)\) EXECUTE FUNCTION ", definition, re.DOTALL)
        assert found, definition
        whens.append(Condition(table, name, found[1], _named(found[1], columns), when=True))
    return checks + whens


def _named(text: str, columns: Sequence[str]) -> tuple[str, ...]:
    """Return old.x and new.x that a WHEN names; of a whole row every column."""
    found = []
    for side in _SIDES:
        whole = re.search(rf"\b{side}\.\*", text)
        named = {word.strip('"') for word in re.findall(rf'\b{side}\.("?\w+"?)', text)}
        found += [f"{side}.{column}" for column in columns if whole or column in named]
    return tuple(found)


def _relation(condition: Condition, columns: dict[str, Column], rows: Sequence[Row]) -> str:
    """Return a FROM of the rows, numbered, under the names that the condition uses."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    kinds = {name: columns[name.rpartition(".")[2]].type for name in names}
    cells = [
        f"({n}, " + ", ".join(f"CAST({row.get(c, 'NULL')} AS {kinds[c]})" for c in names) + ")"
        for n, row in enumerate(rows)
    ]
    numbered = ", ".join(f"v{i}" for i in range(len(names)))
    values = f"(VALUES {', '.join(cells)}) AS v (n, {numbered})"
    sides = _SIDES if condition.when else ("tried",)
    joins = []
    for side in sides:
        here = [
            (i, n.rpartition(".")[2]) for i, n in enumerate(names) if not condition.when or n.startswith(side + ".")
        ]
        picked = ", ".join(f'v.v{i} AS "{name}"' for i, name in here) or "1 AS nothing"
        joins.append(f'CROSS JOIN LATERAL (SELECT {picked}) AS "{side}"')
    return f"{values} {' '.join(joins)}"


def answers(
    db: Database, condition: Condition, texts: Sequence[str], columns: dict[str, Column], rows: Sequence[Row]
) -> list[list[bool | None]]:
    """Return for each row what each text says of it; None where asking it is an error. Of a CHECK, NULL holds. Reads only."""
    doubt = "IS TRUE" if condition.when else "IS NOT FALSE"
    asked = ", ".join(f"(({text}) {doubt})" for text in texts)
    if not rows:
        return []
    try:
        with db.connection.transaction():
            found = db.rows(f"SELECT {asked} FROM {_relation(condition, columns, rows)} ORDER BY v.n")
    except psycopg.Error:
        if len(rows) == len(texts) == 1:
            return [[None]]
        if len(rows) == 1:
            return [[answers(db, condition, [text], columns, rows)[0][0] for text in texts]]
        half = len(rows) // 2
        return answers(db, condition, texts, columns, rows[:half]) + answers(db, condition, texts, columns, rows[half:])
    return [list(row) for row in found]
