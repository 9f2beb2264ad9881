"""Connections that work only inside the transaction of their session: nothing runs with the login's own rights.

Each statement travels alone (the server refuses two in one message then), and one that would end the transaction is
refused before it is sent. What goes beneath psycopg's cursors (`pgconn`) is not seen until the session ends.
"""

from __future__ import annotations

import re
from typing import Any

import psycopg
from psycopg import pq

from slate_pg.errors import SlateError

_HOOKS = ("_execute_send", "_send_prepare", "_send_query_prepared")
_BLANK = re.compile(rb"[\s;\x00]+|--[^\r\n]*")
_WORD = re.compile(rb"[A-Za-z_]+")


class SessionEnded(SlateError):
    """A statement came outside of its session's transaction, or would have ended it."""


def ends_transaction(text: bytes) -> bool:
    """Return whether a single statement would end the transaction it runs in. Pure."""
    first, second, third = (*_words(text), b"", b"", b"")[:3]
    if first in (b"COMMIT", b"END", b"ABORT"):
        return True
    if first == b"ROLLBACK":
        return b"TO" not in (second, third if second in (b"WORK", b"TRANSACTION") else b"")
    return (first, second) == (b"PREPARE", b"TRANSACTION")


def _words(text: bytes) -> tuple[bytes, ...]:
    """Return the first three words of a statement in upper case, without blanks and comments. Pure."""
    words: list[bytes] = []
    at = 0
    while len(words) < 3:
        at = _skip_blanks(text, at)
        word = _WORD.match(text, at)
        if not word:
            break
        words.append(word.group().upper())
        at = word.end()
    return tuple(words)


def _skip_blanks(text: bytes, at: int) -> int:
    """Return where the next word starts: behind white space, semicolons and comments, which nest. Pure."""
    while True:
        if blank := _BLANK.match(text, at):
            at = blank.end()
        elif text.startswith(b"/*", at):
            depth, at = 1, at + 2
            while depth and at < len(text):
                mark = text[at : at + 2]
                depth += {b"/*": 1, b"*/": -1}.get(mark, 0)
                at += 2 if mark in (b"/*", b"*/") else 1
        else:
            return at


class _Guarded:
    """What both kinds of cursors do before anything is sent."""

    _conn: Any
    _pgconn: Any

    def _check(self, text: bytes) -> None:
        if not self._conn.lent or self._pgconn.transaction_status == pq.TransactionStatus.IDLE:
            raise SessionEnded(
                "the session's transaction is over, and nothing runs outside of it",
                hint="Work inside `with sessions.session(…)`; begin another one for another transaction.",
            )
        if ends_transaction(text):
            raise SessionEnded(
                f"{b' '.join(_words(text)[:1]).decode()} would end the session's transaction inside its block",
                hint="Leave the block to commit, raise an error to roll back; SAVEPOINT and ROLLBACK TO are free.",
            )
        if self._conn.pooler and _words(text)[:1] == (b"PREPARE",):
            raise SessionEnded(
                "PREPARE would outlive the transaction on a connection that is the pooler's", hint="Leave it out."
            )

    def _execute_send(self, query: Any, *, force_extended: bool = False, binary: bool | None = None) -> None:
        self._check(query.query)
        super()._execute_send(query, force_extended=True, binary=binary)  # type: ignore[misc]

    def _send_prepare(self, name: bytes, query: Any) -> None:
        self._check(query.query)
        super()._send_prepare(name, query)  # type: ignore[misc]

    def _send_query_prepared(self, name: bytes, query: Any, *, binary: bool | None = None) -> None:
        self._check(query.query)
        super()._send_query_prepared(name, query, binary=binary)  # type: ignore[misc]


if missing := [name for name in _HOOKS if not hasattr(psycopg.Cursor, name)]:
    raise ImportError(f"this psycopg has no {missing[0]}: sessions could not be guarded")  # never unguarded


class GuardedCursor(_Guarded, psycopg.Cursor[Any]):
    """A cursor of a lent connection."""


class GuardedServerCursor(_Guarded, psycopg.ServerCursor[Any]):
    """A named cursor of a lent connection."""


class AsyncGuardedCursor(_Guarded, psycopg.AsyncCursor[Any]):
    """A cursor of a lent connection, for asyncio."""


class AsyncGuardedServerCursor(_Guarded, psycopg.AsyncServerCursor[Any]):
    """A named cursor of a lent connection, for asyncio."""


def _no_commit() -> SessionEnded:
    return SessionEnded(
        "the session commits or rolls back by itself", hint="Leave its block, or raise an error inside it."
    )


class GuardedConnection(psycopg.Connection[Any]):
    """A connection whose cursors work while it is lent; in autocommit mode, for the session begins and ends."""

    lent = False
    pooler = False

    def tidy(self) -> None:
        """Make its cursors guarded ones again, whatever a borrower has made of them."""
        self.cursor_factory, self.server_cursor_factory = GuardedCursor, GuardedServerCursor

    def commit(self) -> None:
        """Refuse: SessionEnded."""
        raise _no_commit()

    def rollback(self) -> None:
        """Refuse: SessionEnded."""
        raise _no_commit()


class AsyncGuardedConnection(psycopg.AsyncConnection[Any]):
    """The same for asyncio."""

    lent = False
    pooler = False

    def tidy(self) -> None:
        """Make its cursors guarded ones again, whatever a borrower has made of them."""
        self.cursor_factory, self.server_cursor_factory = AsyncGuardedCursor, AsyncGuardedServerCursor

    async def commit(self) -> None:
        """Refuse: SessionEnded."""
        raise _no_commit()

    async def rollback(self) -> None:
        """Refuse: SessionEnded."""
        raise _no_commit()
