"""`slate generate`: typed Python for services."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from slate_pg.cli.asked import chosen_environment
from slate_pg.cli.opening import opened, project_of
from slate_pg.cli.options import InstalledAs, Json, Migrations, Products, Trust
from slate_pg.errors import AnswerIsNo, Misuse

if TYPE_CHECKING:
    from slate_pg.config import Product, Project
    from slate_pg.generate.model import Schema
    from slate_pg.generate.writing import Written
    from slate_pg.postgres.connection import Connection

generate = typer.Typer(no_args_is_help=True, help="Write typed Python for services, from the schema and the queries.")


To = Annotated[
    Optional[Path], typer.Option("--to", metavar="FILE|DIR", help="A .py file for one product, or a folder.")
]
Check = Annotated[bool, typer.Option("--check", help="Change nothing; exit 3 when a file is stale.")]
Live = Annotated[
    Optional[str],
    typer.Option(
        "--database",
        "-d",
        metavar="URL",
        help="Ask this database, reading only; else a disposable server.",
        show_default=False,
    ),
]


@generate.command("python")
def python(
    products: Products = None,
    to: To = None,
    check: Check = False,
    queries: Annotated[
        Optional[Path],
        typer.Option(
            "--queries", metavar="DIR", help="Folder of queries; else sql/PRODUCT/queries.", show_default=False
        ),
    ] = None,
    schema: InstalledAs = None,
    trust: Trust = False,
    database: Live = None,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Write dataclasses of tables and views and typed functions of queries, over psycopg, sync and async.

    The server says the types: the migrations are run on a disposable one, queries are prepared there and never run.
    """
    from slate_pg.generate import modules

    project = project_of(migrations)
    chosen = _chosen(project, products or [], schema)
    words = f" --queries {queries}" if queries and not queries.is_absolute() else ""
    words += " --trust" if trust else ""
    found = modules.places(chosen, _given(to), queries, words)
    with _asked(database, project, chosen, trust) as connection:
        written = modules.render(connection, project, found)
    _finish(written, check, as_json)


@generate.command("sqlalchemy")
def sqlalchemy(
    products: Products = None,
    to: To = None,
    check: Check = False,
    role: Annotated[
        Optional[str],
        typer.Option(
            "--role",
            metavar="ROLE",
            help="Only the columns that this role may read.",
            show_default=False,
        ),
    ] = None,
    schema: InstalledAs = None,
    trust: Trust = False,
    database: Live = None,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Write SQLAlchemy 2 models of the tables: typed classes with keys and relationships; views as Table.

    The server says the types: the migrations are run on a disposable one. What is written needs SQLAlchemy and psycopg.
    """
    from slate_pg.cluster.access import check_roles
    from slate_pg.generate import modules
    from slate_pg.generate.models import ModelWriter, readable
    from slate_pg.generate.reading import readable_columns

    project = project_of(migrations)
    chosen = _chosen(project, products or [], schema)
    words = (f" --role {shlex.quote(role)}" if role else "") + (" --trust" if trust else "")
    found = modules.places(chosen, _given(to), None, words, "sqlalchemy")
    with _asked(database, project, chosen, trust) as connection:
        check_roles(connection, [role] if role else [])
        columns = readable_columns(connection, role) if role else None

        def write(read: Schema, command: str) -> Written:
            return ModelWriter(read if columns is None else readable(read, columns)).write(command)

        written = modules.render(connection, project, found, write)
    _finish(written, check, as_json)


def _given(to: Path | None) -> Path:
    if to is None:
        raise Misuse("where to is not said", hint="Say --to FILE.py, or --to DIR for a module of each product.")
    return to


def _finish(written: Mapping[Path, Written], check: bool, as_json: bool) -> None:
    """Write what is stale, unless it is only asked for, and say it; AnswerIsNo where it stays stale."""
    from slate_pg.cli.output import put, put_json, say
    from slate_pg.generate import modules

    stale = modules.stale(written)
    if not check:
        modules.save(written, stale)
    for path, module in written.items():
        for note in module.notes:
            say(f"note: {path.name}: {note}")
    if as_json:
        paths = [str(p) for p in stale]
        put_json({"stale": paths} if check else {"changed": paths})
    else:
        for path in stale:
            put(str(path))
        if not stale:
            put("the generated code is fresh")
    if check and stale:
        raise AnswerIsNo


def _chosen(project: Project, names: Sequence[str], schema: str | None) -> list[Product]:
    """Return the products asked for, all but the shared one where none is; Misuse for --as of several."""
    chosen = [project.product(name) for name in names]
    chosen = chosen or [p for p in project.products if p.name != project.shared]
    if schema is None:
        return chosen
    if len(chosen) != 1:
        raise Misuse("--as is of one product", hint="Name the product.")
    return [chosen[0].installed_as(schema)]


@contextmanager
def _asked(database: str | None, project: Project, products: Sequence[Product], trust: bool) -> Iterator[Connection]:
    """Open the database that is named, also by --env, or a disposable one in which the products' files were run."""
    environment = chosen_environment()
    if database is not None or (environment and environment.database is not None):
        with opened(database, "generate") as connection:
            yield connection
        return
    from slate_pg.checks.snapshot import built

    with built(project, products, trust=trust) as connection:
        yield connection
