"""Which privileges exist for which kind of object, and what a role effectively has on one."""

from __future__ import annotations

from slate_pg.testing import lookup_sql
from slate_pg.testing.catalog import Catalog
from slate_pg.testing.handles import function_handle
from slate_pg.testing.names import UnknownObject, unknown

TABLE = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
KNOWN = {
    "sequence": ("USAGE", "SELECT", "UPDATE"),
    "column": ("SELECT", "INSERT", "UPDATE", "REFERENCES"),
    "any column": ("SELECT", "INSERT", "UPDATE", "REFERENCES"),
    "function": ("EXECUTE",),
    "type": ("USAGE",),
    "schema": ("CREATE", "USAGE"),
    "database": ("CREATE", "CONNECT", "TEMPORARY"),
    "language": ("USAGE",),
    "tablespace": ("CREATE",),
    "foreign data wrapper": ("USAGE",),
    "server": ("USAGE",),
}


def known_privileges(kind: str, version: int) -> tuple[str, ...]:
    """Return the privileges of a kind of object; MAINTAIN came with PostgreSQL 17."""
    if kind == "relation":
        return (*TABLE, "MAINTAIN") if version >= 170000 else TABLE
    return KNOWN[kind]


def privileges(catalog: Catalog, role: str, on: str, column: str | None = None) -> set[str]:
    """Return a role's effective privileges on `users`, `app.f(uuid)`, `schema app` or `type mood`."""
    if on.endswith(")"):
        return catalog.privileges("function", role, KNOWN["function"], function_handle(catalog, on, None).oid)
    kind, space, name = on.partition(" ")
    if space and kind == "type":
        found = catalog.find_type(name)
        if found is None:
            raise unknown("type", name, catalog.type_names(), lookup_sql.types(name))
        return catalog.privileges("type", role, KNOWN["type"], found.oid)
    if space and kind in ("schema", "database", "language", "tablespace", "server"):
        return place_privileges(catalog, kind, name, role)
    return relation_privileges(catalog, role, on, None, column)


def place_privileges(catalog: Catalog, kind: str, name: str, role: str) -> set[str]:
    """Return a role's effective privileges on a schema, database, language, tablespace, wrapper or server."""
    catalog.place(kind, name)
    return catalog.privileges(kind, role, KNOWN[kind], name=name)


def relation_privileges(
    catalog: Catalog, role: str, name: str, schema: str | None, column: str | None = None, any_column: bool = False
) -> set[str]:
    """Return a role's effective privileges on a relation, on one of its columns, or on any of its columns."""
    relation = catalog.relation(name, schema)
    if relation.kind in ("index", "composite type"):
        raise UnknownObject(f"{relation} is a {relation.kind}: nothing can be granted on it")
    if column is not None:
        catalog.part("column", column, relation, catalog.columns(relation))
    kind = "column" if column else "any column" if any_column else "relation"
    if kind == "relation" and relation.kind == "sequence":
        kind = "sequence"
    return catalog.privileges(kind, role, known_privileges(kind, catalog.version), relation.oid, column or "")
