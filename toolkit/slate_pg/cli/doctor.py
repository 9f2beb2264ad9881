"""`slate doctor`: look a live database over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

import typer

from slate_pg.cli.opening import opened, project_of
from slate_pg.cli.options import Database, Form, Json, Migrations, Products
from slate_pg.errors import AnswerIsNo, Misuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slate_pg.cli.shapes import findings as shapes
    from slate_pg.postgres.connection import Connection


def doctor(
    products: Products = None,
    stats: Annotated[
        bool, typer.Option("--stats", help="Show figures instead: slow queries, use of indexes, size and growth.")
    ] = False,
    database: Database = None,
    migrations: Migrations = None,
    form: Form = "text",
    as_json: Json = False,
) -> None:
    """Look a live database over, reading only. Exit 3 when something is not well."""
    import sys

    from slate_pg.checks.findings import Finding, in_form
    from slate_pg.cli.output import colour, put, put_json, warn
    from slate_pg.migrations.installations import find_owned, read_all
    from slate_pg.operations.doctor import examine, names

    form = "json" if as_json else form
    in_form([], form)
    if stats and form not in ("text", "json"):
        raise Misuse(f"--stats has no {form} form: figures are no findings", hint="Leave --format out, or say json.")
    project = project_of(migrations)
    with opened(database, "doctor") as connection:
        schemas = find_owned(connection, read_all(connection, project, products or [])).schemas
        if stats:
            show_statistics(connection, schemas, form == "json")
            return
        findings, skipped = examine(connection, schemas)
    if form == "json":
        put_json({"findings": cast("list[shapes.Unwell]", [vars(f) for f in findings]), "not_checked": skipped})
    elif form != "text":
        for note in skipped:
            warn(f"not checked: {note}")
        rows = [Finding("", 0, f.check, f.object, f"{f.found}; {f.why}; fix: {f.fix}", "performance") for f in findings]
        if text := in_form(rows, form):
            put(text)
    else:
        for note in skipped:
            warn(f"not checked: {note}")
        for finding in findings:
            put(f"{colour(finding.object, '1', sys.stdout)}: {finding.found} [{finding.check}]")
            put(f"  why: {finding.why}")
            put(f"  fix: {finding.fix}")
        if not findings:
            put(f"{', '.join(schemas) or 'nothing installed'}: {len(names()) - len(skipped)} checks, all well")
    if findings:
        raise AnswerIsNo


def show_statistics(connection: Connection, schemas: list[str], as_json: bool) -> None:
    """Print the figures of a live database, one table each, and why one is missing."""
    from slate_pg.cli.output import put, put_json, put_table
    from slate_pg.operations.doctor import read_statistics

    found = read_statistics(connection, schemas)
    if as_json:
        tables = {s.name: {"note": s.note, "rows": [_figures(s.columns, row) for row in s.rows]} for s in found}
        put_json({"statistics": cast("shapes.Tables", tables)})
        return
    for number, each in enumerate(found):
        put(f"{chr(10) if number else ''}{each.name}: {each.what}")
        if each.note:
            put(f"  {each.note}")
        if each.rows:
            put_table(each.columns, [[c[:100] if isinstance(c, str) else c for c in row] for row in each.rows])


def _figures(columns: Sequence[str], row: Sequence[object]) -> dict[str, object]:
    """Return one line of figures for --json: what SQL calls numeric is a number there too."""
    from decimal import Decimal

    values = [float(value) if isinstance(value, Decimal) else value for value in row]
    return dict(zip(columns, values, strict=True))
