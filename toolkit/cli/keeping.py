"""backup, restore, adopt, access: keep what is there, bring it back, take it over, say who may see it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from toolkit.cli.options import Database, InstalledAs, Json, Migrations, OneProduct, Products, opened, project_of

if TYPE_CHECKING:
    from toolkit.config import Product, Project

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
    schema: InstalledAs = None,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Back up installations, each with its ledger, checksums and counts; or the cluster; remove what is too old."""
    from toolkit.errors import Misuse

    if wal_settings:
        from toolkit.cli.output import put

        put(settings_of(database))
        return
    if to is None:
        raise Misuse("--to DIR is missing", hint="Say where: slate backup --to /var/backups/slate")
    if incremental_from and not physical:
        raise Misuse("--incremental-from needs --physical", hint="A logical backup is always whole.")
    with opened(database, "backup") as connection:
        if physical:
            from toolkit.physical import back_up_cluster

            written = [back_up_cluster(connection, to, incremental_from)]
        else:
            written = back_up_each(connection, project_of(migrations), products or [], schema, to, jobs)
    show_backups(written, to, (keep_daily, keep_weekly, keep_monthly), as_json)


def back_up_each(
    connection: Any, project: Project, names: list[str], schema: str | None, to: Path, jobs: int
) -> list[Any]:
    """Back the chosen installations up, one after the other."""
    from toolkit.backup import back_up

    found = to_back_up(connection, project, names, schema)
    return [back_up(connection, product, project.shared, to, jobs) for product in found]


def show_backups(written: list[Any], to: Path, keep: tuple[int | None, ...], as_json: bool) -> None:
    """Remove what no rule keeps, where there is a rule, and say what was written and removed."""
    from toolkit.cli.output import put, put_json
    from toolkit.manifest import prune

    report = []
    for each in written:
        removed = prune(to, each.manifest, *(n or 0 for n in keep)) if any(n is not None for n in keep) else []
        report.append(described(each, removed))
    if as_json:
        put_json({"backups": report})
        return
    for line in report:
        rows = f", {line['tables']} tables, {line['rows']} rows" if line["tables"] else ""
        put(f"{line['folder']}: {line['bytes'] / 1024**2:.1f} MiB{rows}")
        for name in line["removed"]:
            put(f"  removed {name}")


def settings_of(database: str | None) -> str:
    """Return the WAL and pgBackRest settings for the server that is connected to."""
    from toolkit.physical import wal_settings

    with opened(database, "backup") as connection:
        query = "SELECT (SELECT setting FROM pg_catalog.pg_settings WHERE name = 'data_directory')"
        row = connection.execute(query).fetchone()
        return wal_settings(row[0] if row and row[0] else "", connection.info.port).rstrip()


def to_back_up(connection: Any, project: Project, names: list[str], schema: str | None) -> list[Product]:
    """Return the installations to back up: those named, else every one; the shared schema goes with each."""
    from toolkit.errors import Misuse
    from toolkit.installations import read_all

    if schema:
        if len(names) != 1:
            raise Misuse("--as needs one product", hint="Say which: slate backup PRODUCT --as NAME --to DIR")
        return [project.product(names[0]).installed_as(schema)]
    if names:
        return [project.product(name) for name in names]
    there = [project.product(s.product).installed_as(s.schema) for s in read_all(connection, project, []) if s.applied]
    found = [p for p in there if p.name != project.shared] or there
    if not found:
        raise Misuse("nothing is installed in this database", hint="`slate status` shows what is where.")
    return found


def described(written: Any, removed: list[str]) -> dict[str, Any]:
    """Return one backup for --json."""
    tables = [t for part in written.manifest.parts for t in part.tables.values()]
    return {
        "folder": str(written.folder),
        "schema": written.manifest.schema,
        "kind": written.manifest.kind,
        "bytes": written.size,
        "tables": len(tables),
        "rows": sum(rows for rows, _ in tables),
        "removed": removed,
    }


