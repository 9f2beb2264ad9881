"""`slate snapshot`: what the migrations build."""

from __future__ import annotations

from typing import Annotated

import typer

from slate_pg.cli.opening import project_of
from slate_pg.cli.options import Json, Migrations, Products, Trust
from slate_pg.errors import AnswerIsNo


def snapshot(
    products: Products = None,
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit 3 when a file is stale.")] = False,
    trust: Trust = False,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Rewrite sql/*/schema: what the migrations build, one file an object, for readers and diffs."""
    from slate_pg.checks.snapshot import compare, render, write
    from slate_pg.cli.output import put, put_json

    project = project_of(migrations)
    selected = [project.product(n) for n in products or []] or list(project.products)
    files = render(project, selected, trust=trust)
    stale = compare(files)
    if not check:
        write(files, stale)
    if as_json:
        paths = [str(p) for p in stale]
        put_json({"stale": paths} if check else {"changed": paths})
    else:
        for path in stale:
            put(str(path))
        if not stale:
            put("the snapshot is fresh")
    if check and stale:
        raise AnswerIsNo
