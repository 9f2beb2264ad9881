"""Which relations a statement reads and writes, and which privileges there are to use and to be denied."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import import_module
from typing import Any

from slate_pg.coverage.model import Access, Item, Privileges
from slate_pg.postgres.connection import Connection, package_sql

# By name, for the types of this package are not Python.
postgast: Any = import_module("postgast")
_MARKS = re.compile(r"%(?:\(\w+\))?[sbt]")
_WRITES = {"insert_stmt": "INSERT", "update_stmt": "UPDATE", "delete_stmt": "DELETE"}


def read(connection: Connection) -> Privileges:
    """Return the privileges of a database. Reads only."""
    items = {}
    for schema, table, verb, role, granted in connection.execute(package_sql("coverage/privileges").encode()):
        kind = "privilege" if granted else "denial"
        items[schema, table, verb, role] = Item(schema, table, kind, f"{verb} by {role}")
    return Privileges(items, dict(connection.execute(package_sql("coverage/members").encode()).fetchall()))


@lru_cache(maxsize=4096)
def accesses(statement: str) -> tuple[Access, ...]:
    """Return what a statement needs privileges on, what it writes first; nothing where it cannot be read. Pure."""
    try:
        parsed = postgast.parse(_MARKS.sub("NULL", statement).replace("%%", "%"))
    except (postgast.PgQueryError, ValueError):
        return ()
    found: dict[Access, None] = {}
    for _, node in postgast.walk(parsed):
        for field, verb in _WRITES.items():
            if type(node).__name__.lower() == field.replace("_", "") and node.relation.relname:
                found[Access(verb, node.relation.schemaname, node.relation.relname)] = None
    written = {(a.schema, a.table) for a in found}
    for _, node in postgast.walk(parsed):
        if type(node).__name__ == "RangeVar" and (node.schemaname, node.relname) not in written:
            found[Access("SELECT", node.schemaname, node.relname)] = None
    return tuple(found)
