"""What a backup says about itself, and the folders that backups live in: written whole or not at all.

Knows files only. What goes into a backup is for logical and physical, what comes out of it for restore.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from slate_pg.backup.folders import LOCK, PARTIAL
from slate_pg.backup.signature import SIGNATURE, check_signature, sign
from slate_pg.config import check_schema_name
from slate_pg.errors import Misuse, SlateError

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Part:
    """One schema of a logical backup: its folder, its owner, and what was in the source.

    That is rows and fingerprint of each table, and each sequence's last value. A schema that the migrations made beside
    the installation's own shares its folder; of a schema of others only what they made there is spoken of.
    """

    schema: str
    folder: str
    owner: str
    migrations: list[str]
    tables: dict[str, list[Any]]  # name -> [rows, fingerprint]
    sequences: dict[str, list[Any]] = field(default_factory=dict)  # name -> [last value, whether it was called]


@dataclass(frozen=True)
class Manifest:
    """A backup's own description. `files` has the SHA-256 of every file but the manifest, by path in the folder.

    `made` has the address of what lies outside the schemas of `parts`, or is the database's; `left_out` names what is
    not carried.
    """

    kind: str  # logical, physical
    schema: str  # of a physical backup: the word cluster
    product: str
    database: str
    system: str
    taken_at: str
    slate: str
    server_version: int
    tool: str
    parts: list[Part] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    extensions: dict[str, str] = field(default_factory=dict)
    catalog: str = ""
    based_on: str = ""
    files: dict[str, str] = field(default_factory=dict)
    made_by: str = "slate backup"
    made: list[list[Any]] = field(default_factory=list)
    large_objects: dict[str, list[Any]] = field(default_factory=dict)  # oid -> [bytes, fingerprint]
    left_out: list[str] = field(default_factory=list)

    @property
    def major(self) -> int:
        """The server's major version."""
        return self.server_version // 10000


def read(folder: Path) -> Manifest:
    """Return a backup's manifest. Misuse when the folder is none, or one that was not finished. Reads only."""
    if not (folder / MANIFEST).is_file() or folder.name.endswith(PARTIAL):
        raise Misuse(f"{folder} is no complete backup", hint="Give the folder that holds manifest.json.")
    try:
        values = json.loads((folder / MANIFEST).read_text("utf-8"))
        parts = [Part(**part) for part in values.pop("parts")]
        found = Manifest(**values, parts=parts)
        _check_names(found)
        return found
    except (ValueError, TypeError, KeyError) as error:
        raise SlateError(f"{folder / MANIFEST} cannot be read: {error}", hint="Use another backup.") from error


def _check_names(manifest: Manifest) -> None:
    """Refuse a manifest whose words lead out of the backup's folder (ValueError) or to what is no schema (Misuse)."""
    places = [*(part.folder for part in manifest.parts), *([manifest.based_on] if manifest.based_on else [])]
    for place in places:
        if not isinstance(place, str) or place in ("", ".", "..") or "/" in place or "\0" in place:
            raise ValueError(f"{place!r} leads out of it")
    for schema in (manifest.schema, *(part.schema for part in manifest.parts)):
        check_schema_name(schema)


def checksum(path: Path) -> str:
    """Return a file's SHA-256 as 64 hexadecimal digits. Reads only."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checksums(folder: Path) -> dict[str, str]:
    """Return path and SHA-256 of every file in a backup but the manifest and the mark of work. Reads only."""
    own = (folder / MANIFEST, folder / SIGNATURE, folder / LOCK)
    files = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise SlateError(
                f"{path} is no plain file, and a backup holds nothing else",
                hint="A link may lead anywhere; tablespaces are for pgBackRest (--wal-settings).",
            )
        if path.is_file() and path not in own:
            files.append(path)
    return {str(p.relative_to(folder)): checksum(p) for p in files}


def check(folder: Path, key: bytes | None = None) -> Manifest:
    """Return the manifest of a backup whose files are what they were. SlateError naming the first that is not.

    With a key, a backup that was not signed with it is refused before anything of it is believed.
    """
    if key is not None and (folder / MANIFEST).is_file():
        check_signature(folder, MANIFEST, key)
    manifest = read(folder)
    found = checksums(folder)
    wrong = [f"{name} is missing" for name in manifest.files if name not in found]
    wrong += [f"{name} does not belong to it" for name in found if name not in manifest.files]
    wrong += [f"{n} was changed" for n, sha in manifest.files.items() if n in found and found[n] != sha]
    if wrong:
        raise SlateError(
            f"the backup {folder} is damaged: {wrong[0]}",
            detail=[f"  {line}" for line in wrong[1:10]],
            hint="Nothing was restored. Use another backup; `slate restore --verify DIR` tests one.",
        )
    return manifest


def finish(folder: Path, manifest: Manifest, key: bytes | None = None) -> None:
    """Write the manifest with the checksums of all that lies in the folder, signed if there is a key. Writes."""
    whole = asdict(manifest) | {"files": checksums(folder)}
    with (folder / MANIFEST).open("w", encoding="utf-8") as file:
        json.dump(whole, file, indent=1)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    if key is not None:
        sign(folder, MANIFEST, key)
