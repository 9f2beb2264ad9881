"""Looks after those who work beside a backfill: sessions that wait for its locks, and standbys that fall behind.

A second connection watches while a batch is under way, and cancels it when somebody has waited too long.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType

import psycopg

from slate_pg.errors import Busy, SlateError
from slate_pg.migrations.backfill.limits import STANDSTILL
from slate_pg.migrations.locking import Holder, OnWaiting
from slate_pg.postgres.connection import Connection, package_sql
from slate_pg.postgres.longwork import second
from slate_pg.settings import Limits

_EVERY_SECONDS = 0.02  # how often waits are looked for while a batch is under way
_LAG_EVERY_SECONDS = 0.1
_MARKS = 10_000


class Watchman:
    """A second session that cancels the first one's batch where others wait for it. Left out where none is to be had.

    `cut` is who waited when the latest batch was cancelled.
    """

    def __init__(
        self, connection: Connection, limits: Limits, warn: Callable[[str], None], *, quiet: bool = False
    ) -> None:
        self._quiet = quiet  # where nobody else works: on a copy
        self._pid, self._limits, self._warn = connection.info.backend_pid, limits, warn
        self._connection = connection
        self._armed, self._ended, self._lock = threading.Event(), threading.Event(), threading.Lock()
        self._thread: threading.Thread | None = None
        self.cut: list[Holder] = []

    def __enter__(self) -> Watchman:
        """Open the session; where that is refused, say so once."""
        if self._quiet:
            return self
        try:
            own = second(self._connection, "slate, beside a backfill")
        except SlateError as error:
            said = error.detail[-1].strip() if error.detail else error.message
            self._warn(
                f"a second connection is refused ({said}): nobody looks who waits for a batch, but it stays short"
            )
            return self
        self._thread = threading.Thread(target=self._look, args=(own,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End it."""
        self._ended.set()
        self._armed.set()
        if self._thread:
            self._thread.join()

    def arm(self) -> None:
        """Watch from now on: a batch begins."""
        self.cut = []
        self._armed.set()

    def disarm(self) -> None:
        """Cancel nothing from now on: the batch is over."""
        with self._lock:
            self._armed.clear()

    def _look(self, own: Connection) -> None:
        query, parameters = (
            package_sql("migrations/find_kept_waiting"),
            {"pid": self._pid, "bound": self._limits.max_wait},
        )
        try:
            with own:
                while self._armed.wait() and not self._ended.wait(_EVERY_SECONDS):
                    waiting = [Holder(*row) for row in own.execute(query, parameters).fetchall()]
                    with self._lock:
                        if waiting and self._armed.is_set() and not self.cut:
                            self.cut = waiting
                            own.execute("SELECT pg_catalog.pg_cancel_backend(%s)", [self._pid])
        except psycopg.Error as error:
            if not self._ended.is_set():
                said = (str(error).strip() or "closed").splitlines()[0]
                self._warn(f"the second connection is gone ({said}): nobody looks who waits for a batch any more")


@dataclass
class Standbys:
    """How far standbys are behind what a backfill has written, by marks of its own: when it had written how much."""

    connection: Connection
    limits: Limits
    warn: Callable[[str], None]
    _marks: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=_MARKS))
    _asked: float = 0.0
    _warned: bool = False

    def give_way(self, what: str, wait_seconds: float, on_waiting: OnWaiting) -> float:
        """Return once no standby is too far behind, and how long that took in seconds. Busy for one that stands still.

        Reads only, outside a transaction.
        """
        began = moved = time.monotonic()
        if not self.limits.max_lag or began - self._asked < _LAG_EVERY_SECONDS:
            return 0.0
        told, last = False, -1
        while late := self._latest():
            name, seconds, bytes_behind, replayed = late
            now = time.monotonic()
            moved, last = (now, replayed) if replayed != last else (moved, last)
            said = f'standby "{name}" is {seconds:.0f} s and {bytes_behind:,} bytes behind'
            if now - moved > STANDSTILL * max(wait_seconds, 1.0):
                raise Busy(
                    f"{what}: {said}, and stands still",
                    hint="What is done is kept, and the same command goes on there. Where that standby may be behind, "
                    f'say ignored = ["{name}"] under [tool.slate.backfill], or --max-lag 0.',
                )
            if not told:
                on_waiting(f"{what}: waiting, for {said}", [])
                told = True
            time.sleep(_LAG_EVERY_SECONDS)
        return time.monotonic() - began

    def _latest(self) -> tuple[str, float, int, int] | None:
        """Return the standby furthest behind where that is too far: name, seconds, bytes and what it has replayed."""
        self._asked = time.monotonic()
        rows = self.connection.execute(package_sql("migrations/find_standbys")).fetchall()
        if any(hidden for _, hidden, *_ in rows) and not self._warned:
            self._warned = True
            self.warn(
                f'"{self.connection.info.user}" may not see how far standbys are (GRANT pg_monitor): the backfill does '
                "not wait for them"
            )
        seen = [(name, replayed or 0, written) for name, hidden, replayed, written in rows
                if not hidden and name not in self.limits.ignored]  # fmt: skip
        if not seen:
            return None
        name, replayed, written = min(seen, key=lambda row: row[1])
        if not self._marks or self._marks[-1][1] < written:
            self._marks.append((self._asked, written))
        while self._marks and self._marks[0][1] <= replayed:
            self._marks.popleft()
        seconds = self._asked - self._marks[0][0] if self._marks else 0.0
        return (name, seconds, written - replayed, replayed) if seconds > self.limits.max_lag else None
