"""Rebuilds what the ledgers of a database say on a disposable server, out of reach of the machine.

A ledger is written by whoever owns its schema. Its texts are held against their checksums and the files first, and are
run by roles of `postgres.sandbox`. Only where every text is one of the operator's own files, and the server says that
one of them wants a superuser, are they run by superusers.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from slate_pg.catalog import reader
from slate_pg.catalog.model import Catalog
from slate_pg.checks import replay
from slate_pg.checks.ledgers import Ledgers
from slate_pg.cluster.bootstrap import bootstrap
from slate_pg.config import Product, Project
from slate_pg.errors import SlateError
from slate_pg.migrations import elsewhere, ledger, runner
from slate_pg.migrations.alone import all_run_alone
from slate_pg.migrations.elsewhere import Elsewhere
from slate_pg.migrations.files import Migration, Script, is_transactional, read_directives
from slate_pg.migrations.integrity import Entry
from slate_pg.migrations.locking import Patience
from slate_pg.migrations.script import is_backfill
from slate_pg.migrations.variables import from_ledger
from slate_pg.postgres.binaries import Binaries
from slate_pg.postgres.connection import Connection, package_sql
from slate_pg.postgres.effects import parameters_set, roles_made
from slate_pg.postgres.sandbox import OWNER, Sandbox, bounded, sandbox, wants_superuser

_SYSTEM = ("postgres", "template0", "template1")
LONGEST_SECONDS = 600.0  # of one migration on empty tables
_ROLES = "SELECT rolname FROM pg_catalog.pg_roles WHERE NOT starts_with(rolname, 'pg_') ORDER BY rolname"
_OBJECTS = {"r": "TABLES", "S": "SEQUENCES", "f": "FUNCTIONS", "T": "TYPES", "n": "SCHEMAS", "L": "LARGE OBJECTS"}


def _name(target: Connection) -> str:
    """Return what the rebuilt database is called: as the target, for a text may name its own database."""
    return "drift" if target.info.dbname in _SYSTEM else target.info.dbname


@dataclass(frozen=True)
class Rebuilt:
    """What came of it: the catalog, and the roles that the project makes.

    `schemas` are those of the installations with all that they made beside them, `places` schemas of others in which
    something is theirs; `made` is what each installation made outside its schema.
    """

    catalog: Catalog
    declared: set[str]
    schemas: list[str]
    places: list[str]
    made: dict[str, Elsewhere]


def rebuild(
    binaries: Binaries, target: Connection, project: Project | None, ledgers: Ledgers, notes: list[str]
) -> Rebuilt:
    """Apply the ledgers' texts to a new database, and return what is there then.

    What all build on first; in the order of all times where that cannot be done, for it may have gone on since.
    SlateError where a text cannot be applied, or wants rights that it is not given. Writes to a disposable server.
    """
    *others, last = ledgers.orders
    for order in others:
        with contextlib.suppress(SlateError):
            return _with_rights(binaries, target, project, order, notes)
    return _with_rights(binaries, target, project, last, notes)


def _with_rights(
    binaries: Binaries, target: Connection, project: Project | None, ledgers: Ledgers, notes: list[str]
) -> Rebuilt:
    """Rebuild without a superuser's rights; with them only where every text is one of the operator's own files.

    A note says so.
    """
    try:
        return _rebuild(binaries, target, project, ledgers, trusted=False)
    except SlateError as error:
        if not wants_superuser(error):
            raise
        if strange := ledgers.strange:
            raise SlateError(
                f"{error.message}: it wants a superuser",
                detail=error.detail,
                hint=f"The text of {strange[0].id} in {strange[0].schema} is in the database only, so nothing was "
                "replayed as one. Run drift where all that is compared has its files: --migrations, products' names.",
            ) from error
        notes.append(f"replayed as superuser, from files of this project only: {error.message}")
        return _rebuild(binaries, target, project, ledgers, trusted=True)


@dataclass(frozen=True)
class Standing:
    """A disposable server on which a database is as the ledgers say, and the roles that the project makes."""

    box: Sandbox
    database: str
    declared: set[str]


def _rebuild(
    binaries: Binaries, target: Connection, project: Project | None, ledgers: Ledgers, *, trusted: bool
) -> Rebuilt:
    with (
        standing(binaries, target, project, ledgers, trusted=trusted) as built,
        built.box.connect(built.database, OWNER) as connection,
    ):
        return read_back(connection, ledgers, built.declared)


@contextlib.contextmanager
def standing(
    binaries: Binaries, target: Connection, project: Project | None, ledgers: Ledgers, *, trusted: bool
) -> Iterator[Standing]:
    """Rebuild the ledgers on a disposable server and yield it. SlateError as `rebuild`. Writes to that server."""
    with sandbox(binaries, trusted=trusted) as box:
        roles = list(dict.fromkeys([OWNER, *(e.role for e in ledgers.everything)]))
        box.make_owners(roles)
        box.make_database(_name(target), ledgers.owner, like=target)
        box.allow_parameters(parameters_set(*(_script(e, ledgers).text for e in ledgers.everything)))
        declared = _prepare_cluster(box, target, project, ledgers)
        with box.keep(_name(target)) as keeper:
            for role in roles:
                statement = sql.SQL("GRANT CREATE ON DATABASE {} TO {}")
                keeper.execute(statement.format(sql.Identifier(_name(target)), sql.Identifier(role)))
        box.stand_in(roles)
        with contextlib.ExitStack() as open_ones:
            connections: dict[str, Connection] = {}
            for entry in ledgers.everything:
                if entry.role not in connections:
                    connections[entry.role] = open_ones.enter_context(box.connect(_name(target), entry.role))
            for entry in ledgers.entries:
                with _defaults_of(box, target, entry):
                    _apply(box, connections[entry.role], entry, ledgers)
            for schema in dict.fromkeys(e.schema for e in ledgers.repeatables):
                _repeat(box, connections, [e for e in ledgers.repeatables if e.schema == schema], ledgers)
        yield Standing(box, _name(target), declared)


def read_back(connection: Connection, ledgers: Ledgers, declared: set[str]) -> Rebuilt:
    """Read what was rebuilt, and where. Reads only."""
    there = ledger.find_ledgers(connection)
    made = {schema: elsewhere.read(connection, schema, there.get(schema)) for schema in ledgers.schemas}
    schemas = [*ledgers.schemas, *(s for each in made.values() for s in each.schemas)]
    places = sorted({s for each in made.values() for s in each.places} - set(schemas))
    return Rebuilt(reader.read(connection, [*schemas, *places]), declared, schemas, places, made)


def _prepare_cluster(box: Sandbox, target: Connection, project: Project | None, ledgers: Ledgers) -> set[str]:
    """Make the roles: those of the project by its own files, the others by name only. Return the former. Writes.

    A role that a migration makes is left to it: what CREATE ROLE once did it has to do here.
    Default privileges that no file and no migration gives are taken from the target, for they shape what is made.
    """
    said = any("ALTER DEFAULT PRIVILEGES" in _script(e, ledgers).text.upper() for e in ledgers.entries)
    declared: set[str] = set()
    with box.connect(_name(target), ledgers.owner) as connection, box.keep(_name(target)) as keeper:
        before = {r[0] for r in keeper.execute(_ROLES)}
        if project and project.cluster.is_dir():
            bootstrap(connection, project)
            declared = {r[0] for r in keeper.execute(_ROLES)} - before
        elif not said:
            _copy_defaults(target, keeper)
        there = {r[0] for r in keeper.execute(_ROLES)}
        there |= {name for e in ledgers.entries for name in roles_made(_script(e, ledgers).text)}
        for (role,) in target.execute(_ROLES).fetchall():
            if role not in there:
                keeper.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
    return declared


def _copy_defaults(target: Connection, keeper: Connection) -> None:
    """Give new objects the privileges that the target gives them, where no file says which. Writes."""
    roles = {r[0] for r in keeper.execute(_ROLES)}
    for role, kind, privilege, grantee in target.execute(package_sql("checks/find_default_privileges")).fetchall():
        if role not in roles or kind not in _OBJECTS:
            continue
        head = sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} ").format(sql.Identifier(role))
        objects = sql.SQL(_OBJECTS[kind])
        keeper.execute(head + sql.SQL("REVOKE ALL ON {} FROM PUBLIC").format(objects))
        if privilege and privilege.isalpha() and (grantee is None or grantee in roles):
            whom = sql.Identifier(grantee) if grantee else sql.SQL("PUBLIC")
            keeper.execute(head + sql.SQL("GRANT {} ON {} TO {}").format(sql.SQL(privilege), objects, whom))


@contextlib.contextmanager
def _defaults_of(box: Sandbox, target: Connection, entry: Entry) -> Iterator[None]:
    """Let functions of an extension be for everybody or not, as they are where a superuser makes it. Writes.

    On the target they got the default privileges of the superuser who applied; here a trusted extension belongs to the
    keeper, whoever asks for it.
    """
    if box.trusted or "create extension" not in (entry.text or "").lower() or not _is_superuser(target, entry.role):
        yield
        return
    head = sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} ").format(sql.Identifier(box.keeper))
    with box.keep(_name(target)) as keeper:
        found = keeper.execute(package_sql("checks/find_default_privileges")).fetchall()
        own = [row for row in found if row[0] == entry.role and row[1] == "f"]
        closed = bool(own) and not any(row[3] is None and row[2] for row in own)
        if closed:
            keeper.execute(head + sql.SQL("REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC"))
        try:
            yield
        finally:
            if closed:
                keeper.execute(head + sql.SQL("GRANT EXECUTE ON FUNCTIONS TO PUBLIC"))


def _script(entry: Entry, ledgers: Ledgers) -> Script:
    """Return what to replay; SlateError where the ledger keeps only the checksum, of a big file that is gone."""
    file = ledgers.files.get((entry.schema, entry.id))
    if file:
        return file.apply.recorded(entry.variables, stand_in=True)
    if entry.text is None:
        raise SlateError(
            f"{entry.id} of {entry.schema} is big: its ledger keeps the checksum, and its file is not in the folder",
            hint=f"Nothing was compared. Put the file back (SHA-256 {entry.checksum}).",
        )
    path = Path(f"{entry.id}.sql")
    transactional = _is_transactional(path, entry.text)
    return from_ledger(path, entry.text, transactional, entry.variables, stand_in=True)


def _product(schema: str, ledgers: Ledgers) -> Product:
    """Return what stands for an installation: its schema or schemas."""
    return Product(schema, Path(), Path(), schema, schemas=ledgers.paths.get(schema, ()))


def _is_superuser(target: Connection, role: str) -> bool:
    row = target.execute("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = %s", [role]).fetchone()
    return bool(row and row[0])


def _is_transactional(path: Path, text: str) -> bool:
    """Say how a ledger's text is run of which no file is left: as its head says, or as it can be run at all. Pure."""
    return is_transactional(path, read_directives(path, text)) and not (all_run_alone(text) or is_backfill(text))


