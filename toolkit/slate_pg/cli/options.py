"""The options that several commands share, and what they open."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Optional, TypeVar

import typer

from slate_pg.cli.environment import given_url, project_here, session_options
from slate_pg.config import Product, Project, find_project, require_sql
from slate_pg.errors import Misuse, ServerError, did_you_mean

if TYPE_CHECKING:
    from slate_pg.migrations.files import Migration
    from slate_pg.postgres.connection import Connection


def complete_product(incomplete: str) -> list[str]:
    """Return the products whose name starts so, for the shell."""
    try:
        return [p.name for p in find_project().products if p.name.startswith(incomplete)]
    except Exception:  # a completion never speaks
        return []


Database = Annotated[
    Optional[str],
    typer.Option(
        "--database",
        "-d",
        metavar="URL",
        help="Connection string; else DATABASE_URL, PG* variables, the embedded server.",
    ),
]
Migrations = Annotated[
    Optional[str],
    typer.Option("--migrations", metavar="DIR", help="Folder of migrations; else [tool.slate], else ./migrations."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Products = Annotated[
    Optional[list[str]],
    typer.Argument(
        metavar="[PRODUCT]...", autocompletion=complete_product, help="All when left out.", show_default=False
    ),
]
OneProduct = Annotated[str, typer.Argument(metavar="PRODUCT", autocompletion=complete_product)]
InstalledAs = Annotated[
    Optional[str], typer.Option("--as", metavar="NAME", help="Install under another schema name.", show_default=False)
]
LockTimeout = Annotated[
    int, typer.Option("--lock-timeout", metavar="MS", min=1, help="Longest wait of one attempt in the lock queue, ms.")
]
Wait = Annotated[
    float, typer.Option("--wait", metavar="S", min=0, help="Longest wait for a quiet moment or another runner, s.")
]

MaxLag = Annotated[
    Optional[float],
    typer.Option(
        "--max-lag", metavar="S", min=0, help="A backfill waits for standbys further behind, s; 0 for none.",
        show_default=False,
    ),
]  # fmt: skip
SignKey = Annotated[
    Optional[str],
    typer.Option(
        "--sign-key-from", metavar="SOURCE", help="Environment variable or file with the key that signs backups."
    ),
]
Again = Annotated[
    Optional[str],
    typer.Option("--again", metavar="ID", help="Run once more what commits as it goes and was cut short in this one."),
]
Direct = Annotated[
    Optional[str],
    typer.Option("--direct", metavar="URL", help="The server's own address, where --database leads to a pooler."),
]
Trust = Annotated[
    bool, typer.Option("--trust", help="Run the files as a superuser who reaches this machine: only your own files.")
]
Form = Annotated[
    str,
    typer.Option("--format", metavar="FORM", help="text, json, github, gitlab, sarif, markdown or junit, on stdout."),
]


def check_known(name: str | None, known: Sequence[str]) -> None:
    """Misuse where --again names a migration that no file of the command has."""
    if name is not None and name not in known:
        raise Misuse(f'there is no migration "{name}"', hint=did_you_mean(name, known))


def keeping(product: Product, max_lag: float | None) -> Product:
    """Return a product whose backfills keep what --max-lag says, where it says something."""
    return product if max_lag is None else replace(product, limits=replace(product.limits, max_lag=max_lag))


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
