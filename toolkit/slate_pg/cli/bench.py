"""`slate bench`: what has a budget, measured."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional, cast

import typer

from slate_pg.cli.opening import project_of
from slate_pg.cli.options import Json, Migrations, Products
from slate_pg.errors import AnswerIsNo, Misuse

if TYPE_CHECKING:
    from slate_pg.bench.report import Section
    from slate_pg.cli.shapes.measures import Figures


def bench(
    products: Products = None,
    scale: Annotated[int, typer.Option("--scale", metavar="N", min=1, help="Slices of the scale set.")] = 1,
    repeats: Annotated[int, typer.Option("--repeats", metavar="N", min=3, help="Runs of each measurement.")] = 20,
    only: Annotated[
        Optional[str],
        typer.Option(
            "--only",
            metavar="SECTIONS",
            help="data, queries, seeds, writes, runner, start, growth, backup, retention, tests, fleet; "
            "comma separated.",
        ),
    ] = None,
    installations: Annotated[
        Optional[str],
        typer.Option(
            "--installations", metavar="N,N", help="How many a fleet has: 10, 100, 300 and 1000 when left out."
        ),
    ] = None,
    output: Annotated[Optional[Path], typer.Option("--save", metavar="FILE", help="Write the figures as JSON.")] = None,
    against: Annotated[
        Optional[Path], typer.Option("--against", metavar="FILE", help="Compare with a saved run.")
    ] = None,
    report: Annotated[
        Optional[Path], typer.Option("--report", metavar="FILE", help="Write Markdown, and charts beside it.")
    ] = None,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Measure everything that has a budget, on disposable servers. Exit 3 when one was missed.

    What is measured is shown, and the files are written, as soon as there is more of it.
    """
    from slate_pg.bench.report import figures_of, joined, save, slower_than, write_report
    from slate_pg.bench.sections import choose, measure
    from slate_pg.cli.output import put_json, say, warn
    from slate_pg.cli.progress import watching

    project = project_of(migrations)
    names = choose([name.strip() for name in only.split(",")] if only else [], project)
    chosen = [project.product(n) for n in products or []] or list(project.products)
    many = sizes_of(installations)
    said = [*(products or []), f"--scale {scale} --repeats {repeats}", *([f"--only {only}"] if only else [])]
    said += [f"--installations {installations}"] if many else []
    sections: list[Section] = []
    figures = figures_of(sections, scale)
    quietly = partial(watching, quiet=as_json, lines=False)
    for section in measure(project, chosen, names, scale, repeats, quietly, many):
        if not as_json:
            show(section)
        sections = joined([*sections, section])
        figures = figures_of(sections, scale)
        if output:
            save(output, figures)
        if report:
            write_report(report, sections, figures, f"slate bench {' '.join(said)}")
    if as_json:
        put_json(cast("Figures", figures))
    elif not sections:
        say(f"nothing to measure: {', '.join(p.name for p in chosen)} has no query with a budget and no scale set")
    for line in slower_than(against, figures) if against else []:
        warn(f"slower: {line}")
    if missed := [line for section in sections for line in section.missed]:
        for line in missed:
            warn(line)
        raise AnswerIsNo


def sizes_of(text: str | None) -> list[int]:
    """Return the numbers of --installations. Misuse for less than 10, and for odd ones: there are two servers."""
    found = [part.strip() for part in text.split(",")] if text is not None else []
    for part in found:
        if not (part.isascii() and part.isdigit() and len(part) < 7 and int(part) >= 10 and int(part) % 2 == 0):
            raise Misuse(
                f'--installations takes even numbers from 10 on, not "{part}"', hint="As in --installations 10,100."
            )
    return sorted({int(part) for part in found})


def show(section: Section) -> None:
    """Print a section as a table."""
    from slate_pg.cli.output import put, put_table

    put(section.title)
    put_table(section.head, section.rows)
    put("")
    sys.stdout.flush()  # also into a pipe: the next one may be minutes away
