"""Finds the rules that a statement makes for rows that are there, and says how rows against them are asked for.

On a copy no row is against anything. So what the copy's catalog has behind a statement and had not before it is written
as a query for the target. Reads the copy; asking the target is for probing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import postgast
from psycopg import sql

from slate_pg.postgres.connection import Connection, package_sql

EVERYTHING = ("", "")  # what a statement changes of which nobody knows what
KEYS, COLUMNS = "\x01", "\x02"  # where a query takes what it is to give, and the columns that this is made of
_LIMITED = (1042, 1043)  # character(n) and character varying(n)


@dataclass(frozen=True)
class Demand:
    """A rule that rows of a table of the target must keep: what it is called, and a query for rows against it.

    `query` gives KEYS of each such row. For a new type it is empty: `cast` is then the expression, `into` the type.
    `beside` are other tables that it reads; `unasked` says why it cannot be asked.
    """

    what: str
    schema: str
    table: str
    query: str = ""
    cast: str = ""
    into: str = ""
    beside: tuple[tuple[str, str], ...] = ()
    unasked: str = ""


@dataclass
class Grounds:
    """The tables as the target has them, by oid of the copy: schema and name, columns by number, the rules so far.

    `altered` are columns, by table and name, that were changed since: a rule's text means others than the target's.
    """

    tables: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    columns: Mapping[tuple[int, int], tuple[str, int, int]] = field(default_factory=dict)
    rules: set[str] = field(default_factory=set)
    altered: set[tuple[int, str]] = field(default_factory=set)


def read_grounds(connection: Connection) -> Grounds:
    """Return what a copy is before anything was run on it. Reads only."""
    rows = connection.execute(package_sql("rehearsal/read_grounds")).fetchall()
    tables = {oid: (schema, name) for oid, schema, name, _ in rows}
    columns = {
        (oid, number): (name, type_, modifier) for oid, *_, all_ in rows for number, name, type_, modifier in all_
    }
    grounds = Grounds(tables, columns)
    grounds.rules = {key for key, *_ in _rules(connection, grounds)}
    return grounds


def new_demands(connection: Connection, grounds: Grounds, text: str) -> list[Demand]:
    """Return the rules that came since the last time, by the statement that was run. Reads only."""
    rows = _rules(connection, grounds)
    fresh = [row for row in rows if row[0] not in grounds.rules]
    grounds.rules = {key for key, *_ in rows}
    using = _casts(text) if any(row[1] == "type" for row in fresh) else {}
    altered = grounds.altered | _renamed(grounds, rows)
    found = [
        replace(demand, unasked="its columns are changed first") if _speaks_of(demand, row[2], altered) else demand
        for row in fresh
        for demand in _demand(grounds, using, *row[1:])
    ]
    retyped = {(row[2], row[3]) for row in fresh if row[1] == "type" and (row[2], row[4]["column"]) in grounds.columns}
    grounds.altered = altered | retyped
    return found


def _speaks_of(demand: Demand, oid: int, altered: set[tuple[int, str]]) -> bool:
    """Tell whether a question names a column that is another by then; rather too often. Pure."""
    return any(table == oid and name in f"{demand.query} {demand.cast}" for table, name in altered)


def _renamed(grounds: Grounds, rows: Sequence[tuple[Any, ...]]) -> set[tuple[int, str]]:
    """Return the names, by table, that stand for another column than on the target. Pure."""
    was = {(oid, name): number for (oid, number), (name, _, _) in grounds.columns.items()}
    found = set()
    for _, kind, oid, name, said in rows:
        if kind == "type":
            known = grounds.columns.get((oid, said["column"]))
            if (known and known[0] != name) or was.get((oid, name), said["column"]) != said["column"]:
                found |= {(oid, name), (oid, known[0] if known else name)}
    return found


def _rules(connection: Connection, grounds: Grounds) -> list[tuple[Any, ...]]:
    if not grounds.tables:
        return []
    return connection.execute(package_sql("rehearsal/read_rules"), {"tables": list(grounds.tables)}).fetchall()


def _name(*parts: str) -> str:
    return sql.Identifier(*parts).as_string(None)


def _source(only: bool | None, *parts: str) -> str:
    """Return a table as a query has it, with or without the rows of what inherits from it. Pure."""
    return f"{'ONLY ' if only else ''}{_name(*parts)}"


def _demand(
    grounds: Grounds, using: Mapping[str, str], kind: str, oid: int, name: str, said: dict[str, Any]
) -> Iterator[Demand]:
    schema, table = grounds.tables[oid]
    source = _source(said.get("only"), schema, table)
    plain = f"SELECT {KEYS} FROM {source} AS slate_t WHERE "
    what = f"{kind} {_name(name)}"
    if kind in ("check", "partition bound"):
        yield Demand(what, schema, table, f"{plain}NOT ({said['expression']})", unasked=_hashed(said["expression"]))
    elif kind == "not null":
        known = grounds.columns.get((oid, said["column"]))
        if known:
            yield Demand(f"not null of {_name(known[0])}", schema, table, f"{plain}{_name(known[0])} IS NULL")
        elif not said["filled"]:
            yield Demand(
                f"not null of the new column {_name(name)}, which has no default", schema, table, f"{plain}true"
            )
    elif kind in ("unique", "primary key"):
        yield Demand(what, schema, table, _duplicates(source, said))
    elif kind == "exclusion":
        yield Demand(what, schema, table, _excluded(source, said))
    elif kind == "foreign key":
        yield _orphans(grounds, what, oid, said)
    elif kind == "domain":
        value = f"CROSS JOIN LATERAL (SELECT slate_t.{_name(said['column'])} AS value) AS slate_v"
        rows = f"SELECT {KEYS} FROM {source} AS slate_t {value} WHERE NOT ({said['expression']})"
        yield Demand(f"check {_name(name)} of the domain of {_name(said['column'])}", schema, table, rows)
    elif kind == "type":
        yield from _types(grounds, using, oid, name, said)


def _hashed(expression: str) -> str:
    return (
        "a hash partition's bound is known by its own database only" if "satisfies_hash_partition" in expression else ""
    )


def _duplicates(source: str, said: Mapping[str, Any]) -> str:
    """Return a query for rows that are there more than once by the parts of a unique index."""
    parts = [f"({part})" for part in said["parts"]]
    conditions = [f"({said['predicate']})"] if said["predicate"] else []
    if said["nulls"]:
        conditions += [f"{part} IS NOT NULL" for part in parts]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    counted = f"count(*) OVER (PARTITION BY {', '.join(parts)}) AS slate_n"
    return f"SELECT {KEYS} FROM (SELECT {COLUMNS}, {counted} FROM {source}{where}) AS slate_t WHERE slate_n > 1"


def _excluded(source: str, said: Mapping[str, Any]) -> str:
    """Return a query for rows that an exclusion constraint does not let stand together."""
    parts = ", ".join(f"({part}) AS slate_e{n}" for n, part in enumerate(said["parts"]))
    where = f" WHERE ({said['predicate']})" if said["predicate"] else ""
    rows = f"(SELECT {COLUMNS}, tableoid AS slate_o, ctid AS slate_c, {parts} FROM {source}{where})"
    meets = " AND ".join(f"slate_t.slate_e{n} {op} slate_u.slate_e{n}" for n, op in enumerate(said["operators"]))
    other = "(slate_t.slate_o, slate_t.slate_c) <> (slate_u.slate_o, slate_u.slate_c)"
    return (
        f"SELECT {KEYS} FROM {rows} AS slate_t WHERE EXISTS (SELECT FROM {rows} AS slate_u WHERE {other} AND {meets})"
    )


def _orphans(grounds: Grounds, what: str, oid: int, said: Mapping[str, Any]) -> Demand:
    """Return the demand of a foreign key: every row refers to one that is there."""
    schema, table = grounds.tables[oid]
    own = [grounds.columns.get((oid, number)) for number in said["columns"]]
    other = grounds.tables.get(said["other"])
    others = [grounds.columns.get((said["other"], number)) for number in said["others"]]
    if not said["plain"]:
        return Demand(what, schema, table, unasked="it is about periods")
    if not all(own) or (other and not all(others)):
        return Demand(what, schema, table, unasked="it is about columns that the files make")
    columns = [f"slate_t.{_name(column[0])}" for column in own if column]
    there = " AND ".join(f"{c} IS NOT NULL" for c in columns)
    found = "false"
    if other:
        pairs = " AND ".join(
            f"slate_p.{_name(theirs[0])} = {c}" for theirs, c in zip(others, columns, strict=True) if theirs
        )
        found = f"EXISTS (SELECT FROM {_source(said['of_only'], *other)} AS slate_p WHERE {pairs})"
    missing = f"({there}) AND NOT {found}"
    if said["match"] == "f":
        some = " OR ".join(f"{c} IS NOT NULL" for c in columns)
        missing = f"({some}) AND NOT (({there}) AND {found})"
    query = f"SELECT {KEYS} FROM {_source(said['only'], schema, table)} AS slate_t WHERE {missing}"
    return Demand(what, schema, table, query, beside=(other,) if other else (("", ""),))


def _types(
    grounds: Grounds, using: Mapping[str, str], oid: int, name: str, said: Mapping[str, Any]
) -> Iterator[Demand]:
    """Yield the demand of a column's new type, where not every value of the old one has it."""
    known = grounds.columns.get((oid, said["column"]))
    if not known or known[1:] == (said["oid"], said["modifier"]):
        return
    old, _, modifier = known
    if known[1] == said["oid"] and (said["modifier"] == -1 or -1 < modifier <= said["modifier"]) and name not in using:
        return
    schema, table = grounds.tables[oid]
    what = f"type {said['type']} of {_name(old)}"
    cast = using.get(name, _name(old))
    if said["oid"] in _LIMITED and said["modifier"] > 0:
        most = said["modifier"] - 4
        value = f"({cast})::pg_catalog.text"
        longer = f"pg_catalog.rtrim(pg_catalog.substr({value}, {most + 1}), ' ') <> ''"
        yield Demand(what, schema, table, f"SELECT {KEYS} FROM {_name(schema, table)} AS slate_t WHERE {longer}")
    else:
        yield Demand(what, schema, table, cast=cast, into=said["type"])


def _casts(text: str) -> dict[str, str]:
    """Return the USING expressions of an ALTER TABLE by the names of their columns. Pure."""
    try:
        statement = postgast.parse(text).stmts[0].stmt
        commands: Sequence[Any] = statement.alter_table_stmt.cmds
        found = {}
        for each in commands:
            command = each.alter_table_cmd
            column = getattr(command, "def").column_def
            if column.HasField("raw_default") and postgast.pg_query_pb2.AlterTableType.Name(command.subtype) == (
                "AT_AlterColumnType"
            ):
                query = postgast.parse("SELECT 1")
                query.stmts[0].stmt.select_stmt.target_list[0].res_target.val.CopyFrom(column.raw_default)
                found[command.name] = postgast.deparse(query).removeprefix("SELECT ")
        return found
    except (postgast.PgQueryError, ValueError, IndexError):
        return {}
