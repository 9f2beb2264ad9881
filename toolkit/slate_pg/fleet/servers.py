"""Says which servers a fleet is on: a list in the project or in a file, passwords by reference only.

Opens no connection.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slate_pg.conninfo import describe, parse
from slate_pg.errors import Misuse
from slate_pg.settings import read_servers as read_setting

_BY_REFERENCE = "Leave it to PGPASSFILE (~/.pgpass), a service file, PGPASSWORD, or a certificate."
_SECRETS = ("password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key")


@dataclass(frozen=True)
class Server:
    """One database of a fleet: the name it goes by in every output, and its connection string, without a password."""

    name: str
    url: str


def read_servers(path: Path) -> list[Server]:
    """Return the servers of a file: one connection string a line, or TOML with `servers`. Reads only.

    Misuse names the line or entry that cannot be read, that holds a password, or that is there twice.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, ValueError) as error:
        raise Misuse(f"{path} cannot be read: {error}", hint="--servers takes a file of connection strings.") from error
    if path.suffix == ".toml":
        return servers_of(read_setting(_toml(path, text), str(path)), str(path))
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    return _unlike(
        [_server("", line, f"{path}:{number}") for number, line in lines if line and not line.startswith("#")],
        str(path),
    )


def servers_of(entries: Iterable[tuple[str, str]], where: str) -> list[Server]:
    """Return the servers of a list of names and connection strings; a name may be empty. Misuse as `read_servers`."""
    return _unlike([_server(name, url, f"{where}: {name or f'entry {n}'}") for n, (name, url) in enumerate(entries, 1)],
                   where)  # fmt: skip


def _toml(path: Path, text: str) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Misuse(f"{path} is not TOML: {error}", hint='As in servers = ["host=a dbname=x"].') from error


def _server(name: str, url: str, where: str) -> Server:
    try:
        found = parse(url)
    except Misuse as error:
        raise Misuse(f"{where}: {error.message}", hint=error.hint) from None
    for secret in _SECRETS:
        if found.get(secret):
            raise Misuse(f"{where} holds a {secret}, which a list of servers must not", hint=_BY_REFERENCE)
    return Server(name or describe(url), url)


def _unlike(servers: Sequence[Server], where: str) -> list[Server]:
    if not servers:
        raise Misuse(f"{where} names no server", hint="One connection string a line, as in host=a dbname=x.")
    names: set[str] = set()
    for server in servers:
        if server.name in names:
            raise Misuse(f'{where} names "{server.name}" twice', hint="Each installation is to be reached once.")
        names.add(server.name)
    return list(servers)
