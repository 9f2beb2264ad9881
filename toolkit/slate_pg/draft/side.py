"""One of the two states that a draft leads between: its facts, each object in the words that make it, what needs what.

Reads a database with SELECT. Names and expressions come out as a migration of the product has to write them: the
queries are planned under no path, and run under the product's, so that nothing which a database holds is called.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from slate_pg.catalog import reader
from slate_pg.catalog.identity import Identity
from slate_pg.catalog.model import Catalog, Facts
from slate_pg.catalog.normalise import normalise_catalog
from slate_pg.postgres.connection import Connection

_KINDS = ("relations", "columns", "belongings", "routines", "types", "operators", "database")
_CURSOR = "slate_draft"
Key = tuple[int, int, int]  # catalog, object, part


@dataclass(frozen=True)
class Made:
    """An object in words: how a statement calls it, and what is told of it, by names that its query gives."""

    called: str
    told: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.told.get(name)


@dataclass(frozen=True)
class Need:
    """One object needs another; `kind` is pg_depend's: "n" must not be dropped first, "a" goes with it."""

    needed: Identity
    kind: str


@dataclass
class Side:
    """A state: facts by object, the words for each, needs of each, and who needs it. `path` finds plain names."""

    catalog: Catalog
    facts: Facts
    objects: dict[Identity, Made]
    path: tuple[str, ...]
    major: int
    role: str
    needs: dict[Identity, list[Need]] = field(default_factory=lambda: defaultdict(list))
    needed_by: dict[Identity, list[Need]] = field(default_factory=lambda: defaultdict(list))

    def called(self, identity: Identity) -> str:
        """Return how a statement calls an object; its qualified name where no words are known."""
        made = self.objects.get(identity)
        return made.called if made else identity.qualified

    def told(self, identity: Identity) -> Mapping[str, Any]:
        """Return what is told of an object, nothing where it is not there."""
        made = self.objects.get(identity)
        return made.told if made else {}


def read_side(connection: Connection, schemas: Sequence[str], path: Sequence[str], role: str) -> Side:
    """Read a state: these schemas and what belongs to the database; `role` is who applies. Reads only."""
    major = connection.info.server_version // 10000
    with reader.snapshot(connection):
        catalog = normalise_catalog(reader.read(connection, schemas))
        asked = reader.parameters(connection, schemas, database=True)
        rows = [row for kind in _KINDS for row in _rows(connection, kind, major, asked, path)]
        names = {(r[0], r[1]): (r[2], r[3]) for r in _rows(connection, "identities", major, asked, [])}
        aliases = {(r[0], r[1]): (r[2], r[3], r[4]) for r in _rows(connection, "aliases", major, asked, [])}
        depends = _rows(connection, "dependencies", major, asked, [])
    by_key: dict[Key, Identity] = {}
    objects: dict[Identity, Made] = {}
    for class_, object_, sub, *identity, called, told in rows:
        known = _identity(identity, names.get((class_, object_)))
        by_key[class_, object_, sub] = known
        objects[known] = Made(called, told)
    side = Side(catalog, catalog.everything, objects, tuple(path), major, role)
    for dependent, needed, kind in _needs(depends, by_key, aliases):
        side.needs[dependent].append(Need(needed, kind))
        side.needed_by[needed].append(Need(dependent, kind))
    return side


def read_rows(connection: Connection, kind: str, schemas: Sequence[str], path: Sequence[str]) -> list[tuple[Any, ...]]:
    """Return the rows of one query about some schemas. Reads only."""
    with reader.snapshot(connection):
        asked = reader.parameters(connection, schemas, database=True)
        return _rows(connection, kind, connection.info.server_version // 10000, asked, path)


def _rows(
    connection: Connection, kind: str, major: int, asked: Mapping[str, Any], path: Sequence[str]
) -> list[tuple[Any, ...]]:
    """Return a query's rows: planned under no path, run under the one that is given. Reads only."""
    text = reader.query(kind, major, folder="draft")
    with psycopg.ClientCursor(connection) as cursor:
        cursor.execute("SET LOCAL search_path = ''")
        cursor.execute(f"DECLARE {_CURSOR} NO SCROLL CURSOR FOR {text}", asked if "%(" in text else None)
        if path:
            cursor.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.SQL(", ").join(map(sql.Identifier, path))))
        rows = cursor.execute(f"FETCH ALL FROM {_CURSOR}").fetchall()
        cursor.execute(f"CLOSE {_CURSOR}")
        cursor.execute("SET LOCAL search_path = ''")
    return rows


def _identity(fields: Sequence[str | None], named: tuple[str, str] | None) -> Identity:
    """Return the identity that the first columns of a query hold."""
    kind, schema, name, arguments, on_kind, on_schema, on_name = fields
    if named:
        name, arguments = named
    on = None
    if on_kind:
        kind_of = reader.RELATIONS.get(on_kind, on_kind)
        on = Identity(kind_of, "" if kind_of in reader.WITHOUT_SCHEMA else on_schema or "", on_name or "")
    kind = reader.RELATIONS.get(kind or "", kind or "")
    place = "" if kind in reader.WITHOUT_SCHEMA else schema or ""
    return Identity(kind, place, name or "", on, arguments or "")


def default_of(column: Identity) -> Identity:
    """Return what stands for the default of a column, which is needed and dropped by itself. Pure."""
    return Identity("default", column.schema, column.name, column.on)


def column_of(default: Identity) -> Identity:
    """Return the column that a default is of; any other object as it is. Pure."""
    if default.kind != "default":
        return default
    return Identity("column", default.schema, default.name, default.on)


def _needs(
    rows: Iterable[tuple[Any, ...]],
    by_key: Mapping[Key, Identity],
    aliases: Mapping[tuple[int, int], Key],
) -> Iterable[tuple[Identity, Identity, str]]:
    """Yield dependent, needed and kind for each row of pg_depend whose two ends are known, parts as their wholes."""

    def find(class_: int, object_: int, sub: int) -> Identity | None:
        for _ in range(4):
            if (class_, object_, sub) in by_key:
                return by_key[class_, object_, sub]
            if sub < 0 and (class_, object_, -sub) in by_key:
                return default_of(by_key[class_, object_, -sub])
            if (class_, object_) not in aliases:
                return None
            class_, object_, of_sub = aliases[class_, object_]
            sub = of_sub or sub
        return None

    for class_, object_, sub, of_class, of_object, of_sub, kind in rows:
        dependent, needed = find(class_, object_, sub), find(of_class, of_object, of_sub)
        if dependent and needed and dependent != needed:
            yield dependent, needed, kind