def restore(
    folder: Annotated[Path, typer.Argument(metavar="BACKUP", help="The folder of one backup.")],
    verify: Annotated[
        bool, typer.Option("--verify", help="Restore into a disposable server and compare with the manifest; exit 3.")
    ] = False,
    schema: InstalledAs = None,
    data: Annotated[
        Optional[Path], typer.Option("--data", metavar="DIR", help="Physical: make this data directory.")
    ] = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Restore a backup whose checksums match, never over an installation; or prove that it could be."""
    from toolkit.cli.output import put, put_json
    from toolkit.physical import restore_cluster
    from toolkit.restore import restore as run_restore

    if verify:
        proof(folder, as_json)
        return
    if data is not None:
        restore_cluster(folder, data)
        done = [str(data)]
    else:
        with opened(database, "restore") as connection:
            done = run_restore(connection, folder, schema)
    if as_json:
        put_json({"restored": done})
    else:
        put(f"restored {', '.join(done)} from {folder.name}")


def proof(folder: Path, as_json: bool) -> None:
    """Verify a backup and say what differs; exit 3 when something does."""
    from toolkit.cli.output import put, put_json
    from toolkit.manifest import read
    from toolkit.physical import verify_cluster
    from toolkit.restore import verify

    manifest = read(folder)
    differences = verify_cluster(folder) if manifest.kind == "physical" else verify(folder)
    tables = [t for part in manifest.parts for t in part.tables.values()]
    if as_json:
        put_json({"backup": str(folder), "equal": not differences, "differences": differences})
    elif differences:
        for line in differences:
            put(line)
    elif manifest.kind == "physical":
        put(f"{folder.name}: every file is what it was, and a server starts on it")
    else:
        put(f"{folder.name}: equal, {len(tables)} tables with {sum(t[0] for t in tables)} rows, catalog and content")
    if differences:
        raise typer.Exit(3)


def adopt(
    product: OneProduct,
    to: Annotated[Optional[str], typer.Option("--to", metavar="ID", help="It is as after this migration.")] = None,
    schema: InstalledAs = None,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Give a schema made otherwise its ledger, only if it is what the migrations build. Exit 3 when it is not."""
    from toolkit.adopt import adopt as run_adopt
    from toolkit.cli.output import put, put_json
    from toolkit.runner import Run

    project = project_of(migrations)
    found = project.product(product)
    found = found.installed_as(schema) if schema else found
    with opened(database, "adopt") as connection:
        adoption = run_adopt(Run(connection, found, project.shared), project, to)
    if as_json:
        differences = [{"object": d.object, "severity": d.severity, "said": str(d)} for d in adoption.differences]
        put_json(
            {"schema": adoption.schema, "adopted": not differences, "ids": adoption.ids, "differences": differences}
        )
    elif adoption.differences:
        for difference in adoption.differences:
            put(f"{difference} [{difference.severity}]")
        put(f"{adoption.schema}: {len(adoption.differences)} differences, nothing written")
    else:
        put(f"{adoption.schema}: equal, {len(adoption.ids)} migrations on record")
    if adoption.differences:
        raise typer.Exit(3)


def access(
    products: Products = None,
    role: Annotated[Optional[list[str]], typer.Option("--role", metavar="ROLE", help="Only these roles.")] = None,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Show who may do what: table by role by command, from grants, memberships and policies."""
    from toolkit.access import COMMANDS, concerned, read_access
    from toolkit.cli.output import put_json, put_table
    from toolkit.installations import read_all

    project = project_of(migrations)
    with opened(database, "access") as connection:
        schemas = [s.schema for s in read_all(connection, project, products or []) if s.applied]
        found = [a for a in read_access(connection, schemas) if not role or a.role in role]
    if as_json:
        put_json({"access": [vars(a) for a in found]})
        return
    heads = ("table", "role", *(c.lower() for c in COMMANDS))
    cells = [(f"{a.schema}.{a.table}", a.role, *("-" if c == "none" else c for c in a.cells)) for a in concerned(found)]
    put_table(heads, cells)
