"""Compares a live database with what its ledger says: the texts that were applied, applied again elsewhere.

The target is read with SELECT and nothing is written to it; what the ledger holds is rebuilt on a disposable server.
Works without the files of the migrations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from psycopg import sql

from slate_pg.catalog import reader
from slate_pg.catalog.compare import Difference, compare
from slate_pg.catalog.identity import Identity
from slate_pg.catalog.model import Catalog, Facts
from slate_pg.catalog.normalise import normalise_catalog
from slate_pg.checks import replay
from slate_pg.cluster.bootstrap import bootstrap
from slate_pg.config import Product, Project
from slate_pg.errors import Misuse, SlateError, did_you_mean
from slate_pg.migrations import ledger, runner, upgrade
from slate_pg.migrations.files import Migration, Script, is_transactional, read_directives
from slate_pg.migrations.locking import Patience
from slate_pg.postgres.binaries import find_binaries
from slate_pg.postgres.connection import Connection, connect, package_sql
from slate_pg.postgres.server import Server, disposable

# No ledger says what the whole database and the server are like; the alert about an outdated collation stays.
_DATABASE = Identity("database")
_NOT_OURS = ("tablespace", "large objects", "replication origin")
# These belong to everybody in the database: one more of them is somebody else's business; so is what hangs on them.
_OTHERS_MAY_ADD = ("extension", "member function", "language", "foreign data wrapper", "server", "user mapping",
                   "subscription", "access method", "transform")  # fmt: skip
_MADE_BY_INITDB = (Identity("extension", name="plpgsql"), Identity("language", name="plpgsql"))

_OWNER = "SELECT pg_get_userbyid(relowner) FROM pg_catalog.pg_class WHERE oid = %s::regclass"
_ROLES = "SELECT rolname FROM pg_catalog.pg_roles WHERE NOT starts_with(rolname, 'pg_') ORDER BY rolname"
_OBJECTS = {"r": "TABLES", "S": "SEQUENCES", "f": "FUNCTIONS", "T": "TYPES", "n": "SCHEMAS", "L": "LARGE OBJECTS"}


@dataclass(frozen=True)
class Entry:
    """One applied migration as the ledger keeps it: when, by whom, and the text."""

    schema: str
    id: str
    applied_at: datetime
    role: str
    text: str


@dataclass
class Drift:
    """What differs, what could not be compared, and how many migrations and installations were rebuilt."""

    differences: list[Difference] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    migrations: int = 0
    schemas: list[str] = field(default_factory=list)


@dataclass
class Expectation:
    """What the ledgers of a database say it should be, ready to be compared with what it is, as often as wanted."""

    catalog: Catalog
    schemas: list[str]
    declared: set[str]
    notes: list[str] = field(default_factory=list)
    migrations: int = 0


def find_drift(target: Connection, schemas: Sequence[str], project: Project | None) -> Drift:
    """Compare these schemas of a database (all with a ledger, when none is named) with their ledgers. Reads only.

    `project` gives the cluster's roles and settings; without it those are taken as they are. SlateError where a
    ledger's texts cannot be applied again.
    """
    expected = expect(target, schemas, project)
    return Drift(differ(expected, target), expected.notes, expected.migrations, expected.schemas)


def expect(target: Connection, schemas: Sequence[str], project: Project | None) -> Expectation:
    """Rebuild what the ledgers say on a disposable server, and return its catalog. Reads the target only."""
    notes: list[str] = []
    present = ledger.find_ledgers(target)
    shared = project.shared if project else "core" if "core" in present else None
    chosen = choose(present, schemas, notes)
    ledgers = dict.fromkeys([shared, *chosen] if shared in present else chosen)
    entries = sorted(
        (e for schema in ledgers for e in read_entries(target, str(schema), present[str(schema)])),
        key=lambda e: (e.applied_at, e.schema, e.id),
    )
    major = target.info.server_version // 10000
    with disposable(find_binaries(major)) as server:
        if server.binaries.major != major:
            notes.append(
                f"the database is PostgreSQL {major} and the binaries at hand are {server.binaries.major}: what "
                "the two print differently is not compared (set PG_BIN to the database's version)"
            )
        declared = rebuild(server, target, project, entries, shared)
        with connect(server.url("drift")) as connection:
            return Expectation(reader.read(connection, chosen), chosen, declared, notes, len(entries))


def differ(expected: Expectation, target: Connection) -> list[Difference]:
    """Return how a database differs from what is expected of it, the gravest first. Reads only."""
    found = normalise_catalog(reader.read(target, expected.schemas))  # a restored database prints expressions otherwise
    return compare(*_comparable(normalise_catalog(expected.catalog), found, expected.declared))


def choose(ledgers: dict[str, int], schemas: Sequence[str], notes: list[str]) -> list[str]:
    """Return the schemas to compare: those named, or all with a ledger of ours. Misuse where there is none."""
    for name in schemas:
        if name not in ledgers:
            raise Misuse(f'"{name}" has no ledger in this database', hint=did_you_mean(name, ledgers))
    meant = {name: version for name, version in sorted(ledgers.items()) if not schemas or name in schemas}
    for name, version in meant.items():
        ledger.check_version(name, version)
    foreign = [name for name, version in meant.items() if version == 0]
    notes += [f"{name} has a ledger of stock yoyo, which keeps no texts: nothing to compare with" for name in foreign]
    chosen = [name for name in meant if name not in foreign]
    if not meant:
        raise Misuse("no ledger in this database", hint="Nothing was applied by slate; `slate status` says more.")
    return chosen


def read_entries(target: Connection, schema: str, version: int) -> list[Entry]:
    """Return what a ledger holds in applied order, each with the role that owned what it made. Reads only."""
    table = sql.Identifier(schema, "_slate_migration" if version == 1 else "_slate_ledger").as_string(target)
    row = target.execute(_OWNER, [table]).fetchone()
    owner = row[0] if row else ""
    rows = ledger.read_entries(target, schema, version)
    first = rows[0][2] if rows else owner
    # Who connected may have been told to SET ROLE; the ledger's own table shows who it was in truth.
    return [Entry(schema, r[0], r[1], owner if r[2] == first else r[2], r[3]) for r in rows]


def rebuild(
    server: Server,
    target: Connection,
    project: Project | None,
    entries: Sequence[Entry],
    shared: str | None,
) -> set[str]:
    """Apply the ledgers' texts to a new database "drift"; return the roles that the project makes. Writes."""
    owner = entries[0].role if entries else "postgres"
    with connect(server.url()) as connection:
        for role in {e.role for e in entries} - {"postgres"}:
            connection.execute(sql.SQL("CREATE ROLE {} SUPERUSER LOGIN").format(sql.Identifier(role)))
        connection.execute(sql.SQL("CREATE DATABASE drift OWNER {}").format(sql.Identifier(owner)))
    said = any("ALTER DEFAULT PRIVILEGES" in e.text.upper() for e in entries)
    declared = _prepare_cluster(server, target, project, owner, defaults=not said)
    connections: dict[str, Connection] = {}
    try:
        for entry in entries:
            if entry.role not in connections:
                connections[entry.role] = connect(server.url("drift"), user=entry.role)
            connection = connections[entry.role]
            if entry.schema not in ledger.find_ledgers(connection):
                upgrade.create(connection, entry.schema)
            _apply(connection, entry, shared)
    finally:
        for connection in connections.values():
            connection.close()
    return declared


