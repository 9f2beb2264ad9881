"""Backs up many installations of one database: pg_dump runs once for all, and what it wrote is set apart.

Each becomes the backup that `logical.back_up` writes of it alone, in one snapshot with the others. One that has more
than its own schema, or leans on what is another's, is left to that.
"""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg

from slate_pg.backup import contents, folders, manifest
from slate_pg.backup.catalog_file import CATALOG, write_catalog
from slate_pg.backup.contents import Contents
from slate_pg.backup.logical import (
    Written,
    back_up,
    binaries_for,
    bound_locks,
    describe,
    folders_of,
    identify,
    lock_waits,
    measure_parts,
    read_written,
    run_dump,
)
from slate_pg.backup.manifest import Part
from slate_pg.backup.selection import Selection, is_more_than_schemas, pattern
from slate_pg.catalog import reader
from slate_pg.catalog.identity import schema_of
from slate_pg.catalog.model import Catalog, Facts, set_periods_apart
from slate_pg.catalog.normalise import normalise_catalog
from slate_pg.config import Product, Project
from slate_pg.errors import SlateError
from slate_pg.migrations import elsewhere, ledger
from slate_pg.postgres.binaries import Binaries, beside
from slate_pg.postgres.connection import Connection, package_sql
from slate_pg.sqlfiles import file_name

_CATALOGS_AT_ONCE = 25
_MOST = 150  # installations in one run of pg_dump, whose table of contents is held whole
_TOGETHER_FROM = 2  # one by itself is as quick
_COMPRESSED = ("", ".gz", ".lz4", ".zst")  # what pg_dump puts behind a file's name


@dataclass(frozen=True)
class Together:
    """What was dumped of many installations at once: where it lies, and what is the same in each of their backups."""

    folder: Path
    contents: Contents
    ledgers: dict[str, int]
    shared: str | None
    shared_parts: list[Part]
    system: str
    binaries: Binaries


def can_be_together(connection: Connection, products: Sequence[Product], shared: str | None) -> list[Product]:
    """Return those whose backup is their own schema and the shared one, nothing else. Reads only."""
    names = [p.schema for p in products]
    if is_more_than_schemas(connection):
        return []
    ledgers = ledger.find_ledgers(connection)
    below = shared if shared in ledgers else None
    asked = {"schemas": [*names, *([below] if below else [])], "shared": below}
    crossing = {row[0] for row in connection.execute(package_sql("backup/find_crossings"), asked)}
    if below and (below in crossing or not _is_plain(connection, below, ledgers.get(below))):
        return []
    return [
        p for p in products
        if p.schema not in crossing and not p.schemas and _is_plain(connection, p.schema, ledgers.get(p.schema))
    ]  # fmt: skip


def _is_plain(connection: Connection, schema: str, version: int | None) -> bool:
    """Tell whether a ledger says that nothing was made outside its schema, of each migration. Reads only."""
    if version is None or version > ledger.VERSION or version < 2:
        return False
    found = elsewhere.read(connection, schema, version)
    return not found.made and not found.unrecorded


def in_batches(
    connection: Connection, products: Sequence[Product], shared: str | None, jobs: int
) -> Iterator[list[Product]]:
    """Yield who is backed up together: nobody who has more than its schema, and no more than there are locks for.

    pg_dump and each of its jobs hold a lock on every table and sequence: they get half of what the server has. Reads
    only.
    """
    together = can_be_together(connection, [p for p in products if p.schema != shared], shared)
    asked = {"schemas": [p.schema for p in together]}
    rows = connection.execute(package_sql("backup/find_lock_room"), asked).fetchall()
    room = min((row[2] for row in rows), default=0) / (2 + (jobs or os.cpu_count() or 1))
    locked = {schema: count for schema, count, _ in rows}
    some: list[Product] = []
    for product in together:
        if some and (len(some) == _MOST or sum(locked.get(p.schema, 0) for p in [*some, product]) > room):
            yield some
            some = []
        some.append(product)
    yield some


def back_up_all(
    connection: Connection, products: Sequence[Product], project: Project, to: Path, jobs: int, key: bytes | None = None
) -> list[Written]:
    """Back up installations of one database, in their order: together where that can be, the others alone. Writes.

    Errors as `back_up` has them.
    """
    written: dict[str, Written] = {}
    for some in in_batches(connection, products, project.shared, jobs) if len(products) >= _TOGETHER_FROM else ():
        # Whoever is not through is backed up alone, and that says what is wrong with which.
        with suppress(SlateError, psycopg.Error):
            for product, one in back_up_together(connection, some, project.shared, to, jobs, key):
                written[product.schema] = one
    return [written.get(p.schema) or back_up(connection, p, project.shared, to, jobs, key, project) for p in products]


