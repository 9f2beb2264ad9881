"""Runs servers: the embedded one that stays, and disposable ones for tests.

The only module that knows under which operating-system user a server runs. Where its programs come from is for
binaries; everything else gets a connection string.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slate_pg.errors import ServerError
from slate_pg.postgres.binaries import Binaries, find_binaries

SOCKET_PATH_LIMIT = 90  # a socket's path has at most 107 bytes; ".s.PGSQL.5432" and a slash take 14
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "max_connections=60")


@dataclass(frozen=True)
class Account:
    """The operating-system user a server runs as; PostgreSQL refuses root."""

    uid: int
    gid: int

    @property
    def arguments(self) -> dict[str, Any]:
        """Return what subprocess needs to run as this user; nothing when it is already us."""
        if os.geteuid() == self.uid:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


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


@dataclass(frozen=True)
class Server:
    """A server of ours: its folder holds data/, the socket and the log; nothing listens on the network."""

    home: Path
    binaries: Binaries
    account: Account

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.home / "data"

    def url(self, database: str = "postgres") -> str:
        """Return the connection string of a database, over the Unix socket as the superuser postgres."""
        return f"postgresql://postgres@/{database}?host={self.home}"

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of the binaries as the server's user, from a folder that this user can enter."""
        return subprocess.run(
            [self.binaries.path(program), *arguments], cwd="/", capture_output=True, text=True, check=False,
            env={**os.environ, "LC_ALL": "C.UTF-8"}, stdin=subprocess.DEVNULL, **self.account.arguments,
        )  # fmt: skip

    @property
    def is_running(self) -> bool:
        """True when a postmaster works on the data directory."""
        return self.run("pg_ctl", "-D", str(self.data), "status").returncode == 0

    def create(self) -> None:
        """Create folder and cluster when missing. Writes."""
        if len(str(self.home)) > SOCKET_PATH_LIMIT:
            raise ServerError(
                f"{self.home} is too long for a socket's path", hint="Set SLATE_HOME to a shorter folder."
            )
        if (self.data / "PG_VERSION").exists():
            found = int((self.data / "PG_VERSION").read_text())
            if found != self.binaries.major:
                raise ServerError(
                    f"{self.data} belongs to PostgreSQL {found}, the binaries are {self.binaries.major}",
                    hint=f"Set PG_BIN to a PostgreSQL {found}, or move the folder away to start anew.",
                )
            return
        self.home.mkdir(parents=True, exist_ok=True)
        os.chmod(self.home, 0o700)
        os.chown(self.home, self.account.uid, self.account.gid)
        made = self.run(
            "initdb", "-D", str(self.data), "-U", "postgres", "--auth=trust", "--encoding=UTF8",
            "--locale=C.UTF-8", "--no-sync",
        )  # fmt: skip
        if made.returncode != 0:
            shutil.rmtree(self.data, ignore_errors=True)
            raise ServerError(f"initdb failed: {_last_line(made)}", hint=f"Look at {self.home}.")

    def start(self, settings: tuple[str, ...] = ()) -> None:
        """Start the server when it does not run, and wait until it answers. Writes."""
        if self.is_running:
            return
        options = ["-k", str(self.home), "-c", "listen_addresses=", "-c", "timezone=UTC"]
        for setting in settings:
            options += ["-c", setting]
        log = self.home / "server.log"
        started = self.run("pg_ctl", "-D", str(self.data), "-w", "-s", "-l", str(log), "-o", " ".join(options), "start")
        if started.returncode != 0:
            tail = log.read_text(errors="replace").splitlines()[-3:] if log.exists() else []
            raise ServerError(f"the server did not start: {_last_line(started)}", detail=tail, hint=f"Read {log}.")

    def stop(self, mode: str = "fast") -> bool:
        """Stop the server; False when it was not running. Writes."""
        if not self.is_running:
            return False
        self.run("pg_ctl", "-D", str(self.data), "-w", "-s", "-m", mode, "stop")
        return True


def _last_line(result: subprocess.CompletedProcess[str]) -> str:
    return (result.stderr.strip() or result.stdout.strip() or "no message").splitlines()[-1]


def embedded_home(environ: Mapping[str, str] = os.environ) -> Path:
    """Return where the embedded server lives: SLATE_HOME, /var/lib/slate for root, else the user's data directory."""
    if environ.get("SLATE_HOME"):
        return Path(environ["SLATE_HOME"]).resolve()
    if os.geteuid() == 0:
        return Path("/var/lib/slate")
    return Path(environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "slate"


def embedded_server() -> Server:
    """Return the embedded server, not started. Writes nothing but, for root, the server's user."""
    home = embedded_home()
    account = server_account()
    return Server(home, _reachable(find_binaries(), account, home.parent / f"{home.name}-binaries"), account)


def embedded_url_if_running() -> str | None:
    """Return the embedded database's connection string when its server runs. Reads only."""
    home = embedded_home()
    if not (home / "data" / "postmaster.pid").exists():
        return None
    return f"postgresql://postgres@/slate?host={home}"


def _reachable(binaries: Binaries, account: Account, spare: Path) -> Binaries:
    """Return binaries that the server's user can run: a copy when ours lie behind a closed folder (/root)."""
    try:
        subprocess.run([binaries.path("postgres"), "--version"], capture_output=True, check=True, **account.arguments)
        return binaries
    except (PermissionError, FileNotFoundError, subprocess.CalledProcessError):
        target = spare / str(binaries.major)
        if not (target / "bin" / "postgres").exists():
            shutil.copytree(binaries.server.parent, target, symlinks=True, dirs_exist_ok=True)
            for folder in (spare, target):
                os.chmod(folder, 0o755)  # noqa: S103 - programs, for the server's own user to run
        same = binaries.client == binaries.server
        return Binaries(target / "bin", target / "bin" if same else binaries.client, binaries.major)


@contextlib.contextmanager
def disposable(binaries: Binaries | None = None, settings: tuple[str, ...] = FAST) -> Iterator[Server]:
    """Start a throw-away server (in memory where the machine has /dev/shm), yield it, and remove every trace."""
    root = disposable_root()
    _sweep(root)
    home = Path(tempfile.mkdtemp(prefix=f"slate-{os.getpid()}-", dir=root))
    account = server_account()
    server = Server(home, _reachable(binaries or find_binaries(), account, root / "slate-binaries"), account)
    try:
        server.create()
        server.start(settings)
        yield server
    finally:
        server.stop("immediate")
        shutil.rmtree(home, ignore_errors=True)


def disposable_root() -> Path:
    """Return where throw-away folders go: memory where there is enough of it, else the temporary folder. Reads only."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 * 1024**3:
        return memory
    return Path(tempfile.gettempdir())


def _sweep(root: Path) -> None:
    """Remove what killed runs left behind: folders named after a process that is gone."""
    for folder in root.glob("slate-*-*"):
        found = re.match(r"slate-(\d+)-", folder.name)
        if not found or Path(f"/proc/{found.group(1)}").exists() or folder.stat().st_uid not in (
            server_account().uid, os.geteuid()
        ):  # fmt: skip
            continue
        pid_file = folder / "data" / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError, IndexError):
            os.kill(int(pid_file.read_text().splitlines()[0]), 3)
            _wait_gone(pid_file)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_gone(path: Path, seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while path.exists() and time.monotonic() < end:
        time.sleep(0.02)
