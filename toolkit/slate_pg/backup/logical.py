"""Backs an installation up: pg_dump of its schema and of the shared one, in one snapshot with counts and catalog.

Reads the database, writes a folder. What is in a folder and how it comes to be is for manifest.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import psycopg

from slate_pg import __version__
from slate_pg.backup import folders, manifest
from slate_pg.backup.catalog_file import CATALOG, as_archived, write_catalog
from slate_pg.backup.known import read_made
from slate_pg.backup.manifest import Manifest, Part
from slate_pg.backup.measured import measure, measure_large_objects, measure_sequences
from slate_pg.backup.selection import CHOSEN, Selection, arguments, choose, select
from slate_pg.catalog import reader
from slate_pg.catalog.model import Catalog
from slate_pg.catalog.normalise import normalise_catalog
from slate_pg.catalog.portion import Part as CatalogPart
from slate_pg.catalog.portion import of_installation
from slate_pg.config import Product, Project
from slate_pg.errors import ServerError, SlateError
from slate_pg.migrations import ledger
from slate_pg.migrations.elsewhere import Address
from slate_pg.postgres.binaries import Binaries, beside, find_binaries, run_client
from slate_pg.postgres.connection import Connection, client_url, package_sql


@dataclass(frozen=True)
class Written:
    """A finished backup: its folder, its manifest, bytes on disk."""

    folder: Path
    manifest: Manifest
    size: int


def binaries_for(major: int) -> Binaries:
    """Return client programs of the server's own major version, else newer ones. ServerError for older. Reads only."""
    binaries = find_binaries(major)
    if binaries.client_major < major:
        found = f"pg_dump is of PostgreSQL {binaries.client_major}" if binaries.client_major else "there is no pg_dump"
        raise ServerError(
            f"{found}, the server of {major}",
            hint=f"Set PG_BIN or PG_CLIENT_BIN to the programs of PostgreSQL {major} or later.",
        )
    return binaries


def identify(connection: Connection) -> str:
    """Return the cluster's system identifier, or where it is when this role may not read that. Reads only."""
    try:
        with connection.transaction():
            query = "SELECT system_identifier::text FROM pg_catalog.pg_control_system()"
            return str(connection.execute(query).fetchall()[0][0])
    except psycopg.errors.InsufficientPrivilege:
        return f"{connection.info.host}:{connection.info.port}"


