"""Which installations of which products a database has, and what is in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING

from slate_pg.config import Product, Project
from slate_pg.errors import Misuse, SlateError
from slate_pg.migrations import elsewhere, ledger
from slate_pg.migrations.baselines import one_by_one, replaced_ids
from slate_pg.migrations.files import Migration, check_ids
from slate_pg.migrations.folders import read_migrations
from slate_pg.migrations.hurts import Hurt
from slate_pg.migrations.keeping import with_theirs
from slate_pg.migrations.ledger import read_known_state
from slate_pg.migrations.order import in_order
from slate_pg.migrations.repeatable.records import read_standing
from slate_pg.migrations.state import State
from slate_pg.postgres.connection import Connection, package_sql
from slate_pg.postgres.later import later, sql

if TYPE_CHECKING:
    from slate_pg.migrations import belonging, others, roll
else:  # what is asked of few installations
    belonging, others = later("slate_pg.migrations.belonging"), later("slate_pg.migrations.others")
    roll = later("slate_pg.migrations.roll")

COUNT_UP_TO = 100_000


def read_all(connection: Connection, project: Project, names: Sequence[str]) -> list[State]:
    """Return the state of each product, and of each further installation of it under another name. Reads only."""
    products = [project.product(n) for n in names] or project.select([])
    ordered = read_files(products)
    ledgers = ledger.find_ledgers(connection)
    others = sorted(set(ledgers) - {p.schema for p in project.products})
    applied = {schema: set(ledger.read(connection, schema, ledgers[schema])) for schema in others}
    states = []
    for product in products:
        known = {m.id for m in ordered[product.name]} | replaced_ids(ordered[product.name])
        copies = [product.beside(schema) for schema in others if known & applied[schema]]
        for installed in (product, *copies):
            version = ledgers.get(installed.schema)
            state = read_known_state(connection, installed, ordered[product.name], version)
            made = elsewhere.read(connection, installed.schema, version).made if state.applied else frozenset()
            gone = tuple(map(str, elsewhere.missing(connection, installed.schema, made)))
            if version is None:
                state = replace(state, hurts=belonging.read_lost(connection, installed, ordered[product.name]))
                if copies and not state.hurts and migrated_by(connection, state) is None:
                    continue  # a node of copies, which lacks nothing
            stands = read_standing(connection, installed, version)
            state = replace(state, gone=gone, repeatables=stands)
            states.append(with_theirs(connection, installed, ordered[product.name], state))
    return states


def read_others(
    connection: Connection, project: Project, product: Product, ordered: Sequence[Migration]
) -> list[State]:
    """Return the installations of a product but the one meant, times of what is applied left out. Reads only.

    Ledgers that this role or this slate cannot read are passed over.
    """
    own = {product.schema, *(p.schema for p in project.products if p.name != product.name)}
    ledgers = {s: version for s, version in ledger.find_ledgers(connection).items() if s not in own}
    called = roll.call_roll(connection, ledgers)
    return [state for state, _ in roll.read_states(connection, product, ordered, called, lambda schema, error: None)]


def find_alike(
    connection: Connection,
    project: Project,
    products: Sequence[Product],
    ordered: Mapping[str, Sequence[Migration]],
    keep: bool,
) -> list[str]:
    """Return the schemas of other installations of these products, on which nothing of theirs bears. Reads only.

    With `keep` one of each state is none of them.
    """
    own = {schema for p in (*products, *project.products) for schema in p.path}
    ledgers = {s: version for s, version in ledger.find_ledgers(connection).items() if s not in own}
    called = roll.call_roll(connection, ledgers) if ledgers else []
    alike: list[str] = []
    for product in (p for p in products if p.name != project.shared):
        seen: set[str] = set()
        for state, standing in roll.read_states(connection, product, ordered[product.name], called, lambda s, e: None):
            if not keep or (standing.digest and standing.digest in seen):
                alike.append(state.schema)
            seen.add(standing.digest)
    return alike


def find_hurts(connection: Connection, project: Project, names: Sequence[str]) -> list[Hurt]:
    """Return what is missing or changed in the ledgers of products, of all without names. Reads only.

    A product whose files cannot be read is passed over: whoever works with them says so.
    """
    hurts: list[Hurt] = []
    for name in names or [p.name for p in project.products]:
        with suppress(SlateError):
            hurts += [hurt for state in read_all(connection, project, [name]) for hurt in state.hurts]
    return hurts


@dataclass(frozen=True)
class Owned:
    """What installations own: whole `schemas`, and in those of others the `tables`, by schema."""

    schemas: list[str]
    tables: dict[str, set[str]]


def find_owned(connection: Connection, states: Sequence[State]) -> Owned:
    """Return what the installations own together, each with all that its migrations made elsewhere. Reads only."""
    schemas: list[str] = []
    tables: dict[str, set[str]] = {}
    for state in (s for s in states if s.applied):
        found = elsewhere.read(connection, state.schema, state.version)
        schemas += [state.schema, *found.schemas]
        for address in found.made:
            if address.place and not address.on and len(address.names) > 1:
                tables.setdefault(address.place, set()).add(address.names[1])
    return Owned(
        list(dict.fromkeys(schemas)), {place: found for place, found in tables.items() if place not in schemas}
    )


def read_files(products: Sequence[Product]) -> dict[str, list[Migration]]:
    """Return the migrations of each product in run order, by its name. Errors as files and order say. Reads only."""
    ordered = {p.name: in_order(read_migrations(p)) for p in products}
    check_ids(m for migrations in ordered.values() for m in migrations)
    return ordered


def migrated_by(connection: Connection, state: State) -> str | None:
    """Return in words which other tool has migrated what Slate has not, None where none has. Reads only."""
    if state.version is not None:
        return None
    files = one_by_one(state.pending)
    found = others.find(connection, state.schema, files)
    return others.say(found, state.product, files) if found else None


def failed_jobs(connection: Connection, states: Sequence[State]) -> dict[str, list[str]]:
    """Return the jobs whose latest run failed, in words, by schema. Reads only."""
    return {state.schema: failed for state in states if (failed := _failed_jobs(connection, state))}


def _failed_jobs(connection: Connection, state: State) -> list[str]:
    runs = ledger.read_latest_runs(connection, state.schema, state.version) if state.version else []
    return [
        f"{job} at {began.astimezone(UTC):%Y-%m-%d %H:%M} UTC: {error}" for job, began, _, _, error in runs if error
    ]


def chosen(project: Project, names: Sequence[str], schema: str | None, to: str | None) -> list[Product]:
    """Return the products a command is about, the shared one first. Misuse where --as or --to need exactly one.

    Reads nothing: `read_files` does, and refuses what no command can work with.
    """
    if (schema or to) and len(names) != 1 and len(project.products) != 1:
        option = "--as" if schema else "--to"
        raise Misuse(f"{option} needs one product", hint=f"Say which: slate apply PRODUCT {option} …")
    selected = project.select(list(names))
    if schema:
        selected[-1] = selected[-1].installed_as(schema)
    return selected


@dataclass(frozen=True)
class Inventory:
    """What is in one installation: numbers of tables, rows (a lower bound where `more`) and migrations."""

    product: str
    schema: str
    tables: int
    rows: int
    more: bool
    migrations: int


def take_inventory(connection: Connection, state: State) -> Inventory:
    """Count an installation's tables and rows, each table up to 100,000. Reads only."""
    schemas = [state.schema, *elsewhere.read(connection, state.schema, state.version).schemas]
    find = package_sql("migrations/find_tables")
    tables = [(schema, r[0]) for schema in schemas for r in connection.execute(find, [schema])]
    counts = [_count(connection, schema, table) for schema, table in tables]
    return Inventory(
        state.product,
        state.schema,
        len(tables),
        sum(min(c, COUNT_UP_TO) for c in counts),
        any(c > COUNT_UP_TO for c in counts),
        len(state.applied),
    )


def _count(connection: Connection, schema: str, table: str) -> int:
    query = sql.SQL("SELECT count(*) FROM (SELECT 1 FROM {} LIMIT %s) AS t").format(sql.Identifier(schema, table))
    (count,) = connection.execute(query, [COUNT_UP_TO + 1]).fetchone() or (0,)
    return int(count)
