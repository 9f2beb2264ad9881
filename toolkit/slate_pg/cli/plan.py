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
    from slate_pg.rehearsal.findings import FileVerdict, Finding, Lock, Observed, Seconds, Verdict

    Report = list[tuple[Product, list[FileVerdict]]]


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
        put_json({"plans": [plan_as_dict(product, files) for product, files in report]})
    for product, files in report if not as_json else ():
        count = sum(len(f.statements) for f in files)
        put(f"{product.schema}: {count} statements pending" if count else f"{product.schema}: nothing pending")
        for file in files:
            for one, verdict in file.statements:
                show(one, verdict)
            show_file(file)
    if any(verdict.word in GRAVE for _, files in report for f in files for _, verdict in f.statements):
        raise AnswerIsNo


def plan_as_dict(product: Product, files: Sequence[FileVerdict]) -> dict[str, object]:
    """Return one installation's report for --json: every statement, and every file as a whole."""
    return {
        "schema": product.schema,
        "statements": [as_dict(one, verdict) for file in files for one, verdict in file.statements],
        "files": [
            {
                "file": file.file,
                "transactional": file.transactional,
                "seconds": _seconds(file.seconds),
                "findings": [_finding(finding) for finding in file.findings],
            }
            for file in files
        ],
    }


def judged(target: Connection, project: Project, selected: Sequence[Product]) -> Report:
    """Return each product with its pending statements and their judgements. Reads the target only."""
    from slate_pg.cli.output import say, warn
    from slate_pg.migrations.installations import read_files
    from slate_pg.migrations.refusals import read_runnable
    from slate_pg.rehearsal.asking import Target, asked, slowness
    from slate_pg.rehearsal.copy import labels, measure, stage
    from slate_pg.rehearsal.estimate import Pace
    from slate_pg.rehearsal.files import judge_files
    from slate_pg.rehearsal.rehearse import rehearse, wanted_extensions, wanted_parameters

    files = read_files(selected)
    pending = [(p, read_runnable(target, p, files[p.name], None, warn)[1]) for p in selected]
    every = [migration for _, migrations in pending for migration in migrations]
    if not every:
        return [(product, []) for product in selected]
    schemas = [product.schema for product in selected]
    sizes = measure(target)
    pace = slowness(target)
    report: Report = []
    with stage(target, project, schemas, wanted_extensions(every), wanted_parameters(every)) as copy:
        for product, migrations in pending:
            observed = rehearse(copy, product, project.shared, migrations) if migrations else []
            path = [product.schema, *([project.shared] if project.shared else [])]
            names = labels(sizes, path)
            called = {label: sizes[key] for label, key in names.items()}
            observed = asked(Target(target, path, names), observed, called)
            report.append((product, judge_files(observed, Pace(called, pace, True))))
        if copy.missing:
            say(f"note: {copy.missing}")
    return report


def as_dict(observed: Observed, verdict: Verdict) -> dict[str, object]:
    """Return one statement's report for --json."""
    return {
        "file": observed.file,
        "line": observed.line,
        "sql": observed.sql,
        "locks": [_lock(lock) for lock in observed.locks],
        "work": [{"kind": w.kind, "relation": w.relation, "server_said": w.said} for w in observed.work],
        "held_ms": round(observed.held_ms, 3),
        "verdict": verdict.word,
        "why": verdict.why,
        "recipe": verdict.recipe,
        "findings": [_finding(finding) for finding in verdict.findings],
        "held": [_lock(lock) | {"since_line": lock.since} for lock in observed.held],
        "acts_on": observed.effect.kind or None,
        "acts_later": observed.effect.later,
        "put_together_at_run_time": observed.effect.dynamic,
        "ran": not observed.not_run,
    }


def _lock(lock: Lock) -> dict[str, object]:
    return {"relation": lock.relation, "mode": lock.mode, "blocks": lock.blocks}


def _seconds(seconds: Seconds | None) -> dict[str, object] | None:
    if seconds is None:
        return None
    return {"low": round(seconds.low, 3), "high": round(seconds.high, 3), "basis": seconds.basis}


def _finding(finding: Finding) -> dict[str, object]:
    """Return a finding for --json; bytes and rows are None where they say nothing."""
    return {
        "kind": finding.kind,
        "relation": finding.relation or None,
        "mode": finding.mode or None,
        "scope": finding.scope,
        "line": finding.line,
        "seconds": _seconds(finding.seconds),
        "rows": finding.rows,
        "bytes": finding.size,
        "reason": finding.reason,
        "recipe": finding.recipe,
    }


def show_file(file: FileVerdict) -> None:
    """Print what a whole file blocks, for about how long."""
    from slate_pg.cli.output import put
    from slate_pg.rehearsal.findings import BLOCKS_READS, BLOCKS_WRITES
    from slate_pg.rehearsal.verdict import span

    for finding in file.findings:
        if finding.kind in (BLOCKS_READS, BLOCKS_WRITES) and finding.seconds:
            put(f"  {file.file} as a whole: {finding.relation}: {finding.reason}, {span(finding.seconds)}")


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
