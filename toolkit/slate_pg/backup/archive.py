"""Restores archives of pg_dump with pg_restore, also onto a server older than the programs at hand."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from subprocess import CompletedProcess

import psycopg
from psycopg import sql

from slate_pg.backup.manifest import Part
from slate_pg.backup.selection import CHOSEN
from slate_pg.errors import ServerError
from slate_pg.postgres import dumps
from slate_pg.postgres.binaries import Binaries, run_client
from slate_pg.postgres.connection import Connection, client_url

_SCHEMA_ENTRY = re.compile(r"^\d+; \d+ \d+ SCHEMA - ")


def read_definitions(binaries: Binaries, archive: Path) -> str:
    """Return the statements of an archive, without its data; nothing where it cannot be read. Reads only."""
    return run_client(binaries, "pg_restore", "--schema-only", "--file=-", str(archive)).stdout


def pg_restore(connection: Connection, binaries: Binaries, archive: Path) -> None:
    """Restore one archive in one transaction into a schema that is there already. ServerError if it fails. Writes."""
    listed = run_client(binaries, "pg_restore", "--list", str(archive))
    chosen_beforehand = archive.with_name(archive.name + CHOSEN)
    entries = chosen_beforehand.read_text("utf-8") if chosen_beforehand.is_file() else listed.stdout
    # The schema is made beforehand, so that one that is there and empty (public) can be used.
    lines = [line for line in entries.split("\n") if not _SCHEMA_ENTRY.match(line)]
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


def restore_parts(
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
    create_extensions(extender, [(e, s) for e, s in extensions.items() if s not in inside])
    for part in ordered:
        create_schema(connection, part.schema, part.owner)
        create_extensions(extender, [(e, s) for e, s in extensions.items() if s == part.schema])
    for name in dict.fromkeys(part.folder for part in ordered):
        pg_restore(connection, binaries, folder / name)


def create_schema(connection: Connection, schema: str, owner: str) -> None:
    """Create a schema for its owner where it is missing. Writes."""
    statement = "CREATE SCHEMA IF NOT EXISTS {} AUTHORIZATION {}"
    connection.execute(sql.SQL(statement).format(sql.Identifier(schema), sql.Identifier(owner)))


def create_extensions(connection: Connection, wanted: list[tuple[str, str]]) -> None:
    """Make extensions, each in its schema, where they are missing. ServerError where one is not offered. Writes."""
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
