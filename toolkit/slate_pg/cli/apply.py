"""`slate apply`: apply what is pending."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Optional

import typer

from slate_pg.cli.opening import opened, project_of, say_remarks
from slate_pg.cli.options import (
    Again,
    Database,
    Direct,
    InstalledAs,
    Json,
    LockTimeout,
    MaxLag,
    Migrations,
    Products,
    Wait,
    check_known,
    keeping,
)
from slate_pg.cli.telling import Events, telling


def apply(
    products: Products = None,
    to: Annotated[Optional[str], typer.Option("--to", metavar="ID", help="Stop after this migration.")] = None,
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
    """Apply what is pending, one transaction a migration.

    A product is its installation in the schema of its name, or the one that --as names; which others are behind is
    said, and `slate fleet apply` reaches them all.
    """
    from dataclasses import replace

    from slate_pg.cli.account import Account, said
    from slate_pg.cli.others import find_behind, say_behind
    from slate_pg.cli.output import put, put_json
    from slate_pg.cli.progress import watching
    from slate_pg.migrations.installations import chosen, read_files
    from slate_pg.migrations.locking import Patience
    from slate_pg.migrations.runner import Run
    from slate_pg.migrations.runner import apply as run_apply

    project = project_of(migrations)
    selected = [keeping(product, max_lag) for product in chosen(project, products or [], schema, to)]
    files = read_files(selected)  # all of them, so that nothing is begun where something cannot be read
    say_remarks(selected, files)
    ids = {product: [m.id for m in read] for product, read in files.items()}
    check_known(again, [name for names in ids.values() for name in names])
    with telling("apply", project, events, dry_run=dry_run) as teller, opened(database, "apply", direct) as connection:
        if dry_run:
            from slate_pg.cli.dry_run import show_apply

            runs = [Run(connection, product, project.shared, Patience(lock_timeout, wait)) for product in selected]
            show_apply(runs, files, to, "slate apply", as_json, project)
            return
        account = Account(as_json)
        with watching(quiet=as_json, connection=connection) as watcher, account.told(watcher) as told:
            for product in selected:
                last = to if to and product is selected[-1] else None
                run = Run(connection, product, project.shared, Patience(lock_timeout, wait), told, account.done)
                run = replace(run, again=again if again in ids[product.name] else None)
                account.begin(product.name, product.schema, ids[product.name])
                work = partial(run_apply, to=last, ordered=files[product.name])
                account.end(teller.perform(run, work), run.repeated)
        behind = [b for p in selected for b in find_behind(connection, project, p, files[p.name], to)]
    if as_json:
        put_json({"applied": account.results, "behind": behind, "notices": account.notices.as_json})
        return
    for result in account.results:
        put(f"{result['schema']}: {said(result)}")
    say_behind(behind, selected)
