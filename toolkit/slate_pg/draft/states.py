"""Finds the two states of a draft: the old one stands on a disposable server, the other is read where it is.

The old state is what the ledger describes, or the files where there is no ledger. A target is read with SELECT; what
it holds is only ever carried out on the disposable server, by a role that cannot reach the machine unless trusted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from slate_pg.catalog.compare import compare
from slate_pg.catalog.identity import Identity, schema_of
from slate_pg.catalog.model import Catalog
from slate_pg.catalog.portion import keep
from slate_pg.catalog.reader import read
from slate_pg.checks import drift
from slate_pg.checks.ledgers import Ledgers, read_ledgers
from slate_pg.checks.rebuild import read_back, standing
from slate_pg.config import Product, Project
from slate_pg.draft.proving import Bench
from slate_pg.draft.reaching import judged
from slate_pg.draft.side import Side, read_side
from slate_pg.draft.stages import LARGE_BYTES, LARGE_ROWS
from slate_pg.errors import Misuse, SlateError
from slate_pg.migrations import ledger
from slate_pg.migrations.baselines import of_new
from slate_pg.migrations.folders import read_migrations
from slate_pg.migrations.order import in_order
from slate_pg.migrations.runner import Run, apply
from slate_pg.migrations.script import Script, read_plain
from slate_pg.operations.ground import ground
from slate_pg.postgres.binaries import find_binaries
from slate_pg.postgres.connection import Connection, ScriptFailed, package_sql, send
from slate_pg.postgres.sandbox import OWNER, native_binaries, wants_superuser

Judge = Callable[[Catalog], Catalog]
_OLD, _WANTED = "slate_old", "slate_wanted"
_TRUST = "Say --trust, if the files, and what the database holds, are what you would run as yourself."
_WITHOUT_WORDS = ("role", "membership", "setting", "parameter", "database", "subscription")


@dataclass(frozen=True)
class States:
    """The old state on its bench, the wanted one, and notes of them; `apart`: they differ in what is not drafted."""

    bench: Bench
    wanted: Side
    notes: list[str] = field(default_factory=list)
    large: frozenset[str] = frozenset()
    apart: bool = False


def _large(target: Connection, schemas: Sequence[str]) -> frozenset[str]:
    """Return the qualified names of tables that are large. Reads only."""
    asked = {"schemas": list(schemas), "rows": LARGE_ROWS, "bytes": LARGE_BYTES}
    return frozenset(row[0] for row in target.execute(package_sql("draft/large"), asked))


@contextmanager
def from_database(target: Connection, project: Project, product: Product, *, trust: bool) -> Iterator[States]:
    """Yield what the ledger describes and what the database is. SlateError, Misuse. Reads the target only."""
    present = ledger.find_ledgers(target)
    if present.get(product.schema, 0) == 0:
        with _from_strange(target, project, product, trust=trust) as states:
            yield states
        return
    notes: list[str] = []
    ledgers = read_ledgers(target, present, [product.schema], project, notes)
    if ledgers.tampered:
        raise SlateError(str(ledgers.tampered[0]), hint="Nothing was replayed. Find out who wrote to the ledger.")
    _refuse_pending(product, ledgers)
    binaries = native_binaries(target.info.server_version // 10000, "A draft from a database")
    with _said(trust), standing(binaries, target, project, ledgers, trusted=trust) as built:
        with built.box.connect(built.database, OWNER) as connection:
            back = read_back(connection, ledgers, built.declared)
        around = [s for s in back.schemas if s not in ledgers.schemas]
        expected = drift.Expectation(
            back.catalog, ledgers.schemas, back.declared, notes, len(ledgers.entries), around, back.places
        )
        schemas = (*expected.schemas, *expected.around)
        path = _path(project, product)
        found = read_side(target, [*schemas, *expected.places], path, ledgers.owner)
        _, catalog = drift.comparable(expected, target, found.catalog)
        wanted = judged(found, lambda _: catalog)
        judge = _judge(back.declared, {*catalog.facts, *back.catalog.facts})
        shared = project.shared
        bench = Bench(built.box, built.database, ledgers.owner, product, shared, schemas, judge)
        yield States(bench, wanted, notes, _large(target, schemas))


def _judge(declared: set[str], known: set[Identity]) -> Judge:
    return lambda catalog: drift.ours(catalog, declared, known)


def _path(project: Project, product: Product) -> tuple[str, ...]:
    shared = [project.shared] if project.shared and project.shared not in product.path else []
    return (*product.path, *shared, "pg_temp")


def _refuse_pending(product: Product, ledgers: Ledgers) -> None:
    """SlateError where files of the folder are not applied in the database: the draft would come behind them."""
    applied = {e.id for e in ledgers.entries if e.schema == product.schema}
    pending = [m.id for m in of_new(in_order(read_migrations(product))) if m.id not in applied]
    if pending:
        raise SlateError(
            f"{len(pending)} migrations of {product.name} are not applied there, {pending[0]} first",
            hint=f"A draft comes behind all files: `{product.command('apply')}` first. Nothing was written.",
        )


@contextmanager
def _said(trust: bool) -> Iterator[None]:
    """Say what --trust is for where the disposable server wants a superuser."""
    try:
        yield
    except (SlateError, psycopg.Error) as error:
        if trust or not wants_superuser(error):
            raise
        message = error.message if isinstance(error, SlateError) else str(error)
        detail = error.detail if isinstance(error, SlateError) else []
        raise SlateError(f"{message}: it wants a superuser", detail=detail, hint=_TRUST) from error


@contextmanager
def _from_strange(target: Connection, project: Project, product: Product, *, trust: bool) -> Iterator[States]:
    """Yield what the files build and what a database without a ledger is. Reads the target only."""
    row = target.execute(
        "SELECT pg_get_userbyid(nspowner) FROM pg_catalog.pg_namespace WHERE nspname = %s", [product.schema]
    ).fetchone()
    if row is None:
        raise Misuse(
            f'there is no schema "{product.schema}" in that database',
            hint="Say its name with --as, or which database: --from URL.",
        )
    binaries = native_binaries(target.info.server_version // 10000, "A draft from a database")
    with _said(trust), ground(binaries, project, product, _OLD, str(row[0]), trusted=trust) as (box, connection):
        _make_roles(target, box.keep)
        apply(Run(connection, product, project.shared, asks=False))
        connection.close()
        path = _path(project, product)
        wanted = judged(read_side(target, product.path, path, str(row[0])), _of_schemas(product))
        yield States(
            Bench(box, _OLD, str(row[0]), product, project.shared, tuple(product.path), _of_schemas(product)), wanted,
            [f'"{product.schema}" has no ledger there: it is compared with what the files build'],
        )  # fmt: skip


def _make_roles(target: Connection, keeper_of: Callable[[], Connection]) -> list[str]:
    """Make the target's roles by name only, and return which were not there. Writes to the disposable server."""
    query = "SELECT rolname FROM pg_catalog.pg_roles WHERE NOT starts_with(rolname, 'pg_')"
    with keeper_of() as keeper:
        there = {r[0] for r in keeper.execute(query)}
        made = sorted(row[0] for row in target.execute(query).fetchall() if row[0] not in there)
        for name in made:
            keeper.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(name)))
    return made


