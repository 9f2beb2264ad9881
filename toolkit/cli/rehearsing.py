"""plan, doctor: what will happen, and how things stand."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from toolkit.cli.options import Database, InstalledAs, Json, Migrations, Products, opened, project_of


def plan(
    products: Products = None,
    schema: InstalledAs = None,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Rehearse what is pending on a disposable copy; say what each statement locks, rewrites and blocks."""
    from toolkit.cli.output import put, put_json
    from toolkit.installations import chosen, read_files
    from toolkit.judgement import judge
    from toolkit.rehearsal import measure, rehearse, stage
    from toolkit.state import read_state

    project = project_of(migrations)
    selected = chosen(project, products or [], schema, None)
    files = read_files(selected)
    report: list[tuple[Any, list[tuple[Any, Any]]]] = []
    with opened(database, "plan") as target:
        sizes = measure(target, [p.schema for p in project.products] + ([schema] if schema else []))
        for product in selected:
            pending = read_state(target, product, files[product.name]).pending
            if not pending:
                report.append((product, []))
                continue
            with stage(target, project, product) as where:
                observed = rehearse(where, product, project.shared, pending)
            report.append((product, [(o, judge(o, sizes)) for o in observed]))
    if as_json:
        put_json(
            {"plans": [{"schema": p.schema, "statements": [as_dict(o, v) for o, v in rows]} for p, rows in report]}
        )
        return
    for product, rows in report:
        put(f"{product.schema}: {len(rows)} statements pending" if rows else f"{product.schema}: nothing pending")
        for one, verdict in rows:
            show(one, verdict)


def as_dict(observed: Any, verdict: Any) -> dict[str, Any]:
    """Return one statement's report for --json."""
    return {
        "file": observed.file,
        "line": observed.line,
        "sql": observed.sql,
        "locks": [{"relation": k.relation, "mode": k.mode, "blocks": k.blocks} for k in observed.locks],
        "work": [{"kind": w.kind, "relation": w.relation, "server_said": w.said} for w in observed.work],
        "held_ms": round(observed.held_ms, 3),
        "verdict": verdict.word,
        "why": verdict.why,
        "recipe": verdict.recipe,
    }


def show(observed: Any, verdict: Any) -> None:
    """Print one statement: where, what it is, the judgement, its locks and work, the recipe."""
    from toolkit.cli.output import colour, put

    code = {"safe": "32", "needs a quiet moment": "33"}.get(verdict.word, "31")
    import sys

    head = observed.sql if len(observed.sql) <= 72 else observed.sql[:71] + "…"
    put(f"  {observed.file}:{observed.line}  {head}")
    put(f"    {colour(verdict.word, code, sys.stdout)}: {verdict.why}")
    for lock in observed.locks:
        put(
            f"    lock {lock.mode.removesuffix('Lock')} on {lock.relation}"
            + (f", blocks {lock.blocks}" if lock.blocks else "")
        )
    for work in observed.work:
        put(f"    {work.kind} of {work.relation} (the server: {work.said})")
    if verdict.recipe:
        put(f"    instead: {verdict.recipe}")


def doctor(
    products: Products = None,
    stats: Annotated[
        bool, typer.Option("--stats", help="Show figures instead: slow queries, use of indexes, size and growth.")
    ] = False,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Look a live database over, reading only. Exit 3 when something is not well."""
    import sys

    from toolkit.cli.output import colour, put, put_json, warn
    from toolkit.doctor import checks, examine
    from toolkit.installations import read_all

    project = project_of(migrations)
    with opened(database, "doctor") as connection:
        schemas = [s.schema for s in read_all(connection, project, products or []) if s.applied]
        if stats:
            show_statistics(connection, schemas, as_json)
            return
        findings, skipped = examine(connection, schemas)
    if as_json:
        put_json({"findings": [vars(f) for f in findings], "not_checked": skipped})
    else:
        for note in skipped:
            warn(f"not checked: {note}")
        for finding in findings:
            put(f"{colour(finding.object, '1', sys.stdout)}: {finding.found} [{finding.check}]")
            put(f"  why: {finding.why}")
            put(f"  fix: {finding.fix}")
        if not findings:
            put(f"{', '.join(schemas) or 'nothing installed'}: {len(checks()) - len(skipped)} checks, all well")
    if findings:
        raise typer.Exit(3)


def show_statistics(connection: Any, schemas: list[str], as_json: bool) -> None:
    """Print the figures of a live database, one table each, and why one is missing."""
    from toolkit.cli.output import put, put_json, put_table
    from toolkit.doctor import read_statistics

    found = read_statistics(connection, schemas)
    if as_json:
        tables = {
            s.name: {"note": s.note, "rows": [dict(zip(s.columns, row, strict=True)) for row in s.rows]} for s in found
        }
        put_json({"statistics": tables})
        return
    for number, each in enumerate(found):
        put(f"{chr(10) if number else ''}{each.name}: {each.what}")
        if each.note:
            put(f"  {each.note}")
        if each.rows:
            put_table(each.columns, [[c[:100] if isinstance(c, str) else c for c in row] for row in each.rows])
