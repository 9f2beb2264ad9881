"""Says which settings a session of ours has, whatever database, role or client prefer, and sees that it has them.

They decide how values read, what a statement makes and whether it may end. They travel with the start of the session,
so that RESET ALL comes back to them; where a pooler keeps them back, they are set by statements.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from slate_pg.postgres.later import psycopg

# Known to every version since 15, and for everybody to set; each as SHOW prints it.
PINNED = {
    "datestyle": "ISO, MDY",
    "intervalstyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "standard_conforming_strings": "on",
    "escape_string_warning": "on",
    "backslash_quote": "safe_encoding",
    "array_nulls": "on",
    "transform_null_equals": "off",
    "xmloption": "content",
    "quote_all_identifiers": "off",
    "row_security": "on",
    "check_function_bodies": "on",
    "client_min_messages": "notice",
    "default_tablespace": "",
    "default_table_access_method": "heap",
    "default_toast_compression": "pglz",
    "default_transaction_isolation": "read committed",
    "default_transaction_deferrable": "off",
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
}
# Not known before 16 or 17, or for superusers only: asked for where they are otherwise, and may be had.
LATER = {
    "transaction_timeout": "0",
    "session_replication_role": "origin",
    "event_triggers": "on",
    "createrole_self_grant": "",
}
_SPECIAL, BACKSLASHED = re.compile(r"([\s\\])"), r"\\\1"
_CHANGES_RESULTS = ("session_replication_role", "event_triggers", "createrole_self_grant")
_DIFFERING = """
    SELECT w.name, pg_catalog.current_setting(w.name, true), w.wanted
    FROM ROWS FROM (
        pg_catalog.unnest(%s::pg_catalog.text []), pg_catalog.unnest(%s::pg_catalog.text [])
    ) AS w (name, wanted)
    WHERE pg_catalog.current_setting(w.name, true) <> w.wanted
"""
# What the command under way was told of every session on a target: a role to be, how long a statement may take.
told: dict[str, str] = {}
told_terms: dict[str, str] = {}  # the same of how it is reached, as parameters of libpq
own_servers: set[str] = set()  # folders of the sockets of throw-away servers that this process has started
_own_paths: WeakKeyDictionary[psycopg.Connection[Any], list[str]] = WeakKeyDictionary()
_by_statement: WeakKeyDictionary[psycopg.Connection[Any], str] = WeakKeyDictionary()


def as_options(settings: Mapping[str, str]) -> str:
    """Return settings as libpq's `options` take them. Pure."""
    return " ".join(f"-c {name}={_SPECIAL.sub(BACKSLASHED, value)}" for name, value in settings.items())


def as_duration(milliseconds: int) -> str:
    """Return a time as SHOW prints it, in the largest unit that holds it evenly. Pure."""
    units = {"d": 86_400_000, "h": 3_600_000, "min": 60_000, "s": 1000}
    unit = next((u for u, size in units.items() if milliseconds and milliseconds % size == 0), "ms")
    return f"{milliseconds // units.get(unit, 1)}{unit if milliseconds else ''}"


def as_statements(settings: Mapping[str, str]) -> list[str]:
    """Return settings as SET statements. Pure."""
    return [f"SET {name} = '{value.replace(chr(39), 2 * chr(39))}'" for name, value in settings.items()]


def _wanted(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """Return the settings that a session has to have, each as SHOW prints it."""
    return {**PINNED, **LATER, **({} if connection.info.host in own_servers else told)}


def session_settings(version: int) -> list[str]:
    """Return as SET statements what every session of ours starts with on a server of that version, UTF-8 too."""
    later = ["SET transaction_timeout = 0"] if version >= 170000 else []
    return ["SET client_encoding = 'UTF8'", *as_statements(PINNED), *later]


def differing(connection: psycopg.Connection[Any]) -> dict[str, tuple[str, str]]:
    """Return the settings that the session has otherwise: what it has, and what it should have. Reads only."""
    wanted = _wanted(connection)
    rows = connection.execute(_DIFFERING, [list(wanted), list(wanted.values())]).fetchall()
    return {name: (found, should) for name, found, should in rows}


def set_by_statement(connection: psycopg.Connection[Any], settings: Iterable[str]) -> None:
    """Set what could not travel with the start of the session, as far as the role may. Writes to the session."""
    wanted = _wanted(connection)
    done = []
    for statement in as_statements({name: wanted[name] for name in settings}):
        try:
            connection.execute(statement.encode())
        except psycopg.errors.InsufficientPrivilege:
            if statement.startswith("SET role"):
                raise
            continue
        done.append(f"; {statement}")
    if done:
        _by_statement[connection] = "".join(done)


def wait_for_log(connection: psycopg.Connection[Any]) -> None:
    """Have the server keep through a crash whatever it says is committed, if it was told not to. Writes to the session.

    RESET ALL does not take it back. Only where synchronous_commit is off: every other value waits for the disk.
    """
    query = "SELECT 1 WHERE pg_catalog.current_setting('synchronous_commit') = 'off'"
    if connection.execute(query).fetchone():
        connection.execute("SET synchronous_commit = on")
        _by_statement[connection] = f"{behind_reset(connection)}; SET synchronous_commit = on"


def behind_reset(connection: psycopg.Connection[Any]) -> str:
    """Return the SQL that has to follow RESET ALL, with a semicolon in front; nothing for most sessions."""
    return _by_statement.get(connection, "")


def kept_otherwise(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """Return the settings that change what a script does, which this session has otherwise. Reads only."""
    return {name: found for name, (found, _) in differing(connection).items() if name in _CHANGES_RESULTS}


def refused_role(said: str) -> str:
    """Return the way out where the server said that a session cannot begin as --role; nothing for anything else."""
    if "role" not in told or "role" not in said:
        return ""
    return "--role takes a role that is there and that the login is a member of: GRANT role TO login."


def own_path(connection: psycopg.Connection[Any]) -> list[str]:
    """Return the schemas that database, role or client put on the path, where one of them says any. Reads only.

    The built-in path says none; what always is on the path is left out. A session keeps to what it began with.
    """
    if (known := _own_paths.get(connection)) is not None:
        return known
    query = "SELECT reset_val FROM pg_catalog.pg_settings WHERE name = 'search_path' AND reset_val <> boot_val"
    row = connection.execute(query).fetchone()
    found = re.findall(r'"(?:[^"]|"")*"|[^,\s]+', row[0]) if row else []
    names = [name[1:-1].replace('""', '"') if name.startswith('"') else name for name in found]
    names = [name for name in names if name and name not in ("pg_catalog", "pg_temp")]
    _own_paths[connection] = names
    return names
