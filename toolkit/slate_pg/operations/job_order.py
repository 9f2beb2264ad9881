"""Puts jobs that say `-- after:` in order, and runs them so.

Pure but for run_in_order(). Who runs a job by itself runs what it comes after first, where that is due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from graphlib import CycleError, TopologicalSorter

from slate_pg.config import Product
from slate_pg.errors import FileError, did_you_mean
from slate_pg.migrations.runner import Run
from slate_pg.operations.jobs import Job, LastRun, Outcome, is_due, read_jobs, read_usable, run_job


def read_in_order(product: Product) -> list[Job]:
    """Return the product's jobs, each behind those it comes after, else in name order.

    FileError for a name that is no job, a circle, and a schedule that contradicts the order. Reads only.
    """
    jobs = {job.name: job for job in read_jobs(product)}
    for job in jobs.values():
        _refuse_unknown(job, jobs)
    return _in_order(product, jobs)


def read_what_can_run(product: Product) -> tuple[list[Job], dict[str, FileError]]:
    """Return the jobs that can run, in order, and by name what is wrong with those that cannot. Reads only.

    A job that comes after one that cannot run cannot either. FileError for a circle.
    """
    found, broken = read_usable(product)
    jobs = {job.name: job for job in found}
    problems = dict(broken)
    while lost := [job for job in jobs.values() if any(name not in jobs for name in job.after)]:
        for job in lost:
            missing = next(name for name in job.after if name not in jobs)
            problems[job.name] = (
                FileError(f'{job.path}: comes after "{missing}", which cannot run', hint="Mend that one first.")
                if missing in problems
                else _unknown(job, missing, jobs)
            )
        jobs = {name: job for name, job in jobs.items() if name not in problems}
    return _in_order(product, jobs, problems), problems


def _in_order(product: Product, jobs: dict[str, Job], problems: dict[str, FileError] | None = None) -> list[Job]:
    order = TopologicalSorter({name: job.after for name, job in jobs.items()})
    try:
        order.prepare()
    except CycleError as error:
        circle = " -> ".join(reversed(error.args[1]))
        raise FileError(
            f"jobs of {product.name} come after each other in a circle: {circle}", hint="Take one `-- after:` away."
        ) from error
    found: list[Job] = []
    while order.is_active():
        ready = sorted(order.get_ready())
        found += [jobs[name] for name in ready]
        order.done(*ready)
    kept: list[Job] = []
    for job in found:
        try:
            _refuse_early_schedule(job, jobs)
            kept.append(job)
        except FileError as error:
            if problems is None:
                raise
            problems[job.name] = error
    return kept


def _refuse_unknown(job: Job, jobs: Mapping[str, Job]) -> None:
    for name in job.after:
        if name not in jobs:
            raise _unknown(job, name, jobs)


def _unknown(job: Job, name: str, jobs: Mapping[str, Job]) -> FileError:
    return FileError(
        f'{job.path}: after names "{name}", which is no job of {job.product.name}',
        hint=did_you_mean(name, jobs) or "Name a file of the same folder, without .sql.",
    )


def _refuse_early_schedule(job: Job, jobs: Mapping[str, Job]) -> None:
    """Refuse a schedule by which the job comes first on a day when both run."""
    from cronsim import CronSim

    begin = datetime(2026, 1, 1, tzinfo=UTC) - timedelta(minutes=1)
    mine = next(CronSim(job.schedule, begin))
    midnight = mine.replace(hour=0, minute=0) - timedelta(minutes=1)
    for name in job.after:
        theirs = next(CronSim(jobs[name].schedule, midnight))
        if theirs.date() == mine.date() and theirs > mine:
            raise FileError(
                f'{job.path}: runs at {mine:%H:%M}, after "{name}", which runs at {theirs:%H:%M}',
                hint="Give it a later schedule, or the other an earlier one.",
            )


def needed(jobs: Sequence[Job], wanted: Sequence[str], due: Callable[[Job], bool]) -> list[Job]:
    """Return the wanted jobs and, however far, what they come after where that is due; in the order of `jobs`."""
    by_name = {job.name: job for job in jobs}
    chosen: set[str] = set()
    rest = list(wanted)
    while rest:
        name = rest.pop()
        if name not in chosen:
            chosen.add(name)
            rest += [before for before in prerequisites(by_name, name) if due(by_name[before])]
    return [job for job in jobs if job.name in chosen]


def prerequisites(jobs: Mapping[str, Job], name: str) -> list[str]:
    """Return the names of all that a job comes after, however far."""
    found: list[str] = []
    rest = list(jobs[name].after)
    while rest:
        before = rest.pop()
        if before not in found:
            found.append(before)
            rest += jobs[before].after
    return found


def run_in_order(
    run: Run, jobs: Sequence[Job], wanted: Sequence[str], last: Mapping[str, LastRun], now: datetime
) -> Iterator[Outcome]:
    """Run the wanted jobs and what they need; a job whose forerunner did not end well waits. Writes."""
    ended: dict[str, Outcome] = {}
    for job in needed(jobs, wanted, lambda before: is_due(before, last.get(before.name), now)):
        held = next((ended[name] for name in job.after if name in ended and ended[name].state != "done"), None)
        said = f'comes after "{held.job}", which is not done: {held.state}' if held else ""
        ended[job.name] = Outcome(job.name, "waiting", error=said) if held else run_job(run, job)
        yield ended[job.name]
