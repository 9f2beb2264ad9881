"""bench."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from toolkit.cli.options import Json, Migrations, Products, project_of


def bench(
    products: Products = None,
    scale: Annotated[int, typer.Option("--scale", metavar="N", min=1, help="Size of the data, linear from 1.")] = 1,
    repeats: Annotated[int, typer.Option("--repeats", metavar="N", min=3, help="Runs of each measurement.")] = 20,
    runner: Annotated[bool, typer.Option("--runner/--no-runner", help="Race the runner against psql as well.")] = True,
    output: Annotated[Optional[Path], typer.Option("--save", metavar="FILE", help="Write the figures as JSON.")] = None,
    against: Annotated[
        Optional[Path], typer.Option("--against", metavar="FILE", help="Compare with a saved run.")
    ] = None,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Time documented queries against their budgets, and the runner against psql. Exit 3 over a budget."""
    from toolkit.bench import race_runner, save, scaled_server, slower_than, time_queries
    from toolkit.cli.output import milliseconds, put, put_json, say
    from toolkit.connection import connect

    project = project_of(migrations)
    chosen = [project.product(n) for n in products or []] or list(project.products)
    timed: list[Any] = []
    with scaled_server(project, chosen, scale) as (server, loaded), connect(server.url()) as connection:
        for one in loaded if not as_json else []:
            say(f"  seed {one.seed}: {one.rows} rows, {milliseconds(one.milliseconds)}")
        for product in chosen:
            timed += time_queries(connection, project, product, repeats)
    races = race_runner(max(3, repeats // 4)) if runner else []
    if output:
        save(output, timed, races, scale)
    if as_json:
        put_json({
            "scale": scale,
            "queries": [{**vars(t), "ratio": t.ratio, "within_budget": t.within_budget} for t in timed],
            "runner": [{**vars(r), "ratio": r.ratio} for r in races],
        })  # fmt: skip
    else:
        show(timed, races)
    for line in slower_than(against, timed) if against else []:
        put(f"slower: {line}")
    if not all(t.within_budget for t in timed):
        raise typer.Exit(3)


def show(timed: list[Any], races: list[Any]) -> None:
    """Print the figures as tables."""
    from toolkit.cli.output import put, put_table

    rows = [
        (
            t.product, t.query, t.rows, f"{t.owner_p50:.2f}", f"{t.owner_p95:.2f}",
            f"{t.person_p50:.2f}" if t.person_p50 is not None else "", f"{t.ratio:.2f}" if t.ratio else "",
            f"{t.budget_ms:g}", "yes" if t.within_budget else "NO", ", ".join(t.indexes)[:60],
        )
        for t in timed
    ]  # fmt: skip
    if rows:
        head = ("product", "query", "rows", "p50 ms", "p95 ms", "as person", "ratio", "budget", "within", "indexes")
        put_table(head, rows)
    if races:
        put("")
        put_table(
            ("runner", "slate s", "psql s", "ratio", "budget"),
            [(r.what, f"{r.ours:.3f}", f"{r.floor:.3f}", f"{r.ratio:.2f}", r.budget) for r in races],
        )
