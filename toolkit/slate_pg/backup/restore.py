"""Restores a backup: only an undamaged one, never over an installation, and for proof on a disposable server.

pg_restore does the work in one transaction a schema; nothing here deletes anything but what it made itself.
"""

from __future__ import annotations

import re
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import psycopg
from psycopg import sql

from slate_pg.backup import manifest
from slate_pg.backup.archive import pg_restore, read_definitions
from slate_pg.backup.logical import CATALOG, binaries_for, load_catalog, measure, read_catalog
from slate_pg.backup.manifest import Manifest, Part
from slate_pg.backup.own_roles import make_own_roles, rename_own_roles
from slate_pg.catalog import compare
from slate_pg.config import check_schema_name
from slate_pg.errors import ServerError, SlateError
from slate_pg.migrations import ledger
from slate_pg.migrations.belonging import other_error
from slate_pg.postgres.binaries import Binaries, find_binaries, run_client
from slate_pg.postgres.connection import Connection, client_url, package_sql
from slate_pg.postgres.effects import parameters_set
from slate_pg.postgres.sandbox import Role, sandbox, wants_superuser

T = TypeVar("T")
_DATABASE = "restored"
_DENIED = re.compile(r"permission denied|[Mm]ust be ")


def verify(folder: Path, key: bytes | None = None) -> list[str]:
    """Restore a backup into a disposable server and return what differs from the manifest, nothing when equal.

    SlateError when it is damaged or cannot be restored at all.
    """
    described = manifest.check(folder, key)

    def compared(connection: Connection, _: Connection) -> list[str]:
        differences = []
        for part in described.parts:
            differences += compare_rows(part, measure(connection, part.schema))
        expected = load_catalog(folder / CATALOG)
        found = read_catalog(connection, [part.schema for part in described.parts])
        return differences + [str(d) for d in compare.compare(expected, found)]

    return rehearse(folder, described, compared, signed=key is not None)


def compare_rows(part: Part, found: dict[str, list[object]]) -> list[str]:
    """Return one line a table whose rows are not those of the manifest. Pure."""
    lines = []
    for table in sorted(part.tables.keys() | found.keys()):
        then, now = part.tables.get(table), found.get(table)
        name = f"table {part.schema}.{table}"
        if then is None or now is None:
            lines.append(f"{name}: {'not expected' if then is None else 'missing'}")
        elif then[0] != now[0]:
            lines.append(f"{name}: {then[0]} rows in the manifest, {now[0]} restored")
        elif then[1] != now[1]:
            lines.append(f"{name}: {then[0]} rows, but not the same content")
    return lines


def rehearse(folder: Path, described: Manifest, work: Callable[[Connection, Connection], T], *, signed: bool) -> T:
    """Do some work on a disposable server that holds the backup, and nothing else. Writes there only.

    The work gets a connection as a role that reaches neither programs nor files of the machine, for a dump may be
    anybody's, and one as superuser, for fixed statements. A dump that wants a superuser is restored by one only where
    its signature was checked. ServerError otherwise.
    """
    try:
        with _rehearsed(folder, described, trusted=False) as connections:
            return work(*connections)
    except (ServerError, psycopg.errors.InsufficientPrivilege) as error:
        if not wants_superuser(error) and not _DENIED.search(str(error)):
            raise
        if not signed:
            raise ServerError(
                f"{error}: it wants a superuser".replace("\n", " "),
                hint="Only a backup whose signature was checked is restored as one: give --sign-key-from.",
            ) from error
    with _rehearsed(folder, described, trusted=True) as connections:
        return work(*connections)


@contextmanager
def _rehearsed(folder: Path, described: Manifest, *, trusted: bool) -> Iterator[tuple[Connection, Connection]]:
    restorer, everybody = f"slate_restorer_{secrets.token_hex(6)}", f"slate_everybody_{secrets.token_hex(6)}"
    with sandbox(find_binaries(described.major), trusted=trusted) as box:
        # Who is given an object needs CREATE on its schema, which in public is the database's owner's.
        box.make_roles([*(Role(name, login=False) for name in described.roles), Role(everybody, login=False)])
        box.make_owners([restorer])
        box.make_database(_DATABASE, everybody)
        box.enrol(described.roles, everybody)
        for part in described.parts:
            box.enrol([name for name in described.roles if name != part.owner], part.owner)
        box.stand_in([restorer])
        archives = [folder / part.folder for part in described.parts]
        box.allow_parameters(parameters_set(*(read_definitions(box.server.binaries, a) for a in archives)))
        with box.connect(_DATABASE, restorer) as connection, box.keep(_DATABASE) as keeper:
            parts = described.parts
            _restore_parts(connection, box.server.binaries, folder, parts, described.extensions, keeper)
            yield connection, keeper


