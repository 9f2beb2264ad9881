"""Writes the statements that a script starts with: its path, its time zone and the bound on waiting for locks."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import sql

from slate_pg.postgres.connection import Connection, package_sql
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


# What makes the server keep the text of statements, and what keeps it from that: for superusers, or who was granted it.
_QUIET = {
    "log_statement": "none", "log_min_duration_statement": "-1", "log_min_duration_sample": "-1",
    "log_transaction_sample_rate": "0", "log_min_error_statement": "panic", "pg_stat_statements.track": "none",
    "auto_explain.log_min_duration": "-1", "pgaudit.log": "none",
}  # fmt: skip


def quiet(connection: Connection) -> tuple[str, ...]:
    """Return the statements that keep a script with secrets out of the server's log, as far as the role may. Reads."""
    return tuple(f"SET LOCAL {name} = '{_QUIET[name]}'" for name, may in _logging(connection) if may)


def find_logging(connection: Connection) -> list[str]:
    """Return the settings by which the server keeps statements' text, and which the role may not set. Reads only."""
    return [name for name, may in _logging(connection) if not may]


def _logging(connection: Connection) -> list[tuple[str, bool]]:
    found = connection.execute(package_sql("migrations/find_logging"), [list(_QUIET)]).fetchall()
    return [(name, may) for name, setting, may in found if setting != _QUIET[name]]


def pins(text: str) -> bool:
    """Tell whether functions of a script keep the path they are made under, which is then to be the same everywhere."""
    return "from current" in text.lower()
