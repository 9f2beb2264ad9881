"""Lends connections to servers, each again and again, never more of them open at a time than was allowed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

import psycopg
from psycopg import pq

from slate_pg.fleet.servers import Server
from slate_pg.postgres.connection import Connection, connect


class Connections:
    """At most `bound` connections to all servers together; one that nobody uses is closed where another is needed."""

    def __init__(self, bound: int, purpose: str, options: Callable[[str], Mapping[str, str]] = lambda url: {}) -> None:
        """`options` says how a session to a connection string is opened, beside what every one of ours is."""
        self._bound = bound
        self._purpose = purpose
        self._options = options
        self._idle: dict[Server, list[Connection]] = {}
        self._lent: set[Connection] = set()
        self._open = 0
        self._changed = threading.Condition()

    @contextmanager
    def lend(self, server: Server) -> Iterator[Connection]:
        """Yield a connection in autocommit mode, and keep it afterwards where it is as new. ServerError without one."""
        connection = self._take(server)
        self._lent.add(connection)
        try:
            yield connection
        finally:
            self._lent.discard(connection)
            self._give_back(server, connection)

    def _take(self, server: Server) -> Connection:
        with self._changed:
            while True:
                if found := self._idle.get(server):
                    return found.pop()
                if self._open < self._bound or self._close_one():
                    self._open += 1
                    break
                self._changed.wait()
        try:
            return connect(server.url, purpose=self._purpose, **self._options(server.url))
        except BaseException:
            self._closed_one()
            raise

    def _give_back(self, server: Server, connection: Connection) -> None:
        if connection.info.transaction_status == pq.TransactionStatus.IDLE:
            with self._changed:
                self._idle.setdefault(server, []).append(connection)
                self._changed.notify()
            return
        with suppress(psycopg.Error):
            connection.close()
        self._closed_one()

    def _close_one(self) -> bool:
        """Close a connection that nobody uses; False where there is none."""
        for found in self._idle.values():
            if found:
                with suppress(psycopg.Error):
                    found.pop().close()
                self._open -= 1
                return True
        return False

    def _closed_one(self) -> None:
        with self._changed:
            self._open -= 1
            self._changed.notify()

    def cancel(self) -> None:
        """Cancel whatever statement is under way on a connection that is lent out."""
        for connection in list(self._lent):
            with suppress(psycopg.Error):
                connection.cancel_safe(timeout=2)

    def close(self) -> None:
        """Close what nobody uses."""
        with self._changed:
            while self._close_one():
                pass
