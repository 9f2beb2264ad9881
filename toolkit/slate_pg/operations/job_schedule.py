"""Writes jobs for whoever runs them by the clock: pg_cron, a crontab, systemd's timers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from slate_pg.errors import SlateError
from slate_pg.migrations.belonging import read_own_state
from slate_pg.migrations.runner import Run
from slate_pg.operations.job_order import prerequisites
from slate_pg.operations.jobs import Job
from slate_pg.postgres.connection import Connection
from slate_pg.postgres.statements import CODE, tokens


def qualified(connection: Connection, job: Job) -> str:
    """Return the job's statement with its relations qualified by schema, for schedulers without a search path."""
    query = "SELECT relname FROM pg_catalog.pg_class WHERE relnamespace = %s::regnamespace"
    names = {row[0] for row in connection.execute(query, [f'"{job.product.schema}"'])}

    def qualify(code: str) -> str:
        return re.sub(
            r"(?<![\w.])([a-z_]\w*)(?!\w|\s*\()",
            lambda m: f'"{job.product.schema}".{m.group(1)}' if m.group(1) in names else m.group(1),
            code,
        )

    return "".join(qualify(job.text[s:e]) if k == CODE else job.text[s:e] for k, s, e in tokens(job.text))


def scheduler_name(job: Job) -> str:
    """Return the name of the job's entry in pg_cron, by which only our own entries are found again."""
    return f"slate/{job.product.schema}/{job.name}"


def has_pg_cron(connection: Connection) -> bool:
    """Return whether the extension pg_cron is installed in this database. Reads only."""
    return connection.execute("SELECT 1 FROM pg_catalog.pg_extension WHERE extname = 'pg_cron'").fetchone() is not None


def schedule_in_pg_cron(run: Run, jobs: Sequence[Job]) -> list[str]:
    """Write the jobs into pg_cron, replacing our own entries of this installation; return their names. Writes."""
    read_own_state(run.connection, run.product)
    remove_from_pg_cron(run.connection, run.product.schema)
    for job in jobs:
        before = [other for other in jobs if other.name in prerequisites({j.name: j for j in jobs}, job.name)]
        command = pg_cron_command(run, job, before)
        run.connection.execute("SELECT cron.schedule(%s, %s, %s)", [scheduler_name(job), job.schedule, command])
    return [scheduler_name(job) for job in jobs]


def pg_cron_command(run: Run, job: Job, before: Sequence[Job]) -> str:
    """Return the job's command behind those it comes after: pg_cron knows no order, and a job may run twice."""
    if not before and not job.transactional:
        return qualified(run.connection, job)
    if alone := next((j for j in (*before, job) if not j.transactional), None):
        raise SlateError(
            f'{job.path}: "{alone.name}" runs outside a transaction, so pg_cron cannot keep it in order',
            hint="Schedule `slate jobs run` instead: slate jobs schedule --print crontab.",
        )
    settings = "BEGIN; {0} SET LOCAL statement_timeout = '{1}'; {2}; COMMIT"
    return "; ".join(settings.format(run.settings, j.timeout, j.text) for j in (*before, job))


def remove_from_pg_cron(connection: Connection, schema: str) -> list[str]:
    """Remove our own entries of an installation from pg_cron and nothing else; return their names. Writes."""
    query = "SELECT jobname FROM cron.job WHERE starts_with(jobname, %s) ORDER BY jobname"
    names = [row[0] for row in connection.execute(query, [f"slate/{schema}/"])]
    for name in names:
        connection.execute("SELECT cron.unschedule(%s)", [name])
    return names


def crontab(jobs: Sequence[Job]) -> list[str]:
    """Return one crontab line a job; the database comes from the crontab's own DATABASE_URL. Times are UTC."""
    return [f"{job.schedule} slate jobs run {job.product.name} {job.name}  # {job.why}" for job in jobs]


def systemd_units(jobs: Sequence[Job]) -> dict[str, str]:
    """Return name and text of a service and a timer for each job; the database comes from /etc/slate/environment."""
    units: dict[str, str] = {}
    for job in jobs:
        name = f"slate-{job.product.schema}-{job.name}"
        units[f"{name}.service"] = (
            f"[Unit]\nDescription={job.why}\n{_started_after(job)}\n[Service]\nType=oneshot\n"
            "EnvironmentFile=/etc/slate/environment\n"
            f"ExecStart=slate jobs run {job.product.name} {job.name}\n"
        )
        units[f"{name}.timer"] = (
            f"[Unit]\nDescription={job.why}\n\n[Timer]\nOnCalendar={on_calendar(job.schedule)}\nPersistent=true\n\n"
            "[Install]\nWantedBy=timers.target\n"
        )
    return units


def _started_after(job: Job) -> str:
    return "".join(f"After=slate-{job.product.schema}-{name}.service\n" for name in job.after)


_WEEKDAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def on_calendar(schedule: str) -> str:
    """Return a cron expression in systemd's words: `30 2 * * 0` is `Sun *-*-* 02:30:00 UTC`."""
    minute, hour, day, month, weekday = schedule.split()
    days = (
        ",".join(_WEEKDAYS[int(d)] if d.isdigit() else d.title() for d in weekday.split(",")) if weekday != "*" else ""
    )

    def part(text: str) -> str:
        if text.startswith("*/"):
            return f"0/{text[2:]}"
        return text.replace("-", "..").zfill(2) if text != "*" else text

    when = f"*-{part(month)}-{part(day)} {part(hour)}:{part(minute)}:00 UTC"
    return f"{days} {when}".strip()
