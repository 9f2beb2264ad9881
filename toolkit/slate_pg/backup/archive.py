"""Restores one archive of pg_dump with pg_restore, also onto a server older than the programs at hand."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from subprocess import CompletedProcess

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
