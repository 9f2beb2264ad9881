"""Pooled sessions for services: a transaction as a role and a person, on a connection that forgets both.

Everything is set for the transaction only (SET LOCAL), so it is safe behind a transaction pooler, and what a
service sets besides is reset before the connection is lent again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import psycopg
from psycopg import sql
from psycopg_pool import ConnectionPool, PoolTimeout

from toolkit.config import redacted
from toolkit.errors import Busy

_CONTEXT = """
    SELECT
        pg_catalog.set_config('search_path', %(path)s, true),
        pg_catalog.set_config('app.user_id', %(user)s, true),
        pg_catalog.set_config('role', %(role)s, true)
"""


class Sessions:
    """A pool of connections to one installation, lent out one transaction at a time.

    Defaults: 2 to 20 connections, closed after 300 s idle or 3600 s of life, 5 s of waiting for a free one. A
    connection is checked before it is lent, so one that died in the meantime is replaced and never seen.
    """

    def __init__(
        self,
        url: str,
        schema: str,
        *,
        shared: str = "core",
        min_size: int = 2,
        max_size: int = 20,
        wait_seconds: float = 5.0,
        max_idle_seconds: float = 300.0,
        max_lifetime_seconds: float = 3600.0,
        **options: Any,
    ) -> None:
        self._path = ", ".join([sql.Identifier(n).as_string() for n in (schema, shared)] + ["pg_temp"])
        self._url = url
        self._wait = wait_seconds
        self._pool: ConnectionPool[psycopg.Connection[Any]] = ConnectionPool(
            url,
            kwargs={"application_name": f"slate session {schema}", **options},
            min_size=min_size,
            max_size=max_size,
            timeout=wait_seconds,
            max_idle=max_idle_seconds,
            max_lifetime=max_lifetime_seconds,
            check=ConnectionPool.check_connection,
            reset=_forget,
            open=True,
            name=f"slate {schema}",
        )

    @contextmanager
    def session(
        self, user_id: object = None, role: str | None = "authenticated_users"
    ) -> Iterator[psycopg.Connection[Any]]:
        """Lend a connection for one transaction as a role and a person; commit at the end, roll back on an error.

        Without user_id nobody is logged in: row security shows nothing. role=None keeps the login's own role.
        Raises Busy when no connection is free in time, and whatever the block raises.
        """
        try:
            lent = self._pool.getconn()
        except PoolTimeout as error:
            raise Busy(
                f"no connection to {redacted(self._url)} was free within {self._wait:g} s",
                hint="All are lent out or the server is away; raise max_size or shorten the transactions.",
            ) from error
        try:
            with lent.transaction():
                user = "" if user_id is None else str(user_id)
                lent.execute(_CONTEXT, {"path": self._path, "user": user, "role": role or "none"})
                yield lent
        finally:
            self._pool.putconn(lent)

    def stats(self) -> dict[str, int]:
        """Return the pool's counters (pool_size, pool_available, requests_waiting, …)."""
        return self._pool.get_stats()

    def close(self) -> None:
        """Close every connection; the sessions cannot be used again."""
        self._pool.close()

    def __enter__(self) -> Sessions:
        """Return itself; the pool is open already."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the pool."""
        self.close()


def _forget(connection: psycopg.Connection[Any]) -> None:
    """Undo what a service set for the whole connection, before somebody else gets it."""
    connection.execute("RESET SESSION AUTHORIZATION")
    connection.execute("RESET ALL")
    connection.commit()
