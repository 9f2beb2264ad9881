"""new, snapshot."""

from __future__ import annotations

from typing import Annotated

import typer

from toolkit.cli.options import Json, Migrations, OneProduct, Products, project_of


def new(
    product: OneProduct,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it does, verb first: add_guild_quests.")],
    alone: Annotated[bool, typer.Option("--no-transaction", help="For CREATE INDEX CONCURRENTLY and its kin.")] = False,
    migrations: Migrations = None,
) -> None:
    """Write a migration and its rollback to fill in."""
    from toolkit.cli.output import put
    from toolkit.scaffold import scaffold

    for path in scaffold(project_of(migrations).product(product), name, transactional=not alone):
        put(str(path))


def snapshot(
    products: Products = None,
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit 3 when a file is stale.")] = False,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Rewrite sql/*/schema: what the migrations build, one file an object, for readers and diffs."""
    from toolkit.cli.output import put, put_json
    from toolkit.snapshot import compare, picture, write

    project = project_of(migrations)
    selected = [project.product(n) for n in products or []] or list(project.products)
    pictures = picture(project, selected)
    stale = compare(pictures)
    if not check:
        write(pictures, stale)
    if as_json:
        put_json({"changed" if not check else "stale": [str(p) for p in stale]})
    else:
        for path in stale:
            put(str(path))
        if not stale:
            put("the snapshot is fresh")
    if check and stale:
        raise typer.Exit(3)
