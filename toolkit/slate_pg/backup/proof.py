"""Proves a backup on a disposable server: what comes of it is held against what was measured in its source."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import psycopg
from psycopg import sql

from slate_pg.backup import manifest
from slate_pg.backup.archive import read_definitions, restore_parts
from slate_pg.backup.catalog_file import CATALOG, load_catalog
from slate_pg.backup.logical import read_portion
from slate_pg.backup.manifest import Manifest, Part
from slate_pg.backup.measured import measure, measure_large_objects, measure_sequences
from slate_pg.catalog import compare
from slate_pg.errors import ServerError
from slate_pg.migrations.elsewhere import Address
from slate_pg.postgres.binaries import find_binaries
from slate_pg.postgres.connection import Connection
from slate_pg.postgres.effects import parameters_set
from slate_pg.postgres.sandbox import Role, Sandbox, sandbox, wants_superuser

T = TypeVar("T")
_DATABASE = "restored"
_DENIED = re.compile(r"permission denied|[Mm]ust be ")


def verify(folder: Path, key: bytes | None = None) -> list[str]:
    """Restore a backup into a disposable server and return what differs from its source, nothing when nothing does.

    What the backup left out is not looked at: its manifest names it. SlateError when it is damaged or cannot be
    restored at all.
    """
    described = manifest.check(folder, key)

    def compared(connection: Connection, _: Connection) -> list[str]:
        return differences(connection, folder, described)

    return rehearse(folder, described, compared, signed=key is not None)


def differences(
    connection: Connection, folder: Path, described: Manifest, only: Mapping[str, Collection[str]] | None = None
) -> list[str]:
    """Return how a database differs from what the backup's source was. Reads every row.

    `only` names the tables and sequences to look at, by schema, where others share it.
    """
    found = []
    for part in described.parts:
        chosen = None if only is None else only.get(part.schema, ())
        found += compare_rows(part, measure(connection, part.schema, chosen))
        found += compare_sequences(part, measure_sequences(connection, part.schema))
    if described.large_objects:
        found += compare_large_objects(described.large_objects, measure_large_objects(connection))
    names = list(dict.fromkeys(part.schema for part in described.parts))
    now = read_portion(connection, names, addresses(described))
    return found + [str(d) for d in compare.compare(load_catalog(folder / CATALOG), now)]


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


def compare_sequences(part: Part, found: dict[str, list[object]]) -> list[str]:
    """Return one line a sequence whose value is not that of the source; older backups say none. Pure."""
    return [
        f"sequence {part.schema}.{name}: last value {_value(then)} in the source, {_value(found.get(name))} restored"
        for name, then in sorted(part.sequences.items())
        if then != found.get(name)
    ]


def _value(measured: list[object] | None) -> str:
    if measured is None:
        return "none"
    return f"{measured[0]}{'' if measured[1] else ' (not called)'}"


def compare_large_objects(then: dict[str, list[object]], found: dict[str, list[object]]) -> list[str]:
    """Return one line a large object that is not what it was in the source. Pure."""
    lines = []
    for number in sorted(then.keys() | found.keys(), key=int):
        if number not in found or number not in then:
            lines.append(f"large object {number}: {'missing' if number in then else 'not expected'}")
        elif then[number] != found[number]:
            lines.append(f"large object {number}: not the same content")
    return lines


def addresses(described: Manifest, folders: Collection[str] | None = None) -> list[Address]:
    """Return what a backup, or these archives of it, hold beside whole schemas. Pure."""
    return [
        Address(type_, tuple(names), tuple(args), place)
        for folder, type_, names, args, place in described.made
        if folders is None or folder in folders
    ]


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
        _let_make(box, restorer)
        archives = [folder / name for name in dict.fromkeys(part.folder for part in described.parts)]
        box.allow_parameters(parameters_set(*(read_definitions(box.server.binaries, a) for a in archives)))
        with box.connect(_DATABASE, restorer) as connection, box.keep(_DATABASE) as keeper:
            parts = described.parts
            restore_parts(connection, box.server.binaries, folder, parts, described.extensions, keeper)
            yield connection, keeper


def _let_make(box: Sandbox, restorer: str) -> None:
    """Let the restorer make what belongs to a whole database, a publication above all. Writes there only."""
    with box.keep(_DATABASE) as keeper:
        statement = sql.SQL("GRANT CREATE ON DATABASE {} TO {}")
        keeper.execute(statement.format(sql.Identifier(_DATABASE), sql.Identifier(restorer)))
