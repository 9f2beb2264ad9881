"""Prepares the servers of a fleet: roles and database settings, on each as `slate bootstrap` does on one."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from slate_pg.cluster.bootstrap import bootstrap
from slate_pg.config import Project
from slate_pg.errors import ServerError, SlateError
from slate_pg.fleet.connections import Connections
from slate_pg.fleet.roster import each_of
from slate_pg.fleet.servers import Server


@dataclass(frozen=True)
class Prepared:
    """What became of a server: the database that was looked at and what could not be done as wanted, or the error."""

    server: Server
    database: str = ""
    notes: tuple[str, ...] = ()
    error: SlateError | None = None

    @property
    def is_unreachable(self) -> bool:
        """Whether it could not be connected to, or went away."""
        return isinstance(self.error, ServerError)


def prepare(connections: Connections, servers: Sequence[Server], project: Project) -> list[Prepared]:
    """Run the project's sql/cluster on each server, in their order; one that fails stops no other. Writes."""
    # Two entries may be databases of one cluster, and their roles are the same: one after the other.
    turn = threading.Lock()

    def one(server: Server) -> Prepared:
        with connections.lend(server) as connection, turn:
            return Prepared(server, connection.info.dbname, tuple(bootstrap(connection, project)))

    found = zip(servers, each_of(servers, one), strict=True)
    return [Prepared(server, error=f) if isinstance(f, SlateError) else f for server, f in found]
