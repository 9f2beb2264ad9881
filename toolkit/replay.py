"""Runs migrations one at a time on a disposable server, to see what each does and whether it can be undone.

Everything here writes to throw-away databases only.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg import sql

from toolkit import ledger, runner
from toolkit.bootstrap import bootstrap
from toolkit.config import Project
from toolkit.connection import Connection, connect
from toolkit.errors import FileError, ServerError
from toolkit.files import Migration, check_script
from toolkit.server import Server, disposable, find_binaries

_PLACES = ("/usr/lib/postgresql/{}/bin", "/usr/pgsql-{}/bin", "/opt/homebrew/opt/postgresql@{}/bin")


@contextmanager
def disposable_of(major: int | None = None) -> Iterator[Server]:
    """Start a disposable server, of this major version where its binaries are found on the machine. Writes."""
    folder = _binaries_of(major) if major else None
    before = os.environ.get("PG_BIN")
    if folder:
        os.environ["PG_BIN"] = folder
    try:
        with disposable() as server:
            yield server
    finally:
        if folder and before is None:
            os.environ.pop("PG_BIN", None)
        elif folder and before is not None:
            os.environ["PG_BIN"] = before


def _binaries_of(major: int) -> str | None:
    """Return the folder with this major's binaries; None when the usual ones are right or there is no other."""
    try:
        if find_binaries().major == major:
            return None
    except ServerError:
        pass
    return next((p for p in (place.format(major) for place in _PLACES) if (Path(p) / "initdb").exists()), None)


def new_database(server: Server, name: str, project: Project | None, template: str | None = None) -> Connection:
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
    ledger.create(run.connection, run.product.schema)


def up(run: runner.Run, migration: Migration) -> None:
    """Apply one migration and enter it into the ledger. MigrationFailed or FileError. Writes."""
    check_script(migration.apply)
    runner.apply_one(run, migration, {})


def down(run: runner.Run, migration: Migration) -> None:
    """Undo one migration with the rollback of its file. MigrationFailed or FileError. Writes."""
    if migration.rollback is None:
        raise FileError(f"{migration.apply.path} has no rollback", hint="Write one beside it.")
    check_script(migration.rollback)
    runner.roll_back_one(run, migration.id, migration.rollback, {})
