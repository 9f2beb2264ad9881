"""up, down, psql, bootstrap, seed, test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from toolkit.cli.options import (
    Database,
    InstalledAs,
    Json,
    LockTimeout,
    Migrations,
    Products,
    Wait,
    opened,
    project_of,
    url_of,
)

if TYPE_CHECKING:
    from toolkit.config import Project
    from toolkit.connection import Connection


def up(database: Database = None, migrations: Migrations = None, as_json: Json = False) -> None:
    """Start the embedded server if no database is given, apply everything, seed it, show what is there."""
    from toolkit.bootstrap import bootstrap as run_bootstrap
    from toolkit.cli.output import put_json, say, warn, watching
    from toolkit.config import database_url
    from toolkit.connection import connect
    from toolkit.runner import Run, apply
    from toolkit.seeds import load

    project = project_of(migrations)
    url = database_url(database)
    if url is None:
        url = start_embedded(quiet=as_json)
    changed: dict[str, Any] = {"applied": [], "seeded": []}
    with connect(url, purpose="slate up") as connection:
        for warning in run_bootstrap(connection, project):
            warn(warning)
        with watching(quiet=as_json, lines=False) as watcher:
            for product in project.select([]):
                run = Run(connection, product, project.shared, watcher=watcher)
                applied, seeded = apply(run), load(run, ("reference", "demo"), only_new=True)
                changed["applied"] += applied
                changed["seeded"] += [f"{product.name}/{s.seed}" for s in seeded]
                if (applied or seeded) and not as_json:
                    parts = [f"{len(applied)} migrations"] + [f"{s.rows} rows of {s.seed} data" for s in seeded]
                    say(f"{product.schema}: {', '.join(parts)}")
        if as_json:
            put_json({**changed, "up_to_date": not any(changed.values()), "products": inventory(connection, project)})
        else:
            show_up(connection, project, url, changed)


def start_embedded(quiet: bool = False) -> str:
    """Start the embedded server and make its database; return the connection string. Writes."""
    from toolkit.cli.output import say
    from toolkit.connection import connect
    from toolkit.server import embedded_server

    server = embedded_server()
    server.create()
    if not server.is_running and not quiet:
        say(f"starting PostgreSQL {server.binaries.major} in {server.home}")
    server.start()
    with connect(server.url()) as connection:
        if not connection.execute("SELECT 1 FROM pg_catalog.pg_database WHERE datname = 'slate'").fetchone():
            connection.execute("CREATE DATABASE slate")
    return server.url("slate")


def inventory(connection: Connection, project: Project) -> list[dict[str, Any]]:
    """Return tables, rows and migrations of each installation, for --json."""
    from toolkit.installations import read_all, take_inventory

    return [vars(take_inventory(connection, s)) for s in read_all(connection, project, []) if s.applied]


def show_up(connection: Connection, project: Project, url: str, changed: dict[str, Any]) -> None:
    """Print what `up` found or did, one documented query with its rows, and how to connect."""
    from toolkit.cli.output import put, put_table
    from toolkit.config import redacted

    if not any(changed.values()):
        put("up to date: nothing applied, nothing seeded")
        put("")
    found = inventory(connection, project)
    rows = [(i["schema"], i["tables"], f"{i['rows']}{'+' if i['more'] else ''}", i["migrations"]) for i in found]
    put_table(("schema", "tables", "rows", "migrations"), rows)
    if project.showcase:
        show_query(connection, project, project.showcase)
    put("")
    put(f"connect:  {program()} psql")
    put(f"          {redacted(url) or 'with your PG* variables'}")


def program() -> str:
    """Return how to call slate from here: by its name where it is on PATH, else by its path."""
    import os
    import shutil
    import sys

    called = os.path.abspath(sys.argv[0])
    if os.path.basename(called) == "__main__.py":
        return "python -m toolkit"
    return "slate" if shutil.which("slate") == called else os.path.relpath(called)


def show_query(connection: Connection, project: Project, showcase: str) -> None:
    """Print one of a product's queries with its first rows."""
    from toolkit.cli.output import put, put_table
    from toolkit.queries import find

    name, _, query = showcase.partition("/")
    product = project.product(name)
    file = find(product.sql / "queries", query)
    with connection.transaction():
        connection.execute(f'SET LOCAL search_path = "{product.schema}"')
        cursor = connection.execute(file.parameterised.encode(), file.examples)
        rows = cursor.fetchmany(5)
    put("")
    put(f"{product.schema}: {file.header.get('what', query)}")
    put("")
    put_table([c.name for c in cursor.description or ()], [[_short(v) for v in row] for row in rows])


def _short(value: Any) -> str:
    from datetime import datetime

    text = value.strftime("%Y-%m-%d %H:%M") if isinstance(value, datetime) else str(value)
    return text if len(text) <= 40 else text[:39] + "…"


def down(database: Database = None) -> None:
    """Stop the embedded server; its data stays."""
    from toolkit.cli.output import put
    from toolkit.config import database_url
    from toolkit.errors import Misuse
    from toolkit.server import embedded_server

    if database_url(database) is not None:
        raise Misuse(
            "a database is given, and slate stops no server but its own",
            hint="Unset DATABASE_URL and the PG variables to stop the embedded server.",
        )
    server = embedded_server()
    stopped = server.stop()
    put(f"stopped; the data stays in {server.home}" if stopped else "the embedded server was not running")


