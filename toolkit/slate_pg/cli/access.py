"""`slate access`: who may do what."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from slate_pg.cli.options import (
    Database,
    Json,
    Migrations,
    Products,
    opened,
    project_of,
)


def access(
    products: Products = None,
    role: Annotated[Optional[list[str]], typer.Option("--role", metavar="ROLE", help="Only these roles.")] = None,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Show who may do what: table by role by command, from grants, memberships and policies."""
    from slate_pg.cli.output import put_json, put_table
    from slate_pg.cluster.access import COMMANDS, check_roles, concerned, read_access
    from slate_pg.migrations.installations import read_all

    project = project_of(migrations)
    with opened(database, "access") as connection:
        check_roles(connection, role or [])
        schemas = [s.schema for s in read_all(connection, project, products or []) if s.applied]
        found = [a for a in read_access(connection, schemas) if not role or a.role in role]
    if as_json:
        put_json({"access": [vars(a) for a in found]})
        return
    heads = ("table", "role", *(c.lower() for c in COMMANDS))
    cells = [(f"{a.schema}.{a.table}", a.role, *("-" if c == "none" else c for c in a.cells)) for a in concerned(found)]
    put_table(heads, cells)
