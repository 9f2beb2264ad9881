"""Pooled sessions for services: a transaction as a role and a person, on a connection that forgets both.

Everything is set for the transaction only (SET LOCAL), so it is safe behind a transaction pooler, and what a
service sets besides is reset before the connection is lent again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import TracebackType
from typing import Any

import psycopg
from psycopg import sql
from psycopg_pool import AsyncConnectionPool, ConnectionPool, PoolTimeout

from slate_pg.conninfo import describe, parse
from slate_pg.errors import Busy

PEOPLE = "authenticated_users"
_CONTEXT = """
    SELECT
        pg_catalog.set_config('search_path', %(path)s, true),
        pg_catalog.set_config('app.user_id', %(user)s, true),
        pg_catalog.set_config('role', %(role)s, true)
"""
# Behind a pooler the next transaction runs on another server connection, so this one is tidied up in its own
# transaction, once what was deferred to the commit has been checked as the person.
_TIDY = "SET CONSTRAINTS ALL IMMEDIATE; RESET ALL; SET application_name = {}"


class _Terms:
    """What both kinds of sessions share: where they connect, on which terms, and what a transaction begins with.

    Defaults: 2 to 20 connections, closed after 300 s idle or 3600 s of life, 5 s of waiting for a free one. A
    connection is checked before it is lent, so one that died in the meantime is replaced and never seen.
    `pooler` says that the URL leads to PgBouncer in transaction mode: nothing is prepared on the server then.
    """

    def __init__(
        self,
        url: str,
        schema: str,
        *,
        shared: str = "core",
        pooler: bool = False,
        min_size: int = 2,
        max_size: int = 20,
        wait_seconds: float = 5.0,
        max_idle_seconds: float = 300.0,
        max_lifetime_seconds: float = 3600.0,
        **options: Any,
    ) -> None:
        parse(url)
        name = f"slate session {schema}"
        self._path = ", ".join([sql.Identifier(n).as_string() for n in (schema, shared)] + ["pg_temp"])
        self._url = url
        self._wait = wait_seconds
        self._tidy = sql.SQL(_TIDY).format(options.get("application_name", name)) if pooler else None
        fixed = {"prepare_threshold": None} if pooler else {}
        self._terms: dict[str, Any] = {
            "conninfo": url,
            "kwargs": {"application_name": name, **options, **fixed},
            "min_size": min_size,
            "max_size": max_size,
            "timeout": wait_seconds,
            "max_idle": max_idle_seconds,
            "max_lifetime": max_lifetime_seconds,
            "name": f"slate {schema}",
        }

    def _context(self, user_id: object, role: str | None) -> dict[str, str]:
        return {"path": self._path, "user": "" if user_id is None else str(user_id), "role": role or "none"}

    def _busy(self) -> Busy:
        return Busy(
            f"no connection to {describe(self._url)} was free within {self._wait:g} s",
            hint="All are lent out or the server is away; raise max_size or shorten the transactions.",
        )


class Sessions(_Terms):
    """A pool of connections to one installation, lent out one transaction at a time. The terms are `_Terms`'."""

    def __init__(self, url: str, schema: str, **terms: Any) -> None:
        super().__init__(url, schema, **terms)
        self._pool: ConnectionPool[psycopg.Connection[Any]] = ConnectionPool(
            **self._terms, check=ConnectionPool.check_connection, reset=None if self._tidy else _forget, open=True
        )

    @contextmanager
    def session(self, user_id: object = None, role: str | None = PEOPLE) -> Iterator[psycopg.Connection[Any]]:
        """Lend a connection for one transaction as a role and a person; commit at the end, roll back on an error.

        Without user_id nobody is logged in: row security shows nothing. role=None keeps the login's own role.
        Raises Busy when no connection is free in time, and whatever the block raises.
        """
        try:
            lent = self._pool.getconn()
        except PoolTimeout as error:
            raise self._busy() from error
        try:
            with lent.transaction():
                lent.execute(_CONTEXT, self._context(user_id, role))
                yield lent
                if self._tidy:
                    lent.execute(self._tidy)
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


class AsyncSessions(_Terms):
    """The same for asyncio: `async with AsyncSessions(…) as sessions`, `async with sessions.session(…)`."""

    def __init__(self, url: str, schema: str, **terms: Any) -> None:
        super().__init__(url, schema, **terms)
        self._pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]] = AsyncConnectionPool(
            **self._terms,
            check=AsyncConnectionPool.check_connection,
            reset=None if self._tidy else _forget_async,
            open=False,
        )

    @asynccontextmanager
    async def session(
        self, user_id: object = None, role: str | None = PEOPLE
    ) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        """Lend a connection for one transaction, as Sessions.session does: same context, same errors."""
        try:
            lent = await self._pool.getconn()
        except PoolTimeout as error:
            raise self._busy() from error
        try:
            async with lent.transaction():
                await lent.execute(_CONTEXT, self._context(user_id, role))
                yield lent
                if self._tidy:
                    await lent.execute(self._tidy)
        finally:
            await self._pool.putconn(lent)

    def stats(self) -> dict[str, int]:
        """Return the pool's counters (pool_size, pool_available, requests_waiting, …)."""
        return self._pool.get_stats()

    async def open(self) -> None:
        """Open the pool; `async with` does it."""
        await self._pool.open()

    async def close(self) -> None:
        """Close every connection; the sessions cannot be used again."""
        await self._pool.close()

    async def __aenter__(self) -> AsyncSessions:
        """Open the pool and return itself."""
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the pool."""
        await self.close()


_FORGET = ("RESET SESSION AUTHORIZATION", "RESET ALL")


def _forget(connection: psycopg.Connection[Any]) -> None:
    """Undo what a service set for the whole connection, before somebody else gets it."""
    for statement in _FORGET:
        connection.execute(statement.encode())
    connection.commit()


async def _forget_async(connection: psycopg.AsyncConnection[Any]) -> None:
    """Undo what a service set for the whole connection, before somebody else gets it."""
    for statement in _FORGET:
        await connection.execute(statement.encode())
    await connection.commit()
