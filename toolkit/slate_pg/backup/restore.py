"""Restores a backup: only an undamaged one, and never over an installation or what is another's.

pg_restore does the work in one transaction a schema; nothing here deletes anything but what it made itself.
"""

from __future__ import annotations

import shlex
import shutil
import tempfile
from pathlib import Path

from psycopg import sql

from slate_pg.backup import manifest
from slate_pg.backup.archive import create_extensions, create_schema, pg_restore, restore_parts
from slate_pg.backup.logical import binaries_for, dump
from slate_pg.backup.manifest import Manifest, Part
from slate_pg.backup.own_roles import make_missing_roles, make_own_roles, rename_own_roles
from slate_pg.backup.proof import addresses, rehearse
from slate_pg.backup.selection import Selection, find_taken
from slate_pg.config import check_schema_name
from slate_pg.errors import SlateError
from slate_pg.migrations import ledger
from slate_pg.migrations.belonging import other_error
from slate_pg.migrations.renamed import find_held, mending
from slate_pg.postgres.binaries import Binaries
from slate_pg.postgres.connection import Connection, package_sql

_OWN = "schema"  # the folder of the installation itself, with all that it made elsewhere


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
        restore_parts(connection, binaries, folder, parts, described.extensions)
    else:
        shared = [p for p in parts if p.folder != _OWN]
        restore_parts(connection, binaries, folder, shared, described.extensions)
        _restore_renamed(connection, binaries, folder, described, name, signed=key is not None)
    return list(dict.fromkeys([*(p.schema for p in parts if p.schema != described.schema), name]))


def _wanted(connection: Connection, described: Manifest, name: str) -> list[Part]:
    """Return the parts to restore. SlateError when one would fall onto something that is there."""
    ledgers = ledger.find_ledgers(connection)
    if name in ledgers:
        ledger.check_version(name, ledgers[name])
        raise SlateError(
            f'"{name}" is an installation already',
            hint="Restore beside it: slate restore DIR --as " + shlex.quote(f"{name}_restored"),
        )
    if connection.execute(package_sql("backup/count_objects"), [name]).fetchone()[0]:  # type: ignore[index]
        raise SlateError(f'schema "{name}" is there and not empty', hint="Say --as NAME, or move it out of the way.")
    parts = [part for part in described.parts if part.folder == _OWN]
    installed = {p.folder: p.schema in ledgers for p in described.parts if p.migrations}
    for part in described.parts:
        if part.folder == _OWN:
            continue
        if not part.migrations and installed.get(part.folder):
            continue  # made by the shared installation that is here already
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
    _refuse_taken(connection, described, name, parts)
    return parts


def _refuse_taken(connection: Connection, described: Manifest, name: str, parts: list[Part]) -> None:
    """SlateError where something is there already that the backup makes outside the installation's schema."""
    made = addresses(described, {part.folder for part in parts})
    places = {a.place for a in made if a.place}
    taken = [
        f'schema "{part.schema}"'
        for part in parts
        if part.schema not in (described.schema, *places)
        and connection.execute(package_sql("backup/count_objects"), [part.schema]).fetchone()[0]  # type: ignore[index]
    ]
    taken += [str(address) for address in find_taken(connection, name, made)]
    there = [r[0] for r in connection.execute("SELECT oid::text FROM pg_catalog.pg_largeobject_metadata")]
    taken += [f"large object {number}" for number in described.large_objects if number in there]
    if taken:
        raise SlateError(
            f'the backup holds what is here already, outside of "{name}": {", ".join(dict.fromkeys(taken[:10]))}'
            + (f" and {len(taken) - 10} more" if len(taken) > 10 else ""),
            hint="Nothing was changed. Restore into another database, or move what is there out of the way.",
        )


def _check_roles(connection: Connection, described: Manifest) -> None:
    """Make what is missing of the installation's own roles. SlateError where others are missing. Writes."""
    make_missing_roles(connection, described.product, described.schema, _missing_roles(connection, described))
    missing = _missing_roles(connection, described)
    if missing:
        raise SlateError(
            f"the backup speaks of roles that are not here: {', '.join(missing)}",
            hint="Run `slate bootstrap` first, and create what it does not know (CREATE ROLE … NOLOGIN).",
        )


def _missing_roles(connection: Connection, described: Manifest) -> list[str]:
    there = {r[0] for r in connection.execute("SELECT rolname FROM pg_catalog.pg_roles")}
    return [role for role in described.roles if role not in there]


def _restore_renamed(
    connection: Connection, binaries: Binaries, folder: Path, described: Manifest, name: str, *, signed: bool
) -> None:
    """Restore under another name: by way of a disposable server, where the schema can be renamed in peace."""
    part = next(p for p in described.parts if p.schema == described.schema)
    around = [p for p in described.parts if p.folder == _OWN and p is not part]
    places = {a.place for a in addresses(described, {_OWN}) if a.place}
    between = Path(tempfile.mkdtemp(prefix="slate-restore-"))

    def renamed(rehearsal: Connection, keeper: Connection) -> tuple[list[str], dict[str, str]]:
        own_roles = rename_own_roles(keeper, described.schema, name)
        rename_schema(rehearsal, described.schema, name)
        moving = _move_extensions(connection, keeper, described, name)
        made = frozenset(addresses(described, {_OWN}))
        numbers = tuple(int(number) for number in described.large_objects)
        chosen = Selection([name, *(p.schema for p in around if p.schema not in places)], made, numbers)
        dump(rehearsal, binaries_for(described.major), chosen, between / "renamed", None)
        return moving, own_roles

    try:
        moving, own_roles = rehearse(folder, described, renamed, signed=signed)
        make_own_roles(connection, own_roles)
        create_schema(connection, name, part.owner)
        for other in around:
            create_schema(connection, other.schema, other.owner)
        create_extensions(connection, [(extension, name) for extension in moving])
        create_extensions(connection, [(e, s) for e, s in described.extensions.items() if s != described.schema])
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
    """Rename a schema on a server of our own, and what stores its name as text; roles have been seen to. Writes."""
    with connection.transaction():
        statement = sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new))
        connection.execute(statement)
        connection.execute("SET LOCAL search_path = ''")
        found = find_held(connection, new, old, everywhere=True)
        held = [h for h in found if h.kind != "role setting" and not h.target.startswith("ROLE ")]
        for text in list(mending(connection, held, old, new)):
            connection.execute(text.encode())
