"""`slate backup`: installations by pg_dump, or the cluster by pg_basebackup."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from slate_pg.cli.opening import opened, project_of
from slate_pg.cli.options import Database, InstalledAs, Json, Migrations, Products, SignKey

if TYPE_CHECKING:
    from slate_pg.backup.logical import Written
    from slate_pg.cli.shapes import keeping as shapes
    from slate_pg.config import Product, Project
    from slate_pg.postgres.connection import Connection


Keep = Annotated[
    Optional[int], typer.Option(metavar="N", min=0, help="Remove older backups but the last of N such periods.")
]


def backup(
    products: Products = None,
    to: Annotated[Optional[Path], typer.Option("--to", metavar="DIR", help="Where backups are kept.")] = None,
    physical: Annotated[bool, typer.Option("--physical", help="The whole cluster, by pg_basebackup.")] = False,
    incremental_from: Annotated[
        Optional[Path],
        typer.Option(metavar="BACKUP", help="Physical, PostgreSQL 17: only what changed since that one."),
    ] = None,
    keep_daily: Keep = None,
    keep_weekly: Keep = None,
    keep_monthly: Keep = None,
    jobs: Annotated[
        int, typer.Option(metavar="N", min=0, help="pg_dump's parallel jobs; as many as CPUs up to 4.")
    ] = 0,
    wal_settings: Annotated[
        bool, typer.Option("--wal-settings", help="Print settings for WAL archiving and pgBackRest, back nothing up.")
    ] = False,
    sign_key: SignKey = None,
    schema: InstalledAs = None,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Back up installations, each with its ledger, checksums and counts; or the cluster; remove what is too old.

    A product is every installation of it in the database but spares; --as picks one.
    """
    from slate_pg.errors import Misuse

    if wal_settings:
        from slate_pg.cli.output import put

        put(settings_of(database))
        return
    if to is None:
        raise Misuse("--to DIR is missing", hint="Say where: slate backup --to /var/backups/slate")
    if incremental_from and not physical:
        raise Misuse("--incremental-from needs --physical", hint="A logical backup is always whole.")
    key = key_of(sign_key)
    with opened(database, "backup") as connection:
        if physical:
            from slate_pg.backup.physical import back_up_cluster
            from slate_pg.cli.progress import base_backup

            with base_backup(connection, as_json):
                written = [back_up_cluster(connection, to, incremental_from, key)]
        else:
            written = back_up_each(connection, project_of(migrations), products or [], schema, to, jobs, key)
    show_backups(written, to, (keep_daily, keep_weekly, keep_monthly), as_json)


def back_up_each(
    connection: Connection,
    project: Project,
    names: list[str],
    schema: str | None,
    to: Path,
    jobs: int,
    key: bytes | None = None,
) -> list[Written]:
    """Back the chosen installations up."""
    from slate_pg.backup.together import back_up_all
    from slate_pg.cli.hurts import warn_of_hurts

    found = to_back_up(connection, project, names, schema)
    warn_of_hurts(connection, project, names, "backed up")
    return back_up_all(connection, found, project, to, jobs, key)


def key_of(source: str | None) -> bytes | None:
    """Return the key that signs backups, None without one."""
    from slate_pg.backup.signature import read_key

    return None if source is None else read_key(source)


def show_backups(written: list[Written], to: Path, keep: tuple[int | None, ...], as_json: bool) -> None:
    """Remove what no rule keeps, where there is a rule, and say what was written and removed."""
    from slate_pg.backup.retention import prune
    from slate_pg.cli.output import put, put_json, warn

    limits = [n or 0 for n in keep] if any(n is not None for n in keep) else []
    report = [(each, prune(to, each.manifest, *limits) if limits else []) for each in written]
    if as_json:
        put_json({"backups": [described(each, removed) for each, removed in report]})
        return
    for each, removed in report:
        counts = rows_of(each)
        rows = f", {len(counts)} tables, {sum(counts)} rows" if counts else ""
        put(f"{each.folder}: {each.size / 1024**2:.1f} MiB{rows}")
        for line in each.manifest.left_out:
            warn(f"left out: {line}")
        for name in removed:
            put(f"  removed {name}")


def settings_of(database: str | None) -> str:
    """Return the WAL and pgBackRest settings for the server that is connected to."""
    from slate_pg.backup.physical import wal_settings

    with opened(database, "backup") as connection:
        query = "SELECT (SELECT setting FROM pg_catalog.pg_settings WHERE name = 'data_directory')"
        row = connection.execute(query).fetchone()
        return wal_settings(row[0] if row and row[0] else "", connection.info.port).rstrip()


def to_back_up(connection: Connection, project: Project, names: list[str], schema: str | None) -> list[Product]:
    """Return the installations to back up: all of those products, of every one without names; or the one of --as.

    The shared schema goes with each. Spares, which nobody has written to, are left out, and said. SlateError for a
    product that is not installed.
    """
    from slate_pg.cli.output import say
    from slate_pg.errors import Misuse, SlateError
    from slate_pg.fleet.spares import is_spare
    from slate_pg.migrations.installations import read_all

    if schema:
        if len(names) != 1:
            raise Misuse("--as needs one product", hint="Say which: slate backup PRODUCT --as NAME --to DIR")
        return [project.product(names[0]).installed_as(schema)]
    every = [s for s in read_all(connection, project, names) if s.version is not None or s.hurts]
    states = [s for s in every if not is_spare(project.product(s.product), s.schema)]
    if left := len(every) - len(states):
        spares = "1 spare is" if left == 1 else f"{left} spares are"
        say(f"note: {spares} nobody's yet, and not backed up (one: --as NAME)")
    there = [_installed(project.product(s.product), s.schema) for s in states if s.applied or s.hurts or names]
    for name in names:
        if name not in {p.name for p in there}:
            schema = project.product(name).schema
            raise SlateError(f'"{schema}" has no ledger', hint="`slate status` says what is installed where.")
    found = [p for p in there if names or p.name != project.shared] or there
    if not found:
        raise Misuse("nothing is installed in this database", hint="`slate status` shows what is where.")
    return found


def _installed(product: Product, schema: str) -> Product:
    return product if product.schema == schema else product.installed_as(schema)


def rows_of(written: Written) -> list[int]:
    """Return the number of rows of each table in a backup."""
    return [rows for part in written.manifest.parts for rows, _ in part.tables.values()]


def described(written: Written, removed: list[str]) -> shapes.Backup:
    """Return one backup for --json."""
    counts = rows_of(written)
    return {
        "folder": str(written.folder),
        "schema": written.manifest.schema,
        "kind": written.manifest.kind,
        "bytes": written.size,
        "tables": len(counts),
        "rows": sum(counts),
        "schemas": list(dict.fromkeys(part.schema for part in written.manifest.parts)),
        "large_objects": len(written.manifest.large_objects),
        "left_out": written.manifest.left_out,
        "removed": removed,
    }