def psql(
    context: typer.Context,
    product: Annotated[Optional[str], typer.Argument(metavar="[PRODUCT]", help="Whose search path to use.")] = None,
    database: Database = None,
    migrations: Migrations = None,
) -> None:
    """Open psql on the database; what follows goes to psql (slate psql flourish -l)."""
    import os
    import shutil

    from toolkit.errors import ServerError
    from toolkit.server import find_binaries

    arguments = list(context.args)
    if product and product.startswith("-"):
        arguments.insert(0, product)
        product = None
    url = url_of(database)
    try:
        program: str | None = find_binaries().path("psql")
    except ServerError:
        program = shutil.which("psql")
    if program is None:
        raise ServerError("no psql found", hint="Install PostgreSQL's client, or set PG_BIN.")
    if product:
        project = project_of(migrations)
        path = f"{project.product(product).schema}{',' + project.shared if project.shared else ''}"
        os.environ["PGOPTIONS"] = f"{os.environ.get('PGOPTIONS', '')} -c search_path={path}".strip()
    target = without_password(url) if url else None
    os.execv(  # noqa: S606 - slate becomes psql
        program, [program, *([target] if target else []), *arguments]
    )


def without_password(url: str) -> str:
    """Move the password of a connection string into the environment, where no process list shows it."""
    import os

    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    parts = conninfo_to_dict(url)
    password = parts.pop("password", None)
    if password:
        os.environ["PGPASSWORD"] = str(password)
    return make_conninfo(**{name: str(value) for name, value in parts.items() if value is not None})


def bootstrap(
    database: Database = None,
    migrations: Migrations = None,
    create_database: Annotated[
        Optional[str],
        typer.Option("--create-database", metavar="NAME", help="First create this database, for production use."),
    ] = None,
    connection_limit: Annotated[
        int, typer.Option("--connection-limit", metavar="N", help="With --create-database; -1 for none.")
    ] = 100,
    as_json: Json = False,
) -> None:
    """Create roles and database settings (sql/cluster). Safe to run again."""
    from toolkit.bootstrap import bootstrap as run_bootstrap
    from toolkit.bootstrap import create_database as create
    from toolkit.cli.output import put, put_json, warn
    from toolkit.connection import connect

    project = project_of(migrations)
    url = url_of(database)
    notes: list[str] = []
    with connect(url, purpose="slate bootstrap") as connection:
        if create_database:
            notes += create(connection, create_database, connection_limit)
    options = {"dbname": create_database} if create_database else {}
    with connect(url, purpose="slate bootstrap", **options) as connection:
        notes += run_bootstrap(connection, project)
        name = connection.info.dbname
    if as_json:
        put_json({"database": name, "notes": notes})
        return
    for note in notes:
        warn(note)
    put(f"{name}: bootstrapped" + (f", {len(notes)} things could not be done as wanted" if notes else ""))


def seed(
    products: Products = None,
    sets: Annotated[
        str, typer.Option("--set", metavar="SETS", help="reference, demo, scale; comma separated.")
    ] = "reference,demo",
    scale: Annotated[
        int, typer.Option("--scale", metavar="N", min=1, help="Slices of the scale set; those there are passed over.")
    ] = 1,
    schema: InstalledAs = None,
    lock_timeout: LockTimeout = 100,
    wait: Wait = 60,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Load seed data; loading it again adds nothing."""
    from toolkit.cli.output import milliseconds, put, put_json, watching
    from toolkit.installations import chosen
    from toolkit.quiet import Patience
    from toolkit.runner import Run
    from toolkit.seeds import load, seed_file

    project = project_of(migrations)
    selected = chosen(project, products or [], schema, None)
    if products and project.shared not in products:
        selected = [p for p in selected if p.name != project.shared]
    report = []
    names = [name.strip() for name in sets.split(",")]
    with opened(database, "seed") as connection, watching(quiet=as_json, lines=False) as watcher:
        for product in selected:
            run = Run(connection, product, project.shared, Patience(lock_timeout, wait), watcher)
            for name in names:
                seed_file(run, name)
            for loaded in load(run, names, scale):
                report.append({"product": product.name, "schema": product.schema, **vars(loaded)})
    if as_json:
        put_json({"seeds": report})
        return
    for one in report:
        slices = f" {scale} ({one['slices']} slices loaded now)" if one["seed"] == "scale" else ""
        put(f"{one['schema']}: {one['seed']}{slices}, {one['rows']} rows, {milliseconds(one['milliseconds'])}")
    if not report:
        put("no seed files for these products")


def test(context: typer.Context) -> None:
    """Run the test suite against a disposable server; what follows goes to pytest."""
    import importlib.util
    import subprocess
    import sys

    from toolkit.errors import Misuse

    if importlib.util.find_spec("pytest") is None:
        raise Misuse("pytest is not installed", hint="pip install 'slate-pg[dev]'.")
    raise typer.Exit(subprocess.call([sys.executable, "-m", "pytest", *context.args]))
