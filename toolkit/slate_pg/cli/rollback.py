"""`slate rollback`: undo migrations, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Optional

import typer

from slate_pg.cli.opening import opened, project_of
from slate_pg.cli.options import (
    Again,
    Database,
    Direct,
    InstalledAs,
    Json,
    LockTimeout,
    MaxLag,
    Migrations,
    OneProduct,
    Wait,
    keeping,
)
from slate_pg.cli.telling import Events, telling

if TYPE_CHECKING:
    from slate_pg.cli.shapes.history import RolledBack


def rollback(
    product: OneProduct,
    to: Annotated[
        Optional[str], typer.Option("--to", metavar="ID", help="Undo everything after this migration.")
    ] = None,
    steps: Annotated[
        Optional[int], typer.Option("--steps", metavar="N", min=1, help="Undo the last N; 1 when left out.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Undo every migration of the product.")] = False,
    repeatable: Annotated[
        Optional[str],
        typer.Option("--repeatable", metavar="NAME", help="Put one repeatable file's text before this one back."),
    ] = None,
    use: Annotated[
        Optional[str],
        typer.Option("--use", metavar="ledger|file", help="Which rollback to run where the two differ."),
    ] = None,
    forget: Annotated[
        Optional[str],
        typer.Option("--forget", metavar="ID", help="Give up a migration that stopped half way; what it did stays."),
    ] = None,
    again: Again = None,
    schema: InstalledAs = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the SQL that would run, as one file for psql; change nothing.")
    ] = False,
    lock_timeout: LockTimeout = 100,
    wait: Wait = 60,
    max_lag: MaxLag = None,
    events: Events = None,
    database: Database = None,
    direct: Direct = None,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Undo the last migration of a product, or more of them, newest first.

    A product is its installation in the schema of its name, or the one that --as names; which others there are is
    said, and `slate fleet rollback` reaches them all.
    """
    from slate_pg.cli.account import Account
    from slate_pg.cli.others import say_others
    from slate_pg.cli.output import put, put_json
    from slate_pg.cli.progress import watching
    from slate_pg.errors import Misuse, did_you_mean
    from slate_pg.migrations.giving_up import give_up
    from slate_pg.migrations.locking import Patience
    from slate_pg.migrations.runner import Run
    from slate_pg.migrations.runner import rollback as run_rollback

    if sum((to is not None, steps is not None, everything, forget is not None)) > 1:
        raise Misuse("--to, --steps, --all and --forget exclude each other", hint="Give one of them.")
    if repeatable is not None and (to is not None or forget is not None or again is not None):
        raise Misuse(
            "--repeatable goes with --steps and --all only", hint="It is one file, with as many texts as were applied."
        )
    if use not in (None, "ledger", "file"):
        raise Misuse(f'--use takes "ledger" or "file", not "{use}"', hint=did_you_mean(str(use), ("ledger", "file")))
    if dry_run and forget is not None:
        raise Misuse(
            "--dry-run prints what a rollback would run, and --forget runs none", hint="Leave one of them out."
        )
    project = project_of(migrations)
    found = project.product(product)
    found = keeping(found.installed_as(schema) if schema else found, max_lag)
    account = Account(as_json, is_apply=False)
    with (
        telling("rollback", project, events, dry_run=dry_run or forget is not None) as teller,
        opened(database, "rollback", direct) as connection,
        watching(quiet=as_json, connection=connection) as watcher,
        account.told(watcher) as told,
    ):
        run = Run(connection, found, project.shared, Patience(lock_timeout, wait), told, account.done, again)
        if dry_run:
            from slate_pg.cli.dry_run import show_rollback

            show_rollback(run, to, 10**9 if everything else steps, use, "slate rollback", as_json, repeatable)
            return
        say_others(connection, project, [found], "rollback")
        account.begin(found.name, found.schema, [])
        if forget is not None:
            _show_forgotten(found.schema, forget, *give_up(run, forget), as_json)
            return
        most = 10**9 if everything else steps
        ids = teller.perform(run, lambda told: run_rollback(told, to, most, use, repeatable))
    if as_json:
        done: RolledBack = {
            "product": found.name, "schema": found.schema, "rolled_back": ids, "notices": account.notices.as_json,
        }  # fmt: skip
        if run.repeated:
            done["repeatable"] = run.repeated
        put_json(done)
    else:
        parts = [f"{len(ids)} rolled back"] if ids else []
        parts += [f"{len(run.repeated)} repeatable put back"] if run.repeated else []
        put(f"{found.schema}: {', '.join(parts) or 'nothing to roll back'}")


def _show_forgotten(schema: str, name: str, direction: str, finished: list[str], as_json: bool) -> None:
    """Say what a migration that was given up has done, which stays."""
    from slate_pg.cli.output import put, put_json

    if as_json:
        put_json({"schema": schema, "forgotten": name, "direction": direction, "finished_statements": finished})
        return
    put(f"{schema}: the {direction} of {name} is forgotten, {len(finished)} of its statements were finished and stay")
    for text in finished:
        put("  " + " ".join(text.split())[:100])