def back_up_together(
    connection: Connection,
    products: Sequence[Product],
    shared: str | None,
    to: Path,
    jobs: int,
    key: bytes | None = None,
    lock_wait: float | None = None,
) -> Iterator[tuple[Product, Written]]:
    """Write the backup of each of these products' installations into a new folder under `to`. Writes files only.

    ServerError where pg_dump fails: then there is none. `products` are what `can_be_together` has returned.
    """
    ledgers = ledger.find_ledgers(connection)
    names = [p.schema for p in products]
    with folders.working(to) as folder, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        snapshot = connection.execute("SELECT pg_catalog.pg_export_snapshot()").fetchone()[0]  # type: ignore[index]
        base = [shared] if shared in ledgers and shared not in names else []
        binaries = binaries_for(connection.info.server_version // 10000)
        bound_locks(connection, lock_wait)

        def dump(some: Sequence[str], place: str) -> None:
            what = [*(f"--schema={pattern(name)}" for name in some), *lock_waits(lock_wait)]
            run_dump(connection, binaries, f"{len(some)} schemas", what, folder / place, snapshot, jobs)

        with beside([partial(dump, some, place) for some, place in ((names, "all"), (base, "shared")) if some]):
            system = identify(connection)
            below = [p for s in base for p in measure_parts(connection, Selection([s]), "shared", ledgers)]
            shared_catalog = _read_catalogs(connection, base).get(shared or "", Catalog({}, {}, {}))
            parts = dict(_look(connection, products, ledgers, shared_catalog, folder))
        read = contents.read_contents(folder / "all")
        whole = Together(folder, read, ledgers, base[0] if base else None, below, system, binaries)
        apart = read.by_schema()
        for product in products:
            with folders.writing(to, product.schema) as own:
                _set_apart(whole, apart[product.schema], own)
                _describe(connection, whole, product, parts[product.schema], own, key)
            yield product, read_written(own)


def _look(
    connection: Connection, products: Sequence[Product], ledgers: dict[str, int], below: Catalog, folder: Path
) -> Iterator[tuple[str, list[Part]]]:
    """Yield what is in each schema, and put its catalog with the shared one into a file. Writes files only."""
    for start in range(0, len(products), _CATALOGS_AT_ONCE):
        few = [p.schema for p in products[start : start + _CATALOGS_AT_ONCE]]
        for schema, own in _read_catalogs(connection, few).items():
            both = Catalog(own.facts | below.facts, own.leaves | below.leaves, own.periods | below.periods, own.major)
            write_catalog(_catalog_of(folder, schema), both)
            # What was locked to be counted is let go again: beside so many there are not locks enough.
            with connection.transaction(force_rollback=True):
                yield schema, measure_parts(connection, Selection([schema]), "schema", ledgers)


def _catalog_of(folder: Path, schema: str) -> Path:
    """Return where the catalog of an installation lies until its backup is written. Pure."""
    return folder / f"{file_name(schema)}.catalog"


def _set_apart(whole: Together, entries: Collection[contents.Entry], own: Path) -> None:
    """Move the files of one installation's rows into its own folder, with a table of contents of its own. Writes."""
    archive = own / "schema"
    archive.mkdir()
    (archive / contents.NAME).write_bytes(whole.contents.of(entries))
    for entry in entries:
        if entry.file:
            [file] = [f for suffix in _COMPRESSED if (f := whole.folder / "all" / f"{entry.file}{suffix}").exists()]
            file.rename(archive / file.name)
    if whole.shared:
        shutil.copytree(whole.folder / "shared", own / "shared")


def _describe(
    connection: Connection,
    whole: Together,
    product: Product,
    parts: list[Part],
    own: Path,
    key: bytes | None,
) -> None:
    schemas = folders_of(product.schema, whole.shared, whole.ledgers)
    selections = {schema: Selection([schema]) for schema in schemas}
    _catalog_of(whole.folder, product.schema).rename(own / CATALOG)
    every = [*parts, *whole.shared_parts]
    described = describe(connection, product, schemas, selections, every, own, whole.system, whole.binaries)
    manifest.finish(own, described, key)


def _read_catalogs(connection: Connection, schemas: Sequence[str]) -> Mapping[str, Catalog]:
    """Return the catalogs of some schemas, each apart, as they are written. Reads only."""
    apart: dict[str, Facts] = defaultdict(dict)
    if schemas:
        for identity, attributes in reader.read_facts(connection, schemas, database=False).items():
            apart[schema_of(identity)][identity] = attributes
    major = connection.info.server_version // 10000
    return {schema: normalise_catalog(set_periods_apart(facts, major)) for schema, facts in apart.items()}
