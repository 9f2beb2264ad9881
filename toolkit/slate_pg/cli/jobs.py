"""jobs list, run, due, schedule."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from slate_pg.cli.options import Database, InstalledAs, Json, Migrations, OneProduct, Products, opened, project_of
from slate_pg.errors import AnswerIsNo

if TYPE_CHECKING:
    from slate_pg.config import Product
    from slate_pg.operations.jobs import Job, LastRun, Outcome

jobs = typer.Typer(
    help="The maintenance of the products: what there is, what is due, run it, schedule it.", no_args_is_help=True
)


def installed(product: Product, schema: str | None) -> Product:
    """Return the product, under another schema name where one is given."""
    return product.installed_as(schema) if schema else product


@jobs.command("list")
def list_jobs(
    products: Products = None, database: Database = None, migrations: Migrations = None, as_json: Json = False
) -> None:
    """List every job with its schedule, its last run, and why it is there."""
    rows = [describe(job, last) for job, last in known_jobs(products, database, migrations)]
    show(rows, as_json)


@jobs.command()
def due(
    products: Products = None, database: Database = None, migrations: Migrations = None, as_json: Json = False
) -> None:
    """List the jobs whose time has come since they last ran well. Exit 3 when there are any."""
    from slate_pg.operations.jobs import is_due

    now = datetime.now(UTC)
    rows = [describe(job, last) for job, last in known_jobs(products, database, migrations) if is_due(job, last, now)]
    show(rows, as_json)
    if rows:
        raise AnswerIsNo


def known_jobs(
    products: list[str] | None, database: str | None, migrations: str | None
) -> list[tuple[Job, LastRun | None]]:
    """Return the jobs of what is installed, each with its last run."""
    from slate_pg.operations.job_order import read_in_order
    from slate_pg.operations.jobs import last_runs

    project = project_of(migrations)
    chosen = [project.product(n) for n in products or []] or list(project.products)
    found: list[tuple[Job, LastRun | None]] = []
    with opened(database, "jobs") as connection:
        for product in chosen:
            runs = last_runs(connection, product.schema)
            found += [(job, runs.get(job.name)) for job in read_in_order(product)]
    return found


def describe(job: Job, last: LastRun | None) -> dict[str, object]:
    """Return one job for a table or for --json."""
    state = "never ran"
    if last:
        state = "failed" if last.error else "done" if last.finished_at else "running"
    return {
        "product": job.product.name,
        "job": job.name,
        "schedule": job.schedule,
        "last": state,
        "at": last.started_at if last else None,
        "error": last.error if last else None,
        "why": job.why,
    }


def show(rows: list[dict[str, object]], as_json: bool) -> None:
    """Print jobs as JSON or as a table."""
    from slate_pg.cli.output import put, put_json, put_table

    if as_json:
        put_json({"jobs": rows})
    elif rows:
        names = ("product", "job", "schedule", "last", "why")
        put_table(names, [[_short(str(row[name])) for name in names] for row in rows])
    else:
        put("no jobs")


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


@jobs.command()
def run(
    product: OneProduct,
    names: Annotated[
        Optional[list[str]], typer.Argument(metavar="[JOB]...", help="All of the product's when left out.")
    ] = None,
    only_due: Annotated[bool, typer.Option("--due", help="Only those whose time has come.")] = False,
    schema: InstalledAs = None,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Run jobs now, in the order their headers ask for, and put each run on record.

    What a job comes after is run before it where that is due. Exit 1 when one failed, or waits for one that did.
    """
    from slate_pg.cli.output import put_json, say
    from slate_pg.errors import Misuse, did_you_mean
    from slate_pg.migrations.runner import Run
    from slate_pg.operations.job_order import read_in_order, run_in_order
    from slate_pg.operations.jobs import is_due, last_runs

    project = project_of(migrations)
    found = installed(project.product(product), schema)
    there = {job.name: job for job in read_in_order(found)}
    for name in names or []:
        if name not in there:
            raise Misuse(f'{product} has no job "{name}"', hint=did_you_mean(name, there))
    outcomes = []
    with opened(database, "jobs") as connection:
        runs = last_runs(connection, found.schema)
        now = datetime.now(UTC)
        wanted = [n for n in names or there if not only_due or is_due(there[n], runs.get(n), now)]
        for outcome in run_in_order(Run(connection, found, project.shared), [*there.values()], wanted, runs, now):
            outcomes.append(outcome)
            if not as_json:
                show_outcome(outcome)
    if as_json:
        put_json({"runs": [vars(o) for o in outcomes]})
    elif not outcomes:
        say("nothing is due")
    if any(o.state in ("failed", "waiting") for o in outcomes):
        raise typer.Exit(1)


def show_outcome(outcome: Outcome) -> None:
    """Print what one run did, its rows below it."""
    from slate_pg.cli.output import put

    tail = f": {outcome.error}" if outcome.error else f", {outcome.rows} rows" if outcome.state == "done" else ""
    put(f"{outcome.job}: {outcome.state}{tail}, {outcome.seconds:.2f} s")
    for row in outcome.result[:20]:
        put("  " + "  ".join(f"{k}={v}" for k, v in row.items()))


@jobs.command()
def schedule(
    products: Products = None,
    form: Annotated[
        Optional[str], typer.Option("--print", metavar="crontab|systemd", help="Print this instead of using pg_cron.")
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take our own entries out of pg_cron again.")] = False,
    database: Database = None,
    migrations: Migrations = None,
) -> None:
    """Write the jobs into pg_cron where the database has it, else print crontab lines."""
    from slate_pg.cli.output import put
    from slate_pg.errors import Misuse
    from slate_pg.migrations.runner import Run
    from slate_pg.operations.job_order import read_in_order
    from slate_pg.operations.job_schedule import (
        crontab,
        has_pg_cron,
        remove_from_pg_cron,
        schedule_in_pg_cron,
        systemd_units,
    )

    if form not in (None, "crontab", "systemd"):
        raise Misuse(f'--print takes "crontab" or "systemd", not "{form}"', hint="Correct the option.")
    project = project_of(migrations)
    chosen = [project.product(n) for n in products or []] or list(project.products)
    every = [job for product in chosen for job in read_in_order(product)]
    if form == "systemd":
        for name, text in systemd_units(every).items():
            put(f"# {name}\n{text}")
        return
    with opened(database, "jobs") as connection:
        cron = form is None and has_pg_cron(connection)
        for product in chosen if cron else []:
            mine = [job for job in every if job.product is product]
            names = (
                remove_from_pg_cron(connection, product.schema)
                if remove
                else schedule_in_pg_cron(Run(connection, product, project.shared), mine)
            )
            for name in names:
                put(f"{'removed' if remove else 'scheduled'} {name}")
    if not cron and remove:
        raise Misuse("pg_cron is not installed in this database", hint="Remove the printed lines where you put them.")
    for line in [] if cron else ["# times are UTC; set DATABASE_URL at the head of the crontab", *crontab(every)]:
        put(line)
