"""Runs a product's maintenance: one SQL file a job, its schedule and bounds in the header, each run on record.

Two runs of one job never overlap, and a run that was killed is closed by the next one.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.string import TextLoader

from slate_pg.config import Product
from slate_pg.errors import FileError, SlateError
from slate_pg.migrations import ledger
from slate_pg.migrations.belonging import read_own_state
from slate_pg.migrations.ledger import lock_key
from slate_pg.migrations.runner import Run, locked
from slate_pg.migrations.upgrade import create
from slate_pg.postgres.connection import Connection, package_sql
from slate_pg.sqlfiles import SqlFile, read_file, read_files


@dataclass(frozen=True)
class Job:
    """A job of one installation: when (cron, UTC), why, its bounds, the statement, and the jobs that come before it."""

    product: Product
    name: str
    schedule: str
    why: str
    timeout: str
    transactional: bool
    retries: int
    text: str
    path: Path
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class LastRun:
    """The latest run of a job on record: when it began and ended, rows returned or touched, its error or None."""

    job: str
    started_at: datetime
    finished_at: datetime | None
    rows: int | None
    error: str | None


@dataclass(frozen=True)
class Outcome:
    """What a run did: rows returned or touched, seconds, what it said, and the error of the last attempt."""

    job: str
    state: str  # done, failed, running elsewhere, waiting
    rows: int = 0
    seconds: float = 0.0
    result: tuple[dict[str, Any], ...] = ()
    error: str = ""


def read_jobs(product: Product) -> list[Job]:
    """Return the product's jobs in name order. FileError for a header that lacks what is needed. Reads only."""
    return [_job(product, file) for file in read_files(product.sql / "jobs")]


def read_usable(product: Product) -> tuple[list[Job], dict[str, FileError]]:
    """Return the product's jobs in name order, and by name what is wrong with the files that are none. Reads only."""
    jobs: list[Job] = []
    problems: dict[str, FileError] = {}
    for path in sorted((product.sql / "jobs").glob("*.sql")):
        try:
            jobs.append(_job(product, read_file(path)))
        except FileError as error:
            problems[path.stem] = error
    return jobs, problems


def _job(product: Product, file: SqlFile) -> Job:
    from slate_pg.operations.calendar import parse

    for needed in ("schedule", "why"):
        if not file.header.get(needed):
            raise FileError(f"{file.path} has no `-- {needed}:` line", hint="Every job says when it runs and why.")
    schedule = file.header["schedule"]
    try:
        parse(schedule)
    except ValueError as error:
        raise FileError(
            f'{file.path}: "{schedule}" is no cron expression that every cron reads',
            hint="Five fields, minute hour day month weekday: numbers, names, *, ranges, lists and steps.",
        ) from error
    if not file.header.get("retries", "0").isdigit():
        raise FileError(f'{file.path}: retries is a number, not "{file.header["retries"]}"', hint="Correct the header.")
    return Job(
        product,
        file.name,
        schedule,
        file.header["why"],
        file.header.get("timeout", "10min"),
        file.header.get("transaction", "yes").lower() not in ("no", "false"),
        int(file.header.get("retries", "0")),
        file.text,
        file.path,
        file.after,
    )


def last_runs(connection: Connection, schema: str) -> dict[str, LastRun]:
    """Return the latest run of each job that ever ran. Reads only."""
    version = ledger.find_ledgers(connection).get(schema)
    if version is None:
        return {}
    found = {row[0]: LastRun(*row) for row in ledger.read_latest_runs(connection, schema, version)}
    keys = {job_key(schema, name): name for name, run in found.items() if run.finished_at is None}
    query = package_sql("migrations/find_runners")
    held = {r[0] for r in connection.execute(query, {"keys": list(keys)})} if keys else set()
    for key, name in keys.items():
        if key not in held:  # who runs a job holds its lock
            found[name] = replace(found[name], error="cut short")
    for run in _runs_of_pg_cron(connection, schema):
        if run.job not in found or found[run.job].started_at < run.started_at:
            found[run.job] = run
    return found


def job_key(schema: str, name: str) -> int:
    """Return the advisory lock key of a job, which its runner holds."""
    return lock_key(f"{schema}/job/{name}")


def _runs_of_pg_cron(connection: Connection, schema: str) -> list[LastRun]:
    """Return the latest run that pg_cron made of each job, where it keeps them and they may be read. Reads only."""
    row = connection.execute(package_sql("operations/find_pg_cron")).fetchone()
    if not row or not row[0]:
        return []
    prefix = {"prefix": f"slate/{schema}/"}
    return [LastRun(*r) for r in connection.execute(package_sql("operations/find_pg_cron_runs"), prefix)]