def restore(connection: Connection, folder: Path, schema: str | None = None, key: bytes | None = None) -> list[str]:
    """Restore a backup into a database, under another name where one is given; return the schemas written. Writes.

    SlateError when the backup is damaged, when the name is taken, when roles are missing, or when the shared schema
    that is there is older than the backup's.
    """
    described = manifest.check(folder, key)
    if described.kind != "logical":
        raise SlateError(f"{folder} is a physical backup", hint="Say --data FOLDER: it becomes a data directory.")
    name = check_schema_name(schema or described.schema)
    parts = _wanted(connection, described, name)
    _check_roles(connection, described)
    binaries = binaries_for(max(connection.info.server_version // 10000, described.major))
    if name == described.schema:
        _restore_parts(connection, binaries, folder, parts, described.extensions)
    else:
        shared = [p for p in parts if p.schema != described.schema]
        _restore_parts(connection, binaries, folder, shared, described.extensions)
        _restore_renamed(connection, binaries, folder, described, name, signed=key is not None)
    return [p.schema for p in parts if p.schema != described.schema] + [name]


def _wanted(connection: Connection, described: Manifest, name: str) -> list[Part]:
    """Return the parts to restore. SlateError when one would fall onto something that is there."""
    ledgers = ledger.find_ledgers(connection)
    if name in ledgers:
        ledger.check_version(name, ledgers[name])
        raise SlateError(
            f'"{name}" is an installation already', hint=f"Restore beside it: slate restore DIR --as {name}_restored"
        )
    if connection.execute(package_sql("backup/count_objects"), [name]).fetchone()[0]:  # type: ignore[index]
        raise SlateError(f'schema "{name}" is there and not empty', hint="Say --as NAME, or move it out of the way.")
    parts = [part for part in described.parts if part.schema == described.schema]
    for part in described.parts:
        if part.schema == described.schema:
            continue
        if part.schema not in ledgers:
            parts.insert(0, part)
            continue
        have = ledger.read(connection, part.schema, ledgers[part.schema])
        lacking = [m for m in part.migrations if m not in have]
        if have and len(lacking) == len(part.migrations) > 0:
            raise other_error(part.schema, "the backup", next(iter(have)))
        if lacking:
            raise SlateError(
                f'"{part.schema}" here is older than the backup: {", ".join(lacking)} not applied',
                hint=f"Run `slate apply {part.schema}` first.",
            )
    return parts


def _check_roles(connection: Connection, described: Manifest) -> None:
    there = {r[0] for r in connection.execute("SELECT rolname FROM pg_catalog.pg_roles")}
    missing = [role for role in described.roles if role not in there]
    if missing:
        raise SlateError(
            f"the backup speaks of roles that are not here: {', '.join(missing)}",
            hint="Run `slate bootstrap` first, and create what it does not know (CREATE ROLE … NOLOGIN).",
        )


def _restore_parts(
    connection: Connection,
    binaries: Binaries,
    folder: Path,
    parts: list[Part],
    extensions: dict[str, str],
    extender: Connection | None = None,
) -> None:
    """Restore whole schemas, the shared one first; before that `extender` makes the extensions in empty schemas."""
    ordered = sorted(parts, key=lambda p: p.folder != "shared")
    inside = {p.schema for p in ordered}
    extender = extender or connection
    _create_extensions(extender, [(e, s) for e, s in extensions.items() if s not in inside])
    for part in ordered:
        create_schema(connection, part.schema, part.owner)
        _create_extensions(extender, [(e, s) for e, s in extensions.items() if s == part.schema])
    for part in ordered:
        pg_restore(connection, binaries, folder / part.folder)


def create_schema(connection: Connection, schema: str, owner: str) -> None:
    """Create a schema for its owner where it is missing. Writes."""
    statement = "CREATE SCHEMA IF NOT EXISTS {} AUTHORIZATION {}"
    connection.execute(sql.SQL(statement).format(sql.Identifier(schema), sql.Identifier(owner)))


def _create_extensions(connection: Connection, wanted: list[tuple[str, str]]) -> None:
    for extension, schema in wanted:
        statement = sql.SQL("CREATE EXTENSION IF NOT EXISTS {} SCHEMA {}")
        try:
            if schema != "public":
                exists = "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = %s"
                if not connection.execute(exists, [schema]).fetchone():
                    connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
            connection.execute(statement.format(sql.Identifier(extension), sql.Identifier(schema)))
        except (psycopg.errors.UndefinedFile, psycopg.errors.FeatureNotSupported) as error:
            raise ServerError(
                f'the backup needs the extension "{extension}", which this server does not offer',
                hint="Install it there, or restore where it is.",
            ) from error


def _restore_renamed(
    connection: Connection, binaries: Binaries, folder: Path, described: Manifest, name: str, *, signed: bool
) -> None:
    """Restore under another name: by way of a disposable server, where the schema can be renamed in peace."""
    part = next(p for p in described.parts if p.schema == described.schema)
    between = Path(tempfile.mkdtemp(prefix="slate-restore-"))

    def renamed(rehearsal: Connection, keeper: Connection) -> tuple[list[str], dict[str, str]]:
        own_roles = rename_own_roles(keeper, described.schema, name)
        rename_schema(rehearsal, described.schema, name)
        moving = _move_extensions(connection, keeper, described, name)
        pattern = '"' + name.replace('"', '""') + '"'
        dumped = run_client(
            binaries_for(described.major), "pg_dump", "--format=directory", f"--file={between / 'renamed'}",
            f"--schema={pattern}", f"--dbname={client_url(rehearsal)}",
        )  # fmt: skip
        if dumped.returncode != 0:
            raise ServerError(f"pg_dump failed: {dumped.stderr.strip()}", hint="Nothing was restored.")
        return moving, own_roles

    try:
        moving, own_roles = rehearse(folder, described, renamed, signed=signed)
        make_own_roles(connection, own_roles)
        create_schema(connection, name, part.owner)
        _create_extensions(connection, [(extension, name) for extension in moving])
        pg_restore(connection, binaries, between / "renamed")
    finally:
        shutil.rmtree(between, ignore_errors=True)


def _move_extensions(target: Connection, keeper: Connection, described: Manifest, name: str) -> list[str]:
    """Put the extensions of the renamed schema to where the target has them; return those it has not. Writes there."""
    there = "SELECT n.nspname FROM pg_extension AS e INNER JOIN pg_namespace AS n ON n.oid = e.extnamespace"
    lacking = []
    for extension in (e for e, schema in described.extensions.items() if schema == described.schema):
        found = target.execute(f"{there} WHERE e.extname = %s".encode(), [extension]).fetchone()
        if found is None:
            lacking.append(extension)
        elif found[0] != name:
            create_schema(keeper, found[0], keeper.info.user)
            statement = sql.SQL("ALTER EXTENSION {} SET SCHEMA {}")
            keeper.execute(statement.format(sql.Identifier(extension), sql.Identifier(found[0])))
    return lacking


def rename_schema(connection: Connection, old: str, new: str) -> None:
    """Rename a schema and the search paths that its functions are pinned to. Writes."""
    with connection.transaction():
        statement = sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new))
        connection.execute(statement)
        connection.execute("SET LOCAL search_path = ''")
        quoted = sql.Identifier(new).as_string(connection)
        was = sql.Identifier(old).as_string(connection)
        for function, kind, setting in connection.execute(
            package_sql("backup/find_pinned_functions"), [quoted]
        ).fetchall():
            names = [n.strip() for n in setting.partition("=")[2].split(",")]
            path = ", ".join(quoted if n in (old, was) else n if n != '""' else "''" for n in names)
            what = "PROCEDURE" if kind == "p" else "FUNCTION"
            connection.execute(f"ALTER {what} {function} SET search_path = {path}".encode())
