"""Runs migrations one at a time on a disposable server, to see what each does and whether it can be undone.

Writes to the databases it is given, which are throw-away ones.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Protocol

from psycopg import sql

from slate_pg.cluster.bootstrap import bootstrap
from slate_pg.config import Project
from slate_pg.errors import FileError
from slate_pg.migrations import runner, several, upgrade
from slate_pg.migrations.files import Migration, check_script
from slate_pg.migrations.script import read_plain
from slate_pg.postgres.connection import Connection, connect
from slate_pg.postgres.effects import parameters_set


class Reachable(Protocol):
    """A server that we may write to: one of ours, or the one that a test run shares."""

    def url(self, database: str = "postgres") -> str:
        """Return the connection string of a database."""


def parameters_of(project: Project) -> set[str]:
    """Return the parameters of nobody's own that a project's files set, such as app.user_id. Reads only."""
    folders = [project.cluster, *(p.migrations for p in project.products)]
    return parameters_set(*(_readable(path) for f in folders for path in sorted(f.rglob("*.sql"))))


def _readable(path: Path) -> str:
    """Return a script's text, or a big one's outline; nothing where it cannot be read, which is said elsewhere."""
    try:
        return read_plain(path).text
    except (FileError, OSError):
        return ""


def new_database(server: Reachable, name: str, project: Project | None, template: str | None = None) -> Connection:
    """Create a database, empty and bootstrapped or as a copy of another, and open it. Writes."""
    with connect(server.url()) as connection:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template or "template0")
        )
        connection.execute(statement)
    opened = connect(server.url(name))
    if project is not None:
        bootstrap(opened, project)
    return opened


def prepare(run: runner.Run) -> None:
    """Create the installation's schema and ledger. Writes."""
    upgrade.create(run.connection, run.product.schema)
    several.create(run.connection, run.product)


def up(run: runner.Run, migration: Migration) -> None:
    """Apply one migration and enter it into the ledger. MigrationFailed or FileError. Writes."""
    check_script(migration.apply)
    runner.apply_one(_asking_nothing(run), migration)


def down(run: runner.Run, migration: Migration) -> None:
    """Undo one migration with the rollback of its file. MigrationFailed or FileError. Writes."""
    if migration.rollback is None:
        raise FileError(f"{migration.apply.path} has no rollback", hint="Write one beside it.")
    check_script(migration.rollback)
    runner.roll_back_one(_asking_nothing(run), migration.id, migration.rollback)


def _asking_nothing(run: runner.Run) -> runner.Run:
    """Return the run itself where it asks nothing of the data, for it knows what its scripts have made so far. Pure."""
    return replace(run, asks=False) if run.asks else run
