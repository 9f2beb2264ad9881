"""The verbs of `db` that look at the catalogs: table, function, enum, privileges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import psycopg

from slate_pg.testing import lookup_sql
from slate_pg.testing.catalog import Catalog
from slate_pg.testing.freshness import snapshots
from slate_pg.testing.handles import Handle, Relation, function_handle
from slate_pg.testing.matchers import Names
from slate_pg.testing.names import unknown
from slate_pg.testing.objects import TABLES
from slate_pg.testing.privileges import privileges


class Catalogued:
    """What a test may ask about the schema. Names are `app.users`, or `users` on the search path."""

    connection: psycopg.Connection[Any]
    sealed = False  # True where nothing is ever committed, so that one picture serves many tests

    @property
    def catalog(self) -> Catalog:
        """A picture of the catalogs that is true now."""
        return snapshots(self.connection).current(self.sealed)

    def refresh(self) -> None:
        """Read the catalogs anew, whatever is believed about them; needed after another session's DDL or new roles."""
        snapshots(self.connection).forget()

    def _source(self) -> Callable[[], Catalog]:
        return lambda: self.catalog

    def relation(self, name: str) -> Relation:
        """Return a relation of any kind; UnknownObject, with the names like it, when there is none."""
        return Relation(self._source(), self.catalog.relation(name))

    def table(self, name: str) -> Relation:
        """Return a table, partitioned and foreign ones included; UnknownObject when there is none."""
        return Relation(self._source(), self.catalog.relation(name, kinds=TABLES))

    def view(self, name: str) -> Relation:
        """Return a view or materialized view; UnknownObject when there is none."""
        return Relation(self._source(), self.catalog.relation(name, kinds=("view", "materialized view")))

    def tables(self, schema: str | None = None) -> Names:
        """Return the names of the tables of a schema, or of the search path."""
        return Names(r.name for r in self.catalog.relations(schema, TABLES))

    def function(self, name: str, args: Sequence[str] | None = None) -> Handle:
        """Return a function as a handle to compare; with argument types, as in app.f(uuid), where it is overloaded."""
        return function_handle(self.catalog, name, args)

    def enum(self, name: str) -> Names:
        """Return the labels of an enum in order; UnknownObject when there is none."""
        found = self.catalog.find_type(name)
        if found is None or found.kind != "e":
            known = [f"{t.schema}.{t.name}" for s in self.catalog.places("schema") for t in self.catalog.types(s, "e")]
            raise unknown("enum", name, known, lookup_sql.types(name))
        return Names(found.labels)

    def privileges(self, role: str, *, on: str, column: str | None = None) -> set[str]:
        """Return what a role may effectively do with a relation, its column, a function, or `schema app`."""
        return privileges(self.catalog, role, on, column)
