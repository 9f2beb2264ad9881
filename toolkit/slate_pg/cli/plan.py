"""`slate plan`: rehearse what is pending."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Optional

import typer

from slate_pg.cli.opening import opened, project_of
from slate_pg.cli.options import Database, Form, InstalledAs, Json, Migrations, Products

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slate_pg.cli.judging import Report
    from slate_pg.cli.shapes import plans as shapes
    from slate_pg.config import Product, Project
    from slate_pg.rehearsal.findings import FileVerdict, Finding, Lock, Observed, Seconds, Verdict
    from slate_pg.rehearsal.gate import Decision, Ruling


Probe = Annotated[
    Optional[bool],
    typer.Option(
        "--probe/--no-probe",
        help="Ask the target for rows against new rules: for large tables too / not at all.",
        show_default=False,
    ),
]
Allow = Annotated[
    Optional[list[str]],
    typer.Option(
        "--allow", metavar="WHAT", help="What may be: blocking=5s, loses-data, …; adds to [tool.slate] allow."
    ),
]


def plan(
    products: Products = None,
    allow: Allow = None,
    probe: Probe = None,
    schema: InstalledAs = None,
    database: Database = None,
    migrations: Migrations = None,
    form: Form = "text",
    as_json: Json = False,
) -> None:
    """Rehearse what is pending on a disposable copy; say what each statement locks, blocks, loses, and acts on.

    A product is its installation in the schema of its name, or the one that --as names; which others there are is
    said, and `slate fleet plan` reaches them all.

    The target is only read. Exit 3 when a finding is in the way: what blocks reads or writes for longer than a moment,
    fails, loses data, acts on the cluster or the machine, or cannot be known, and is neither allowed nor accepted.
    """
    from slate_pg.checks.findings import in_form
    from slate_pg.cli.others import say_others
    from slate_pg.errors import AnswerIsNo
    from slate_pg.migrations.installations import chosen
    from slate_pg.rehearsal.gate import decide, read_terms

    form = "json" if as_json else form
    in_form([], form)
    project = project_of(migrations)
    terms = read_terms([*project.allow, *(allow or [])])
    selected = chosen(project, products or [], schema, None)
    with opened(database, "plan") as target:
        target.execute("SET default_transaction_read_only = on")
        say_others(target, project, selected, "plan")
        from slate_pg.cli.judging import judged

        report, texts = judged(target, project, selected, probe)
    decision = decide([file for _, files in report for file in files], texts, terms)
    put_report(report, decision, form, project)
    if not decision.passes:
        raise AnswerIsNo


def put_report(report: Report, decision: Decision, form: str, project: Project) -> None:
    """Print the report in a form on stdout, and in text what was decided."""
    from slate_pg.checks.findings import in_form
    from slate_pg.cli.output import put, put_json
    from slate_pg.rehearsal.report import as_findings, as_markdown

    if form == "json":
        put_json({"plans": [plan_as_dict(p, files) for p, files in report], "gate": gate_as_dict(decision)})
    elif form == "markdown":
        put(as_markdown([(p.schema, files) for p, files in report], decision, project.root))
    elif form != "text":
        if text := in_form(as_findings(decision, project.root), form):
            put(text)
    else:
        show_report(report, decision)


def show_report(report: Report, decision: Decision) -> None:
    """Print every statement and file, and on stderr what is in the way, what was accepted and what for nothing."""
    from slate_pg.cli.output import put, say, warn
    from slate_pg.rehearsal.gate import ACCEPTED, REFUSED

    for product, files in report:
        count = sum(len(f.statements) for f in files)
        put(f"{product.schema}: {count} statements pending" if count else f"{product.schema}: nothing pending")
        for file in files:
            for one, verdict in file.statements:
                show(one, verdict)
            show_file(file)
    for file_name, acceptance in decision.unmatched:
        warn(f"{file_name}:{acceptance.line} accepts {acceptance.kind}, of which nothing was found there")
    for ruling in decision.of(ACCEPTED):
        say(f"accepted: {_named(ruling.finding)}: {ruling.reason}")
    refused = decision.of(REFUSED)
    for ruling in refused:
        say(f"in the way: {_named(ruling.finding)}")
    if refused:
        say("allow it (--allow KIND, --allow blocking=5s) or accept it in the file (`-- accept: KIND reason`)")


def _named(finding: Finding) -> str:
    return f"{finding.file}:{finding.line} {finding.kind} {finding.relation}".rstrip()


def gate_as_dict(decision: Decision) -> shapes.Gate:
    """Return what was decided, for --json."""
    from slate_pg.rehearsal.gate import ACCEPTED, ALLOWED, REFUSED

    return {
        "passes": decision.passes,
        "refused": [_ruled(ruling) for ruling in decision.of(REFUSED)],
        "allowed": [_ruled(ruling) for ruling in decision.of(ALLOWED)],
        "accepted": [_ruled(ruling) for ruling in decision.of(ACCEPTED)],
        "unmatched": [
            {"file": file, "line": a.line, "kind": a.kind, "reason": a.reason} for file, a in decision.unmatched
        ],
    }


def _ruled(ruling: Ruling) -> shapes.Ruled:
    return {**_finding(ruling.finding), "file": ruling.finding.file, "because": ruling.reason or None}


def plan_as_dict(product: Product, files: Sequence[FileVerdict]) -> shapes.Plan:
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


def as_dict(observed: Observed, verdict: Verdict) -> shapes.Statement:
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
        "command": verdict.command or None,
        "findings": [_finding(finding) for finding in verdict.findings],
        "held": [_held(lock) for lock in observed.held],
        "acts_on": observed.effect.kind or None,
        "acts_later": observed.effect.later,
        "put_together_at_run_time": observed.effect.dynamic,
        "ran": not observed.not_run,
    }


def _lock(lock: Lock) -> shapes.Lock:
    return {"relation": lock.relation, "mode": lock.mode, "blocks": lock.blocks}


def _held(lock: Lock) -> shapes.Held:
    """Return a held lock for --json; who uses `also_blocks` needs the locked index, partition or child too."""
    held: shapes.Held = {
        "relation": lock.relation, "mode": lock.mode, "blocks": lock.blocks, "since_line": lock.since
    }  # fmt: skip
    if lock.table:
        held["also_blocks"] = lock.table
    return held


def _seconds(seconds: Seconds | None) -> shapes.Seconds | None:
    if seconds is None:
        return None
    return {"low": round(seconds.low, 3), "high": round(seconds.high, 3), "basis": seconds.basis}


def _finding(finding: Finding) -> shapes.Finding:
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
        "command": finding.command or None,
    }


def show_file(file: FileVerdict) -> None:
    """Print what a whole file blocks, for about how long."""
    from slate_pg.cli.output import put
    from slate_pg.rehearsal.findings import BLOCKS_READS, BLOCKS_WRITES
    from slate_pg.rehearsal.verdict import span

    for finding in file.findings:
        if finding.kind in (BLOCKS_READS, BLOCKS_WRITES) and finding.seconds:
            put(f"  {file.file} as a whole: {finding.relation}: {finding.reason}, {span(finding.seconds)}")


def _source(said: str) -> str:
    """Return words for where work is known from: the server's own, or what was seen."""
    spoken = said.startswith(("rewriting ", "verifying ", "building ", "validating "))
    return f"the server: {said}" if spoken else said


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
        put(f"    {work.kind} of {work.relation} ({_source(work.said)})")
    if verdict.recipe:
        put(f"    instead: {verdict.recipe}")
    if verdict.command:
        put(f"    write it: {verdict.command}")
