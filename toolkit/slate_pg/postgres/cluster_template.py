"""A cluster as initdb made it, kept so that the next disposable server is a copy of it and not another initdb.

It lies where only we can write, in a folder named for the programs and the C library it was made with; what cannot be
made, found or copied is no error: then initdb runs.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from slate_pg.errors import ServerError
from slate_pg.postgres.account import Account
from slate_pg.postgres.binaries import Binaries
from slate_pg.postgres.private import check_own

_UNUSED_DAYS = 30


class ClusterTemplate:
    """What initdb made with these programs; `place` is a folder of ours that need not be there yet."""

    def __init__(self, place: Path, binaries: Binaries) -> None:
        self.place = place
        self.data = place / f"{binaries.major}-{_key(binaries)}"

    def copy_to(self, data: Path, account: Account) -> bool:
        """Copy it into a data directory that is not there yet; False when there is none to be trusted. Writes."""
        try:
            check_own(self.data)
            os.utime(self.data)
            _copy(self.data, data)
            _own(data, account)
            return True
        except (OSError, ServerError, subprocess.CalledProcessError):
            shutil.rmtree(data, ignore_errors=True)
            return False

    def keep(self, data: Path) -> None:
        """Keep a copy of a new cluster that no server has run on, and let go of what was long unused. Writes."""
        with contextlib.suppress(OSError, ServerError, subprocess.CalledProcessError):
            self.place.mkdir(mode=0o700, parents=True, exist_ok=True)
            check_own(self.place)
            self._forget_unused()
            fresh = Path(tempfile.mkdtemp(dir=self.place))
            try:
                _copy(data, fresh / "data")
                _own(fresh / "data", Account(os.geteuid(), os.getegid()))
                _flush(fresh / "data")
                with contextlib.suppress(OSError):  # another run of ours was quicker
                    (fresh / "data").rename(self.data)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)

    def forget(self) -> None:
        """Remove it, where a server did not start from it. Writes."""
        shutil.rmtree(self.data, ignore_errors=True)

    def _forget_unused(self) -> None:
        for other in self.place.iterdir():
            if other.stat().st_mtime < time.time() - _UNUSED_DAYS * 86400:
                shutil.rmtree(other, ignore_errors=True)


def _key(binaries: Binaries) -> str:
    """Return what a cluster depends on: the programs, and the library whose sorting it has on record."""
    found = os.stat(binaries.path("postgres"))
    known = [binaries.server, found.st_size, found.st_mtime_ns, os.confstr("CS_GNU_LIBC_VERSION")]
    return hashlib.sha256(repr(known).encode()).hexdigest()[:12]


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-Rp", str(source), str(target)], check=True, capture_output=True)


def _own(data: Path, account: Account) -> None:
    """Give all of it to a user, where it is not already his."""
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", f"{account.uid}:{account.gid}", str(data)], check=True, capture_output=True)


def _flush(folder: Path) -> None:
    """Wait until all of it is on disk: a name may outlive a loss of power only with what it names."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            opened = os.open(path, os.O_RDONLY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)
