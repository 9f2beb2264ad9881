"""Watches from a second connection what one session has the server do: pg_stat_progress_* of its process.

Reads only. Where no second connection is to be had, nothing is seen and nothing is said.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import psycopg

from slate_pg.errors import SlateError
from slate_pg.postgres.connection import Connection, connect, package_sql

_FIRST_SECONDS = 1.0  # most work is over before
_EVERY_SECONDS = 0.3


@dataclass(frozen=True)
class LongWork:
    """A command under way: its phase, how much of that is done, and of how much; 0 of 0 where nobody knows."""

    command: str
    phase: str
    done: int
    total: int

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.command}: {self.phase}"


def read_work(connection: Connection, pid: int) -> LongWork | None:
    """Return what a session has the server do, None where it is nothing that is counted. Reads only."""
    row = connection.execute(package_sql("postgres/find_work"), {"pid": pid}).fetchone()
    return LongWork(row[0] or "", row[1] or "", row[2] or 0, row[3] or 0) if row else None


def read_base_backup(connection: Connection) -> LongWork | None:
    """Return how far a base backup of the cluster is, None where none is under way. Reads only."""
    row = connection.execute(package_sql("postgres/find_base_backup")).fetchone()
    return LongWork(row[0], row[1] or "", row[2], row[3]) if row else None


def second(connection: Connection, purpose: str) -> Connection:
    """Open one more session to the same database as the same role. ServerError where that is refused."""
    password = connection.info.password
    return connect(connection.info.dsn, purpose=purpose, **({"password": password} if password else {}))


@contextmanager
def watching_work(
    connection: Connection,
    tell: Callable[[LongWork | None], None],
    read: Callable[[Connection], LongWork | None] | None = None,
) -> Iterator[None]:
    """Tell meanwhile what is worked on, None where nothing is counted: what `read` finds over a second session.

    Without it, what the connection's own session has the server do. Reads only.
    """
    over = threading.Event()
    read = read or partial(read_work, pid=connection.info.backend_pid)

    def look() -> None:
        if over.wait(_FIRST_SECONDS):
            return
        try:
            with second(connection, "slate, beside a run") as own:
                while not over.wait(_EVERY_SECONDS):
                    tell(read(own))
        except (SlateError, psycopg.Error):
            return

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
