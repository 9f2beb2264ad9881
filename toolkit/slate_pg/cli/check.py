"""`slate check`: prove the migrations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Optional

import typer

from slate_pg.cli.opening import project_of
from slate_pg.cli.options import Form, Json, Migrations, Products, Trust

if TYPE_CHECKING:
    from slate_pg.checks.roundtrip import Report
    from slate_pg.config import Project


def check(
    products: Products = None,
    form: Form = "text",
    trust: Trust = False,
    longest: Annotated[
        float, typer.Option("--longest", metavar="SECONDS", min=1, help="End a file that takes longer.")
    ] = 600,
    against: Annotated[
        Optional[str],
        typer.Option(
            "--against",
            metavar="BRANCH",
            help="Ask what merging this branch would do, in place of the proof.",
            show_default=False,
        ),
    ] = None,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Prove migrations on a disposable server: replay, rollbacks, catalog, snapshot, lint. Exit 3 on findings.

    With --against it builds the merge with another branch in the order of either side: files of both that touch one
    object, have one number, come late, and what depends on the order.
    """
    from slate_pg.catalog import rules
    from slate_pg.checks.check import check as run_check
    from slate_pg.checks.findings import in_form
    from slate_pg.cli.findings import show_findings
    from slate_pg.cli.output import say
    from slate_pg.cli.progress import checking

    form = "json" if as_json else form
    in_form([], form)
    project = project_of(migrations)
    if against is not None:
        report, done = _merged(project, products or [], against, migrations, trust=trust, longest=longest)
    else:
        selected = [project.product(name) for name in products or []] or list(project.products)
        with checking(quiet=form != "text") as progress:
            report = run_check(project, selected, rules.chosen(project.rules), progress, trust=trust, seconds=longest)
        done = f"{report.migrations} migrations proven"
    for note in report.notes:
        say(f"note: {note}")
    show_findings(report.findings, form, done)


def _merged(
    project: Project, names: list[str], against: str, migrations: str | None, *, trust: bool, longest: float
) -> tuple[Report, str]:
    """Return what merging a branch would do, and in words what was merged. Reads the repository."""
    from slate_pg.checks.against.merge import check_against
    from slate_pg.cli.trees import finder

    folder, find = finder(project, migrations)
    return check_against(project, folder, against, names, find, trust=trust, seconds=longest)
