"""Builds products' migrations on a disposable server, looking at the catalog after each file. Writes there only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import psycopg

from slate_pg.catalog import reader
from slate_pg.catalog.model import Catalog, Facts
from slate_pg.checks import replay
from slate_pg.cluster.bootstrap import bootstrap
from slate_pg.config import Product, Project
from slate_pg.docs.history import Origin
from slate_pg.docs.reading import Source, find_schemas, read_source
from slate_pg.errors import SlateError
from slate_pg.migrations import runner
from slate_pg.migrations.baselines import of_new
from slate_pg.migrations.files import Migration
from slate_pg.migrations.installations import read_files
from slate_pg.migrations.repeatable import applying
from slate_pg.migrations.repeatable.reading import read_repeatables
from slate_pg.postgres.binaries import find_binaries
from slate_pg.postgres.connection import Connection, connect
from slate_pg.postgres.sandbox import owned, wants_superuser

_NOTHING = "No documentation was written."
_ROLES = "SELECT rolname::text FROM pg_catalog.pg_roles WHERE NOT starts_with(rolname, 'pg_')"


@dataclass
class Built:
    """What the products' files build: the catalog, each product's schemas, and which migration made what."""

    source: Source
    schemas: dict[str, list[str]]
    ordered: dict[str, list[Migration]]
    origin: dict[str, Origin] = field(default_factory=dict)
    catalog: Catalog | None = None


def build(
    project: Project,
    products: Sequence[Product],
    *,
    trust: bool = False,
    major: int | None = None,
    catalog: bool | None = None,
) -> Built:
    """Run the products' files, and those they build on, and read what is there then. Writes no file.

    The files may be a stranger's: a role runs them that reaches neither programs nor files of the machine, unless
    `trust` is given. With `catalog` the catalog is read at the end, True with what belongs to the whole database, and
    not after each file: it is not known then which made what. SlateError where a file cannot be applied.
    """
    wanted = project.select([p.name for p in products])
    files = {name: of_new(migrations) for name, migrations in read_files(wanted).items()}
    with owned(find_binaries(major), trusted=trust) as box:
        box.allow_parameters(replay.parameters_of(project))
        with connect(box.server.url()) as connection, reader.reading_connection(box.server.url()) as looking:
            hidden = frozenset(row[0] for row in connection.execute(_ROLES))
            try:
                bootstrap(connection, project)
                return _build(connection, looking, project, wanted, files, hidden, catalog)
            except SlateError as error:
                if not wants_superuser(error):
                    raise
                raise SlateError(
                    f"{error.message}: it wants a superuser",
                    detail=error.detail,
                    hint="Say --trust, if these are files that you would run as yourself.",
                ) from error


def _build(
    connection: Connection,
    looking: Connection,
    project: Project,
    products: Sequence[Product],
    files: dict[str, list[Migration]],
    hidden: frozenset[str],
    catalog: bool | None,
) -> Built:
    origins: dict[str, Origin] = {}
    schemas: dict[str, list[str]] = {}
    for product in products:
        others = {s for p in project.products if p != product for s in p.path} | set().union(*schemas.values())
        others -= set(product.path)
        run = runner.Run(connection, product, project.shared, asks=False)
        replay.prepare(run)
        origins[product.name] = origin = Origin(_facts(looking, others))
        for name in _run(run, files[product.name]):
            if catalog is None:
                origin.note(name, _facts(looking, others))
        if catalog is not None:
            origin.note("", _facts(looking, others))
        schemas[product.name] = [
            s for s in find_schemas(looking) if s not in others and not _is_empty(origin, s, product)
        ]
    everything = sorted({s for found in schemas.values() for s in found})
    built = Built(read_source(connection, everything, hidden), schemas, files, origins)
    if catalog is None:
        return built
    return replace(built, catalog=reader.read(looking, everything, database=catalog))


def _run(run: runner.Run, migrations: Sequence[Migration]) -> Iterator[str]:
    """Apply a product's files, and yield the name of each, "repeatable" for all that is. SlateError. Writes."""
    for migration in migrations:
        _apply(run, migration)
        yield migration.id
    if read_repeatables(run.product):
        applying.apply_all(run)
        yield "repeatable"


def _apply(run: runner.Run, migration: Migration) -> None:
    """Apply one migration. SlateError that says what was run, and where. Writes."""
    try:
        replay.up(run, migration)
    except psycopg.OperationalError as error:
        raise SlateError(f"{migration.id} ended its session: {error}", hint=_NOTHING) from error
    except SlateError as error:
        if wants_superuser(error):
            raise
        server = (
            f"It ran on a disposable PostgreSQL {run.connection.info.server_version // 10000} (PG_BIN chooses another)."
        )
        raise SlateError(error.message, detail=error.detail, hint=f"{server} {_NOTHING}", where=error.where) from error


def _facts(connection: Connection, others: set[str]) -> Facts:
    return reader.read_facts(connection, [s for s in find_schemas(connection) if s not in others], database=False)


def _is_empty(origin: Origin, schema: str, product: Product) -> bool:
    """Tell a schema that is not the product's and holds nothing, as public mostly is."""
    held = any(i.schema == schema and i.kind != "schema" and i.kind != "grant" for i in origin.before)
    return schema not in product.path and not held
