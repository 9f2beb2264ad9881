"""Builds migrations, or a baseline, on a disposable server of its own, and says what is there then.

Writes to throw-away servers only; prints nothing.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from psycopg import sql

from slate_pg.backup.logical import dump, read_portion
from slate_pg.backup.measured import measure_large_objects, measure_sequences
from slate_pg.backup.selection import CHOSEN, Selection, select
from slate_pg.catalog.model import Catalog
from slate_pg.checks import replay
from slate_pg.config import Product, Project
from slate_pg.errors import ServerError, SlateError
from slate_pg.migrations import elsewhere
from slate_pg.migrations.elsewhere import Elsewhere
from slate_pg.migrations.files import Migration
from slate_pg.migrations.runner import Run
from slate_pg.operations.baseline_rows import LEDGER, Rows, measure_rows
from slate_pg.operations.cluster_parts import ClusterParts, read_cluster
from slate_pg.operations.ground import ground
from slate_pg.postgres.binaries import Binaries, run_client
from slate_pg.postgres.connection import Connection, package_sql
from slate_pg.postgres.private import private_folder
from slate_pg.postgres.sandbox import Sandbox

_DATABASE = "slate_baseline"


@dataclass(frozen=True)
class Contents:
    """What a database holds after a build, and how many seconds the migrations took.

    `made` is what lies outside the schema, `cluster` what is new of roles and of the database's own settings.
    """

    catalog: Catalog
    made: Elsewhere
    rows: Rows
    sequences: dict[str, list[Any]]
    large_objects: dict[str, list[Any]]
    cluster: ClusterParts
    seconds: float


@dataclass(frozen=True)
class Extension:
    """An extension: its schema, and whether its functions were closed to everybody by default when it was made."""

    name: str
    schema: str
    closed: bool


@dataclass(frozen=True)
class Dump:
    """What pg_dump wrote of a schema: the way there, and the same with its drops in front.

    Beside that, what it does not say: extensions, and routines that are for everybody.
    """

    text: str
    cleaning: str
    extensions: tuple[Extension, ...]
    opened: tuple[str, ...]


@dataclass(frozen=True)
class Bench:
    """A disposable server in which a product can be built: what all build on is there, the product is not."""

    box: Sandbox
    connection: Connection
    project: Project
    product: Product
    role: str
    before: ClusterParts

    def run(self) -> Run:
        """Return a run of the product."""
        return Run(self.connection, self.product, self.project.shared, asks=False)

    def build(self, migrations: Sequence[Migration]) -> float:
        """Apply migrations without repeatable files; return the seconds it took. MigrationFailed, FileError. Writes."""
        began = time.perf_counter()
        run = self.run()
        replay.prepare(run)
        for migration in migrations:
            replay.up(run, migration)
        return time.perf_counter() - began

    def read(self, seconds: float, alias: str = "") -> Contents:
        """Return what is there now; an `alias` stands for the schema's name in the rows. Reads only."""
        return read_contents(self, seconds, alias)


@contextmanager
def bench(binaries: Binaries, project: Project, product: Product, role: str, *, trusted: bool) -> Iterator[Bench]:
    """Start a server with all that a product builds on, and yield it. Writes to a disposable server."""
    with ground(binaries, project, product, _DATABASE, role, trusted=trusted) as (box, connection):
        yield Bench(box, connection, project, product, role, read_cluster(connection))


def new_name() -> str:
    """Return a name that nothing else has."""
    return f"slate_{secrets.token_hex(5)}"


def read_contents(bench: Bench, seconds: float, alias: str = "") -> Contents:
    """Return what a database holds; an `alias` stands for the schema's name in its rows. Reads only."""
    connection, schema = bench.connection, bench.product.schema
    made = elsewhere.read(connection, schema)
    schemas = [schema, *made.schemas]
    rows: Rows = {}
    sequences: dict[str, list[Any]] = {}
    for place in [*schemas, *made.places]:
        only = None if place in schemas else {a.names[1] for a in made.made if a.place == place and len(a.names) > 1}
        name = alias if alias and place == schema else place
        rows |= measure_rows(connection, place, only, (schema, alias or schema))
        found = measure_sequences(connection, place, only)
        sequences |= {f"{name}.{s}": value for s, value in found.items() if not s.startswith(LEDGER)}
    return Contents(
        read_portion(connection, [schema, *made.schemas, *made.places], made.made), made, rows, sequences,
        measure_large_objects(connection), read_cluster(connection).without(bench.before), seconds,
    )  # fmt: skip


def write_dump(bench: Bench, contents: Contents) -> Dump:
    """Return pg_dump's text of a schema and of all that its migrations made elsewhere. Reads the database only.

    SlateError where something of it cannot be put into a file, named.
    """
    connection, schema = bench.connection, bench.product.schema
    binaries = bench.box.server.binaries
    selection = _select(connection, bench, contents)
    ledger = [f"--exclude-table={_pattern(schema)}.{name}*" for name in LEDGER]
    with private_folder() as folder:
        to = folder / "dump"
        dump(connection, binaries, selection, to, None, 1, ["--rows-per-insert=200", *ledger])
        listed = [] if selection.is_plain else [f"--use-list={to}{CHOSEN}"]
        text = _restored(binaries, to, listed)
        cleaning = _restored(binaries, to, [*listed, "--clean"])
    names = {"names": [a.names[0] for a in contents.made.made if a.type == "extension"]}
    extensions = connection.execute(package_sql("operations/find_extensions"), names).fetchall()
    with connection.transaction():
        connection.execute("SET LOCAL search_path = ''")
        schemas = {"schemas": [sql.Identifier(s).as_string(connection) for s in (schema, *contents.made.schemas)]}
        rows = connection.execute(package_sql("operations/find_opened_routines"), schemas).fetchall()
    return Dump(text, cleaning, tuple(Extension(*row) for row in extensions), tuple(row[0] for row in rows))


def _restored(binaries: Binaries, archive: Path, how: Sequence[str]) -> str:
    ran = run_client(binaries, "pg_restore", "--file=-", *how, str(archive))
    if ran.returncode != 0:
        raise ServerError(f"pg_restore failed: {ran.stderr.strip()}", hint="Set PG_BIN to the server's version.")
    return ran.stdout


def _pattern(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _select(connection: Connection, bench: Bench, contents: Contents) -> Selection:
    """Return what is dumped. SlateError for what a file of the product cannot hold."""
    carried = {a for a in contents.made.made if a.type != elsewhere.DATABASE}
    shared = [bench.project.shared] if bench.project.shared else []
    try:
        selection = select(connection, bench.product.schema, carried, shared)
    except SlateError as error:
        raise SlateError(
            f"{bench.product.name}: {error.message}",
            detail=error.detail,
            hint="Nothing was written: a baseline holds what the product's own migrations make.",
        ) from error
    left_out = [*selection.left_out, *(f"the database's {what}: {said}" for what, said in contents.cluster.database)]
    left_out += [f"large object {number}: another server gives it another number" for number in selection.large_objects]
    if left_out:
        raise SlateError(
            f"{bench.product.name}: what its migrations make cannot all be put into one file",
            detail=[f"  {line}" for line in left_out],
            hint="Nothing was written. Choose an --at before the migration that makes it.",
        )
    return replace(selection, schemas=list(dict.fromkeys(selection.schemas)))
