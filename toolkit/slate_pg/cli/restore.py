"""`slate restore`: bring a backup back, or prove that it could be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from slate_pg.cli.options import (
    Database,
    InstalledAs,
    Json,
    opened,
)
from slate_pg.errors import AnswerIsNo


def restore(
    folder: Annotated[Path, typer.Argument(metavar="BACKUP", help="The folder of one backup.")],
    verify: Annotated[
        bool, typer.Option("--verify", help="Restore into a disposable server and compare with the manifest; exit 3.")
    ] = False,
    schema: InstalledAs = None,
    data: Annotated[
        Optional[Path], typer.Option("--data", metavar="DIR", help="Physical: make this data directory.")
    ] = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Restore a backup whose checksums match, never over an installation; or prove that it could be."""
    from slate_pg.backup.physical import restore_cluster
    from slate_pg.backup.restore import restore as run_restore
    from slate_pg.cli.output import put, put_json

    if verify:
        verify_backup(folder, as_json)
        return
    if data is not None:
        restore_cluster(folder, data)
        done = [str(data)]
    else:
        with opened(database, "restore") as connection:
            done = run_restore(connection, folder, schema)
    if as_json:
        put_json({"restored": done})
    else:
        put(f"restored {', '.join(done)} from {folder.name}")


def verify_backup(folder: Path, as_json: bool) -> None:
    """Verify a backup and say what differs; AnswerIsNo when something does."""
    from slate_pg.backup.manifest import read
    from slate_pg.backup.physical import verify_cluster
    from slate_pg.backup.restore import verify
    from slate_pg.cli.output import put, put_json

    manifest = read(folder)
    differences = verify_cluster(folder) if manifest.kind == "physical" else verify(folder)
    tables = [t for part in manifest.parts for t in part.tables.values()]
    if as_json:
        put_json({"backup": str(folder), "equal": not differences, "differences": differences})
    elif differences:
        for line in differences:
            put(line)
    elif manifest.kind == "physical":
        put(f"{folder.name}: every file is what it was, and a server starts on it")
    else:
        put(f"{folder.name}: equal, {len(tables)} tables with {sum(t[0] for t in tables)} rows, catalog and content")
    if differences:
        raise AnswerIsNo
