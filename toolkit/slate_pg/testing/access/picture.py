"""What is there, read by one whom row security does not bind: relations, functions, every row and whom it is about."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from psycopg import sql

from slate_pg.postgres.connection import Connection, package_sql
from slate_pg.testing.access.people import World

Row = dict[str, Any]
_DEPTH = 4  # parents of parents asked for the person a row is about


@dataclass(frozen=True)
class Relation:
    """A table, partition (with the name of its root), view or materialized view, as sql/testing/access_relations."""

    name: str
    kind: str
    root: str | None
    columns: list[str]
    derived: list[str]
    key: list[str]
    uniques: list[str]
    foreign_keys: list[tuple[list[str], str, list[str]]]

    @property
    def is_table(self) -> bool:
        """Whether it has rows of its own that can be written."""
        return self.kind in "rp"

    @property
    def entry(self) -> str:
        """The name of its entry in the table: partitions stand together, for their names change every month."""
        return f"{self.root}, its partitions" if self.root else self.name


@dataclass(frozen=True)
class Function:
    """A function or procedure; kind f, p, or t for a trigger's."""

    name: str
    arguments: str
    kind: str
    names: list[str]
    types: list[str]

    @property
    def entry(self) -> str:
        """The name of its entry in the table."""
        return f"{self.name}({self.arguments})"


class Picture:
    """The schema and its rows, read once each."""

    def __init__(self, connection: Connection, world: World) -> None:
        self.connection = connection
        self.world = world
        self._rows: dict[str, list[Row]] = {}
        self._owners: dict[tuple[str, str], frozenset[str]] = {}
        self._found: dict[tuple[str, tuple[str, ...]], dict[str, list[Row]]] = {}
        self._readable: dict[tuple[str, str], dict[str, list[str]]] = {}

    @cached_property
    def relations(self) -> dict[str, Relation]:
        """Every relation by name."""
        query = package_sql("testing/access_relations")
        rows = self.connection.execute(query, {"schema": self.world.schema}).fetchall()
        return {row[0]: Relation(*row) for row in rows}

    @cached_property
    def functions(self) -> dict[str, Function]:
        """Every function by its entry's name."""
        query = package_sql("testing/access_functions")
        found = [Function(*row) for row in self.connection.execute(query, {"schema": self.world.schema}).fetchall()]
        return {function.entry: function for function in found}

    @cached_property
    def naming(self) -> dict[str, str]:
        """Columns that say whom a row is about, and the table of people they name ("" when only said to)."""
        found = dict.fromkeys(self.world.named_by, "")
        for relation in self.relations.values():
            for columns, table, others in relation.foreign_keys:
                if table in self.world.tables:
                    (mine,) = self.relations[table].key
                    found |= {c: table for c, other in zip(columns, others, strict=True) if other == mine}
        return found

    @cached_property
    def known(self) -> dict[str, list[str]]:
        """The ids of all people, by table, and under "" those the world names."""
        found = {t: sorted(str(r[self.relations[t].key[0]]) for r in self.rows(t)) for t in self.world.tables}
        return {"": [p.id for p in self.world.people.values() if p.id is not None], **found}

    @cached_property
    def everybody(self) -> set[str]:
        """The ids of all people."""
        return {one for ids in self.known.values() for one in ids}

    def named(self, name: str) -> sql.Composed:
        """Return a relation's name with its schema, quoted."""
        return sql.SQL("{}").format(sql.Identifier(self.world.schema, name))

    def allowed(self, relation: Relation, role: str) -> dict[str, list[str]]:
        """Return the columns a role may name by command, as the grants say."""
        found = self._readable.get((relation.name, role))
        if found is None:
            given = {"relation": self.named(relation.name).as_string(self.connection), "role": role}
            found = dict(self.connection.execute(package_sql("testing/access_columns"), given).fetchall())
            self._readable[relation.name, role] = found
        return found

    def rows(self, name: str) -> list[Row]:
        """Return every row of a relation as JSON, in the order of the text."""
        if name not in self._rows:
            query = sql.SQL("SELECT to_jsonb(t) FROM {} AS t").format(self.named(name))
            found = [row for (row,) in self.connection.execute(query).fetchall()]
            self._rows[name] = sorted(found, key=lambda row: json.dumps(row, sort_keys=True))
        return self._rows[name]

    def read_all(self, relation: Relation) -> None:
        """Read what will be asked for, before a role is taken on that may not read it."""
        for other in self.relations.values():
            if other.is_table and (not other.root or other is relation):
                self.rows(other.name)
        _ = self.everybody, self.naming

    def find(self, name: str, part: Row) -> list[Row]:
        """Return the rows of a relation that have these values."""
        columns = tuple(sorted(part))
        found = self._found.get((name, columns))
        if found is None:
            found = self._found[name, columns] = {}
            for row in self.rows(name):
                found.setdefault(json.dumps([row[c] for c in columns], sort_keys=True), []).append(row)
        return found.get(json.dumps([part[c] for c in columns], sort_keys=True), [])

    def owners(self, relation: Relation, row: Row, depth: int = _DEPTH) -> frozenset[str]:
        """Return the people a row is about: those it names, else those its parents name. Empty: about nobody."""
        key = (relation.name, json.dumps(row, sort_keys=True))
        if key not in self._owners:
            columns = [c for c in row if c in self.naming or (relation.name in self.world.tables and c in relation.key)]
            named = frozenset(str(row[c]) for c in columns if row[c] is not None) & self.everybody
            if not named and depth:
                named = named.union(*(self.owners(*parent, depth - 1) for parent in self._parents(relation, row)))
            self._owners[key] = named
        return self._owners[key]

    def _parents(self, relation: Relation, row: Row) -> Iterator[tuple[Relation, Row]]:
        for columns, table, others in relation.foreign_keys:
            if table in (relation.name, *self.world.shared) or any(row.get(c) is None for c in columns):
                continue
            wanted = {other: row[c] for c, other in zip(columns, others, strict=True)}
            yield from ((self.relations[table], r) for r in self.find(table, wanted))
