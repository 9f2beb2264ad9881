"""`slate access`: who may do what."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional, cast

import typer

from slate_pg.cli.opening import opened, project_of
from slate_pg.cli.options import Database, Json, Migrations, Products

if TYPE_CHECKING:
    from slate_pg.cli.shapes.findings import Access


def access(
    products: Products = None,
    role: Annotated[Optional[list[str]], typer.Option("--role", metavar="ROLE", help="Only these roles.")] = None,
    expect: Annotated[
        Optional[Path], typer.Option(metavar="FILE", help="Compare with a table of expectations; exit 3 on a change.")
    ] = None,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Show who may do what: table by role by command, from grants, memberships and policies."""
    from slate_pg.cli.output import put, put_json, put_table
    from slate_pg.cluster.access import COMMANDS, changes, check_roles, concerned, expected, read_access
    from slate_pg.errors import AnswerIsNo
    from slate_pg.migrations.installations import find_owned, read_all
    from slate_pg.sqlfiles import read_text

    project = project_of(migrations)
    with opened(database, "access") as connection:
        check_roles(connection, role or [])
        own = find_owned(connection, read_all(connection, project, products or []))
        found = read_access(connection, [*own.schemas, *own.tables])
    found = [a for a in found if a.schema in own.schemas or a.table in own.tables[a.schema]]
    found = [a for a in found if not role or a.role in role]
    if expect:
        changed = changes(found, expected(read_text(expect)))
        put_json({"changes": changed}) if as_json else put("\n".join(changed) or f"as {expect.name} says")
        if changed:
            raise AnswerIsNo
        return
    if as_json:
        put_json({"access": cast("list[Access]", [vars(each) for each in found])})
        return
    heads = ("table", "role", *(c.lower() for c in COMMANDS))
    cells = [(f"{a.schema}.{a.table}", a.role, *("-" if c == "none" else c for c in a.cells)) for a in concerned(found)]
    put_table(heads, cells)
