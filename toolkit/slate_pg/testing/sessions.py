"""Several sessions in one test: who waits for whom is asked of the server, never guessed by sleeping."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg

from slate_pg.testing.database import Database


class Pending:
    """A statement under way in another thread."""

    def __init__(self, session: Session, statement: str, parameters: tuple[Any, ...]) -> None:
        self._session = session
        self._count = 0
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(statement, parameters), daemon=True)
        self._thread.start()

    def _run(self, statement: str, parameters: tuple[Any, ...]) -> None:
        try:
            self._count = self._session.execute(statement, *parameters).rowcount
        except BaseException as error:  # handed to result()
            self._error = error

    def blocked_by(self, other: Session, seconds: float = 10) -> bool:
        """Wait until the statement is blocked by the other session, or done; True when blocked."""
        end = time.monotonic() + seconds
        while self._thread.is_alive() and time.monotonic() < end:
            if other.pid in self._session.monitor.value("SELECT pg_blocking_pids(%s)", self._session.pid):
                return True
            time.sleep(0.002)
        return False

    def result(self, seconds: float = 10) -> int:
        """Wait for the statement; return its row count, or raise what it raised."""
        self._thread.join(seconds)
        assert not self._thread.is_alive(), f"the statement did not end within {seconds} s"
        if self._error:
            raise self._error
        return self._count


class Session(Database):
    """One more connection: a transaction begins by itself and ends with commit() or rollback()."""

    def __init__(self, connection: psycopg.Connection[Any], first: Database, monitor: Database) -> None:
        super().__init__(connection, first.project)
        self.monitor = monitor
        self.pid = connection.info.backend_pid

    def use(self, product: str) -> None:
        """Set the search path for the session, so that it outlives commit()."""
        self.execute(
            "SELECT pg_catalog.set_config('search_path', %s, false)", self._path(self.project.product(product))
        )
        self.connection.commit()

    def start(self, statement: str, *parameters: Any) -> Pending:
        """Run a statement in a thread of its own."""
        return Pending(self, statement, parameters)

    def commit(self) -> None:
        """Commit the session's transaction."""
        self.connection.commit()

    def rollback(self) -> None:
        """Roll the session's transaction back."""
        self.connection.rollback()


class CommittedDatabase(Database):
    """A database of the test's own, where commits stay and several sessions can meet."""

    @contextmanager
    def sessions(self, count: int) -> Iterator[list[Session]]:
        """Open that many more connections, each a session with its own transaction, closed whatever happens."""
        with ExitStack() as stack:

            def connect(autocommit: bool = False) -> psycopg.Connection[Any]:
                info = self.connection.info
                connection = psycopg.connect(
                    host=info.host, port=info.port, user=info.user, dbname=info.dbname, autocommit=autocommit
                )
                stack.callback(connection.close)
                return connection

            monitor = Database(connect(autocommit=True), self.project)
            yield [Session(connect(), self, monitor) for _ in range(count)]
