"""bench."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from toolkit.cli.options import Json, Migrations, Products, project_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from toolkit.bench.report import Section
    from toolkit.config import Product, Project


def bench(
    products: Products = None,
    scale: Annotated[int, typer.Option("--scale", metavar="N", min=1, help="Slices of the scale set.")] = 1,
    repeats: Annotated[int, typer.Option("--repeats", metavar="N", min=3, help="Runs of each measurement.")] = 20,
    only: Annotated[
        Optional[str], typer.Option("--only", metavar="SECTIONS", help="queries, seeds, runner; comma separated.")
    ] = None,
    output: Annotated[Optional[Path], typer.Option("--save", metavar="FILE", help="Write the figures as JSON.")] = None,
    against: Annotated[
        Optional[Path], typer.Option("--against", metavar="FILE", help="Compare with a saved run.")
    ] = None,
    report: Annotated[
        Optional[Path], typer.Option("--report", metavar="FILE", help="Write the tables as Markdown.")
    ] = None,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Measure queries, seeds and the runner against their budgets, on a disposable server. Exit 3 over a budget."""
    from toolkit.bench.report import figures_of, markdown, save, slower_than
    from toolkit.cli.output import put, put_json, put_table, warn

    project = project_of(migrations)
    chosen = [project.product(n) for n in products or []] or list(project.products)
    sections = []
    for section in measure(project, chosen, wanted(only), scale, repeats, as_json):
        sections.append(section)
        if not as_json and section.rows:
            put(section.title)
            put_table(section.head, section.rows)
            put("")
    figures = figures_of(sections, scale)
    if as_json:
        put_json(figures)
    if output:
        save(output, figures)
    if report:
        report.write_text(markdown(sections, figures, f"slate bench --scale {scale} --repeats {repeats}", []))
    for line in slower_than(against, figures) if against else []:
        warn(f"slower: {line}")
    missed = [line for section in sections for line in section.missed]
    for line in missed:
        warn(line)
    if missed:
        raise typer.Exit(3)


SECTIONS = ("queries", "seeds", "runner")


def wanted(only: str | None) -> list[str]:
    """Return the sections that were asked for; Misuse names one that does not exist."""
    from toolkit.errors import Misuse, did_you_mean

    names = [name.strip() for name in only.split(",")] if only else list(SECTIONS)
    for name in names:
        if name not in SECTIONS:
            raise Misuse(f'no section "{name}"', hint=did_you_mean(name, SECTIONS))
    return names


def measure(
    project: Project, products: Sequence[Product], names: Sequence[str], scale: int, repeats: int, quiet: bool
) -> Iterator[Section]:
    """Yield each section that was asked for as soon as it is measured."""
    from toolkit.bench import report
    from toolkit.bench.races import race_runner

    timed, seeded = [], []
    if {"queries", "seeds"} & set(names):
        for product in products:
            queries, seed = measure_product(project, product, names, scale, repeats, quiet)
            timed += queries
            seeded += seed
    if "queries" in names:
        yield report.queries_section(timed)
    if "seeds" in names:
        yield report.seeds_section(seeded)
    if "runner" in names:
        yield report.runner_section(race_runner(max(3, repeats // 4)))


def measure_product(
    project: Project, product: Product, names: Sequence[str], scale: int, repeats: int, quiet: bool
) -> tuple[list, list]:
    """Measure what needs a product's data at a scale, on a server of its own."""
    from toolkit.bench.queries import time_queries
    from toolkit.bench.scaled import scaled_server
    from toolkit.bench.seeding import time_seed
    from toolkit.cli.output import milliseconds, say, watching

    with watching(quiet=quiet, lines=False) as watcher, scaled_server(project, product, scale, watcher) as scaled:
        for one in scaled.loaded if not quiet else []:
            say(f"{product.name}: {one.rows} rows of {one.seed} data, {milliseconds(one.milliseconds)}")
        queries = time_queries(scaled, repeats) if "queries" in names else []
        seed = time_seed(scaled, max(3, repeats // 5)) if "seeds" in names else None
        return queries, [seed] if seed else []