def _of_schemas(product: Product) -> Judge:
    """Return what keeps of a catalog what lies in the product's schemas."""

    def wanted(catalog: Catalog) -> Catalog:
        return keep(catalog, lambda identity, _: schema_of(identity) in product.path)

    return wanted


@contextmanager
def from_sql(files: Sequence[Path], project: Project, product: Product, *, trust: bool) -> Iterator[States]:
    """Yield what the files build and what SQL files build from nothing. SlateError. Writes to a disposable server."""
    texts = [read_plain(path) for path in files]
    binaries = find_binaries()
    with ExitStack() as stack:
        stack.enter_context(_said(trust))
        # Roles are a server's own: each state has one, so that both may make the same.
        grounds = (ground(binaries, project, product, name, OWNER, trusted=trust) for name in (_OLD, _WANTED))
        (box, old), (_, there) = (stack.enter_context(each) for each in grounds)
        apply(Run(old, product, project.shared, asks=False))
        _build(Run(there, product, project.shared, asks=False), texts)
        schemas = tuple(sorted({*product.path, *_schemas(old), *_schemas(there)}))
        built = read(old, schemas)
        old.close()
        whole = read_side(there, schemas, _path(project, product), OWNER)
        notes = [f"there must be a role {name}: no file makes it" for name in _make_roles(there, box.keep)]
        apart = _of_the_server(built, whole.catalog)
        wanted = judged(whole, _as_written)
        bench = Bench(box, _OLD, OWNER, product, project.shared, schemas, _as_written)
        yield States(bench, wanted, [*notes, *apart], apart=bool(apart))


def _as_written(catalog: Catalog) -> Catalog:
    """Return a catalog as SQL that builds all of it has it: partitions of periods too, nothing of the server. Pure."""
    kept = without_cluster(catalog)
    return Catalog(kept.everything, major=kept.major)


def _of_the_server(built: Catalog, wanted: Catalog) -> list[str]:
    """Return a note of what differs and is the server's own; SlateError where subscriptions differ. Pure."""
    ours = [d for d in compare(wanted, built) or compare(built, wanted) if _of_cluster(d.object)]
    linked = sorted(
        {str(d.object) for d in ours if "subscription" in (d.object.kind, d.object.on and d.object.on.kind)}
    )
    if linked:
        raise SlateError(
            f"no draft is written of {', '.join(linked)}",
            hint="A subscription connects to another server: make, alter and drop it by hand. Nothing was written.",
        )
    names = sorted({str(d.object) for d in ours})
    said = "differ in the two states, and are not drafted: roles, memberships and settings are the cluster's"
    return [f"{', '.join(names)} {said}"] if names else []


def _build(run: Run, texts: Sequence[Script]) -> None:
    """Run SQL files on an empty schema of the product. SlateError with the place that fails. Writes."""
    for name in run.product.path:
        run.connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(name)))
    for script in texts:
        try:
            script.send(run.connection, [s.replace("SET LOCAL", "SET") for s in run.opening])
        except ScriptFailed as failed:
            place = script.place(failed.offset)
            said = failed.error.diag.message_primary or str(failed.error)
            raise SlateError(
                f"{script.path}:{place.line}:{place.column}: {said} ({failed.error.sqlstate})",
                hint="Nothing was written. The files are run one behind the other on an empty schema.",
            ) from failed.error
    send(run.connection, "RESET ALL")


def _schemas(connection: Connection) -> list[str]:
    """Return the schemas of a disposable database that files may have made, or made things in. Reads only."""
    query = (
        "SELECT nspname FROM pg_catalog.pg_namespace "
        "WHERE NOT starts_with(nspname, 'pg_') AND nspname <> 'information_schema'"
    )
    return [row[0] for row in connection.execute(query).fetchall()]


def without_cluster(catalog: Catalog) -> Catalog:
    """Leave out of a catalog what belongs to the server or the database itself. Pure."""
    return keep(catalog, lambda identity, _: not _of_cluster(identity))


def _of_cluster(identity: Identity) -> bool:
    on = identity.on if identity.kind in ("grant", "comment", "security label") else None
    return identity.kind in _WITHOUT_WORDS or bool(on and on.kind in _WITHOUT_WORDS)
