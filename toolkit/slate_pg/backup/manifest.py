"""What a backup says about itself, and the folders that backups live in: written whole or not at all.

Knows files only. What goes into a backup is for logical and physical, what comes out of it for restore.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from slate_pg.backup.signature import SIGNATURE, check_signature, sign
from slate_pg.config import check_schema_name
from slate_pg.errors import Misuse, SlateError
from slate_pg.sqlfiles import file_name

MANIFEST = "manifest.json"
PARTIAL = ".partial"
_LOCK = "in_progress"
_NAME = re.compile(r"^(\d{8}T\d{6}Z)-(.+)$")
_STAMP = "%Y%m%dT%H%M%SZ"


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
    own = (folder / MANIFEST, folder / SIGNATURE, folder / _LOCK)
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


@contextlib.contextmanager
def writing(root: Path, name: str, at: datetime | None = None) -> Iterator[Path]:
    """Yield a new .partial folder, held by a lock that dies with us; rename it at the end, remove it on an error.

    It is named for the second, for the next free one where that is taken. What killed runs left is swept first. Writes.
    """
    _make(root)
    sweep(root)
    moment = at or datetime.now(UTC)
    while True:
        final = root / f"{moment.strftime(_STAMP)}-{file_name(name)}"
        with contextlib.suppress(_Taken), _held(final.with_name(final.name + PARTIAL)) as partial:
            if not final.exists():
                yield partial
                _sync(partial)
                partial.rename(final)  # under this name nobody sweeps it: only then the mark of work goes
                (final / _LOCK).unlink()
                _sync(root)
                return
        moment += timedelta(seconds=1)  # another of this second is there, or under way: this one is named for the next


@contextlib.contextmanager
def working(root: Path) -> Iterator[Path]:
    """Yield a folder for what is only on its way into backups; it goes at the end, or with the next run. Writes."""
    _make(root)
    sweep(root)
    with _held(root / f"{datetime.now(UTC).strftime(_STAMP)}-{secrets.token_hex(6)}{PARTIAL}") as folder:
        yield folder


class _Taken(Exception):
    """A folder of that name is there already."""


@contextlib.contextmanager
def _held(partial: Path) -> Iterator[Path]:
    """Make a folder that is held by a lock, and remove what is left of it. _Taken where it is there. Writes.

    A run that sweeps at this very moment may take it for left behind until it is locked: then it is made again.
    """
    while True:
        try:
            partial.mkdir(mode=0o700)
        except FileExistsError as error:
            raise _Taken from error
        try:
            if (lock := _lock(partial)) is not None:
                with lock:
                    yield partial
                return
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def _lock(partial: Path) -> IO[str] | None:
    """Return the mark of work in a folder, locked; None where the folder has gone meanwhile. Writes."""
    with contextlib.suppress(FileNotFoundError):
        lock = (partial / _LOCK).open("w")
        fcntl.flock(lock, fcntl.LOCK_EX)
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(lock.fileno()), os.stat(partial / _LOCK)):
                return lock
        lock.close()
    return None


def _make(root: Path) -> None:
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SlateError(
            f"{root} is no folder to write to: {error.strerror}", hint="Say --to with a folder."
        ) from error


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


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep(root: Path) -> list[str]:
    """Remove the unfinished folders nobody works on any more; return their names. Writes."""
    swept = []
    for folder in sorted(root.glob(f"*{PARTIAL}")):
        if not _NAME.match(folder.name) or not folder.is_dir():
            continue
        with contextlib.suppress(OSError):
            folder.rmdir()  # one that was not even begun has no mark of work
        with contextlib.suppress(FileNotFoundError), (folder / _LOCK).open("r+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            if not os.path.samestat(os.fstat(lock.fileno()), os.stat(folder / _LOCK)):
                continue  # another run has swept it meanwhile, and this is a new one
            # Under another name first: whoever makes a folder of this one's at this moment must not find it half gone.
            doomed = folder.with_name(f"{folder.name.partition('-')[0]}-{secrets.token_hex(6)}{PARTIAL}")
            folder.rename(doomed)
            _remove(doomed)
            swept.append(folder.name)
    return swept


def taken_at(folder: Path) -> datetime | None:
    """Return when a backup was begun, by its folder's name; None where it is no such name. Pure."""
    match = _NAME.match(folder.name)
    return datetime.strptime(match.group(1), _STAMP).replace(tzinfo=UTC) if match else None


def remove(folder: Path) -> None:
    """Remove a backup; under the name of an unfinished one, so that the next run sweeps it after a kill. Writes."""
    doomed = folder.rename(folder.with_name(folder.name + PARTIAL))
    (doomed / _LOCK).touch()
    _remove(doomed)


def _remove(folder: Path) -> None:
    """Remove a folder, again where an orphaned pg_dump was still writing into it."""
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)
