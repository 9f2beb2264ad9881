"""Pooled sessions for services: a transaction as a role and a person, on a connection that forgets both.

Everything is set for the transaction only (SET LOCAL), so it is safe behind a transaction pooler. A connection is
given back with everything discarded that a block may have left, or it is closed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from types import TracebackType
from typing import Any

import psycopg
from psycopg import pq
from psycopg_pool import AsyncConnectionPool, ConnectionPool, PoolTimeout

from slate_pg.service.guard import AsyncGuardedConnection, GuardedConnection
from slate_pg.service.terms import OPEN, Terms, replaced, unfinished

PEOPLE = ""  # as whom a session works unless told: the people of its installation


class Sessions(Terms):
    """A pool of connections to one installation, lent out one transaction at a time. The terms are `Terms`'."""

    def __init__(self, url: str, schema: str, **terms: Any) -> None:
        super().__init__(url, schema, **terms)
        self._pool: ConnectionPool[GuardedConnection] = ConnectionPool(
            connection_class=GuardedConnection, **self.pool_terms, check=_check, reset=None if self.pooler else _forget,
            open=True,
        )  # fmt: skip

    @contextmanager
    def session(self, user_id: object = None, role: str | None = PEOPLE) -> Iterator[psycopg.Connection[Any]]:
        """Lend a connection for one transaction as a role and a person; commit at the end, roll back on an error.

        Without a role as the installation's people, <schema>_people; role=None keeps the login's own, which may
        nothing. Without user_id nobody is logged in: row security shows nothing.
        Raises Busy when no connection is free in time, SessionEnded when the block tried to end the transaction or
        went on after a statement had failed, and whatever the block raises.
        """
        try:
            lent = self._pool.getconn()
        except PoolTimeout as error:
            raise self.busy() from error
        begin, keep = self.begin(lent, user_id, role)
        own = psycopg.Cursor(lent)
        try:
            own.execute(begin)
            yield lent
            if lent.pgconn.transaction_status == pq.TransactionStatus.INERROR:
                raise unfinished()
            own.execute(keep)
        except BaseException as error:
            self._give_up(lent, own)
            if isinstance(error, psycopg.Error) and (said := replaced(error)):
                raise said from error
            raise
        finally:
            lent.lent = False
            self._pool.putconn(lent)

    def _give_up(self, lent: GuardedConnection, own: psycopg.Cursor[Any]) -> None:
        """Roll back and discard what is left; close the connection where it is not in its transaction any more."""
        if lent.pgconn.transaction_status in OPEN:
            with suppress(psycopg.Error):
                own.execute(self.undo())
                return
        lent.close()

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


class AsyncSessions(Terms):
    """The same for asyncio: `async with AsyncSessions(…) as sessions`, `async with sessions.session(…)`."""

    def __init__(self, url: str, schema: str, **terms: Any) -> None:
        super().__init__(url, schema, **terms)
        self._pool: AsyncConnectionPool[AsyncGuardedConnection] = AsyncConnectionPool(
            connection_class=AsyncGuardedConnection, **self.pool_terms, check=_check_async,
            reset=None if self.pooler else _forget_async, open=False,
        )  # fmt: skip

    @asynccontextmanager
    async def session(
        self, user_id: object = None, role: str | None = PEOPLE
    ) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        """Lend a connection for one transaction, as Sessions.session does: same context, same errors."""
        try:
            lent = await self._pool.getconn()
        except PoolTimeout as error:
            raise self.busy() from error
        begin, keep = self.begin(lent, user_id, role)
        own = psycopg.AsyncCursor(lent)
        try:
            await own.execute(begin)
            yield lent
            if lent.pgconn.transaction_status == pq.TransactionStatus.INERROR:
                raise unfinished()
            await own.execute(keep)
        except BaseException as error:
            await self._give_up(lent, own)
            if isinstance(error, psycopg.Error) and (said := replaced(error)):
                raise said from error
            raise
        finally:
            lent.lent = False
            await self._pool.putconn(lent)

    async def _give_up(self, lent: AsyncGuardedConnection, own: psycopg.AsyncCursor[Any]) -> None:
        """Roll back and discard what is left; close the connection where it is not in its transaction any more."""
        if lent.pgconn.transaction_status in OPEN:
            with suppress(psycopg.Error):
                await own.execute(self.undo())
                return
        await lent.close()

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


def _check(connection: psycopg.Connection[Any]) -> None:
    """Ask whether the server is still there, before the connection is lent."""
    psycopg.Cursor(connection).execute(b"")


async def _check_async(connection: psycopg.AsyncConnection[Any]) -> None:
    """Ask whether the server is still there, before the connection is lent."""
    await psycopg.AsyncCursor(connection).execute(b"")


def _forget(connection: psycopg.Connection[Any]) -> None:
    """Discard all that a block may have left on the server, before somebody else gets the connection."""
    psycopg.Cursor(connection).execute(b"DISCARD ALL")


async def _forget_async(connection: psycopg.AsyncConnection[Any]) -> None:
    """Discard all that a block may have left on the server, before somebody else gets the connection."""
    await psycopg.AsyncCursor(connection).execute(b"DISCARD ALL")
