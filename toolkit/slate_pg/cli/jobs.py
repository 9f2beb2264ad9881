"""jobs list, run, due, schedule."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from slate_pg.cli.opening import opened, project_of
from slate_pg.cli.options import Database, InstalledAs, Json, Migrations, OneProduct, Products
from slate_pg.errors import AnswerIsNo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slate_pg.cli.shapes import keeping as shapes
    from slate_pg.config import Product
    from slate_pg.errors import FileError
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
    """List every job with its schedule, its last run, and why it is there.

    A product is its installation in the schema of its name; `slate fleet jobs` lists those of all.
    """
    found, problems = known_jobs(products, database, migrations)
    show([describe(job, last) for job, last in found], problems, as_json)
    leave_with(problems)


@jobs.command()
def due(
    products: Products = None, database: Database = None, migrations: Migrations = None, as_json: Json = False
) -> None:
    """List the jobs whose time has come since they last ran well. Exit 3 when there are any.

    A product is its installation in the schema of its name; `slate fleet jobs` lists those of all.
    """
    from slate_pg.operations.jobs import is_due

    now = datetime.now(UTC)
    found, problems = known_jobs(products, database, migrations)
    rows = [describe(job, last) for job, last in found if is_due(job, last, now)]
    show(rows, problems, as_json)
    leave_with(problems)
    if rows:
        raise AnswerIsNo


def known_jobs(
    products: list[str] | None, database: str | None, migrations: str | None
) -> tuple[list[tuple[Job, LastRun | None]], list[FileError]]:
    """Return the jobs of what is installed, each with its last run, and what is wrong with those that cannot run."""
    from slate_pg.cli.hurts import warn_of_hurts
    from slate_pg.cli.others import say_others
    from slate_pg.operations.job_order import read_what_can_run
    from slate_pg.operations.jobs import last_runs

    project = project_of(migrations)
    chosen = [project.product(n) for n in products or []] or list(project.products)
    found: list[tuple[Job, LastRun | None]] = []
    problems: list[FileError] = []
    with opened(database, "jobs") as connection:
        warn_of_hurts(connection, project, products or [])
        say_others(connection, project, chosen, "jobs")
        for product in chosen:
            runs = last_runs(connection, product.schema)
            usable, broken = read_what_can_run(product)
            found += [(job, runs.get(job.name)) for job in usable]
            problems += broken.values()
    return found, problems


def leave_with(problems: Sequence[FileError]) -> None:
    """Say what is wrong with jobs that cannot run, and exit 1 where there are any; the others are done by then."""
    from slate_pg.cli.output import show_error

    for problem in problems:
        show_error(problem)
    if problems:
        raise typer.Exit(1)


def describe(job: Job, last: LastRun | None) -> shapes.Job:
    """Return one job for a table or for --json."""
    state = "never ran"
    if last:
        state = (
            "cut short"
            if last.error == "cut short"
            else "failed"
            if last.error
            else "done"
            if last.finished_at
            else "running"
        )
    return {
        "product": job.product.name,
        "job": job.name,
        "schedule": job.schedule,
        "last": state,
        "at": last.started_at if last else None,
        "error": last.error if last else None,
        "why": job.why,
    }


def show(rows: list[shapes.Job], problems: Sequence[FileError], as_json: bool) -> None:
    """Print jobs as JSON or as a table."""
    from slate_pg.cli.output import put, put_json, put_table

    if as_json:
        put_json({"jobs": rows, "unusable": [p.message for p in problems]})
    elif rows:
        cells = [(row["product"], row["job"], row["schedule"], row["last"], row["why"]) for row in rows]
        put_table(("product", "job", "schedule", "last", "why"), cells)
    elif not problems:
        put("no jobs")


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
    A product is its installation in the schema of its name, or the one that --as names; `slate fleet jobs` reaches all.
    """
    from slate_pg.cli.others import say_others
    from slate_pg.cli.output import put_json, say
    from slate_pg.errors import Misuse, did_you_mean
    from slate_pg.migrations.runner import Run
    from slate_pg.operations.job_order import read_what_can_run, run_in_order
    from slate_pg.operations.jobs import is_due, last_runs

    project = project_of(migrations)
    found = installed(project.product(product), schema)
    usable, problems = read_what_can_run(found)
    there = {job.name: job for job in usable}
    for name in names or []:
        if name in problems:
            raise problems[name]
        if name not in there:
            raise Misuse(f'{product} has no job "{name}"', hint=did_you_mean(name, there))
    outcomes = []
    with opened(database, "jobs") as connection:
        say_others(connection, project, [found], "jobs run")
        runs = last_runs(connection, found.schema)
        now = datetime.now(UTC)
        wanted = [n for n in names or there if not only_due or is_due(there[n], runs.get(n), now)]
        for outcome in run_in_order(Run(connection, found, project.shared), [*there.values()], wanted, runs, now):
            outcomes.append(outcome)
            if not as_json:
                show_outcome(outcome)
    if as_json:
        put_json({"runs": [_as_dict(o) for o in outcomes], "unusable": [p.message for p in problems.values()]})
    elif not outcomes:
        say("nothing is due")
    leave_with([] if names else [*problems.values()])
    if any(o.state in ("failed", "waiting") for o in outcomes):
        raise typer.Exit(1)


def _as_dict(outcome: Outcome) -> shapes.Outcome:
    return {
        "job": outcome.job, "state": outcome.state, "rows": outcome.rows, "seconds": outcome.seconds,
        "result": list(outcome.result), "error": outcome.error,
    }  # fmt: skip


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
    """Write the jobs into pg_cron where the database has it, else print crontab lines.

    They are those of the installations in the schemas of the products' names; which others there are is said.
    """
    from slate_pg.cli.others import say_others
    from slate_pg.cli.output import put
    from slate_pg.errors import Misuse
    from slate_pg.migrations.runner import Run
    from slate_pg.operations.job_order import read_what_can_run
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
    usable = {product.name: read_what_can_run(product) for product in chosen}
    every = [job for jobs, _ in usable.values() for job in jobs]
    broken = [problem for _, problems in usable.values() for problem in problems.values()]
    if form == "systemd":
        for name, text in systemd_units(every).items():
            put(f"# {name}\n{text}")
        leave_with(broken)
        return
    with opened(database, "jobs") as connection:
        say_others(connection, project, chosen, "jobs schedule")
        cron = form is None and has_pg_cron(connection)
        for product in chosen if cron else []:
            mine, problems = usable[product.name]
            names = (
                remove_from_pg_cron(connection, product.schema)
                if remove
                else schedule_in_pg_cron(Run(connection, product, project.shared), mine, problems)
            )
            for name in names:
                put(f"{'removed' if remove else 'scheduled'} {name}")
    if not cron and remove:
        raise Misuse("pg_cron is not installed in this database", hint="Remove the printed lines where you put them.")
    for line in [] if cron else crontab(every):
        put(line)
    leave_with([] if remove else broken)
