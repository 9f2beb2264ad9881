"""Under which operating-system user a server of ours runs; PostgreSQL refuses root."""

from __future__ import annotations

import contextlib
import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slate_pg.errors import ServerError


@dataclass(frozen=True)
class Account:
    """The operating-system user a server runs as."""

    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        """True when the server runs as the user that we are."""
        return os.geteuid() == self.uid

    @property
    def arguments(self) -> dict[str, Any]:
        """Return what subprocess needs to run as this user; nothing when it is already us."""
        return {} if self.is_ours else {"user": self.uid, "group": self.gid, "extra_groups": []}

    def read(self, path: Path, size: int = 1 << 16) -> str:
        """Return the last bytes of a plain file of this user's. OSError for a link, a pipe or another's file."""
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode) or found.st_uid != self.uid or found.st_nlink != 1:
                raise PermissionError(f"{path} is not what it seems")
            file.seek(max(0, found.st_size - size))
            return file.read(size).decode(errors="replace")


def server_account() -> Account:
    """Return our own user, or as root: postgres, else a system user "slate" which is created when missing."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    for name in ("postgres", "slate"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid)
    made = subprocess.run(
        ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", "slate"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode != 0:
        raise ServerError(
            f'a server cannot run as root, and the user "slate" cannot be made: {made.stderr.strip()}',
            hint="Create a user called postgres or slate, or run as somebody else.",
        )
    return server_account()


def user_name(uid: int) -> str:
    """Return a user's name, or its number where it has none. Reads only."""
    with contextlib.suppress(KeyError):
        return pwd.getpwuid(uid).pw_name
    return str(uid)
