"""Reads a database's catalog into plain facts that can be compared: object by object, attribute by attribute.

Facts are the same on every server where the objects are the same: no oids, no counters, no order of creation.
Reading takes SELECT only. What a difference means is for drift and check.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import resources
from typing import Any

from psycopg import pq

from slate_pg.catalog.model import Catalog, Facts, set_periods_apart
from slate_pg.postgres.connection import Connection, connect

SCHEMA_KINDS = (
    "schemas", "relations", "columns", "constraints", "indexes", "triggers", "rules", "policies", "functions",
    "types", "grants", "comments", "statistics", "default_privileges", "text_search", "operators", "collations",
    "unmodelled",
)  # fmt: skip
DATABASE_KINDS = ("extensions", "publications", "subscriptions", "languages", "foreign_servers", "databases", "roles")

# The ledger, which is slate's, and what belongs to an extension, which is told by the extension.
_LEFT_OUT = """
    WITH ledger AS (
        SELECT c.oid FROM pg_catalog.pg_class AS c
        WHERE c.relnamespace = ANY(%(schemas)s) AND c.relkind IN ('r', 'S', 'v')
            AND (c.relname ~ '^_(yoyo|slate)_' OR c.relname ~ '^yoyo_lock')
    )
    SELECT coalesce(array_agg(oid), '{}') FROM (
        SELECT oid FROM ledger
        UNION ALL SELECT i.indexrelid FROM pg_catalog.pg_index AS i INNER JOIN ledger AS l ON l.oid = i.indrelid
        UNION ALL SELECT d.objid FROM pg_catalog.pg_depend AS d WHERE d.deptype = 'e'
    ) AS o
"""
_SCHEMAS = """
    SELECT coalesce(array_agg(n.oid ORDER BY n.nspname), '{}')
    FROM pg_catalog.pg_namespace AS n
    WHERE CASE WHEN %(names)s::text [] IS NULL THEN n.nspname !~ '^(pg_|information_schema$)'
        ELSE n.nspname = ANY(%(names)s) END
"""
# One snapshot for all kinds, names always with their schema, and values printed alike on every server.
_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_SETTINGS = """
    SET LOCAL search_path = ''; SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO';
    SET LOCAL intervalstyle = 'postgres'; SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex';
    SET LOCAL quote_all_identifiers = off; SET LOCAL enable_mergejoin = on; SET LOCAL jit = off
"""
_VERSION_MARK = re.compile(r"^(.*?)\s*-- (from|until) (\d+)$")


@cache
def query(kind: str, major: int) -> str:
    """Return the query for one kind of object, for one major version. Reads only."""
    text = resources.files("slate_pg").joinpath("sql", "catalog", f"{kind}.sql").read_text("utf-8")
    lines = []
    for line in text.splitlines():
        mark = _VERSION_MARK.match(line)
        if mark:
            limit = int(mark[3])
            if (mark[2] == "from" and major < limit) or (mark[2] == "until" and major > limit):
                continue
            line = mark[1]
        lines.append(line)
    return "\n".join(lines)


def reading_connection(url: str) -> Connection:
    """Open a connection for reading catalogs again and again: the queries are planned once. Writes settings only."""
    connection = connect(url, "slate reading")
    connection.prepare_threshold = 1000  # any: `read` says which statements are prepared
    connection.execute("SET plan_cache_mode = force_generic_plan")
    return connection


def read(
    connection: Connection,
    schemas: Sequence[str] | None = None,
    database: bool = True,
    rename: Mapping[str, str] | None = None,
) -> Catalog:
    """Read the schemas (None: all but the system's) and, if wanted, what belongs to the whole database. Reads only.

    `rename` maps a schema's name to the one it shall have in the facts, so that two installations of one product
    compare equal.
    """
    major = connection.info.server_version // 10000
    kinds = SCHEMA_KINDS + (DATABASE_KINDS if database else ())
    facts: Facts = {}
    with _snapshot(connection):
        row = connection.execute(_SCHEMAS, {"names": list(schemas) if schemas is not None else None}).fetchone()
        parameters: dict[str, Any] = {"schemas": row[0] if row else [], "database": database}
        row = connection.execute(_LEFT_OUT, parameters).fetchone()
        parameters["left_out"] = row[0] if row else []
        with connection.pipeline() if pq.version() >= 140000 else _nothing():
            cursors = [connection.execute(query(k, major), _used(k, major, parameters), prepare=True) for k in kinds]
            for cursor in cursors:
                _add(facts, cursor)
    for old, new in (rename or {}).items():
        facts = _renamed(facts, old, new)
    return set_periods_apart(facts, major)


def _add(facts: Facts, cursor: Any) -> None:
    """Add a query's rows: the object and a column for each attribute, or one column that holds them all."""
    rows = cursor.fetchall()
    names = [c.name for c in cursor.description[1:]]
    if names == ["json_build_object"]:
        for identity, attributes in rows:
            facts[identity] = {name: None if value == [] else value for name, value in attributes.items()}
        return
    for row in rows:
        facts[row[0]] = {name: None if value == [] else value for name, value in zip(names, row[1:], strict=True)}


@cache
def _names_used(kind: str, major: int) -> frozenset[str]:
    return frozenset(re.findall(r"%\((\w+)\)s", query(kind, major)))


def _used(kind: str, major: int, parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: parameters[name] for name in _names_used(kind, major)}


@contextmanager
def _nothing() -> Iterator[None]:
    yield


@contextmanager
def _snapshot(connection: Connection) -> Iterator[None]:
    """Run what is inside in one read-only snapshot; inside somebody's transaction, in that, settings put back."""
    inside = connection.info.transaction_status != pq.TransactionStatus.IDLE
    connection.execute(("SAVEPOINT slate_catalog; " if inside else f"{_BEGIN}; ") + _SETTINGS, prepare=False)
    try:
        yield
    finally:
        # Not ROLLBACK: psycopg would forget what it has prepared.
        connection.execute("ROLLBACK TO SAVEPOINT slate_catalog" if inside else "COMMIT")


def _renamed(facts: Facts, old: str, new: str) -> Facts:
    """Return the facts with one schema's name replaced wherever it qualifies a name, or is one."""
    plain = re.fullmatch(r"[a-z_][a-z0-9_]*", old)
    spelt = rf'"{re.escape(old)}"' + (rf"|{re.escape(old)}" if plain else "")
    qualifier = re.compile(rf'(?<![\w"$.])(?:{spelt})(?=\.)|(?<=schema )(?:{spelt})(?![\w.])')
    alone = re.compile(rf'(?<![\w"$.])(?:{spelt})(?![\w"$.])')

    def change(value: Any, name: str) -> Any:
        if isinstance(value, str):
            return (alone if name in ("config", "schema", "schemas") else qualifier).sub(new, value)
        if isinstance(value, list):
            return [change(v, name) for v in value]
        return value

    return {
        qualifier.sub(new, identity): {name: change(value, name) for name, value in attributes.items()}
        for identity, attributes in facts.items()
    }
