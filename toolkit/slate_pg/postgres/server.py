"""Runs servers: the embedded one that stays, and disposable ones for tests.

Where its programs come from is for binaries, whom it runs as for account, which folders are safe for private;
everything else gets a connection string.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from slate_pg.errors import ServerError
from slate_pg.postgres import pins
from slate_pg.postgres.account import Account, server_account
from slate_pg.postgres.binaries import Binaries, find_binaries
from slate_pg.postgres.cluster_template import ClusterTemplate
from slate_pg.postgres.postmaster import end_orphan
from slate_pg.postgres.private import SERVER, check_own, open_folder, private_folder, reachable

LOG = "server.log"
SOCKET_PATH_LIMIT = 90  # a socket's path has at most 107 bytes; ".s.PGSQL.5432" and a slash take 14
STOP_SECONDS = 60
# What a server for minutes needs none of; compiling queries (jit) took an eighth of all that suites of tests did.
FAST = (
    "fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "max_connections=60", "jit=off",
)  # fmt: skip


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
        return socket_url(self.home, database)

    def run(self, program: str, *arguments: str, cwd: Path = Path("/")) -> subprocess.CompletedProcess[str]:
        """Run one of the binaries as the server's user, from a folder that this user can enter."""
        return subprocess.run(
            [self.binaries.path(program), *arguments], cwd=cwd, capture_output=True, text=True, check=False,
            env={**os.environ, "LC_ALL": "C.UTF-8"}, stdin=subprocess.DEVNULL, **self.account.arguments,
        )  # fmt: skip

    @property
    def is_running(self) -> bool:
        """True when a postmaster works on the data directory."""
        found = (self.data / "postmaster.pid").exists()
        return found and self.run("pg_ctl", "-D", str(self.data), "status").returncode == 0

    def create(self) -> None:
        """Create folder and cluster when missing. Writes."""
        _check_place(self.home)
        found = _version_of(self.data, self.account)
        if found:
            if found != str(self.binaries.major):
                raise ServerError(
                    f"{self.data} belongs to PostgreSQL {found}, the binaries are {self.binaries.major}",
                    hint=f"Set PG_BIN to a PostgreSQL {found}, or move the folder away to start anew.",
                )
            return
        self.make_home()
        made = self.run(
            "initdb", "-D", str(self.data), "-U", "postgres", "--auth=trust", "--encoding=UTF8",
            "--locale=C.UTF-8", "--no-sync",
        )  # fmt: skip
        if made.returncode != 0:
            shutil.rmtree(self.data, ignore_errors=True)
            raise ServerError(f"initdb failed: {_last_line(made)}", hint=f"Look at {self.home}.")

    def make_home(self) -> None:
        """Make the folder, or take an empty one of ours, and give it to the server's user. Writes."""
        self.home.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            self.home.mkdir(mode=0o700)
        check_own(self.home, self.account.uid)
        if strange := sorted(set(os.listdir(self.home)) - {"data", LOG}):
            raise ServerError(
                f"{self.home} is no server's folder: it holds {strange[0]}",
                hint="Set SLATE_HOME to an empty or a new folder.",
            )
        folder = open_folder(self.home)
        try:
            os.fchown(folder, self.account.uid, self.account.gid)
            os.fchmod(folder, 0o700)
        finally:
            os.close(folder)

    def start(self, settings: tuple[str, ...] = ()) -> None:
        """Start the server when it does not run, and wait until it answers. Writes."""
        if self.is_running:
            return
        # The directory of sockets is an item of a list, which the server takes apart once a shell is through with it.
        socket = '"' + str(self.home).replace('"', '""') + '"'
        options = ["-k", socket, "-c", "listen_addresses=", "-c", "timezone=UTC"]
        for setting in settings:
            options += ["-c", setting]
        started = self.run(
            "pg_ctl", "-D", "data", "-w", "-s", "-l", LOG, "-o", shlex.join(options), "start", cwd=self.home
        )
        if started.returncode != 0:
            tail: list[str] = []
            with contextlib.suppress(OSError):
                tail = self.account.read(self.home / LOG).splitlines()[-3:]
            raise ServerError(
                f"the server did not start: {_last_line(started)}", detail=tail, hint=f"Read {self.home / LOG}."
            )

    def stop(self, mode: str = "fast") -> bool:
        """Stop the server; False when it was not running. Writes."""
        if mode == "immediate" and end_orphan(self.data, self.account, STOP_SECONDS):
            return True  # pg_ctl would look again only after a tenth of a second
        if not self.is_running:
            return False
        self.run("pg_ctl", "-D", str(self.data), "-w", "-s", "-m", mode, "stop")
        return True


