"""Writes the statements that a script starts with: its path, its time zone and the bound on waiting for locks."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import sql

from slate_pg.postgres.connection import Connection
from slate_pg.postgres.pins import own_path


def write(connection: Connection, schemas: Sequence[str], lock_timeout_ms: int, own: bool = True) -> tuple[str, ...]:
    """Return the statements, for one transaction each. Reads only.

    Behind the installation's schemas the path has those that the database's own names, if `own`.
    """
    others = [name for name in own_path(connection) if name not in schemas] if own else []
    names = [sql.Identifier(name).as_string(connection) for name in (*schemas, *others)]
    return (
        f"SET LOCAL search_path = {', '.join([*names, 'pg_temp'])}",
        "SET LOCAL timezone = 'UTC'",
        f"SET LOCAL lock_timeout = {lock_timeout_ms}",
    )


def pins(text: str) -> bool:
    """Tell whether functions of a script keep the path they are made under, which is then to be the same everywhere."""
    return "from current" in text.lower()
