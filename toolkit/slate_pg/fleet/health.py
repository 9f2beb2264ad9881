"""Looks the members of a fleet over, all of a server at once. Reads only."""

from __future__ import annotations

from collections.abc import Iterator

from slate_pg.errors import SlateError
from slate_pg.fleet.connections import Connections
from slate_pg.fleet.roster import Roster, each_of, reason
from slate_pg.fleet.servers import Server
from slate_pg.migrations.installations import find_owned
from slate_pg.operations.doctor import Finding, examine


def examine_servers(
    connections: Connections, roster: Roster
) -> Iterator[tuple[Server, list[str], list[Finding], list[str]]]:
    """Yield each server with its members' schemas, what is not well, and what could not be checked and why."""
    states = {m.server: [o.state for o in roster.members if o.server == m.server] for m in roster.members}

    def look(server: Server) -> tuple[list[Finding], list[str]]:
        with connections.lend(server) as connection:
            return examine(connection, find_owned(connection, states[server]).schemas)

    for server, found in zip(states, each_of(states, look), strict=True):
        if isinstance(found, SlateError):
            roster.unreachable[server] = reason(found)
            continue
        yield server, [s.schema for s in states[server]], *found
