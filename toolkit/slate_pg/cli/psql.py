"""`slate psql`: psql with a product's search path."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from slate_pg.cli.opening import project_of, url_of
from slate_pg.cli.options import Database, Migrations


def psql(
    context: typer.Context,
    product: Annotated[Optional[str], typer.Argument(metavar="[PRODUCT]", help="Whose search path to use.")] = None,
    database: Database = None,
    migrations: Migrations = None,
) -> None:
    """Open psql on the database; what follows goes to psql (slate psql flourish -l)."""
    import os

    from slate_pg.catalog.identity import quote
    from slate_pg.postgres.binaries import find_client

    arguments = list(context.args)
    if product and product.startswith("-"):
        arguments.insert(0, product)
        product = None
    url = url_of(database)
    program = find_client("psql")
    if product:
        project = project_of(migrations)
        names = [*project.product(product).path, *([project.shared] if project.shared else [])]
        path = ",".join(map(quote, names)).replace("\\", "\\\\").replace(" ", "\\ ")
        os.environ["PGOPTIONS"] = f"{os.environ.get('PGOPTIONS', '')} -c search_path={path}".strip()
    target = without_password(url) if url else None
    os.execv(  # noqa: S606 - slate becomes psql
        program, [program, *([target] if target else []), *arguments]
    )


def without_password(url: str) -> str:
    """Move the password of a connection string into the environment, where no process list shows it."""
    import os

    from psycopg.conninfo import make_conninfo

    from slate_pg.conninfo import parse

    parts = parse(url)
    password = parts.pop("password", None)
    parts.pop("sslpassword", None)  # a process list would show it; psql asks for it
    if password:
        os.environ["PGPASSWORD"] = password
    return make_conninfo("", **parts)
