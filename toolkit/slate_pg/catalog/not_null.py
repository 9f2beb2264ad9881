"""Tells whether NOT NULL constraints differ by their names only, which PostgreSQL gives by itself since 18.

A table renamed keeps the names, a partition has its parent's; a dump of 15 to 17 knows none, so a restored database has
names made of what tables and columns are called by then. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from slate_pg.catalog.identity import Identity

_LIMIT = 63  # bytes of a name
_COLUMN = re.compile(r'^NOT NULL(?: (?P<column>"(?:[^"]|"")+"|\S+))?(?: NO INHERIT)?(?: NOT VALID)?$')
_END = re.compile(r"_not_null\d*$")


def is_named_by_server(identity: Identity, attributes: Mapping[str, Any]) -> bool:
    """Tell whether a NOT NULL constraint has the name that the server would give it now."""
    found = _COLUMN.match(str(attributes.get("definition") or ""))
    if attributes.get("kind") != "n" or not found or identity.on is None:
        return False
    name = str(attributes.get("name") or identity.name)
    column = found["column"] or ""
    column = column[1:-1].replace('""', '"') if column.startswith('"') else column
    given = "_".join(part for part in (identity.on.name, column, "not_null") if part)
    if len(given.encode()) > _LIMIT:
        return bool(_END.search(name))
    return name == given or (name.startswith(given) and name[len(given) :].isdigit())


def rule(identity: Identity, attributes: Mapping[str, Any]) -> tuple[Identity | None, Any, Any] | None:
    """Return what a NOT NULL constraint demands, and of what; None for any other object."""
    if identity.kind != "constraint" or attributes.get("kind") != "n":
        return None
    return identity.on, attributes.get("definition"), attributes.get("validated")
