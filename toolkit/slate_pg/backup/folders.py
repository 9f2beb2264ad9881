"""The folders of backups: each is made under a lock that dies with its run, and swept where the run died."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from slate_pg.errors import SlateError
from slate_pg.sqlfiles import file_name

PARTIAL = ".partial"
LOCK = "in_progress"
_NAME = re.compile(r"^(\d{8}T\d{6}Z)-(.+)$")
_STAMP = "%Y%m%dT%H%M%SZ"


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
                (final / LOCK).unlink()
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

    A run that sweeps at this very moment may take it for left behind until it is locked: then it is made again. Only
    under the lock is anything removed, since afterwards the name may be another run's.
    """
    while True:
        try:
            partial.mkdir(mode=0o700)
        except FileExistsError as error:
            raise _Taken from error
        if (lock := _lock(partial)) is None:
            continue
        with lock:
            try:
                yield partial
            finally:
                if _is_of(lock, partial):
                    shutil.rmtree(partial, ignore_errors=True)
        return


def _lock(partial: Path) -> IO[str] | None:
    """Return the mark of work in a folder, locked; None where the folder has gone meanwhile. Writes.

    _Taken where another run has made it again and works in it.
    """
    with contextlib.suppress(FileNotFoundError):
        lock = (partial / LOCK).open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            raise _Taken from error
        if _is_of(lock, partial):
            return lock
        lock.close()
    return None


def _is_of(lock: IO[str], folder: Path) -> bool:
    """Tell whether the open file is the mark of work that lies in the folder now. Reads only."""
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(lock.fileno()), os.stat(folder / LOCK))
    return False


def _make(root: Path) -> None:
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SlateError(
            f"{root} is no folder to write to: {error.strerror}", hint="Say --to with a folder."
        ) from error


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
        with contextlib.suppress(FileNotFoundError), (folder / LOCK).open("r+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            if not _is_of(lock, folder):
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
    (doomed / LOCK).touch()
    _remove(doomed)


def _remove(folder: Path) -> None:
    """Remove a folder, again where an orphaned pg_dump was still writing into it."""
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)
