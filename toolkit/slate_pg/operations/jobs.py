"""Runs a product's maintenance: one SQL file a job, its schedule and bounds in the header, each run on record.

Two runs of one job never overlap, and a run that was killed is closed by the next one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
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
from slate_pg.postgres.connection import Connection
from slate_pg.sqlfiles import SqlFile, read_files


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


def _job(product: Product, file: SqlFile) -> Job:
    from cronsim import CronSim, CronSimError

    for needed in ("schedule", "why"):
        if not file.header.get(needed):
            raise FileError(f"{file.path} has no `-- {needed}:` line", hint="Every job says when it runs and why.")
    schedule = file.header["schedule"]
    try:
        CronSim(schedule, datetime(2026, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        raise FileError(
            f'{file.path}: "{schedule}" is no cron expression', hint="Five fields: minute hour day month weekday."
        ) from error
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
    return {row[0]: LastRun(*row) for row in ledger.read_latest_runs(connection, schema, version)}


def is_due(job: Job, last: LastRun | None, now: datetime) -> bool:
    """Return whether the schedule has come round since the last run that did not fail, or when it never ran."""
    from cronsim import CronSim

    if last is None or last.error:
        return True
    return next(CronSim(job.schedule, last.started_at.astimezone(UTC))) <= now


def run_job(run: Run, job: Job, sleep: Callable[[float], None] = time.sleep) -> Outcome:
    """Run one job now, again after a failure as its header allows, and put each attempt on record. Writes."""
    key = lock_key(f"{job.product.schema}/job/{job.name}")
    if not run.connection.execute("SELECT pg_catalog.pg_try_advisory_lock(%s)", [key]).fetchone()[0]:  # type: ignore[index]
        return Outcome(job.name, "running elsewhere")
    try:
        version = read_own_state(run.connection, run.product).version
        if version is None:
            raise SlateError(f"{run.product.schema} is not installed here", hint=f"slate apply {run.product.name}")
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


def _results(connection: Connection, text: str) -> tuple[list[dict[str, Any]], int]:
    cursor = connection.cursor()
    for name in ("timestamptz", "timestamp", "date"):  # Python has no infinity among its dates
        cursor.adapters.register_loader(name, TextLoader)
    cursor.execute(text.encode())
    if cursor.description is None:
        return [], max(cursor.rowcount, 0)
    names = [column.name for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return rows, len(rows)
