"""Reads from a database what its documentation is made of: catalog facts, keys, grants, policies, dependents.

Reads only: SELECT on catalogs, in one snapshot. What becomes of it is for tables and objects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from slate_pg.catalog import reader
from slate_pg.catalog.identity import Identity
from slate_pg.catalog.model import Facts
from slate_pg.cluster.access import Access, concerned, read_access
from slate_pg.docs.naming import Name
from slate_pg.postgres.connection import Connection, package_sql

Origins = Mapping[Identity, Sequence[str]]  # the migrations that made an object, and changed it, in order


@dataclass(frozen=True)
class Source:
    """All that was read: the catalog's facts, and rows as their queries give them.

    `hidden` are roles that exist on a disposable server only, `roles` all others but superusers.
    """

    facts: Facts
    keys: list[tuple[Any, ...]] = field(default_factory=list)
    dependents: list[tuple[Any, ...]] = field(default_factory=list)
    policies: list[tuple[Any, ...]] = field(default_factory=list)
    grants: list[tuple[Any, ...]] = field(default_factory=list)
    access: list[Access] = field(default_factory=list)
    hidden: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()

    def comment(self, identity: Identity) -> str:
        """Return what COMMENT ON says of an object."""
        found = self.facts.get(Identity("comment", on=identity)) or {}
        return str(found.get("text") or "")

    @property
    def relations(self) -> dict[Name, Identity]:
        """Tables and views by schema and name, partitions too."""
        kinds = ("table", "view", "materialized view", "foreign table")
        return {(i.schema, i.name): i for i in self.facts if i.kind in kinds and not i.on}


def find_schemas(connection: Connection) -> list[str]:
    """Return the schemas of a database that are somebody's, by name. Reads only."""
    return [row[0] for row in connection.execute(package_sql("docs/find_schemas"))]


def read_source(connection: Connection, schemas: Sequence[str], hidden: frozenset[str] = frozenset()) -> Source:
    """Read some schemas. Reads only."""
    given = {"schemas": list(schemas)}
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        connection.execute("SET LOCAL search_path = ''")
        facts = reader.read_facts(connection, schemas, database=False)
        keys, dependents, policies, grants = (
            connection.execute(package_sql(f"docs/{name}"), given).fetchall()
            for name in ("find_keys", "find_dependents", "find_policies", "find_grants")
        )
        access = [a for a in read_access(connection, schemas) if a.role not in hidden]
    roles, may = frozenset(a.role for a in access), {a.role for a in concerned(access)}
    told = [a for a in access if a.role in may]  # what a role may not is asked for too
    return Source(facts, keys, dependents, policies, grants, told, hidden, roles)
