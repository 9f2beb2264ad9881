"""Looks a live database over: the catalog's rules of health, and one SQL file for each thing that only time brings.

Each row of such a file is an object, what is wrong, and the statement that mends it.

Reads only. A check that the role may not run, or the server is too old for, is told and passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import psycopg

from slate_pg.catalog import health, reader, rules
from slate_pg.catalog.model import Catalog
from slate_pg.postgres.connection import Connection, package_sql


@dataclass(frozen=True)
class Finding:
    """One thing that is not well: the check's name, the object, what was found, why it matters, the remedy."""

    check: str
    object: str
    found: str
    why: str
    fix: str


def names() -> list[str]:
    """Return the name of every check: the rules that `check` has as well, and those of a living database."""
    return [*rules.OF_HEALTH, *health.queries()]


def examine(connection: Connection, schemas: Sequence[str]) -> tuple[list[Finding], list[str]]:
    """Return the findings for these schemas, and which checks could not be made and why. Reads only."""
    there = [
        r[0] for r in connection.execute("SELECT nspname FROM pg_namespace WHERE nspname = ANY(%s)", [list(schemas)])
    ]
    findings = list(_keep_rules(reader.read(connection, there, database=False)))
    skipped: list[str] = []
    for name in health.queries():
        try:
            rows = health.ask(connection, name, there)
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedColumn) as error:
            skipped.append(f"{name}: {error.diag.message_primary}")
            continue
        findings += [Finding(name, named, found, health.why(name), fix) for named, found, fix in rows]
    return findings, skipped


def _keep_rules(catalog: Catalog) -> Iterator[Finding]:
    """Yield what breaks a rule of health. Pure."""
    for name in rules.OF_HEALTH:
        rule = rules.RULES[name]
        why = (rule.__doc__ or "").splitlines()[0].partition(": ")[2].removesuffix(".")
        for breach in rule(catalog):
            yield Finding(name, str(breach.object), breach.found, why, breach.fix)


@dataclass(frozen=True)
class Statistics:
    """One table of figures: its name, what it shows, column names, rows; `note` says why it is empty or not whole."""

    name: str
    what: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    note: str = ""


def read_statistics(connection: Connection, schemas: Sequence[str]) -> list[Statistics]:
    """Return slow queries (where pg_stat_statements is), the use of indexes, and size and growth of tables. Reads only.

    Figures count from when the server's statistics began; growth a day is empty where that moment is not known.
    """
    folder = resources.files("slate_pg").joinpath("sql", "operations", "statistics")
    texts = {f.name[:-4]: f.read_text("utf-8") for f in sorted(folder.iterdir(), key=lambda f: f.name)}
    return [_read_one(connection, name, text, schemas) for name, text in texts.items()]


def _read_one(connection: Connection, name: str, text: str, schemas: Sequence[str]) -> Statistics:
    what = text.splitlines()[0].removeprefix("-- what: ")
    note = ""
    if ":extension" in text:
        schema, note = _find_statements(connection)
        if not schema:
            return Statistics(name, what, note=note)
        text = text.replace(":extension", schema)
    if connection.info.server_version < 160000:
        text = "\n".join(line for line in text.splitlines() if not line.endswith("-- from 16"))
    query = text.replace("%", "%%").replace(":schemas", "%(schemas)s")
    try:
        with connection.transaction():
            cursor = connection.execute(query.encode(), {"schemas": list(schemas)})
            columns = tuple(c.name for c in cursor.description or ())
            return Statistics(name, what, columns, tuple(cursor.fetchall()), note)
    except (psycopg.errors.ObjectNotInPrerequisiteState, psycopg.errors.InsufficientPrivilege) as error:
        return Statistics(name, what, note=str(error.diag.message_primary))


def _find_statements(connection: Connection) -> tuple[str, str]:
    """Return the quoted schema of pg_stat_statements, empty when it is not here, and what to know about it."""
    found = connection.execute(package_sql("operations/find_statistics_extension")).fetchone()
    if found is None:
        return "", (
            "pg_stat_statements is not in this database: add it to shared_preload_libraries, restart, "
            "CREATE EXTENSION pg_stat_statements"
        )
    return found[0], "" if found[1] else "what others ran is hidden: GRANT pg_read_all_stats to see it"
