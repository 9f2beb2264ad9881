"""`slate seed`: load seed data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from slate_pg.cli.opening import opened, project_of
from slate_pg.cli.options import Database, Direct, InstalledAs, Json, LockTimeout, Migrations, Products, Wait

if TYPE_CHECKING:
    from slate_pg.cli.shapes.history import Seed


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
    direct: Direct = None,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Load seed data; loading it again adds nothing.

    A product is its installation in the schema of its name, or the one that --as names; which others there are is
    said, and `slate fleet seed` reaches them all.
    """
    from slate_pg.cli.others import say_others
    from slate_pg.cli.output import milliseconds, put, put_json
    from slate_pg.cli.progress import watching
    from slate_pg.migrations.installations import chosen
    from slate_pg.migrations.locking import Patience
    from slate_pg.migrations.runner import Run
    from slate_pg.operations.seeds import load, seed_file

    project = project_of(migrations)
    selected = chosen(project, products or [], schema, None)
    if products and project.shared not in products:
        selected = [p for p in selected if p.name != project.shared]
    report: list[Seed] = []
    names = [name.strip() for name in sets.split(",")]
    with (
        opened(database, "seed", direct) as connection,
        watching(quiet=as_json, lines=False, connection=connection) as watcher,
    ):
        say_others(connection, project, selected, "seed")
        for product in selected:
            run = Run(connection, product, project.shared, Patience(lock_timeout, wait), watcher)
            for name in names:
                seed_file(run, name)
            for loaded in load(run, names, scale):
                report.append({
                    "product": product.name, "schema": product.schema, "seed": loaded.seed, "rows": loaded.rows,
                    "milliseconds": loaded.milliseconds, "slices": loaded.slices,
                })  # fmt: skip
    if as_json:
        put_json({"seeds": report})
        return
    for one in report:
        slices = f" {scale} ({one['slices']} slices loaded now)" if one["seed"] == "scale" else ""
        put(f"{one['schema']}: {one['seed']}{slices}, {one['rows']} rows, {milliseconds(one['milliseconds'])}")
    if not report:
        put("no seed files for these products")
