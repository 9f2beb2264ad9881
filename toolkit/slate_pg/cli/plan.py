"""`slate plan`: rehearse what is pending."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slate_pg.cli.options import (
    Database,
    InstalledAs,
    Json,
    Migrations,
    Products,
    opened,
    project_of,
)

if TYPE_CHECKING:
    from slate_pg.config import Product
    from slate_pg.rehearsal.verdict import Observed, Verdict


def plan(
    products: Products = None,
    schema: InstalledAs = None,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Rehearse what is pending on a disposable copy; say what each statement locks, rewrites and blocks."""
    from slate_pg.cli.output import put, put_json
    from slate_pg.migrations.installations import chosen, read_files
    from slate_pg.migrations.ledger import read_state
    from slate_pg.rehearsal.copy import measure, rehearse, stage
    from slate_pg.rehearsal.verdict import judge

    project = project_of(migrations)
    selected = chosen(project, products or [], schema, None)
    files = read_files(selected)
    report: list[tuple[Product, list[tuple[Observed, Verdict]]]] = []
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


def as_dict(observed: Observed, verdict: Verdict) -> dict[str, object]:
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


def show(observed: Observed, verdict: Verdict) -> None:
    """Print one statement: where, what it is, the judgement, its locks and work, the recipe."""
    from slate_pg.cli.output import colour, put

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
