"""`slate lint`: squawk and sqlfluff."""

from __future__ import annotations

from slate_pg.cli.opening import project_of
from slate_pg.cli.options import Form, Json, Migrations, Products


def lint(products: Products = None, form: Form = "text", migrations: Migrations = None, as_json: Json = False) -> None:
    """Run squawk (safety) and sqlfluff (style) over the SQL files. Exit 3 on findings."""
    from slate_pg.checks.findings import in_form
    from slate_pg.checks.lint import lint as run_lint
    from slate_pg.cli.findings import show_findings
    from slate_pg.cli.output import say

    form = "json" if as_json else form
    in_form([], form)
    project = project_of(migrations)
    selected = [project.product(name) for name in products or []] or list(project.products)
    linted = run_lint(project, selected)
    for note in linted.notes:
        say(f"note: {note}")
    show_findings(linted.findings, form, f"{linted.files} files read")
