"""`slate restore`: bring a backup back, or prove that it could be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from slate_pg.cli.opening import opened
from slate_pg.cli.options import Database, InstalledAs, Json, SignKey
from slate_pg.errors import AnswerIsNo

if TYPE_CHECKING:
    from slate_pg.backup.manifest import Manifest


def restore(
    folder: Annotated[Path, typer.Argument(metavar="BACKUP", help="The folder of one backup.")],
    verify: Annotated[
        bool, typer.Option("--verify", help="Restore into a disposable server and compare with the manifest; exit 3.")
    ] = False,
    schema: InstalledAs = None,
    data: Annotated[
        Optional[Path], typer.Option("--data", metavar="DIR", help="Physical: make this data directory.")
    ] = None,
    sign_key: SignKey = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Restore a backup whose checksums match, never over an installation; or prove that it could be."""
    from slate_pg.backup.physical import restore_cluster
    from slate_pg.backup.restore import restore as run_restore
    from slate_pg.cli.output import put, put_json

    key = authenticate(folder, sign_key)
    if verify:
        verify_backup(folder, as_json, key)
        return
    if data is not None:
        restore_cluster(folder, data, key)
        done = [str(data)]
    else:
        with opened(database, "restore") as connection:
            done = run_restore(connection, folder, schema, key)
    if as_json:
        put_json({"restored": done})
    else:
        put(f"restored {', '.join(done)} from {folder.name}")


def authenticate(folder: Path, source: str | None) -> bytes | None:
    """Return the key to check a backup with; without one, say that nothing shows who wrote it."""
    from slate_pg.backup.signature import is_signed, read_key
    from slate_pg.cli.output import warn

    if source is not None:
        return read_key(source)
    why = "it is signed, but no key was given" if is_signed(folder) else "it is not signed"
    warn(f"{folder.name} is not authenticated: {why} (--sign-key-from); its sums show damage, not who wrote it")
    return None


def verify_backup(folder: Path, as_json: bool, key: bytes | None = None) -> None:
    """Verify a backup and say what differs; AnswerIsNo when something does."""
    from slate_pg.backup.manifest import check
    from slate_pg.backup.physical import verify_cluster
    from slate_pg.backup.proof import verify
    from slate_pg.cli.output import put, put_json

    manifest = check(folder, key)
    differences = verify_cluster(folder, key) if manifest.kind == "physical" else verify(folder, key)
    left = manifest.left_out
    if as_json:
        equal = not differences and not left
        put_json({"backup": str(folder), "equal": equal, "differences": differences, "left_out": left})
    else:
        put("\n".join(differences) or f"{folder.name}: {_said(manifest)}")
        for line in left:
            put(f"  left out, and not compared: {line}")
    if differences:
        raise AnswerIsNo


def _said(manifest: Manifest) -> str:
    """Return the good news about a backup, which says no more than was compared."""
    if manifest.kind == "physical":
        return "every file is what it was, and a server starts on it"
    tables = [t for part in manifest.parts for t in part.tables.values()]
    numbers = [f"{len(tables)} tables with {sum(t[0] for t in tables)} rows"]
    numbers += [f"{len(manifest.large_objects)} large objects"] if manifest.large_objects else []
    word = "what it holds is as in its source" if manifest.left_out else "equal"
    return f"{word}, {', '.join(numbers)}, catalog and content"
