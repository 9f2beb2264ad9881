"""Opens what a command was asked about: its project, and its database; knows nothing of Typer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

from slate_pg.cli.asked import given_url, project_here, session_options
from slate_pg.config import Product, Project, require_sql
from slate_pg.errors import Misuse, ServerError

if TYPE_CHECKING:
    from slate_pg.migrations.files import Migration
    from slate_pg.postgres.connection import Connection


def url_of(database: str | None) -> str:
    """Return the connection string to use; ServerError when that is the embedded server and it is not there."""
    url = given_url(database)
    if url is not None:
        return url
    from slate_pg.postgres.server import embedded_url_if_running

    found = embedded_url_if_running()
    if found is None:
        raise ServerError(
            "no database given, and the embedded server does not run",
            hint="Run `slate up` to start it, or give --database URL (or DATABASE_URL).",
        )
    return found


@contextmanager
def opened(database: str | None, command: str, direct: str | None = None) -> Iterator[Connection]:
    """Open the database for a command, past a pooler where its own address is given, and close it afterwards."""
    from slate_pg.postgres.connection import connect

    url = url_of(database)
    with connect(direct or url, purpose=f"slate {command}", **session_options(direct or url)) as connection:
        if direct and given_url(database) is not None:
            with connect(url_of(database), purpose=f"slate {command}") as pooled:
                _check_same(pooled, connection)
        yield connection


Found = TypeVar("Found")


def read_with(database: str | None, command: str, read: Callable[[Connection], Found]) -> Found:
    """Return what a reading finds: through libpq alone where that is enough, without importing psycopg. Reads only.

    Whatever is wrong is told by psycopg, in a second reading.
    """
    from slate_pg.postgres import light

    url = url_of(database)
    with suppress(light.Unfit), light.connect(url, f"slate {command}", **session_options(url)) as connection:
        return read(connection)
    with opened(database, command) as connection:
        return read(connection)


def _check_same(one: Connection, other: Connection) -> None:
    """Misuse where two connections do not lead to one database. Reads only."""
    query = (
        "SELECT system_identifier, oid FROM pg_catalog.pg_control_system(), pg_catalog.pg_database "
        "WHERE datname = pg_catalog.current_database()"
    )
    if one.execute(query).fetchone() != other.execute(query).fetchone():
        raise Misuse("--direct leads to another database", hint="Give the address of the server behind the pooler.")


def project_of(migrations: str | None, *, new: bool = False) -> Project:
    """Return the project the command is about; Misuse where it holds no migration, unless it is for a `new` one."""
    project = project_here(migrations)
    return project if new else require_sql(project)


def say_remarks(products: Sequence[Product], files: Mapping[str, Sequence[Migration]]) -> None:
    """Say what is passed over in the products' folders, and where numbers and names give two orders."""
    from slate_pg.cli.output import say, warn
    from slate_pg.migrations.folders import find_format, remarks, taken_for
    from slate_pg.migrations.order import find_misnumbered

    for product in products:
        scripts = [script for m in files.get(product.name, ()) for script in m.scripts if script.has_variables]
        for note in taken_for(product):
            say(f"note: {note}")
        for remark in [*remarks(product), *(said for script in scripts for said in script.remarks())]:
            warn(remark)
        two = None if find_format(product) else find_misnumbered(files.get(product.name, ()))
        if two:
            warn(f"{two[0]} runs before {two[1]}: the order is by name (write numbers with as many digits)")
