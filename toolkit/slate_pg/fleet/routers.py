"""Writes routes as PgBouncer's and PgDog's configuration. No password is ever in it. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence

from psycopg import sql

from slate_pg.errors import Misuse
from slate_pg.fleet.route import Place, Route, strictest

_LONGEST = 63  # bytes of a database's name, for PgBouncer as for PostgreSQL
_ITS_OWN = ("pgbouncer", "*")  # its console, and what stands for every other name


def pgbouncer(routes: Sequence[Route]) -> str:
    """Return pgbouncer.ini: one database for each installation. Misuse for a name that it cannot have."""
    lines = [
        "; Written by `slate fleet route --print pgbouncer` from the ledgers; again when one was added or moved.",
        "[databases]",
    ]
    for route in routes:
        _check(route.name)
        place, path = route.place, ", ".join(sql.Identifier(name).as_string(None) for name in route.path)
        values = {
            "host": place.host,
            "port": str(place.port),
            "dbname": place.dbname,
            # For clients that set no path themselves; a pool serves one database, and so one installation.
            "connect_query": f"SET search_path = {path}",
        }
        said = " ".join(f"{key}={_value(value)}" for key, value in values.items() if value)
        lines.append(f"{route.name} = {said}")
    lines += [
        "",
        "[pgbouncer]",
        "; Slate's Sessions(…, pooler=True) set path, role and person by SET LOCAL, in each transaction.",
        "pool_mode = transaction",
        "auth_type = scram-sha-256",
        "; Logins and their SCRAM verifiers, as pg_authid has them; or auth_user and auth_query, which asks there.",
        "auth_file = /etc/pgbouncer/userlist.txt",
    ]
    mode = strictest([route.place for route in routes])
    return "\n".join([*lines, *([f"server_tls_sslmode = {mode}"] if mode else [])]) + "\n"


def pgdog(product: str, routes: Sequence[Route]) -> str:
    """Return pgdog.toml: one database named after the product, a shard for each server, and each schema on its shard.

    As PgDog 0.1 reads it. Misuse for a server that is reached by a socket, which PgDog does not do.
    """
    shards: dict[Place, int] = {}
    for route in routes:
        shards.setdefault(route.place, len(shards))
    lines = [
        "# Written by `slate fleet route --print pgdog` from the ledgers; again when one was added or moved.",
        "[general]",
        'pooler_mode = "transaction"',
        "# PostgreSQL checks the password that the client sent (over TLS): users.toml needs none, and may be empty.",
        'passthrough_auth = "enabled"',
    ]
    for place, number in shards.items():
        if place.host.startswith(("/", "@")):
            raise Misuse(
                f'PgDog reaches servers by TCP, not by the socket in "{place.host}"',
                hint="List the server by its address, as in host=10.0.0.1 port=5432 dbname=app.",
            )
        lines += ["", "[[databases]]", f"name = {_toml(product)}", f"host = {_toml(place.host)}"]
        lines += [f"port = {place.port}", f"database_name = {_toml(place.dbname)}", f"shard = {number}"]
    for route in routes:
        lines += ["", "[[sharded_schemas]]", f"database = {_toml(product)}", f"name = {_toml(route.path[0])}"]
        lines += [f"shard = {shards[route.place]}"]
    return "\n".join(lines) + "\n"


def _check(name: str) -> None:
    """Misuse for a name that PgBouncer cannot call a database. Pure."""
    reason = ""
    if not 1 <= len(name.encode()) <= _LONGEST:
        reason = f"it has {len(name.encode())} bytes, and may have 1 to {_LONGEST}"
    elif name in _ITS_OWN:
        reason = "PgBouncer means something else by it"
    if reason:
        raise Misuse(
            f"PgBouncer has no database of the name {name!r}: {reason}",
            hint="Give the installations other names there, as in --name 'db_{schema}'.",
        )


def _value(text: str) -> str:
    if "\n" in text or "\r" in text:
        raise Misuse(f"{text!r} cannot stand in pgbouncer.ini: it holds the end of a line", hint="Rename it.")
    return "'" + text.replace("'", "''") + "'"


def _toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
