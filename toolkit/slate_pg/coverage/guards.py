"""Makes policies and CHECK constraints count how each operand came out, and says which constraints may refuse a row.

Writes into the disposable database that it is handed. A constraint keeps its identity, name, comment and order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from slate_pg.coverage.conditions import operands, wrapped
from slate_pg.coverage.model import SCHEMA, Item, Key, Unmeasured
from slate_pg.coverage.plpgsql import abridged
from slate_pg.postgres.connection import Connection, package_sql

_OPERAND = """
CREATE FUNCTION {schema}.o{yes}(boolean) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1 AS $o$ BEGIN
    IF $1 THEN IF {schema}.h{yes}() THEN END IF;
    ELSIF $1 IS NULL THEN IF {schema}.h{null}() THEN END IF;
    ELSE IF {schema}.h{no}() THEN END IF; END IF;
    RETURN $1;
END $o$
"""
# The condition moves into the constraint that was there: dropped and made anew it would lose its identity.
_MOVE = f"""
UPDATE pg_catalog.pg_constraint AS o SET conbin = n.conbin FROM pg_catalog.pg_constraint AS n
WHERE n.conname = '{SCHEMA}_' || %s AND o.conname = %s AND o.conrelid = n.conrelid AND o.contypid = n.contypid
"""


@dataclass(frozen=True)
class Policy:
    """A policy; `table` is the partitioned one where `relation`, qualified and quoted, is a partition."""

    schema: str
    table: str
    name: str
    relation: str
    using: str | None
    check: str | None


@dataclass(frozen=True)
class Check:
    """A CHECK of a table or a domain; `relation` is TABLE or DOMAIN and the quoted name."""

    schema: str
    table: str
    name: str
    relation: str
    condition: str
    alone: bool


@dataclass
class Guards:
    """What is to be written into a database, once its counters are there."""

    policies: list[tuple[Policy, str]] = field(default_factory=list)
    checks: list[tuple[Check, str]] = field(default_factory=list)
    items: dict[tuple[str, ...], Item] = field(default_factory=dict)


def read(connection: Connection, counter: Callable[[], int]) -> Guards:
    """Return the conditions of a database with counting operands. Reads only."""
    guards = Guards()
    for policy in connection.cursor(row_factory=class_row(Policy)).execute(package_sql("coverage/policies")):
        clauses = [
            f"{word} ({_counting(guards, 'policy', policy, (word, clause), counter)})"
            for word, clause in (("USING", policy.using), ("WITH CHECK", policy.check))
            if clause
        ]
        name = sql.Identifier(policy.name).as_string(connection)
        guards.policies.append((policy, f"ALTER POLICY {name} ON {policy.relation} {' '.join(clauses)}"))
    for check in connection.cursor(row_factory=class_row(Check)).execute(package_sql("coverage/checks")):
        guards.checks.append((check, _counting(guards, "check", check, ("CHECK", check.condition), counter)))
    return guards


def _counting(guards: Guards, kind: str, of: Policy | Check, said: tuple[str, str], counter: Callable[[], int]) -> str:
    """Return a condition that counts; the same condition of a table and of its partitions has the same counters."""
    first, (word, clause) = [], said
    for number, (start, end) in enumerate(operands(clause)):
        key = (kind, of.schema, of.table, of.name, word, clause, str(number))
        if key not in guards.items:
            text, numbers = f"{word} {abridged(clause[start:end])}", (counter(), counter(), counter())
            guards.items[key] = Item(of.schema, f"{of.table}.{of.name}", kind, text, 0, numbers)
        first.append(guards.items[key].counters[0])
    return wrapped(clause, lambda n: f"{SCHEMA}.o{first[n]}")


def write(connection: Connection, guards: Guards) -> Iterator[Unmeasured]:
    """Make a database's conditions count; yield what the server would not have. Writes."""
    for item in guards.items.values():
        yes, no, null = item.counters
        connection.execute(_OPERAND.format(schema=SCHEMA, yes=yes, no=no, null=null))
    for policy, statement in guards.policies:
        if said := _try(connection, statement):
            yield _left(guards, "policy", policy, said)
    connection.execute("SET LOCAL allow_system_table_mods = on")
    for relation, found in groupby(enumerate(guards.checks), key=lambda numbered: numbered[1][0].relation):
        yield from _write_checks(connection, guards, relation, [(n, *pair) for n, pair in found])
    connection.execute("SET LOCAL allow_system_table_mods = off")


def _write_checks(
    connection: Connection, guards: Guards, relation: str, checks: list[tuple[int, Check, str]]
) -> Iterator[Unmeasured]:
    """Make the constraints of one table or domain count, all at once or else one by one."""
    if len(checks) > 1 and relation.startswith("TABLE") and not _try(connection, *_moving(relation, checks)):
        return
    for numbered in checks:
        if said := _try(connection, *_moving(relation, [numbered])):
            yield _left(guards, "check", numbered[1], said)


def _moving(relation: str, checks: list[tuple[int, Check, str]]) -> list[str]:
    """Return the statements that give constraints their counting conditions."""
    names = [f"{SCHEMA}_{number}" for number, _, _ in checks]
    added = [
        f"ADD CONSTRAINT {name} CHECK ({condition}){' NO INHERIT' if check.alone else ''} NOT VALID"
        for name, (_, check, condition) in zip(names, checks, strict=True)
    ]
    moved = [_MOVE.replace("%s", str(number), 1).replace("%s", _literal(check.name), 1) for number, check, _ in checks]
    dropped = ", ".join(f"DROP CONSTRAINT {name}" for name in names)
    return [f"ALTER {relation} {', '.join(added)}", *moved, f"ALTER {relation} {dropped}"]


def _literal(text: str) -> str:
    return sql.Literal(text).as_string(None)


def _try(connection: Connection, *statements: str) -> str:
    try:
        with connection.transaction():
            connection.execute(";\n".join(statements).encode())
    except psycopg.Error as error:
        return f"the server refuses it with counting calls: {error.diag.message_primary or error}"
    return ""


def _left(guards: Guards, kind: str, of: Policy | Check, why: str) -> Unmeasured:
    """Take out what cannot count, and say so."""
    for key in [key for key in guards.items if key[:4] == (kind, of.schema, of.table, of.name)]:
        del guards.items[key]
    return Unmeasured(of.schema, f"{of.table}.{of.name}", why)


def constraints(connection: Connection) -> dict[Key, Item]:
    """Return what may refuse a row by the names with which the server tells it: schema, table, constraint or column."""
    found: dict[Key, Item] = {}
    for schema, table, name, kind, *own in connection.execute(package_sql("coverage/constraints").encode()):
        item = Item(schema, f"{table}.{name}", "constraint", kind)
        found[Key(own[0], own[1], *(("", own[2]) if kind == "not null" else (own[2], "")))] = item
    return found
