"""Prepares a cluster: roles and database settings from sql/cluster, which belong to no migration."""

from __future__ import annotations

from pathlib import Path

import psycopg
from psycopg import sql

from slate_pg.config import Project
from slate_pg.errors import MigrationFailed, SlateError
from slate_pg.postgres.connection import Connection, ScriptFailed, send, send_script
from slate_pg.postgres.statements import place
from slate_pg.sqlfiles import read_text


def bootstrap(connection: Connection, project: Project) -> list[str]:
    """Run every file of sql/cluster, each in a transaction; return what could not be done. Safe to repeat. Writes."""
    warnings: list[str] = []

    def note(diagnostic: object) -> None:
        if getattr(diagnostic, "severity_nonlocalized", "") == "WARNING":
            hint = getattr(diagnostic, "message_hint", None)
            warnings.append(str(getattr(diagnostic, "message_primary", "")) + (f". {hint}" if hint else ""))

    connection.add_notice_handler(note)
    try:
        for path in sorted(project.cluster.glob("*.sql")):
            _run(connection, path)
    finally:
        connection.remove_notice_handler(note)
    return warnings


def _run(connection: Connection, path: Path) -> None:
    text = read_text(path)
    send(connection, "BEGIN; SET LOCAL timezone = 'UTC'")
    try:
        send_script(connection, text)
        send(connection, "COMMIT")
    except ScriptFailed as failure:
        send(connection, "ROLLBACK")
        where = place(text, failure.offset)
        raise MigrationFailed(
            f"{path}:{where.line}: {failure.error.diag.message_primary} ({failure.error.sqlstate})",
            hint="Bootstrap as a role that may create roles and owns the database.",
        ) from failure.error


def create_database(connection: Connection, name: str, connection_limit: int) -> list[str]:
    """Create a production database: UTF-8, the best locale the server has, a connection limit. Writes.

    Returns what could not be done as wanted. A database that exists already is left as it is.
    """
    if connection.execute("SELECT 1 FROM pg_catalog.pg_database WHERE datname = %s", [name]).fetchone():
        return [f'database "{name}" exists already and was left as it is']
    notes = []
    for locale in ("en_US.UTF-8", "C.UTF-8", "C"):
        # Another locale than template1's needs template0.
        statement = sql.SQL(
            "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LOCALE {} CONNECTION LIMIT {}"
        ).format(sql.Identifier(name), sql.Literal(locale), sql.Literal(connection_limit))
        try:
            connection.execute(statement)
        except (psycopg.errors.WrongObjectType, psycopg.errors.InvalidParameterValue) as error:
            notes.append(f'locale "{locale}" was not used: {error.diag.message_primary}')
        except psycopg.errors.InsufficientPrivilege as error:
            raise SlateError(
                f'"{connection.info.user}" may not create databases',
                hint=f"As a role with CREATEDB, run: {statement.as_string(connection)};",
            ) from error
        else:
            return notes
    raise SlateError(f'database "{name}" was not created', detail=notes, hint="No locale with UTF-8 was accepted.")
