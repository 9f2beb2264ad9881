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
    from collections.abc import Sequence

    from slate_pg.config import Product, Project
    from slate_pg.postgres.connection import Connection
    from slate_pg.rehearsal.verdict import Observed, Verdict

    Report = list[tuple[Product, list[tuple[Observed, Verdict]]]]


def plan(
    products: Products = None,
    schema: InstalledAs = None,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Rehearse what is pending on a disposable copy; say what each statement locks, rewrites, blocks, and acts on.

    The target is only read. Exit 3 when a statement acts on the cluster or the machine, or cannot be rehearsed.
    """
    from slate_pg.cli.output import put, put_json
    from slate_pg.errors import AnswerIsNo
    from slate_pg.migrations.installations import chosen
    from slate_pg.rehearsal.verdict import GRAVE

    project = project_of(migrations)
    selected = chosen(project, products or [], schema, None)
    with opened(database, "plan") as target:
        target.execute("SET default_transaction_read_only = on")
        report = judged(target, project, selected)
    if as_json:
        put_json(
            {"plans": [{"schema": p.schema, "statements": [as_dict(o, v) for o, v in rows]} for p, rows in report]}
        )
    for product, rows in report if not as_json else ():
        put(f"{product.schema}: {len(rows)} statements pending" if rows else f"{product.schema}: nothing pending")
        for one, verdict in rows:
            show(one, verdict)
    if any(verdict.word in GRAVE for _, rows in report for _, verdict in rows):
        raise AnswerIsNo


def judged(target: Connection, project: Project, selected: Sequence[Product]) -> Report:
    """Return each product with its pending statements and their judgements. Reads the target only."""
    from slate_pg.cli.output import say
    from slate_pg.migrations.installations import read_files
    from slate_pg.migrations.ledger import read_state
    from slate_pg.rehearsal.copy import measure, stage
    from slate_pg.rehearsal.rehearse import rehearse, wanted_extensions, wanted_parameters
    from slate_pg.rehearsal.verdict import judge

    files = read_files(selected)
    pending = [(product, read_state(target, product, files[product.name]).pending) for product in selected]
    every = [migration for _, migrations in pending for migration in migrations]
    if not every:
        return [(product, []) for product in selected]
    schemas = [product.schema for product in selected]
    sizes = measure(target, list(dict.fromkeys([*(p.schema for p in project.products), *schemas])))
    report: Report = []
    with stage(target, project, schemas, wanted_extensions(every), wanted_parameters(every)) as copy:
        for product, migrations in pending:
            observed = rehearse(copy, product, project.shared, migrations) if migrations else []
            report.append((product, [(one, judge(one, sizes)) for one in observed]))
        if copy.missing:
            say(f"note: {copy.missing}")
    return report


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
        "acts_on": observed.effect.kind or None,
        "acts_later": observed.effect.later,
        "put_together_at_run_time": observed.effect.dynamic,
        "ran": not observed.not_run,
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