def _prepare_cluster(
    server: Server, target: Connection, project: Project | None, owner: str, *, defaults: bool
) -> set[str]:
    """Make the roles: those of the project by its own files, the others by name only. Return the former. Writes.

    Default privileges that no file and no migration gives are taken from the target, for they shape what is made.
    """
    declared: set[str] = set()
    with connect(server.url("drift"), user=owner) as connection:
        before = {r[0] for r in connection.execute(_ROLES)}
        if project and project.cluster.is_dir():
            bootstrap(connection, project)
            declared = {r[0] for r in connection.execute(_ROLES)} - before
        elif defaults:
            _copy_defaults(target, connection)
        there = {r[0] for r in connection.execute(_ROLES)}
        for (role,) in target.execute(_ROLES).fetchall():
            if role not in there:
                connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
    return declared


def _copy_defaults(target: Connection, connection: Connection) -> None:
    """Give new objects the privileges that the target gives them, where no file says which. Writes."""
    roles = {r[0] for r in connection.execute(_ROLES)}
    for role, kind, privilege, grantee in target.execute(package_sql("checks/find_default_privileges")).fetchall():
        if role not in roles or kind not in _OBJECTS:
            continue
        head = sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} ").format(sql.Identifier(role))
        objects = sql.SQL(_OBJECTS[kind])
        connection.execute(head + sql.SQL("REVOKE ALL ON {} FROM PUBLIC").format(objects))
        if privilege and (grantee is None or grantee in roles):
            whom = sql.Identifier(grantee) if grantee else sql.SQL("PUBLIC")
            connection.execute(head + sql.SQL("GRANT {} ON {} TO {}").format(sql.SQL(privilege), objects, whom))


