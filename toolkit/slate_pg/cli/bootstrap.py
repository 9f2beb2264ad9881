"""`slate bootstrap`: roles and database settings."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from slate_pg.cli.opening import project_of, url_of
from slate_pg.cli.options import Database, Json, Migrations


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
    from slate_pg.cli.output import put, put_json, warn
    from slate_pg.cluster.bootstrap import bootstrap as run_bootstrap
    from slate_pg.cluster.bootstrap import create_database as create
    from slate_pg.postgres.connection import connect

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
    put(f"{name}: bootstrapped" + (f", {len(notes)} items could not be done as wanted" if notes else ""))
