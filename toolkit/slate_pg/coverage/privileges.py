"""Which relations a statement reads and writes, which functions it calls, and which privileges there are to use."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import import_module
from typing import Any

from slate_pg.coverage.model import Access, Item, Privileges, Use
from slate_pg.postgres.connection import Connection, package_sql

# By name, for the types of this package are not Python.
postgast: Any = import_module("postgast")
_MARKS = re.compile(r"""('[^']*'|"[^"]*")|%(?:\(\w+\))?[sbt]""")  # none within quotes
_DENIED = re.compile(r"permission denied for (materialized view|foreign table|\w+) (.*)", re.S)
_ROUTINES = ("function", "procedure", "aggregate")
_VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE")
_WRITES = {"insert_stmt": "INSERT", "update_stmt": "UPDATE", "delete_stmt": "DELETE"}


def read(connection: Connection) -> Privileges:
    """Return the privileges of a database. Reads only."""
    items = {}
    for schema, table, verb, role, granted in connection.execute(package_sql("coverage/privileges").encode()):
        kind = "privilege" if granted else "denial"
        items[schema, table, verb, role] = Item(schema, table, kind, f"{verb} by {role}")
    for schema, name, signature, role, granted in connection.execute(package_sql("coverage/routines").encode()):
        kind = "privilege" if granted else "denial"
        items[schema, name, "EXECUTE", role] = Item(schema, signature, kind, f"EXECUTE by {role}")
    uses: dict[tuple[str, str], list[Use]] = {}
    for schema, table, *use in connection.execute(package_sql("coverage/routine_uses").encode()):
        uses.setdefault((schema, table), []).append(Use(*use))
    members = dict(connection.execute(package_sql("coverage/members").encode()).fetchall())
    return Privileges(items, members, uses)


def denied(statement: str, said: str) -> list[Access]:
    """Return what a statement was denied, by the server's words: of a schema all in it, else the one that it names."""
    asked = accesses(statement)
    told = _DENIED.search(said)
    if told is None or told[1] == "schema":
        return list(asked)
    verbs, name = (("EXECUTE",), told[2]) if told[1] in _ROUTINES else (_VERBS, told[2])
    ours = [access for access in asked if access.verb in verbs]
    named = [access for access in ours if access.table == name]
    return named[:1] or [Access(ours[0].verb if ours else verbs[0], "", name)]


@lru_cache(maxsize=4096)
def accesses(statement: str) -> tuple[Access, ...]:
    """Return what a statement needs privileges on, what it writes first; nothing where it cannot be read. Pure."""
    try:
        parsed = postgast.parse(_MARKS.sub(lambda found: found[1] or "NULL", statement).replace("%%", "%"))
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
        elif type(node).__name__ == "FuncCall":
            *schema, name = (part.string.sval for part in node.funcname)
            found[Access("EXECUTE", schema[-1] if schema else "", name)] = None
    return tuple(found)
