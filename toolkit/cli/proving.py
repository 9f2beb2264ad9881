"""check, lint, drift."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from toolkit.cli.options import Database, Json, Migrations, Products, opened, project_of

if TYPE_CHECKING:
    from toolkit.config import Project
    from toolkit.connection import Connection
    from toolkit.findings import Finding
    from toolkit.proof import Progress

Form = Annotated[str, typer.Option("--format", metavar="FORM", help="text, github, gitlab, sarif or json, on stdout.")]


def check(products: Products = None, form: Form = "text", migrations: Migrations = None, as_json: Json = False) -> None:
    """Prove migrations on a disposable server: replay, rollbacks, catalog, snapshot, lint. Exit 3 on findings."""
    from toolkit import rules
    from toolkit.check import check as run_check
    from toolkit.cli.output import say
    from toolkit.findings import in_form

    form = "json" if as_json else form
    in_form([], form)
    project = project_of(migrations)
    selected = [project.product(name) for name in products or []] or list(project.products)
    with proving(quiet=form != "text") as progress:
        report = run_check(project, selected, rules.chosen(project.rules), progress)
    for note in report.notes:
        say(f"note: {note}")
    show(report.findings, form, f"{report.migrations} migrations proven")


def lint(products: Products = None, form: Form = "text", migrations: Migrations = None, as_json: Json = False) -> None:
    """Run squawk (safety) and sqlfluff (style) over the SQL files. Exit 3 on findings."""
    from toolkit.cli.output import say
    from toolkit.findings import in_form
    from toolkit.lint import lint as run_lint

    form = "json" if as_json else form
    in_form([], form)
    project = project_of(migrations)
    selected = [project.product(name) for name in products or []] or list(project.products)
    linted = run_lint(project, selected)
    for note in linted.notes:
        say(f"note: {note}")
    show(linted.findings, form, f"{linted.files} files read")


def drift(
    products: Products = None, database: Database = None, migrations: Migrations = None, as_json: Json = False
) -> None:
    """Compare a live database with what its ledger says it should be, object by object. Exit 3 when it differs."""
    from toolkit.cli.output import put, put_json, say
    from toolkit.drift import find_drift

    project = project_if_any(migrations)
    with opened(database, "drift") as connection:
        found = find_drift(connection, schemas_of(connection, project, products or []), project)
    for note in found.notes:
        say(f"note: {note}")
    if as_json:
        put_json(
            {
                "schemas": found.schemas,
                "migrations": found.migrations,
                "differences": [vars(d) for d in found.differences],
            }
        )
    for difference in found.differences if not as_json else ():
        put(f"{difference.severity:<12} {difference}")
    count = len(found.differences)
    say(f"{found.migrations} migrations rebuilt, {count or 'no'} difference{'' if count == 1 else 's'}")
    if count:
        raise typer.Exit(3)


def project_if_any(migrations: str | None) -> Project | None:
    """Return the project; None where there is none and none was asked for: a ledger needs no files."""
    from toolkit.errors import Misuse

    try:
        return project_of(migrations)
    except Misuse:
        if migrations:
            raise
        return None


def schemas_of(connection: Connection, project: Project | None, names: list[str]) -> list[str]:
    """Return the schemas meant by names of products or of schemas; every installation of a product."""
    from toolkit.installations import read_all

    if project is None or not names:
        return names
    products = [name for name in names if name in {p.name for p in project.products}]
    states = read_all(connection, project, products) if products else []
    return list(dict.fromkeys([s.schema for s in states if s.applied] + [n for n in names if n not in products]))


def show(findings: list[Finding], form: str, done: str) -> None:
    """Print the findings in a form, and in words how many there are; exit 3 when there are any."""
    from toolkit.cli.output import put, say
    from toolkit.findings import in_form

    text = in_form(findings, form)
    if text:
        put(text)
    say(f"{done}, {len(findings) or 'no'} finding{'' if len(findings) == 1 else 's'}")
    if findings:
        raise typer.Exit(3)


@contextmanager
def proving(quiet: bool) -> Iterator[Progress]:
    """Yield what a check reports to: a progress bar on a terminal, nothing elsewhere."""
    import sys

    from toolkit.proof import Progress

    if quiet or not sys.stderr.isatty():
        yield Progress()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield Progress(
            planned=lambda steps: bar.update(task, total=steps),
            done=lambda name: bar.update(task, advance=1, description=name),
        )
