"""Sends a big script from its file to the server, statement by statement and in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import psycopg

from slate_pg.postgres.connection import Connection, ScriptFailed, exchange, send
from slate_pg.postgres.failures import failed_within, row_of
from slate_pg.postgres.placing import line_start
from slate_pg.postgres.prescan import CopyData
from slate_pg.postgres.stream import CHUNK, Stream


def send_file(connection: Connection, path: Path, before: Sequence[str] = (), guard: str = "") -> tuple[int, str]:
    """Send a script's file, the statements `before` in front; return the rows touched and the checksum of what went.

    ScriptFailed has the byte at which it failed. `guard`, one statement, is sent behind each that may have changed
    lock_timeout. One statement is held whole, everything else in pieces.
    """
    rows = 0
    if before:
        send(connection, "; ".join(before))
    with Stream(path) as stream:
        for message in stream.messages(CHUNK):
            rows += send_message(connection, path, message.sql, message.offset, message.data)
            if guard and message.lifts:
                send(connection, guard)
        return rows, stream.digest.hexdigest()


def send_message(connection: Connection, path: Path, sql: bytes, offset: int, data: CopyData | None) -> int:
    """Send statements that stand at a byte of a file; return the rows touched. ScriptFailed."""
    done, rows, error = exchange(connection, sql, data)
    if error:
        raise located(error, path, sql, offset, done, data is not None)
    return rows


def located(
    error: psycopg.Error, path: Path, sql: bytes, offset: int, done: int = 0, copies: bool = False
) -> ScriptFailed:
    """Return the failure of statements that stand at a byte of a file, with the byte at which they failed."""
    within, exact = failed_within(sql, done, error)
    row = row_of(error) if copies else 0
    return ScriptFailed(error, offset + within, exact, line_start(path, offset + len(sql), row) if row else None)
