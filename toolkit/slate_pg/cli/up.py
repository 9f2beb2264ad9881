"""`slate up`: start, build, seed and show everything."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, cast

from slate_pg.cli.asked import chosen_environment, given_url
from slate_pg.cli.opening import project_of
from slate_pg.cli.options import Database, Json, Migrations

if TYPE_CHECKING:
    from slate_pg.cli.shapes import history as shapes
    from slate_pg.config import Project
    from slate_pg.migrations.installations import Inventory
    from slate_pg.postgres.connection import Connection


def up(database: Database = None, migrations: Migrations = None, as_json: Json = False) -> None:
    """Start the embedded server if no database is given, apply everything, seed it, show what is there."""
    from slate_pg.cli.output import put_json, say, warn
    from slate_pg.cli.progress import watching
    from slate_pg.cluster.bootstrap import bootstrap as run_bootstrap
    from slate_pg.migrations.runner import Run, apply
    from slate_pg.operations.seeds import load
    from slate_pg.postgres.connection import connect

    project = project_of(migrations)
    url = given_url(database)
    if url is None:
        url = start_embedded(quiet=as_json)
    changed: shapes.Changed = {"applied": [], "seeded": []}
    with connect(url, purpose="slate up") as connection:
        for warning in run_bootstrap(connection, project):
            warn(warning)
        with watching(quiet=as_json, lines=False, connection=connection) as watcher:
            for product in project.select([]):
                run = Run(connection, product, project.shared, watcher=watcher)
                applied, seeded = apply(run), load(run, ("reference", "demo"), only_new=True)
                changed["applied"] += applied
                changed["seeded"] += [f"{product.name}/{s.seed}" for s in seeded]
                if (applied or seeded) and not as_json:
                    parts = [f"{len(applied)} migrations"] + [f"{s.rows} rows of {s.seed} data" for s in seeded]
                    say(f"{product.schema}: {', '.join(parts)}")
        if as_json:
            there = cast("list[shapes.Inventory]", [vars(i) for i in inventory(connection, project)])
            put_json({**changed, "up_to_date": not any(changed.values()), "products": there})
        else:
            show_up(connection, project, url, changed)


def start_embedded(quiet: bool = False) -> str:
    """Start the embedded server and make its database; return the connection string. Writes."""
    from slate_pg.cli.output import say
    from slate_pg.postgres.connection import connect
    from slate_pg.postgres.server import embedded_server

    server = embedded_server()
    server.create()
    if not server.is_running and not quiet:
        say(f"starting PostgreSQL {server.binaries.major} in {server.home}")
    server.start()
    with connect(server.url()) as connection:
        if not connection.execute("SELECT 1 FROM pg_catalog.pg_database WHERE datname = 'slate'").fetchone():
            connection.execute("CREATE DATABASE slate")
    return server.url("slate")


def inventory(connection: Connection, project: Project) -> list[Inventory]:
    """Return tables, rows and migrations of each installation."""
    from slate_pg.migrations.installations import read_all, take_inventory

    return [take_inventory(connection, s) for s in read_all(connection, project, []) if s.applied]


def show_up(connection: Connection, project: Project, url: str, changed: shapes.Changed) -> None:
    """Print what `up` found or did, one documented query with its rows, and how to connect."""
    from slate_pg.cli.output import put, put_table
    from slate_pg.conninfo import describe

    if not any(changed.values()):
        put("up to date: nothing applied, nothing seeded")
        put("")
    found = inventory(connection, project)
    rows = [(i.schema, i.tables, f"{i.rows}{'+' if i.more else ''}", i.migrations) for i in found]
    put_table(("schema", "tables", "rows", "migrations"), rows)
    if project.showcase:
        show_query(connection, project, project.showcase)
    put("")
    within = chosen_environment()
    put(f"connect:  {program()} psql" + (f" --env {shlex.quote(within.name)}" if within else ""))
    put(f"          {describe(url) if url else 'with your PG* variables'}")


def program() -> str:
    """Return how to call slate from here: by its name where it is on PATH, else by its path."""
    import os
    import shutil
    import sys

    called = os.path.abspath(sys.argv[0])
    if os.path.basename(called) == "__main__.py":
        return "python -m slate_pg"
    return "slate" if shutil.which("slate") == called else os.path.relpath(called)


def show_query(connection: Connection, project: Project, showcase: str) -> None:
    """Print one of a product's queries with its first rows."""
    from slate_pg.cli.output import put, put_table
    from slate_pg.sqlfiles import find

    name, _, query = showcase.partition("/")
    product = project.product(name)
    file = find(product.sql / "queries", query)
    with connection.transaction():
        path = ", ".join('"' + name.replace('"', '""') + '"' for name in product.path)
        connection.execute(f"SET LOCAL search_path = {path}".encode())
        cursor = connection.execute(file.parameterised.encode(), file.examples)
        rows = cursor.fetchmany(5)
    put("")
    put(f"{product.schema}: {file.header.get('what', query)}")
    put("")
    # A row of a query stays one line, as psql shows it.
    put_table([c.name for c in cursor.description or ()], [[_short(v) for v in row] for row in rows], fitted=False)


def _short(value: object) -> str:
    from datetime import datetime

    text = value.strftime("%Y-%m-%d %H:%M") if isinstance(value, datetime) else str(value)
    return text if len(text) <= 40 else text[:39] + "…"