def _repeat(box: Sandbox, connections: dict[str, Connection], entries: list[Entry], ledgers: Ledgers) -> None:
    """Apply the repeatable texts of a schema, all in one transaction as an installation has them. Writes."""
    from slate_pg.migrations.repeatable import applying
    from slate_pg.migrations.repeatable.tasks import Task

    schema, connection = entries[0].schema, connections[entries[0].role]
    run = runner.Run(connection, _product(schema, ledgers), ledgers.shared, Patience(wait_seconds=5))
    tasks = [Task(e.id, Script(Path(f"{e.id}.sql"), e.text or "")) for e in entries]
    try:
        with bounded(box, connection, LONGEST_SECONDS):
            if schema not in ledger.find_ledgers(connection):
                replay.prepare(run)
            applying.in_one_transaction(run, tasks, [], lambda _: "")
    except SlateError as error:
        raise SlateError(
            f"the repeatable objects of {schema} cannot be rebuilt: {error.message}",
            detail=error.detail,
            hint="What was applied no longer applies to an empty database; `slate check` shows it for the files.",
        ) from error


def _apply(box: Sandbox, connection: Connection, entry: Entry, ledgers: Ledgers) -> None:
    """Apply one migration: its file where there is one, for that may differ in comments, else the ledger's text."""
    script = _script(entry, ledgers)
    product = _product(entry.schema, ledgers)
    run = runner.Run(connection, product, ledgers.shared, Patience(wait_seconds=5))
    try:
        with bounded(box, connection, LONGEST_SECONDS):
            if entry.schema not in ledger.find_ledgers(connection):
                replay.prepare(run)
            replay.up(run, Migration(entry.id, (), script, None))
    except psycopg.OperationalError as error:
        raise SlateError(
            f"the replay of {entry.id} in {entry.schema} was ended: {str(error).strip().splitlines()[0]}",
            hint=f"On empty tables a migration may take {LONGEST_SECONDS:.0f} s.",
        ) from error
    except SlateError as error:
        raise SlateError(
            f"the ledger of {entry.schema} cannot be rebuilt: {error.message}",
            detail=error.detail,
            hint="What was applied no longer applies to an empty database; `slate check` shows it for the files.",
        ) from error
