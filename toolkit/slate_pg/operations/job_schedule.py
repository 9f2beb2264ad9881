"""Writes jobs for whoever runs them by the clock: pg_cron, a crontab, systemd's timers."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Sequence

from slate_pg.errors import SlateError
from slate_pg.migrations.belonging import read_own_state
from slate_pg.migrations.runner import Run
from slate_pg.operations.calendar import on_calendar as on_calendar
from slate_pg.operations.job_order import prerequisites
from slate_pg.operations.jobs import Job
from slate_pg.postgres.connection import Connection
from slate_pg.postgres.statements import CODE, tokens


def qualified(connection: Connection, job: Job) -> str:
    """Return the job's statement with its relations qualified by schema, for schedulers without a search path."""
    query = "SELECT relname FROM pg_catalog.pg_class WHERE relnamespace = %s::regnamespace"
    names: dict[str, str] = {}
    for schema in reversed(job.product.path):
        quoted = '"' + schema.replace('"', '""') + '"'
        names |= {row[0]: quoted for row in connection.execute(query, [quoted])}

    def qualify(code: str) -> str:
        return re.sub(
            r"(?<![\w.])([a-z_]\w*)(?!\w|\s*\()",
            lambda m: f"{names[m.group(1)]}.{m.group(1)}" if m.group(1) in names else m.group(1),
            code,
        )

    return "".join(qualify(job.text[s:e]) if k == CODE else job.text[s:e] for k, s, e in tokens(job.text))


def scheduler_name(job: Job) -> str:
    """Return the name of the job's entry in pg_cron, by which only our own entries are found again."""
    return f"slate/{job.product.schema}/{job.name}"


def has_pg_cron(connection: Connection) -> bool:
    """Return whether the extension pg_cron is installed in this database. Reads only."""
    return connection.execute("SELECT 1 FROM pg_catalog.pg_extension WHERE extname = 'pg_cron'").fetchone() is not None


def schedule_in_pg_cron(run: Run, jobs: Sequence[Job], kept: Collection[str] = ()) -> list[str]:
    """Write the jobs into pg_cron, replacing our own entries of this installation; return their names. Writes.

    Entries of the jobs `kept` stay as they are: their files cannot be read.
    """
    read_own_state(run.connection, run.product)
    remove_from_pg_cron(run.connection, run.product.schema, kept)
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


def remove_from_pg_cron(connection: Connection, schema: str, kept: Collection[str] = ()) -> list[str]:
    """Remove our own entries of an installation from pg_cron, but those kept; return their names. Writes."""
    query = "SELECT jobname FROM cron.job WHERE starts_with(jobname, %s) ORDER BY jobname"
    every = [row[0] for row in connection.execute(query, [f"slate/{schema}/"])]
    names = [name for name in every if name.removeprefix(f"slate/{schema}/") not in kept]
    for name in names:
        connection.execute("SELECT cron.unschedule(%s)", [name])
    return names


def crontab(jobs: Sequence[Job]) -> list[str]:
    """Return the lines of a crontab, one a job behind those that say UTC; the database is its own DATABASE_URL's."""
    head = ["# times are UTC; set DATABASE_URL at the head of the crontab", "CRON_TZ=UTC"]
    # A cron takes % for the end of the line.
    return [*head, *(f"{job.schedule} {_command(job)}  # {job.why}".replace("%", "\\%") for job in jobs)]


def _command(job: Job) -> str:
    other = f" --as {shlex.quote(job.product.schema)}" if job.product.named else ""
    return f"slate jobs run {shlex.quote(job.product.name)} {shlex.quote(job.name)}{other}"


def systemd_units(jobs: Sequence[Job]) -> dict[str, str]:
    """Return name and text of a service and a timer for each job; the database comes from /etc/slate/environment."""
    units: dict[str, str] = {}
    for job in jobs:
        name = _unit(job, job.name)
        times = "".join(f"OnCalendar={line}\n" for line in on_calendar(job.schedule).splitlines())
        units[f"{name}.service"] = (
            f"[Unit]\nDescription={_literal(job.why)}\n{_started_after(job)}\n[Service]\nType=oneshot\n"
            "EnvironmentFile=/etc/slate/environment\n"
            f"ExecStart={_literal(_command(job))}\n"
        )
        units[f"{name}.timer"] = (
            f"[Unit]\nDescription={_literal(job.why)}\n\n[Timer]\n{times}Persistent=true\n\n"
            "[Install]\nWantedBy=timers.target\n"
        )
    return units


def _started_after(job: Job) -> str:
    return "".join(f"After={_unit(job, name)}.service\n" for name in job.after)


def _unit(job: Job, name: str) -> str:
    """Return the name of a job's unit, as `systemd-escape` writes what no unit's name may hold."""
    plain = f"slate-{job.product.schema}-{name}"
    return re.sub(r"[^A-Za-z0-9:_.-]", lambda m: "".join(f"\\x{b:02x}" for b in m[0].encode()), plain)


def _literal(text: str) -> str:
    """Return a text in which systemd finds nothing to fill in."""
    return text.replace("%", "%%")
