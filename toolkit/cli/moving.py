"""status, apply, rollback."""

from __future__ import annotations

from typing import Annotated, Any, Optional

import typer

from toolkit.cli.options import (
    Database,
    InstalledAs,
    Json,
    LockTimeout,
    Migrations,
    OneProduct,
    Products,
    Wait,
    opened,
    project_of,
)


def status(
    products: Products = None, database: Database = None, migrations: Migrations = None, as_json: Json = False
) -> None:
    """Say what is applied, pending, edited or missing. Exit 3 when something is."""
    from toolkit.cli.output import put_json
    from toolkit.installations import failed_jobs, read_all
    from toolkit.quiet import find_runners

    project = project_of(migrations)
    with opened(database, "status") as connection:
        states = read_all(connection, project, products or [])
        runners = find_runners(connection, [s.schema for s in states])
        failed = failed_jobs(connection, states)
    if as_json:
        put_json({"installations": [state_as_json(s, runners.get(s.schema), failed.get(s.schema)) for s in states]})
    else:
        show_states(states, runners, failed)
    if not all(s.is_current for s in states):
        raise typer.Exit(3)


def state_as_json(state: Any, runner: Any, failed: list[str] | None) -> dict[str, Any]:
    """Return one installation's state in the stable form of `status --json`."""
    return {
        "product": state.product,
        "schema": state.schema,
        "up_to_date": state.is_current,
        "applied": [{"id": a.id, "applied_at": a.applied_at} for a in state.applied],
        "pending": [m.id for m in state.pending],
        "edited": list(state.edited),
        "edited_comments_only": list(state.recommented),
        "edited_rollback": list(state.rollback_edited),
        "missing": list(state.missing),
        "interrupted": [
            {"id": i.id, "direction": i.direction, "finished": i.finished, "total": i.total} for i in state.interrupted
        ],
        "failed_jobs": failed or [],
        "running": {"pid": runner.pid, "user": runner.user, "query": runner.query} if runner else None,
    }


def show_states(states: list[Any], runners: dict[str, Any], failed: dict[str, list[str]]) -> None:
    """Print one line an installation, then what is not as it should be."""
    from toolkit.cli.output import put, put_table

    rows = [(s.product, s.schema, len(s.applied), len(s.pending), word_for(s)) for s in states]
    put_table(("product", "schema", "applied", "pending", "state"), rows)
    for state in states:
        for label, names in (
            ("pending", [m.id for m in state.pending]),
            ("edited", state.edited),
            ("comments edited", state.recommented),
            ("rollback edited", state.rollback_edited),
            ("file missing", state.missing),
            ("stopped half way", [f"{i.id} ({i.direction}: {i.finished} of {i.total})" for i in state.interrupted]),
            ("job failed", failed.get(state.schema, [])),
            ("running", [str(runners[state.schema])] if state.schema in runners else []),
        ):
            for name in names:
                put(f"  {label}: {name}")


def word_for(state: Any) -> str:
    """Return an installation's state in a word or two."""
    for word, found in (
        ("edited", state.edited),
        ("interrupted", state.interrupted),
        ("file missing", state.missing),
        ("pending", state.pending and state.applied),
        ("not installed", state.pending),
    ):
        if found:
            return word
    return "up to date"


def apply(
    products: Products = None,
    to: Annotated[Optional[str], typer.Option("--to", metavar="ID", help="Stop after this migration.")] = None,
    schema: InstalledAs = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would run, change nothing.")] = False,
    lock_timeout: LockTimeout = 100,
    wait: Wait = 60,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Apply what is pending, one transaction a migration."""
    from toolkit.cli.output import put, put_json, watching
    from toolkit.installations import chosen, preview, read_files
    from toolkit.quiet import Patience
    from toolkit.runner import Run
    from toolkit.runner import apply as run_apply

    project = project_of(migrations)
    selected = chosen(project, products or [], schema, to)
    files = read_files(selected)  # all of them, so that nothing is begun where something cannot be read
    with opened(database, "apply") as connection:
        if dry_run:
            previews = [
                preview(connection, product, to if product.name in (products or []) else None) for product in selected
            ]
            if as_json:
                put_json({"dry_run": [{"product": p, "schema": s, "pending": ids} for p, s, ids in previews]})
            else:
                for name, target, ids in previews:
                    put(f"{name} ({target}): " + (f"{len(ids)} to apply" if ids else "up to date"))
                    for identifier in ids:
                        put(f"  {identifier}")
            return
        results = []
        with watching(quiet=as_json) as watcher:
            for product in selected:
                last = to if to and product is selected[-1] else None
                run = Run(connection, product, project.shared, Patience(lock_timeout, wait), watcher)
                results.append((product, run_apply(run, last, files[product.name])))
    if as_json:
        put_json({"applied": [{"product": p.name, "schema": p.schema, "ids": ids} for p, ids in results]})
        return
    for product, ids in results:
        put(f"{product.schema}: {len(ids)} applied" if ids else f"{product.schema}: up to date")


def rollback(
    product: OneProduct,
    to: Annotated[
        Optional[str], typer.Option("--to", metavar="ID", help="Undo everything after this migration.")
    ] = None,
    steps: Annotated[
        Optional[int], typer.Option("--steps", metavar="N", min=1, help="Undo the last N; 1 when left out.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Undo every migration of the product.")] = False,
    use: Annotated[
        Optional[str],
        typer.Option("--use", metavar="ledger|file", help="Which rollback to run where the two differ."),
    ] = None,
    schema: InstalledAs = None,
    lock_timeout: LockTimeout = 100,
    wait: Wait = 60,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Undo the last migration of a product, or more of them, newest first."""
    from toolkit.cli.output import put, put_json, watching
    from toolkit.errors import Misuse, did_you_mean
    from toolkit.quiet import Patience
    from toolkit.runner import Run
    from toolkit.runner import rollback as run_rollback

    if sum((to is not None, steps is not None, everything)) > 1:
        raise Misuse("--to, --steps and --all exclude each other", hint="Give one of them.")
    if use not in (None, "ledger", "file"):
        raise Misuse(f'--use takes "ledger" or "file", not "{use}"', hint=did_you_mean(str(use), ("ledger", "file")))
    project = project_of(migrations)
    found = project.product(product)
    found = found.installed_as(schema) if schema else found
    with opened(database, "rollback") as connection, watching(quiet=as_json) as watcher:
        run = Run(connection, found, project.shared, Patience(lock_timeout, wait), watcher)
        ids = run_rollback(run, to, 10**9 if everything else steps, use)
    if as_json:
        put_json({"product": found.name, "schema": found.schema, "rolled_back": ids})
    else:
        put(f"{found.schema}: {len(ids)} rolled back" if ids else f"{found.schema}: nothing to roll back")
