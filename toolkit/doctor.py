"""Looks a live database over: one SQL file a check, each row an object, what is wrong, and the statement that mends it.

Reads only. A check that the role may not run, or the server is too old for, is told and passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

import psycopg

from toolkit.connection import Connection


@dataclass(frozen=True)
class Finding:
    """One thing that is not well: the check's name, the object, what was found, why it matters, the remedy."""

    check: str
    object: str
    found: str
    why: str
    fix: str


def checks() -> dict[str, str]:
    """Return every check's name and SQL, in name order. Reads only."""
    folder = resources.files("toolkit").joinpath("sql", "doctor")
    return {f.name[:-4]: f.read_text("utf-8") for f in sorted(folder.iterdir(), key=lambda f: f.name)}


def examine(connection: Connection, schemas: Sequence[str]) -> tuple[list[Finding], list[str]]:
    """Return the findings for these schemas, and which checks could not be made and why. Reads only."""
    there = [
        r[0] for r in connection.execute("SELECT nspname FROM pg_namespace WHERE nspname = ANY(%s)", [list(schemas)])
    ]
    findings: list[Finding] = []
    skipped: list[str] = []
    for name, text in checks().items():
        why = text.splitlines()[0].removeprefix("-- why: ")
        try:
            query = text.replace("%", "%%").replace(":schemas", "%(schemas)s")
            names = _named(there, as_oids="regnamespace" in text)
            rows = connection.execute(query.encode(), {"schemas": names}).fetchall()
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedColumn) as error:
            skipped.append(f"{name}: {error.diag.message_primary}")
            continue
        findings += [Finding(name, thing, found, why, fix) for thing, found, fix in rows]
    return findings, skipped


def _named(schemas: Sequence[str], as_oids: bool) -> list[str]:
    """Return the names as a query wants them: quoted where it casts them to regnamespace."""
    return ['"' + s.replace('"', '""') + '"' for s in schemas] if as_oids else list(schemas)