def is_due(job: Job, last: LastRun | None, now: datetime) -> bool:
    """Return whether the schedule has come round since the last run that did not fail, or when it never ran."""
    from cronsim import CronSim

    if last is None or last.error:
        return True
    return next(CronSim(job.schedule, last.started_at.astimezone(UTC))) <= now


def run_job(run: Run, job: Job, sleep: Callable[[float], None] = time.sleep) -> Outcome:
    """Run one job now, again after a failure as its header allows, and put each attempt on record. Writes."""
    key = job_key(job.product.schema, job.name)
    if not run.connection.execute("SELECT pg_catalog.pg_try_advisory_lock(%s)", [key]).fetchone()[0]:  # type: ignore[index]
        return Outcome(job.name, "running elsewhere")
    try:
        version = read_own_state(run.connection, run.product).version
        if version is None:
            raise SlateError(f"{run.product.schema} is not installed here", hint=run.product.command("apply"))
        if version < ledger.VERSION:
            with locked(run):
                create(run.connection, run.product.schema, run.patience, run.watcher.waiting)
        _close_cut_short(run, job)
        for attempt in range(1, job.retries + 2):
            outcome = _attempt(run, job, attempt)
            if outcome.state == "done" or attempt > job.retries:
                return outcome
            sleep(min(30.0, 2.0**attempt))
        raise AssertionError("unreachable")
    finally:
        if not run.connection.broken:
            run.connection.execute("SELECT pg_catalog.pg_advisory_unlock(%s)", [key])


def _runs(run: Run, template: str, *parameters: object) -> Any:
    table = sql.Identifier(run.product.schema, "_slate_ledger")
    return run.connection.execute(sql.SQL(template).format(table), parameters)


def _close_cut_short(run: Run, job: Job) -> None:
    """Close runs that began and never ended: we hold the job's lock, so nobody is at work on them."""
    _runs(
        run,
        "UPDATE {} SET ended_at = pg_catalog.clock_timestamp(), note = 'cut short' "
        "WHERE kind = 'job' AND key = %s AND ended_at IS NULL",
        job.name,
    )


def _attempt(run: Run, job: Job, attempt: int) -> Outcome:
    began = time.perf_counter()
    start = "INSERT INTO {} (kind, key, attempt, ended_at) VALUES ('job', %s, %s, NULL) RETURNING number"
    number = _runs(run, start, job.name, attempt).fetchone()[0]
    error = ""
    rows: list[dict[str, Any]] = []
    count = 0
    try:
        rows, count = _execute(run, job)
    except psycopg.Error as failure:
        error = f"{failure.diag.message_primary or failure} ({failure.sqlstate})"
    _runs(
        run,
        "UPDATE {} SET ended_at = pg_catalog.clock_timestamp(), rows = %s, note = %s "
        "WHERE kind = 'job' AND key = %s AND number = %s",
        None if error else count,
        error or None,
        job.name,
        number,
    )
    seconds = time.perf_counter() - began
    return Outcome(job.name, "failed" if error else "done", count, seconds, tuple(rows), error)


def _execute(run: Run, job: Job) -> tuple[list[dict[str, Any]], int]:
    settings = f"{run.settings} SET LOCAL statement_timeout = '{job.timeout}';"
    connection = run.connection
    if job.transactional:
        with connection.transaction():
            connection.execute(settings.encode())
            return _results(connection, job.text)
    connection.execute(settings.replace("SET LOCAL", "SET").encode())
    try:
        return _results(connection, job.text)
    finally:
        if not connection.broken:
            connection.execute("RESET ALL")


class _Moment(TextLoader):
    """Loads a moment as RFC 3339 has it; infinity, and years that it has no words for, as PostgreSQL writes them."""

    def load(self, data: Any) -> Any:
        written = str(super().load(data))
        return re.sub(r"^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?[+-]\d\d)$", r"\1T\2:00", written)


def _results(connection: Connection, text: str) -> tuple[list[dict[str, Any]], int]:
    cursor = connection.cursor()
    for name in ("timestamp", "date"):  # Python has no infinity among its dates
        cursor.adapters.register_loader(name, TextLoader)
    cursor.adapters.register_loader("timestamptz", _Moment)
    cursor.execute(text.encode())
    if cursor.description is None:
        return [], max(cursor.rowcount, 0)
    names = [column.name for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return rows, len(rows)