def _check_place(home: Path) -> None:
    """Refuse a folder that a socket cannot lie in, or that libpq would take for several. ServerError."""
    if len(os.fsencode(home)) > SOCKET_PATH_LIMIT:
        raise ServerError(f"{home} is too long for a socket's path", hint="Set SLATE_HOME to a shorter folder.")
    if "," in str(home) or not str(home).isprintable():
        raise ServerError(
            f"{str(home)!r} cannot hold a socket: it has a comma or an unprintable character",
            hint="Set SLATE_HOME to another folder.",
        )


def _version_of(data: Path, account: Account) -> str:
    """Return the major version a data directory was made by, nothing where there is none. Reads only."""
    try:
        found = account.read(data / "PG_VERSION").strip()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise ServerError(
            f"{data} is no data directory of ours: {error.strerror or error}", hint="Move it away."
        ) from error
    return found if found.isdigit() else "of no version"


def _last_line(result: subprocess.CompletedProcess[str]) -> str:
    return (result.stderr.strip() or result.stdout.strip() or "no message").splitlines()[-1]


def embedded_home(environ: Mapping[str, str] = os.environ) -> Path:
    """Return where the embedded server lives: SLATE_HOME, /var/lib/slate for root, else the user's data directory.

    ServerError when somebody else could put a server of his own there.
    """
    home = Path(environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "slate"
    if environ.get("SLATE_HOME"):
        home = Path(environ["SLATE_HOME"])
    elif os.geteuid() == 0:
        home = Path("/var/lib/slate")
    home = home.resolve()
    check_own(home, *([server_account().uid] if home.exists() else []))
    return home


def embedded_server() -> Server:
    """Return the embedded server, not started. Writes a copy of the programs where its user cannot reach ours."""
    home = embedded_home()
    account = server_account()
    return Server(home, reachable(find_binaries(), account, home.parent / f"{home.name}-binaries"), account)


def embedded_url_if_running() -> str | None:
    """Return the embedded database's connection string when its server runs. Reads only."""
    home = embedded_home()
    if not (home / "data" / "postmaster.pid").exists():
        return None
    return socket_url(home, "slate")


def socket_url(home: Path, database: str) -> str:
    """Return the connection string of a database behind a socket, as the superuser postgres. Pure."""
    return f"postgresql://postgres@/{quote(database, safe='')}?host={quote(os.fsencode(home), safe='/')}"


@contextlib.contextmanager
def disposable(binaries: Binaries | None = None, settings: tuple[str, ...] = FAST) -> Iterator[Server]:
    """Start a throw-away server (in memory where the machine has /dev/shm), yield it, and remove every trace."""
    binaries = binaries or find_binaries()
    with disposable_server(binaries) as server:
        _create_quickly(server, binaries, settings)
        yield server


def _create_quickly(server: Server, binaries: Binaries, settings: tuple[str, ...]) -> None:
    """Start a server on a copy of a cluster that initdb made before, else on one it makes now. Writes."""
    template = _template(binaries)
    server.make_home()
    if template and template.copy_to(server.data, server.account):
        try:
            server.start(settings)
            return
        except ServerError:  # of the settings, or of the copy: a new cluster tells
            template.forget()
            shutil.rmtree(server.data)
    server.create()
    if template:
        template.keep(server.data)
    server.start(settings)


def _template(binaries: Binaries) -> ClusterTemplate | None:
    """Return where the cluster of these programs is kept, beside the embedded server; nothing where that is unsafe."""
    with contextlib.suppress(ServerError, OSError):
        home = embedded_home()
        return ClusterTemplate(home.parent / f"{home.name}-clusters", binaries)
    return None


@contextlib.contextmanager
def disposable_server(binaries: Binaries) -> Iterator[Server]:
    """Yield a server in a private folder, neither created nor started; stop it and remove every trace. Writes."""
    account = server_account()
    with private_folder() as folder:
        server = Server(folder / SERVER, reachable(binaries, account, folder / "programs"), account)
        pins.own_servers.add(str(server.home))
        try:
            yield server
        finally:
            pins.own_servers.discard(str(server.home))
            server.stop("immediate")
