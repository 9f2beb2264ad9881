"""Decides whether a picture of the catalogs is still true, at the price of one tiny query, or of none.

Inside a transaction nothing changes unless something is sent over the connection, so that alone is watched.
After that the server is asked whether anything was written. `sealed` connections only ever roll back (the `db`
fixture): a transaction of theirs that has written nothing sees the state all of them share.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import class_row

from slate_pg.postgres.connection import package_sql
from slate_pg.testing.catalog import Catalog

_PATH = "SET LOCAL search_path = pg_catalog"  # so that everything is printed with its schema
_BACK = "ROLLBACK TO SAVEPOINT slate_look; RELEASE SAVEPOINT slate_look"


class Snapshots:
    """The pictures taken over one connection: the shared one, and the one of a transaction that has written."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._traffic = 0
        self._seen = -1
        self._shared: tuple[str, Catalog] | None = None
        self._own: tuple[str, Catalog] | None = None
        self._current: Catalog | None = None
        self.reads = 0
        self._watch()

    def _watch(self) -> None:
        """Count whatever goes over the connection; everything psycopg does passes through `wait`."""
        wait = self._connection.wait

        def counted(*arguments: Any, **named: Any) -> Any:
            self._traffic += 1
            return wait(*arguments, **named)

        self._connection.wait = counted  # type: ignore[method-assign]

    def current(self, sealed: bool = False) -> Catalog:
        """Return a picture that is true now, reading nothing when the last one still is."""
        in_transaction = self._connection.pgconn.transaction_status == TransactionStatus.INTRANS
        if not (self._current and in_transaction and self._seen == self._traffic):
            self._current = self._ask(sealed)
            self._seen = self._traffic
        return self._current

    def forget(self) -> None:
        """Drop every picture, the shared one too."""
        self._shared = self._own = self._current = None

    def _ask(self, sealed: bool) -> Catalog:
        cursor = self._connection.cursor()
        position, has_written, path = cursor.execute(package_sql("testing/state"), prepare=False).fetchone()  # type: ignore[misc]
        kept = self._own if has_written else self._shared
        if not kept or not (kept[0] == position or (sealed and not has_written)):
            kept = (position, Catalog(self._read, self._connection.info.server_version))
        if has_written:
            self._own = kept
        else:
            self._shared = kept
        kept[1].path = tuple(path)
        return kept[1]

    def _read(self, part: str, row: type[Any], parameters: dict[str, Any]) -> list[Any]:
        """Read one part in a savepoint that is rolled back, so that no setting of the caller's changes."""
        fresh = self._seen == self._traffic
        idle = self._connection.pgconn.transaction_status == TransactionStatus.IDLE
        before, after = ("BEGIN", "ROLLBACK") if idle else ("SAVEPOINT slate_look", _BACK)
        with self._connection.cursor(row_factory=class_row(row)) as cursor:
            cursor.execute(f"{before}; {_PATH}".encode(), prepare=False)
            try:
                rows = cursor.execute(package_sql(f"testing/{part}"), parameters, prepare=False).fetchall()
            finally:
                cursor.execute(after.encode(), prepare=False)
        self.reads += 1
        if fresh:
            self._seen = self._traffic
        return rows


def snapshots(connection: psycopg.Connection[Any]) -> Snapshots:
    """Return the pictures of a connection, which are shared by everything that uses it."""
    kept: Snapshots = connection.__dict__.setdefault("slate_snapshots", None) or Snapshots(connection)
    connection.__dict__["slate_snapshots"] = kept
    return kept
