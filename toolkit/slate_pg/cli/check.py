"""`slate check`: prove the migrations."""

from __future__ import annotations

from typing import Annotated

import typer

from slate_pg.cli.options import (
    Form,
    Json,
    Migrations,
    Products,
    Trust,
    project_of,
)


def check(
    products: Products = None,
    form: Form = "text",
    trust: Trust = False,
    longest: Annotated[
        float, typer.Option("--longest", metavar="SECONDS", min=1, help="End a file that takes longer.")
    ] = 600,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Prove migrations on a disposable server: replay, rollbacks, catalog, snapshot, lint. Exit 3 on findings."""
    from slate_pg.catalog import rules
    from slate_pg.checks.check import check as run_check
    from slate_pg.checks.findings import in_form
    from slate_pg.cli.findings import show_findings
    from slate_pg.cli.output import say
    from slate_pg.cli.progress import checking

    form = "json" if as_json else form
    in_form([], form)
    project = project_of(migrations)
    selected = [project.product(name) for name in products or []] or list(project.products)
    with checking(quiet=form != "text") as progress:
        report = run_check(project, selected, rules.chosen(project.rules), progress, trust=trust, seconds=longest)
    for note in report.notes:
        say(f"note: {note}")
    show_findings(report.findings, form, f"{report.migrations} migrations proven")
