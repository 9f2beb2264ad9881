"""Finds the password of a login where it is kept: in a variable, or in the file that libpq reads. Never in an argument.

What is found is kept from every output. Reads only.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from slate_pg.conninfo import learn
from slate_pg.errors import Misuse
from slate_pg.postgres.connection import Connection

# libpq's own folder of sockets is "localhost" in the file; it does not say which of these that is.
_SOCKETS = ("/tmp", "/run/postgresql", "/var/run/postgresql")  # noqa: S108
_FIELDS = re.compile(r"((?:[^:\\]|\\.|\\$)*)(?::|$)")


def from_variable(name: str) -> str:
    """Return what an environment variable holds. Misuse where that is nothing."""
    found = os.environ.get(name, "")
    if not found:
        raise Misuse(f"{name} is not set", hint="Set it to the password, or leave --password-from out.")
    learn([found])
    return found


def from_file(connection: Connection, login: str) -> str:
    """Return the password that libpq's file has for a login at this server and database. Misuse where it has none.

    The file is the one of PGPASSFILE, else ~/.pgpass; as for libpq, others must not be able to read it.
    """
    path = Path(os.environ.get("PGPASSFILE") or Path.home() / ".pgpass")
    info = connection.info
    hosts = (info.host, "localhost") if info.host in (*_SOCKETS, "") else (info.host,)
    for host, port, database, user, password in _lines(path):
        meant = ((host, hosts), (port, (str(info.port),)), (database, (info.dbname,)), (user, (login,)))
        if password and all(field == "*" or field in known for field, known in meant):
            learn([password])
            return password
    raise Misuse(
        f'{path} has no password for "{login}" at {info.host}:{info.port}',
        hint="Its lines are host:port:database:user:password, with * for any of the first four.",
    )


def _lines(path: Path) -> list[tuple[str, ...]]:
    try:
        text = path.read_text("utf-8")
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        raise Misuse(f"{path} cannot be read: {type(error).__name__}", hint="Name it by PGPASSFILE.") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Misuse(f"{path} can be read by others", hint=f"libpq does not take it either. Run: chmod 600 {path}")
    found = [
        tuple(re.sub(r"\\(.)", r"\1", field) for field in _FIELDS.findall(line)[:5])
        for line in text.splitlines()
        if not line.startswith("#")
    ]
    return [fields for fields in found if len(fields) == 5]