def back_up(
    connection: Connection,
    product: Product,
    shared: str | None,
    to: Path,
    jobs: int = 0,
    key: bytes | None = None,
    project: Project | None = None,
    lock_wait: float | None = None,
    *,
    rows: bool = True,
) -> Written:
    """Write one installation with its ledger, and the shared schema, into a new folder under `to`. Writes files only.

    With all that its migrations made elsewhere. With a key it is signed, so that a restore can tell that nobody has
    changed it. Counts, catalog and dump are of one snapshot. SlateError when there is nothing to back up, when it leans
    on what is another's, or pg_dump fails, as it does where a table is locked for longer than `lock_wait` seconds.
    Without `rows` it is no backup but only what holds them; the shared schema has its own all the same.
    """
    ledgers = ledger.find_ledgers(connection)
    schemas = folders_of(product.schema, shared, ledgers)
    binaries = binaries_for(connection.info.server_version // 10000)
    system = identify(connection)
    selections, unknown = _select(connection, list(schemas), ledgers, project)
    with folders.writing(to, product.schema) as folder, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        snapshot = connection.execute("SELECT pg_catalog.pg_export_snapshot()").fetchone()[0]  # type: ignore[index]
        bound_locks(connection, lock_wait)
        empty = set() if rows else {product.schema}
        more = {s: [*lock_waits(lock_wait), *(["--schema-only"] if s in empty else [])] for s in schemas}
        dumps = [
            partial(dump, connection, binaries, selections[s], folder / name, snapshot, jobs, more[s])
            for s, name in sorted(schemas.items(), key=lambda each: selections[each[0]].is_plain, reverse=True)
        ]
        # pg_dump of a schema asks nothing over this connection, which reads meanwhile; that of more asks it first.
        plain = sum(selections[s].is_plain for s in schemas)
        with beside(dumps[:plain]):
            for each in dumps[plain:]:
                each()
            parts = [
                part
                for s in schemas
                for part in measure_parts(connection, selections[s], schemas[s], ledgers, count=s not in empty)
            ]
            made = [address for each in selections.values() for address in each.made]
            portion = _find_portion(connection, list(dict.fromkeys(p.schema for p in parts)), made)
            write_catalog(folder / CATALOG, normalise_catalog(portion))
        described = describe(connection, product, schemas, selections, parts, folder, system, binaries)
        described = replace(described, left_out=[*described.left_out, *unknown])
        manifest.finish(folder, described, key)
    return read_written(folder)


def bound_locks(connection: Connection, seconds: float | None) -> None:
    """Let the transaction under way wait no longer for a lock than pg_dump does. Writes to the session."""
    if seconds is not None:
        connection.execute(f"SET LOCAL lock_timeout = {int(seconds * 1000)}".encode())


def lock_waits(seconds: float | None) -> list[str]:
    """Return how pg_dump is told to wait no longer for a lock. Pure."""
    return [] if seconds is None else [f"--lock-wait-timeout={int(seconds * 1000)}"]


def read_written(partial: Path) -> Written:
    """Return the backup that a folder has become. Reads only."""
    final = partial.with_name(partial.name.removesuffix(folders.PARTIAL))
    return Written(final, manifest.read(final), sum(p.stat().st_size for p in final.rglob("*") if p.is_file()))


def folders_of(schema: str, shared: str | None, ledgers: dict[str, int]) -> dict[str, str]:
    """Return which schemas a backup of one holds, and their folders. SlateError where there is nothing to back up."""
    if schema not in ledgers:
        raise SlateError(f'"{schema}" has no ledger', hint="`slate status` says what is installed where.")
    schemas = {schema: "schema"}
    if shared and shared != schema and shared in ledgers:
        schemas[shared] = "shared"
    for each in schemas:
        ledger.check_version(each, ledgers[each])
    return schemas


def _select(
    connection: Connection, schemas: list[str], ledgers: dict[str, int], project: Project | None
) -> tuple[dict[str, Selection], list[str]]:
    """Return what belongs to each of the installations, and what could not be known of that. Reads only."""
    made, unknown = {}, []
    for schema in schemas:
        made[schema], lines = read_made(connection, schema, ledgers, project)
        unknown += lines
    around = {s: [s, *(a.names[0] for a in each if a.type == "schema")] for s, each in made.items()}
    return {
        schema: select(connection, schema, made[schema], [s for o in schemas if o != schema for s in around[o]])
        for schema in schemas
    }, unknown


def dump(
    connection: Connection,
    binaries: Binaries,
    selection: Selection,
    to: Path,
    snapshot: str | None,
    jobs: int = 0,
    more: Sequence[str] = (),
) -> None:
    """Write an archive of what an installation owns, and beside it which of its entries that is. Writes files only.

    `more` are further options of pg_dump.
    """
    what = [*arguments(connection, selection), *more]
    run_dump(connection, binaries, f'"{selection.schemas[0]}"', what, to, snapshot, jobs)
    if not selection.is_plain:
        listed = run_client(binaries, "pg_restore", "--list", str(to))
        to.with_name(to.name + CHOSEN).write_text(choose(connection, selection, listed.stdout), encoding="utf-8")


def run_dump(
    connection: Connection,
    binaries: Binaries,
    name: str,
    what: Sequence[str],
    to: Path,
    snapshot: str | None,
    jobs: int = 0,
) -> None:
    """Run pg_dump into a folder; ServerError says which dump failed, and why. Writes files only."""
    written = ("--format=directory", f"--jobs={jobs or min(4, os.cpu_count() or 1)}", f"--file={to}")
    how = [*([f"--snapshot={snapshot}"] if snapshot else []), "--no-password", f"--dbname={client_url(connection)}"]
    dumped = run_client(binaries, "pg_dump", *written, *what, *how, password=connection.info.password)
    if dumped.returncode != 0:
        raise ServerError(
            f"pg_dump of {name} failed: {(dumped.stderr.strip() or 'no message').splitlines()[-1]}",
            hint="Nothing was kept. The role must see every row: the owner, a superuser, or one with BYPASSRLS.",
        )


def measure_parts(
    connection: Connection, chosen: Selection, folder: str, ledgers: dict[str, int], *, count: bool = True
) -> list[Part]:
    """Return what is in the schemas of an installation, and in what it has elsewhere. Reads every row, to `count`."""
    own = chosen.schemas[0]
    applied = list(ledger.read(connection, own, ledgers[own]))
    every = None if count else set[str]()
    parts = [_part(connection, s, folder, applied if s == own else [], every) for s in chosen.schemas]
    return parts + [
        _part(connection, place, folder, [], tables if count else set()) for place, tables in chosen.tables.items()
    ]


def describe(
    connection: Connection,
    product: Product,
    schemas: dict[str, str],
    selections: dict[str, Selection],
    parts: list[Part],
    folder: Path,
    system: str,
    binaries: Binaries,
) -> Manifest:
    """Return what a backup says of itself, whose dumps and catalog lie in the folder. Reads only."""
    made = [address for each in selections.values() for address in sorted(each.made)]
    names = list(dict.fromkeys(part.schema for part in parts))
    wanted = {"names": [a.names[0] for a in made if a.type == "extension"]}
    extensions = dict(connection.execute(package_sql("backup/find_extensions"), wanted).fetchall())
    carries = any(each.large_objects for each in selections.values())
    asked = {"schemas": names, "everywhere": bool(made) or carries}
    return Manifest(
        kind="logical",
        schema=product.schema,
        product=product.name,
        database=connection.info.dbname,
        system=system,
        taken_at=datetime.now(UTC).isoformat(timespec="seconds"),
        slate=__version__,
        server_version=connection.info.server_version,
        tool=f"pg_dump {binaries.client_major}",
        parts=parts,
        roles=[r[0] for r in connection.execute(package_sql("backup/find_roles"), asked)],
        extensions=extensions,
        catalog=manifest.checksum(folder / CATALOG),
        made=[[schemas[s], a.type, a.names, a.args, a.place] for s, e in selections.items() for a in sorted(e.made)],
        large_objects=measure_large_objects(connection) if carries else {},
        left_out=list(dict.fromkeys(line for each in selections.values() for line in each.left_out)),
    )


def _part(connection: Connection, schema: str, folder: str, migrations: list[str], only: set[str] | None) -> Part:
    """Measure a schema, or of a schema of others some tables. Reads every row."""
    return Part(
        schema,
        folder,
        _owner(connection, schema),
        migrations,
        measure(connection, schema, only),
        measure_sequences(connection, schema, only),
    )


def _owner(connection: Connection, schema: str) -> str:
    query = "SELECT nspowner::regrole::text, pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = %s"
    return str(connection.execute(query, [schema]).fetchall()[0][1])


def read_catalog(connection: Connection, schemas: Sequence[str]) -> Catalog:
    """Return the facts of the schemas, as they look after a way through pg_dump and a file. Reads only."""
    return as_archived(reader.read(connection, schemas, database=False))


def read_portion(connection: Connection, schemas: Sequence[str], made: Collection[Address]) -> Catalog:
    """Return the facts of what installations own, as they look after a way through pg_dump and a file. Reads only.

    These are whole schemas, and what else they made; `schemas` are also those of others in which something of `made`
    lies.
    """
    return as_archived(_find_portion(connection, schemas, made))


def _find_portion(connection: Connection, schemas: Sequence[str], made: Collection[Address]) -> Catalog:
    if not made:
        return reader.read(connection, schemas, database=False)
    places = {a.place for a in made if a.place}
    known = [CatalogPart.of(a.type, a.names, a.args, a.place) for a in made]
    return of_installation(reader.read(connection, schemas), [s for s in schemas if s not in places], known)