def _apply(connection: Connection, entry: Entry, shared: str | None) -> None:
    path = Path(f"{entry.id}.sql")
    script = Script(path, entry.text, is_transactional(path, read_directives(path, entry.text)))
    product = Product(entry.schema, Path(), Path(), entry.schema)
    run = runner.Run(connection, product, shared, Patience(wait_seconds=5))
    try:
        replay.up(run, Migration(entry.id, (), script, None))
    except SlateError as error:
        raise SlateError(
            f"the ledger of {entry.schema} cannot be rebuilt: {error.message}",
            detail=error.detail,
            hint="What was applied no longer applies to an empty database; `slate check` shows it for the files.",
        ) from error


def _comparable(expected: Catalog, found: Catalog, declared: set[str]) -> tuple[Catalog, Catalog]:
    """Leave out what no ledger speaks of, on both sides. Pure."""
    left = {i: f for i, f in expected.facts.items() if _is_ours(i, declared)}
    right = {i: f for i, f in found.facts.items() if _is_ours(i, declared) and (i in left or not _others_may_add(i))}
    outdated = found.facts.get(_DATABASE, {}).get("outdated_collation")
    if outdated:
        left[_DATABASE], right[_DATABASE] = {"outdated_collation": False}, {"outdated_collation": True}
    for facts in (left, right):
        _forget_initdb(facts)
    for identity in [i for i, f in right.items() if i.kind == "user mapping" and f["options"] == ["hidden"]]:
        left.pop(identity, None)
        right.pop(identity)
    return (
        Catalog(left, expected.leaves, expected.periods, expected.major),
        Catalog(right, found.leaves, found.periods, found.major),
    )


def _is_ours(identity: Identity, declared: set[str]) -> bool:
    """Tell whether a ledger, or the project's own cluster files, could have made an object."""
    object_ = identity.on if identity.kind in ("grant", "comment", "security label") and identity.on else identity
    group = object_.on.name if object_.on else ""
    if object_.kind in ("database", "parameter"):
        return False
    if object_.kind == "unmodelled":
        return object_.name not in _NOT_OURS
    if object_.kind == "role":
        return object_.name in declared
    if object_.kind == "membership":
        return {object_.name, group} <= declared
    if object_.kind == "setting":
        return group in declared if group else bool(declared) and object_.arguments == "this database"
    return True


def _others_may_add(identity: Identity) -> bool:
    object_ = identity.on if identity.kind in ("grant", "comment", "security label") and identity.on else identity
    return object_.kind in _OTHERS_MAY_ADD


def _forget_initdb(facts: Facts) -> None:
    """Leave out who owns what came with the server: whoever ran initdb."""
    for identity in _MADE_BY_INITDB:
        if identity in facts:
            facts[identity] = {k: v for k, v in facts[identity].items() if k != "owner"}
