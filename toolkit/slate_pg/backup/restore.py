"""Restores a backup: only an undamaged one, never over an installation, and for proof on a disposable server.

pg_restore does the work in one transaction a schema; nothing here deletes anything but what it made itself.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess

import psycopg
from psycopg import sql

from slate_pg.backup import manifest
from slate_pg.backup.logical import CATALOG, binaries_for, load_catalog, measure, read_catalog
from slate_pg.backup.manifest import Manifest, Part
from slate_pg.backup.own_roles import make_own_roles, rename_own_roles
from slate_pg.catalog import compare
from slate_pg.config import check_schema_name
from slate_pg.errors import ServerError, SlateError
from slate_pg.migrations import ledger
from slate_pg.migrations.belonging import other_error
from slate_pg.postgres import dumps
from slate_pg.postgres.binaries import Binaries, find_binaries, run_client
from slate_pg.postgres.connection import Connection, client_url, connect, package_sql
from slate_pg.postgres.server import disposable

_SCHEMA_ENTRY = re.compile(r"^\d+; \d+ \d+ SCHEMA - ")


def verify(folder: Path, key: bytes | None = None) -> list[str]:
    """Restore a backup into a disposable server and return what differs from the manifest, nothing when equal.

    SlateError when it is damaged or cannot be restored at all.
    """
    described = manifest.check(folder, key)
    with rehearsed(folder, described) as connection:
        differences = []
        for part in described.parts:
            differences += compare_rows(part, measure(connection, part.schema))
        expected = load_catalog(folder / CATALOG)
        found = read_catalog(connection, [part.schema for part in described.parts])
        return differences + [str(d) for d in compare.compare(expected, found)]


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


@contextmanager
def rehearsed(folder: Path, described: Manifest) -> Iterator[Connection]:
    """Yield a connection to a disposable server that holds the backup, and nothing else. Writes there only."""
    with disposable(find_binaries(described.major)) as server, connect(server.url()) as connection:
        for role in described.roles:
            if role != "postgres":
                connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
        _restore_parts(connection, server.binaries, folder, described.parts, described.extensions)
        yield connection


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
        _restore_renamed(connection, binaries, folder, described, name)
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
    connection: Connection, binaries: Binaries, folder: Path, parts: list[Part], extensions: dict[str, str]
) -> None:
    """Restore whole schemas, the shared one first, each with the extensions that live in it."""
    ordered = sorted(parts, key=lambda p: p.folder != "shared")
    inside = {p.schema for p in ordered}
    _create_extensions(connection, [(e, s) for e, s in extensions.items() if s not in inside])
    for part in ordered:
        create_schema(connection, part.schema, part.owner)
        _create_extensions(connection, [(e, s) for e, s in extensions.items() if s == part.schema])
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


def pg_restore(connection: Connection, binaries: Binaries, archive: Path) -> None:
    """Restore one archive in one transaction into a schema that is there already. ServerError if it fails. Writes."""
    listed = run_client(binaries, "pg_restore", "--list", str(archive))
    # The schema is made beforehand, so that one that is there and empty (public) can be used.
    lines = [line for line in listed.stdout.splitlines() if not _SCHEMA_ENTRY.match(line)]
    with tempfile.NamedTemporaryFile("w", suffix=".list", encoding="utf-8") as chosen:
        chosen.write("\n".join(lines) + "\n")
        chosen.flush()
        what = (f"--use-list={chosen.name}", str(archive))
        newer = binaries.client_major > connection.info.server_version // 10000
        restored = (_restore_by_script if newer else _restore_directly)(connection, binaries, what)
    if listed.returncode or restored.returncode:
        errors = (listed.stderr + restored.stderr).splitlines()
        said = [line for line in errors if "error" in line.lower()] or ["no message"]
        raise ServerError(f"pg_restore failed: {said[0]}", hint="That schema was left empty; the rest as it was.")


def _restore_directly(connection: Connection, binaries: Binaries, what: Sequence[str]) -> CompletedProcess[str]:
    return run_client(
        binaries, "pg_restore", "--single-transaction", "--exit-on-error", "--no-password",
        f"--dbname={client_url(connection)}", *what, password=connection.info.password,
    )  # fmt: skip


def _restore_by_script(connection: Connection, binaries: Binaries, what: Sequence[str]) -> CompletedProcess[str]:
    """Restore by way of a script, without the settings that only pg_restore's newer version knows."""
    with tempfile.TemporaryDirectory(prefix="slate-restore-") as folder:
        script = Path(folder, "restore.sql")
        written = run_client(binaries, "pg_restore", f"--file={script}", *what)
        if written.returncode:
            return written
        dumps.rewrite_for_server(connection, script)
        return run_client(
            binaries, "psql", "--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1",
            "--single-transaction", "--no-password", f"--file={script}", f"--dbname={client_url(connection)}",
            password=connection.info.password,
        )  # fmt: skip


def _restore_renamed(connection: Connection, binaries: Binaries, folder: Path, described: Manifest, name: str) -> None:
    """Restore under another name: by way of a disposable server, where the schema can be renamed in peace."""
    part = next(p for p in described.parts if p.schema == described.schema)
    between = Path(tempfile.mkdtemp(prefix="slate-restore-"))
    try:
        with rehearsed(folder, described) as rehearsal:
            renamed = rename_own_roles(rehearsal, described.schema, name)
            rename_schema(rehearsal, described.schema, name)
            moving = _move_extensions(connection, rehearsal, described, name)
            pattern = '"' + name.replace('"', '""') + '"'
            dumped = run_client(
                binaries_for(described.major), "pg_dump", "--format=directory", f"--file={between / 'renamed'}",
                f"--schema={pattern}", f"--dbname={client_url(rehearsal)}",
            )  # fmt: skip
            if dumped.returncode != 0:
                raise ServerError(f"pg_dump failed: {dumped.stderr.strip()}", hint="Nothing was restored.")
        make_own_roles(connection, renamed)
        create_schema(connection, name, part.owner)
        _create_extensions(connection, [(extension, name) for extension in moving])
        pg_restore(connection, binaries, between / "renamed")
    finally:
        shutil.rmtree(between, ignore_errors=True)


def _move_extensions(target: Connection, rehearsal: Connection, described: Manifest, name: str) -> list[str]:
    """Put the extensions of the renamed schema to where the target has them; return those it has not. Writes there."""
    there = "SELECT n.nspname FROM pg_extension AS e INNER JOIN pg_namespace AS n ON n.oid = e.extnamespace"
    lacking = []
    for extension in (e for e, schema in described.extensions.items() if schema == described.schema):
        found = target.execute(f"{there} WHERE e.extname = %s".encode(), [extension]).fetchone()
        if found is None:
            lacking.append(extension)
        elif found[0] != name:
            create_schema(rehearsal, found[0], "postgres")
            statement = sql.SQL("ALTER EXTENSION {} SET SCHEMA {}")
            rehearsal.execute(statement.format(sql.Identifier(extension), sql.Identifier(found[0])))
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
