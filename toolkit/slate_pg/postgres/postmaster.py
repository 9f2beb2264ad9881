"""Ends the server that a killed run left behind, and never anything else.

A pid in a file says nothing: it may be old, or written by somebody. What is signalled is shown to be a postgres of
the server's user that works in that very data directory.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import stat
import subprocess
from pathlib import Path

from slate_pg.errors import SlateError
from slate_pg.postgres.account import Account
from slate_pg.postgres.binaries import find_binaries

_PROC = Path("/proc")


def end_orphan(data: Path, account: Account, seconds: float = 5) -> bool:
    """Stop the server of a data directory at once and wait for its end; False when none was found there. Writes."""
    try:
        pid = int(account.read(data / "postmaster.pid").split("\n", 1)[0])
        if not stat.S_ISDIR(os.lstat(data).st_mode) or pid <= 1:
            return False
    except (OSError, ValueError):
        return False
    if not (_PROC / "self" / "exe").exists():
        return _stop_as(account, data)
    try:
        process = os.pidfd_open(pid)  # from here on the number cannot come to mean another process
    except OSError:
        return False
    try:
        if not is_postmaster_of(pid, data, account):
            return False
        signal.pidfd_send_signal(process, signal.SIGQUIT)
        return bool(select.select([process], [], [], seconds)[0])
    except OSError:  # it ended by itself
        return False
    finally:
        os.close(process)


def is_postmaster_of(pid: int, data: Path, account: Account) -> bool:
    """Return whether a process is a postgres of that user's, working in that data directory. Reads /proc only."""
    process = _PROC / str(pid)
    try:
        program = os.path.basename(os.readlink(process / "exe")).removesuffix(" (deleted)")
        return (
            program == "postgres"
            and process.stat().st_uid == account.uid
            and os.path.samestat(os.stat(process / "cwd"), os.lstat(data))
        )
    except OSError:
        return False


def _stop_as(account: Account, data: Path) -> bool:
    """Stop a server where there is no /proc to look at: pg_ctl, as the server's own user, can end only what is its."""
    with contextlib.suppress(SlateError, OSError):
        stopping = [find_binaries().path("pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "-s", "stop"]
        return subprocess.run(stopping, capture_output=True, check=False, cwd="/", **account.arguments).returncode == 0
    return False
