"""Reads a database's catalog into plain facts that can be compared: object by object, attribute by attribute.

Each query's first columns are the fields of an identity, the others what is known of the object. Facts are the same
on every server where the objects are the same: no oids, no counters, no order of creation.
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

from slate_pg.catalog.identity import Identity
from slate_pg.catalog.model import Catalog, Facts, set_periods_apart
from slate_pg.catalog.renaming import rename_schema
from slate_pg.postgres.connection import Connection, connect

SCHEMA_KINDS = (
    "schemas", "relations", "columns", "constraints", "indexes", "triggers", "rules", "policies", "functions",
    "types", "grants", "comments", "statistics", "default_privileges", "text_search", "operators", "collations",
    "unmodelled",
)  # fmt: skip
DATABASE_KINDS = ("extensions", "publications", "subscriptions", "languages", "foreign_servers", "databases", "roles")

# One snapshot for all kinds, names always with their schema, and values printed alike on every server.
_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_SETTINGS = """
    SET LOCAL search_path = ''; SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO';
    SET LOCAL intervalstyle = 'postgres'; SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex';
    SET LOCAL quote_all_identifiers = off; SET LOCAL enable_mergejoin = on; SET LOCAL jit = off
"""
# What a query's first columns may be called: the object, what it hangs on, what that hangs on.
_IDENTITY = frozenset(
    f"{prefix}{name}" for prefix in ("", "on_", "on_on_") for name in ("kind", "schema", "name", "arguments")
)
RELATIONS = {
    "r": "table", "p": "table", "v": "view", "m": "materialized view", "S": "sequence", "f": "foreign table",
    "c": "type", "i": "index", "I": "index",
}  # fmt: skip
_KNOWN_AT_MOST = 2**16  # of one kind; a process that reads many databases keeps no more
WITHOUT_SCHEMA = ("role", "server", "language", "extension", "database", "schema")
_VERSION_MARK = re.compile(r"^(.*?)\s*-- (from|until) (\d+)$")
_PART_MARK = re.compile(r"^(.*?)\s*-- (unit|only|own)$")
# What a reading in parts wants of a query: the unit of each row, and the rows of some units only.
UNITS, ONLY = ("unit",), ("unit", "only")


@cache
def query(kind: str, major: int, parts: tuple[str, ...] = (), folder: str = "catalog") -> str:
    """Return the query for one kind of object, for one major version; with `parts` its lines for these. Reads only."""
    text = resources.files("slate_pg").joinpath("sql", folder, f"{kind}.sql").read_text("utf-8")
    lines = []
    for line in text.splitlines():
        mark = _VERSION_MARK.match(line)
        if mark:
            limit = int(mark[3])
            if (mark[2] == "from" and major < limit) or (mark[2] == "until" and major > limit):
                continue
            line = mark[1]
        part = _PART_MARK.match(line)
        if part and part[2] not in parts:
            continue
        lines.append(part[1] if part else line)
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
    facts = read_facts(connection, schemas, database)
    for old, new in (rename or {}).items():
        facts = rename_schema(facts, old, new)
    return set_periods_apart(facts, connection.info.server_version // 10000)


def read_facts(connection: Connection, schemas: Sequence[str] | None = None, database: bool = True) -> Facts:
    """Read what `read` makes a catalog of, the leaves of partitioned tables not set apart. Reads only."""
    kinds = SCHEMA_KINDS + (DATABASE_KINDS if database else ())
    with snapshot(connection):
        asked = parameters(connection, schemas, database=database)
        return dict(rows(connection, kinds, asked))


def rows(
    connection: Connection, kinds: Sequence[str], asked: Mapping[str, Any], parts: tuple[str, ...] = ()
) -> Iterator[tuple[Identity, dict[str, Any]]]:
    """Yield each object of some kinds with its attributes, all asked for at once; of `parts` the unit too. Reads only.

    To be consumed as a whole, inside `snapshot`.
    """
    major = connection.info.server_version // 10000
    with connection.pipeline() if pq.version() >= 140000 else _nothing():
        cursors = [
            connection.execute(query(k, major, parts), used(k, major, asked, parts), prepare=True) for k in kinds
        ]
        for cursor in cursors:
            yield from _told(cursor)


def parameters(connection: Connection, schemas: Sequence[str] | None, *, database: bool) -> dict[str, Any]:
    """Return what the queries ask about: the oids of schemas (None: all but the system's), and of what they leave out.

    Reads only.
    """
    major = connection.info.server_version // 10000
    named = {"names": list(schemas) if schemas is not None else None}
    row = connection.execute(query("find_schemas", major), named).fetchone()
    found: dict[str, Any] = {"schemas": row[0] if row else [], "database": database}
    row = connection.execute(query("find_left_out", major), found).fetchone()
    return found | {"left_out": row[0] if row else []}


def _told(cursor: Any) -> Iterator[tuple[Identity, dict[str, Any]]]:
    """Yield what a query's rows tell: columns of the identity, then one for each attribute, or one that holds them all.

    An empty list is told as None, as the catalog itself holds NULL or {} for the same.
    """
    rows = cursor.fetchall()  # first: in a pipeline there is no description before
    if not rows:
        return
    names = tuple(c.name for c in cursor.description)
    width = next(i for i, name in enumerate(names) if name not in _IDENTITY or name in names[:i])
    head, attributes = names[:width], names[width:]
    known = _known(head)
    if attributes[-1] == "json_build_object":
        for row in rows:
            told = {name: None if value == [] else value for name, value in row[-1].items()}
            yield known[row[:width]], told | dict(zip(attributes[:-1], row[width:-1], strict=True))
        return
    lists = [c.name for c in cursor.description[width:] if c.type_display.endswith("[]")]
    for row in rows:
        told = dict(zip(attributes, row[width:], strict=True))
        for name in lists:
            told[name] = told[name] or None
        yield known[row[:width]], told


class _Known(dict[tuple[str | None, ...], Identity]):
    """Identities by the columns that hold them: the same object for the same columns, for catalogs are read often."""

    def __init__(self, head: tuple[str, ...]) -> None:
        super().__init__()
        self.head = head

    def __missing__(self, row: tuple[str | None, ...]) -> Identity:
        if len(self) >= _KNOWN_AT_MOST:
            self.clear()
        identity = self[row] = _identity(self.head, row)
        return identity


_known = cache(_Known)


def _identity(head: tuple[str, ...], row: tuple[str | None, ...]) -> Identity:
    """Return the identity that these columns hold."""
    values = {name: value or "" for name, value in zip(head, row, strict=True)}
    around = values.get("on_schema", values.get("schema", ""))

    def level(prefix: str, schema: str, on: Identity | None = None) -> Identity | None:
        kind = values.get(f"{prefix}kind", "")
        kind = RELATIONS.get(kind, kind)
        schema = "" if kind in WITHOUT_SCHEMA else schema
        names = values.get(f"{prefix}name", ""), on, values.get(f"{prefix}arguments", "")
        return Identity(kind, schema, *names) if kind else on

    on = level("on_", around, level("on_on_", around))
    return level("", values.get("schema", ""), on) or Identity("nothing")


@cache
def _names_used(kind: str, major: int, parts: tuple[str, ...] = ()) -> frozenset[str]:
    return frozenset(re.findall(r"%\((\w+)\)s", query(kind, major, parts)))


def used(kind: str, major: int, asked: Mapping[str, Any], parts: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return those of the parameters that a query has. Pure."""
    return {name: asked[name] for name in _names_used(kind, major, parts)}


@contextmanager
def _nothing() -> Iterator[None]:
    yield


@contextmanager
def snapshot(connection: Connection) -> Iterator[None]:
    """Run what is inside in one read-only snapshot; inside somebody's transaction, in that, settings put back."""
    inside = connection.info.transaction_status != pq.TransactionStatus.IDLE
    connection.execute(("SAVEPOINT slate_catalog; " if inside else f"{_BEGIN}; ") + _SETTINGS, prepare=False)
    try:
        yield
    finally:
        # Not ROLLBACK: psycopg would forget what it has prepared.
        connection.execute("ROLLBACK TO SAVEPOINT slate_catalog" if inside else "COMMIT")
