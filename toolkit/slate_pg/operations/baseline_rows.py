"""Which rows are others by every build, and how a baseline writes those that a column's default makes anew.

Reads databases only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from slate_pg.backup.measured import PRINTED_ALIKE
from slate_pg.postgres.connection import Connection, package_sql

LEDGER = ("_slate_", "_yoyo_", "yoyo_lock")
Rows = dict[tuple[str, str], dict[str, Any]]  # by schema and table: how many rows, and a fingerprint of each column
_COUNT, _WHOLE = "\0count", "\0whole"  # no column is called so
_MANY = 200  # rows of one statement


@dataclass(frozen=True, order=True)
class Moving:
    """A column whose values two builds of the same files do not have alike; without one, how many rows there are."""

    schema: str
    table: str
    column: str = ""

    def __str__(self) -> str:
        return f"{self.schema}.{self.table}.{self.column}" if self.column else f"{self.schema}.{self.table} (rows)"


def measure_rows(connection: Connection, schema: str, only: Collection[str] | None, alias: tuple[str, str]) -> Rows:
    """Return the number of rows and fingerprints of each table that has some, ledgers left out. Reads every row.

    The first name of the `alias` is told as the second, in the rows too.
    """
    found: Rows = {}
    quoted = sql.Identifier(schema).as_string(connection)
    with connection.transaction():
        connection.execute(PRINTED_ALIKE)
        for (table,) in connection.execute(package_sql("backup/find_tables"), [quoted]).fetchall():
            if table.startswith(LEDGER) or (only is not None and table not in only):
                continue
            fingerprints = _fingerprints(connection, schema, table, alias)
            if fingerprints[_COUNT]:
                found[alias[1] if schema == alias[0] else schema, table] = fingerprints
    return found


def _fingerprints(connection: Connection, schema: str, table: str, alias: tuple[str, str]) -> dict[str, Any]:
    relation = sql.Identifier(schema, table)
    head = connection.execute(sql.SQL("SELECT * FROM ONLY {} LIMIT 0").format(relation))
    names = [column.name for column in head.description or ()]
    # No parameters: a name may hold a percent sign.
    one = sql.SQL("coalesce(sum(hashtextextended(replace({value}::text, {old}, {new}), 0)), 0)::text")
    said = {"old": sql.Literal(alias[0]), "new": sql.Literal(alias[1])}
    values = [one.format(value=sql.Identifier("_row", name), **said) for name in names]
    values.append(one.format(value=sql.SQL("ROW(_row.*)"), **said))
    query = sql.SQL("SELECT count(*), {} FROM ONLY {} AS _row").format(sql.SQL(", ").join(values), relation)
    row: tuple[Any, ...] = connection.execute(query).fetchone() or ()
    return {_COUNT: row[0], **dict(zip(names, row[1:], strict=False)), _WHOLE: row[-1]}


def find_moving(one: Rows, other: Rows) -> set[Moving]:
    """Return what two builds of the same files do not have alike. Pure."""
    moving = set()
    for schema, table in one.keys() | other.keys():
        left, right = one.get((schema, table), {}), other.get((schema, table), {})
        if left.get(_COUNT) != right.get(_COUNT):
            moving.add(Moving(schema, table))
        names = (left.keys() & right.keys()) - {_COUNT, _WHOLE}
        moving |= {Moving(schema, table, name) for name in names if left[name] != right[name]}
    return moving


def compare_rows(expected: Rows, found: Rows, moving: Collection[Moving]) -> list[str]:
    """Return in words which rows are not as expected, what moves left out. Pure."""
    lines = []
    unsteady = {(m.schema, m.table) for m in moving}
    for key in sorted(expected.keys() | found.keys()):
        left, right = expected.get(key, {}), found.get(key, {})
        for name in sorted(left.keys() | right.keys()):
            moves = Moving(*key, "" if name == _COUNT else name) in moving or (name == _WHOLE and key in unsteady)
            if left.get(name) != right.get(name) and not moves and Moving(*key) not in moving:
                what = {_COUNT: "how many", _WHOLE: "as a whole"}.get(name, name)
                lines.append(f"rows of {'.'.join(key)}: {what}: expected {left.get(name)}, found {right.get(name)}")
    return lines


def find_anew(connection: Connection, schema: str, moving: Iterable[Moving], alias: str) -> list[Moving]:
    """Return the moving columns that a default of their own makes, which no key leads to or from. Reads only.

    The schema is called `alias` in what moves. A default that is the same now and later makes no moving value.
    """
    found = []
    for each in sorted(moving):
        place = schema if each.schema == alias else each.schema
        names = {"schema": place, "table": each.table, "column": each.column}
        row = connection.execute(package_sql("operations/find_default"), names).fetchone()
        if row and row[0]:
            found.append(each)
    return found


def write_anew(connection: Connection, schema: str, anew: Iterable[Moving], alias: str) -> dict[str, list[str]]:
    """Return, by table, the INSERTs of each one with such columns, which leave them out. Reads every row."""
    left_out: dict[tuple[str, str], set[str]] = {}
    for each in anew:
        place = schema if each.schema == alias else each.schema
        left_out.setdefault((place, each.table), set()).add(each.column)
    with connection.transaction():
        connection.execute(PRINTED_ALIKE)
        return dict(_inserts(connection, place, table, names) for (place, table), names in left_out.items())


def _inserts(connection: Connection, schema: str, table: str, left_out: Collection[str]) -> tuple[str, list[str]]:
    quoted = sql.Identifier(schema, table).as_string(connection)
    asked = (
        "SELECT {0}::pg_catalog.regclass::text, array_agg(attname::text ORDER BY attnum) "
        "FROM pg_catalog.pg_attribute WHERE attrelid = {0}::pg_catalog.regclass AND attnum > 0 "
        "AND NOT attisdropped AND attgenerated = ''"
    )
    row = connection.execute(sql.SQL(asked).format(sql.Literal(quoted))).fetchone()
    name, every = row if row else (quoted, [])
    columns = [column for column in every if column not in left_out]
    literal = sql.SQL("pg_catalog.quote_nullable({}::text)")
    values = [literal.format(sql.Identifier("_row", c)) for c in columns] or [sql.SQL("{}").format(sql.Literal(""))]
    query = sql.SQL("SELECT pg_catalog.concat_ws(', ', {}) FROM ONLY {} AS _row").format(
        sql.SQL(", ").join(values), sql.Identifier(schema, table)
    )
    lines = [f"    ({row[0]})" for row in connection.execute(query).fetchall()]
    if not columns:
        return name, [f"INSERT INTO {name} DEFAULT VALUES;"] * len(lines)
    into = ", ".join(sql.Identifier(column).as_string(connection) for column in columns)
    head = f"INSERT INTO {name} ({into}) OVERRIDING SYSTEM VALUE VALUES\n"
    return name, [head + ",\n".join(lines[at : at + _MANY]) + ";" for at in range(0, len(lines), _MANY)]


def replace_rows(statements: Iterable[str], written: Mapping[str, list[str]]) -> list[str]:
    """Return the statements with the INSERTs of some tables replaced by others, where the first of them stood. Pure."""
    kept: list[str] = []
    done = set()
    for statement in statements:
        table = next((t for t in written if statement.startswith(f"INSERT INTO {t} ")), None)
        if table is None:
            kept.append(statement)
        elif table not in done:
            kept += written[table]
            done.add(table)
    return kept
