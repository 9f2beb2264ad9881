"""Runs the jobs of a product in every installation of a fleet, and says where which are due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from slate_pg.config import Product
from slate_pg.errors import Misuse, SlateError, did_you_mean
from slate_pg.fleet.connections import Connections
from slate_pg.fleet.crew import Job as Turn
from slate_pg.fleet.crew import Task
from slate_pg.fleet.roster import Member, Roster, each_of, reason
from slate_pg.fleet.servers import Server
from slate_pg.migrations.runner import Run
from slate_pg.operations.job_order import read_what_can_run, run_in_order
from slate_pg.operations.jobs import Job, Outcome, is_due, last_runs
from slate_pg.postgres.connection import Connection


def chosen_jobs(product: Product, names: Sequence[str]) -> dict[str, Job]:
    """Return the jobs that are meant, by name. FileError for one that cannot run, Misuse for an unknown one."""
    usable, problems = read_what_can_run(product)
    there = {job.name: job for job in usable}
    for name in names or problems:
        if name in problems:
            raise problems[name]
        if name not in there:
            raise Misuse(f'{product.name} has no job "{name}"', hint=did_you_mean(name, there))
    return {name: there[name] for name in names or there}


def find_due(connections: Connections, roster: Roster, jobs: Mapping[str, Job]) -> list[tuple[Member, list[str]]]:
    """Return which jobs are due in each member. Reads only."""
    now = datetime.now(UTC)

    def ask(server: Server) -> list[tuple[Member, list[str]]]:
        with connections.lend(server) as connection:
            return [(m, _due(connection, m, jobs, now)) for m in roster.members if m.server == server]

    servers = list(dict.fromkeys(m.server for m in roster.members))
    due = []
    for server, found in zip(servers, each_of(servers, ask), strict=True):
        if isinstance(found, SlateError):
            roster.unreachable[server] = reason(found)
        else:
            due += found
    return due


def _due(connection: Connection, member: Member, jobs: Mapping[str, Job], now: datetime) -> list[str]:
    runs = last_runs(connection, member.schema)
    return [name for name, job in jobs.items() if is_due(job, runs.get(name), now)]


def running(shared: str | None, jobs: Mapping[str, Job]) -> Task:
    """Return the task that runs what is due in a member, in the order that headers ask for. It writes.

    SlateError naming the first job that failed, or waits for one that did.
    """

    def task(connection: Connection, turn: Turn) -> list[Outcome]:
        product = turn.member.product
        own = [replace(job, product=product) for job in jobs.values()]
        now = datetime.now(UTC)
        runs = last_runs(connection, product.schema)
        due = [job.name for job in own if is_due(job, runs.get(job.name), now)]
        outcomes = list(run_in_order(Run(connection, product, shared), own, due, runs, now))
        turn.done += [o.job for o in outcomes if o.state == "done"]
        for outcome in outcomes:
            if outcome.state in ("failed", "waiting"):
                raise SlateError(f"{outcome.job}: {outcome.state}: {outcome.error}", hint="`slate jobs list` has more.")
        return outcomes

    return task
