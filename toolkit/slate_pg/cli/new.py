"""`slate new`: a migration and its rollback to fill in."""

from __future__ import annotations

from typing import Annotated

import typer

from slate_pg.cli.options import (
    Migrations,
    OneProduct,
    project_of,
)


def new(
    product: OneProduct,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it does, verb first: add_guild_quests.")],
    alone: Annotated[bool, typer.Option("--no-transaction", help="For CREATE INDEX CONCURRENTLY and its kin.")] = False,
    migrations: Migrations = None,
) -> None:
    """Write a migration and its rollback to fill in."""
    from slate_pg.cli.output import put
    from slate_pg.migrations.scaffold import scaffold

    for path in scaffold(project_of(migrations, new=True).product(product), name, transactional=not alone):
        put(str(path))
