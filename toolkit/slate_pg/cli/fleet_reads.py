"""`slate fleet plan`, `drift`, `doctor`, `backup` and `jobs`: what looks at every installation of a product."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from slate_pg.cli.fleet_moves import MaxFailures, Retry, carry_out, move_of, policy_of
from slate_pg.cli.fleet_options import Bound, FleetProduct, Jobs, Lines, Match, Servers, called
from slate_pg.cli.options import Database, Migrations, SignKey
from slate_pg.cli.plan import Allow, Probe
from slate_pg.errors import AnswerIsNo

if TYPE_CHECKING:
    from slate_pg.cli.fleet_options import Fleet
    from slate_pg.cli.shapes.fleets import ServerUnwell
    from slate_pg.operations.doctor import Finding


def plan(
    product: FleetProduct,
    allow: Allow = None,
    probe: Probe = None,
    match: Match = "*",
    servers: Servers = None,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Lines = False,
) -> None:
    """Rehearse what is pending once for each state that installations are in, on the largest of each. Exit 3 as `plan`.

    Rows are asked of that one only; what each of the others holds, its own `slate plan --as NAME` asks.
    """
    from slate_pg.cli.fleet_output import missing_as_dict, place, put_line
    from slate_pg.cli.judging import judged
    from slate_pg.cli.output import put
    from slate_pg.cli.plan import gate_as_dict, plan_as_dict, show_report
    from slate_pg.fleet.states import pending_groups
    from slate_pg.rehearsal.gate import decide, read_terms

    passes = True
    with called(product, servers, match, database, migrations, "plan", spares=True) as fleet:
        terms = read_terms([*fleet.project.allow, *(allow or [])])
        groups = pending_groups(fleet.connections, fleet.roster)
        for group in groups:
            chosen = [*([group.shared.product] if group.shared else []), group.largest.product]
            with fleet.connections.lend(group.largest.server) as target:
                target.execute("SET default_transaction_read_only = on")
                report, texts = judged(target, fleet.project, chosen, probe)
            decision = decide([file for _, files in report for file in files], texts, terms)
            passes &= decision.passes
            if as_json:
                put_line({
                    "installations": [place(m) for m in group.members], "rehearsed": place(group.largest),
                    "plans": [plan_as_dict(p, files) for p, files in report], "gate": gate_as_dict(decision),
                })  # fmt: skip
            else:
                put(f"{len(group.members)} installations in one state, rehearsed for the largest, {group.largest}:")
                show_report(report, decision)
        if as_json:
            put_line({"summary": {"states": len(groups), "passes": passes}, **missing_as_dict(fleet.roster)})
        elif not groups:
            put("nothing pending")
    _leave(fleet, not passes)


def drift(
    product: FleetProduct,
    match: Match = "*",
    servers: Servers = None,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Lines = False,
) -> None:
    """Compare every installation with what its ledger says, built once for each state. Exit 3 when one differs."""
    from slate_pg.cli.fleet_output import missing_as_dict, place, put_line
    from slate_pg.cli.output import put, say
    from slate_pg.fleet.drift import find_drifts

    differing = count = 0
    notes: dict[str, None] = {}
    with called(product, servers, match, database, migrations, "drift", spares=True) as fleet:
        for found in find_drifts(fleet.connections, fleet.roster, fleet.project):
            count += 1
            differing += bool(found.said or found.error)
            notes |= dict.fromkeys(found.notes)
            if as_json:
                error = found.error.message if found.error else None
                put_line({**place(found.member), "differences": list(found.said), "error": error})
            elif found.error:
                put(f"{found.member}: cannot be compared: {found.error.message}")
            for line in [] if as_json else found.said:
                put(f"{found.member}: {line}")
        for note in notes:
            say(f"note: {note}")
        if as_json:
            put_line({"summary": {"compared": count, "differing": differing}, **missing_as_dict(fleet.roster)})
        else:
            put(f"{count} installations compared, {differing or 'none'} differing")
    _leave(fleet, differing > 0)


def doctor(
    product: FleetProduct,
    match: Match = "*",
    servers: Servers = None,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Lines = False,
) -> None:
    """Look every installation over, reading only. Exit 3 when something is not well."""
    from slate_pg.cli.fleet_output import missing_as_dict, put_line
    from slate_pg.cli.output import put, warn
    from slate_pg.fleet.health import examine_servers

    count = 0
    with called(product, servers, match, database, migrations, "doctor") as fleet:
        for server, schemas, findings, skipped in examine_servers(fleet.connections, fleet.roster):
            for note in skipped:
                warn(f"{server.name}: not checked: {note}")
            for finding in findings:
                count += 1
                if as_json:
                    put_line(_unwell(server.name, finding))
                else:
                    put(f"{server.name} {finding.object}: {finding.found} [{finding.check}]")
                    put(f"  fix: {finding.fix}")
            if not findings and not as_json:
                put(f"{server.name}: {len(schemas)} installations, all well")
        if as_json:
            put_line({"summary": {"findings": count}, **missing_as_dict(fleet.roster)})
    _leave(fleet, count > 0)


def _unwell(server: str, finding: Finding) -> ServerUnwell:
    return {
        "server": server, "check": finding.check, "object": finding.object, "found": finding.found, "why": finding.why,
        "fix": finding.fix,
    }  # fmt: skip


def backup(
    product: FleetProduct,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Where backups are kept, a folder a server in it.")],
    max_failures: MaxFailures = 1,
    retry: Retry = 0,
    match: Match = "*",
    jobs: Jobs = 2,
    connections: Bound = 32,
    sign_key: SignKey = None,
    servers: Servers = None,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Lines = False,
) -> None:
    """Back every installation up, each in a folder that `slate restore` takes, with its ledger and checksums."""
    from slate_pg.cli.backup import key_of
    from slate_pg.fleet.backups import backing_up

    key = key_of(sign_key)
    with called(product, servers, match, database, migrations, "backup", connections) as fleet:
        there = [m for m in fleet.roster.members if m.state.version is not None]
        task = backing_up(there, fleet.project, to, jobs, key)
        policy = policy_of(fleet, None, jobs, max_failures, retry, 0)
        move = move_of(fleet, task, policy, lambda m: m.state.version is not None, None, False)
        carry_out(fleet, move, "backed up", "nothing there", as_json)


def jobs(
    product: FleetProduct,
    names: Annotated[
        Optional[list[str]], typer.Argument(metavar="[JOB]...", help="All of the product's when left out.")
    ] = None,
    run: Annotated[bool, typer.Option("--run", help="Run what is due, and put each run on record.")] = False,
    max_failures: MaxFailures = 1,
    match: Match = "*",
    workers: Jobs = 2,
    connections: Bound = 32,
    servers: Servers = None,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Lines = False,
) -> None:
    """Say which jobs are due in how many installations, or run those. Exit 3 when some are due, 1 when one failed."""
    from slate_pg.cli.fleet_output import missing_as_dict, place, put_line
    from slate_pg.cli.output import put, put_table
    from slate_pg.fleet.maintenance import chosen_jobs, find_due, running

    with called(product, servers, match, database, migrations, "jobs", connections, spares=True) as fleet:
        wanted = chosen_jobs(fleet.product, names or [])
        if run:
            policy = policy_of(fleet, None, workers, max_failures, 0, 0)
            move = move_of(fleet, running(fleet.project.shared, wanted), policy, lambda m: True, None, False)
            carry_out(fleet, move, "ran", "nothing due", as_json)
            return
        due = find_due(fleet.connections, fleet.roster, wanted)
        if as_json:
            for member, found in due:
                put_line({**place(member), "due": found})
            put_line(
                {"summary": {job: sum(job in f for _, f in due) for job in wanted}, **missing_as_dict(fleet.roster)}
            )
        elif wanted:
            rows = [[job, sum(job in found for _, found in due), len(due)] for job in wanted]
            put_table(("job", "due in", "of"), rows)
        else:
            put("no jobs")
    _leave(fleet, any(found for _, found in due))


def _leave(fleet: Fleet, no: bool) -> None:
    """Leave with 1 where something could not be looked at, with 3 where the answer is no."""
    if fleet.roster.unreachable or fleet.roster.unreadable:
        raise typer.Exit(1)
    if no:
        raise AnswerIsNo
