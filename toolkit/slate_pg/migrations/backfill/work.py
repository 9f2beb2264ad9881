"""Runs a backfill: batch after batch by key, each a transaction with its progress, from where it stopped.

A kill at any moment leaves every batch wholly done and noted, or not at all. Between two batches no transaction is
open. ScriptFailed, MigrationFailed and Busy say what stopped it; what is done is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import psycopg

from slate_pg.errors import Busy, EditedError, MigrationFailed, Where
from slate_pg.migrations.backfill.keys import Key, Value, find_key
from slate_pg.migrations.backfill.limits import LONGEST_TIMES, Sizing, first_size
from slate_pg.migrations.backfill.neighbours import Standbys, Watchman
from slate_pg.migrations.backfill.progress import Course, Row, kept, ways_on
from slate_pg.migrations.backfill.syntax import Backfill, read, said_of
from slate_pg.migrations.conditions import NOTHING_DONE, require_apart, ways_out
from slate_pg.migrations.directives import AFTER, BEFORE
from slate_pg.migrations.files import Script
from slate_pg.migrations.journal import checksums
from slate_pg.migrations.locking import LOST, Holder, find_holders, pause
from slate_pg.migrations.run import Run
from slate_pg.postgres.connection import ScriptFailed, forget, is_alive, send

# Returns the SQL of the ledger's entry, as the runner has it.
Record = Callable[[int | None], str]
_AGAIN = ("55P03", "40P01", "40001", "57014")  # a lock, a deadlock, a conflict, a cancel: tried again, with fewer rows
_ROWS_OWN = ("22", "23", "P0", "21", "44")  # classes of what a row's values may have brought about
_SHOWN = 5


@dataclass
class Work:
    """One backfill under way on one connection."""

    run: Run
    name: str
    script: Script
    direction: str
    fill: Backfill
    settings: str
    row: Row
    key: Key
    course: Course
    sizing: Sizing
    narrowed: int = 0  # rows in which a failing one is looked for
    attempt: int = 0
    since: float = field(default_factory=time.perf_counter)
    troubled: float = 0.0
    tried: tuple[Value, Value] = field(default=((), ()))

    def all_batches(self) -> None:
        """Run every batch that is left. Writes."""
        run = self.run
        limits = run.product.limits if run.asks else replace(run.product.limits, max_lag=0)
        standbys = Standbys(run.connection, limits, run.watcher.warned)
        with Watchman(run.connection, limits, run.watcher.warned, quiet=not run.asks) as watchman:
            while self.course.end is not None:
                standbys.give_way(self.name, run.patience.wait_seconds, run.watcher.waiting)
                began = time.perf_counter()
                if not self._next(watchman):
                    return
                if run.asks and not self.attempt:
                    time.sleep((time.perf_counter() - began) * limits.pause)

    def _next(self, watchman: Watchman) -> bool:
        """Run one batch, or find that it has to be tried again; False behind the last."""
        began = time.perf_counter()
        found: tuple[Value, Value, int] | None = None
        try:
            found = self.key.next(self.course.cursor, self.course.end or (), self.course.size)
            if found is None:
                return False
            self.tried = found[:2]
            began = time.perf_counter()
            self._batch(found, watchman)
        except psycopg.Error as error:
            self._failed(error, found[2] if found else 1, watchman.cut, time.perf_counter() - began)
            return True
        self._succeeded(found[2], time.perf_counter() - began, watchman.cut)
        return True

    def _batch(self, found: tuple[Value, Value, int], watchman: Watchman) -> None:
        """Run the statement on one range in one transaction with its progress, in one message. Writes."""
        first, last, count = found
        after = replace(self.course, cursor=last, rows=self.course.rows + count)
        statement = self.fill.written(self.key.literal(first), self.key.literal(last))
        head = f"BEGIN; {self.settings} SET LOCAL statement_timeout = {round(self._bound * 1000)}; "
        tail = f"\n; SET LOCAL statement_timeout = 0; {self.row.advance(after)} {' '.join(self.run.guard)} COMMIT"
        watchman.arm()
        try:
            send(self.run.connection, head + statement + tail)
        except psycopg.Error as error:
            error.__dict__["head"] = len(head)
            raise
        finally:
            watchman.disarm()
        now = time.perf_counter()
        self.course, self.since = replace(after, seconds=self.course.seconds + now - self.since), now

    def _succeeded(self, count: int, took: float, cut: list[Holder]) -> None:
        """Take the next size from what this one took, and tell how far it is."""
        self.attempt = 0
        self.narrowed = max(0, self.narrowed - count)
        if cut:
            self._size(self.sizing.cut(count))
        elif not self.narrowed:
            self._size(self.sizing.after(count, took, self.fill.batch, self.run.product.limits))
        self.run.watcher.advanced(self.name, self.course.progress)

    def _failed(self, error: psycopg.Error, count: int, cut: list[Holder], took: float) -> None:
        """End the attempt, and make the next one smaller. Raises what cannot be tried again."""
        connection = self.run.connection
        if not is_alive(connection) or LOST in str(error):
            raise ScriptFailed(error, self.fill.statement.start, exact=False) from error
        send(connection, "ROLLBACK")
        code = error.sqlstate or ""
        timed_out = code == "57014" and took >= self._bound  # what the server says may be in any language
        again = code in _AGAIN and (code != "57014" or bool(cut) or timed_out)
        if not again and not (code.startswith(_ROWS_OWN) and count > 1):
            raise self._stopped(error)
        if not again:
            self.narrowed = max(self.narrowed, count)
        elif cut or not timed_out:
            self._wait(error, cut)
        elif count == 1:
            raise self._stopped(error)
        self._size(self.sizing.cut(count))

    def _size(self, sizing: Sizing) -> None:
        self.sizing, self.course = sizing, replace(self.course, size=sizing.size)

    def _wait(self, error: psycopg.Error, cut: list[Holder]) -> None:
        """Sleep before a batch is tried again. Busy where that has gone on for longer than --wait."""
        now = time.monotonic()
        self.troubled = self.troubled if self.attempt else now
        self.attempt += 1
        patience = self.run.patience
        holders = cut or find_holders(self.run.connection, [self.key.relation], 0)
        if now - self.troubled > patience.wait_seconds:
            said = "others wait for its rows" if cut else f"its rows stayed in use ({error.diag.message_primary})"
            raise Busy(
                f"{self.name}: {said}, with ever smaller batches, until --wait ran out at {self._range}",
                detail=[f"  {holder}" for holder in holders[:_SHOWN]],
                hint=f"{kept(self.course.rows)} Run it again in a quieter moment, wait longer (--wait), or end the "
                "session that is in the way.",
            )
        why = "was cut, for others wait for it" if cut else f"gave way: {error.diag.message_primary}"
        self.run.watcher.waiting(f"{self.name}: a batch {why}", holders[:_SHOWN])
        pause(self.attempt)

    def _stopped(self, error: psycopg.Error) -> MigrationFailed:
        """Return the error for a batch that fails however often it is tried, with its keys."""
        diag = error.diag
        message = (diag.message_primary or str(error)).strip()
        where = self.script.place(self._offset(error))
        detail = [f"       {message} ({error.sqlstate or 'no code'})", f"{where.line:>5} | {where.text[:160]}"]
        detail += [f"       at {self._range}"] if any(self.tried) else []
        shown = (("constraint", diag.constraint_name), ("context", (diag.context or "").partition("\n")[0]),
                 ("server hint", diag.message_hint))  # fmt: skip
        detail += [f"       {label}: {text}" for label, text in shown if text]
        return MigrationFailed(
            f"{self.name} failed at {self.script.path}:{where.line}",
            detail=detail,
            hint=ways_on(self.run.product, self.name, self.direction, self.course.rows),
            where=Where(str(self.script.path), where.line, 0, message, error.sqlstate or ""),
        )

    def _offset(self, error: psycopg.Error) -> int:
        """Return where in the file the server points, the statement's start where it points nowhere."""
        at = int(error.diag.statement_position or 0) - 1 - int(error.__dict__.get("head", 0))
        start = self.fill.statement.start
        if at < 0 or not any(self.tried):
            return start
        return start + self.fill.origin(at, *(self.key.literal(value) for value in self.tried))

    @property
    def _bound(self) -> float:
        """How many seconds a batch may take."""
        return max(1, round(self.run.product.limits.batch_seconds * LONGEST_TIMES * 1000)) / 1000

    @property
    def _range(self) -> str:
        if not any(self.tried):
            return "its start"
        first, last = ("(" + ", ".join(value) + ")" if len(value) > 1 else "".join(value) for value in self.tried)
        columns = said_of(self.fill.columns)
        return f"{columns} = {first}" if first == last else f"{columns} from {first} to {last}"


def prepare(run: Run, name: str, script: Script, direction: str, record: Record) -> Callable[[], None]:
    """Return what runs a backfill with its ledger entry, to be called again where it gave way."""
    row = Row(run.connection, run.product, name, direction)
    since = None if row.read() else run.recorder.moment()

    def work() -> None:
        if run.asks and not row.read():
            require_apart(run.connection, run.settings, name, script, BEFORE, NOTHING_DONE)
        _begun(run, row, script).all_batches()
        send(run.connection, forget(run.connection))
        if run.asks:
            require_apart(run.connection, run.settings, name, script, AFTER, ways_out(run.product, name, direction))
        send(run.connection, f"BEGIN; {run.settings} {' '.join(run.guard)} {record(since)} {row.finish()} COMMIT")

    return work


def _begun(run: Run, row: Row, script: Script) -> Work:
    """Return a backfill as it stands, entered into the ledger where it begins. FileError, EditedError. Writes."""
    fill = read(script)
    settings = "; ".join(run.opening_of(script)) + "; SET LOCAL row_security = off;"
    checksum = checksums(fill.statement)[0]
    known = row.read()
    send(run.connection, f"BEGIN; {settings}")
    try:
        key = find_key(run.connection, settings, script, fill)
        _try(run, script, fill, key)
    finally:
        send(run.connection, "ROLLBACK")
    if known:
        course = _check_same(run, row, script, fill, key, checksum)
        send(run.connection, f"BEGIN; {row.resume()} COMMIT")
    else:
        try:
            course = Course(fill.columns, key.types, key.place, key.relation, key.count(), key.last())
        except psycopg.Error as error:
            raise ScriptFailed(error, fill.statement.start, exact=False) from error
        course = replace(course, size=first_size(fill.batch))
        send(run.connection, f"BEGIN; {row.begin(checksum, fill.statement.said or fill.statement.text, course)} COMMIT")
    course = replace(course, size=max(1, min(course.size, fill.batch)))
    return Work(run, row.migration, script, row.direction, fill, settings, row, key, course, Sizing(course.size))


def _try(run: Run, script: Script, fill: Backfill, key: Key) -> None:
    """Have the statement planned, so that what it names wrongly shows also above an empty table. ScriptFailed."""
    head = "EXPLAIN "
    try:
        send(run.connection, head + fill.written(key.nothing, key.nothing))
    except psycopg.Error as error:
        at = int(error.diag.statement_position or 0) - 1 - len(head)
        offset = fill.origin(at, key.nothing, key.nothing) if at >= 0 else 0
        raise ScriptFailed(error, fill.statement.start + offset, exact=at >= 0) from error


def _check_same(run: Run, row: Row, script: Script, fill: Backfill, key: Key, checksum: str) -> Course:
    """Return where a backfill stands. EditedError where what goes on would not be what began."""
    kept, _, course = row.read() or ("", "", None)
    where = script.place(fill.statement.start)
    if kept != checksum:
        said = "the backfill is under way and its statement has been edited since"
    elif course is None:
        said = "the backfill is under way, and what the ledger noted of it cannot be read"
    elif (course.columns, course.types) != (fill.columns, key.types):
        by = f"{said_of(course.columns)} ({', '.join(course.types)})"
        said = f"the backfill is under way by {by}, and its key is another now"
    elif course.place == key.place and course.relation != key.relation:
        said = f"the backfill is under way, and {fill.table} is another table than when it began"
    else:
        return course
    done = f"{course.rows:,} rows are done. " if course else ""
    command = run.product.command("rollback", "--forget", row.migration)
    raise EditedError(
        f"{script.path}:{where.line}: {said}",
        hint=f"{done}Put it back as it was, and it goes on there (the number of rows of a batch may change). Or "
        f"`{command}` gives the earlier run up; what it has done stays, and it would begin from the start.",
        where=Where(str(script.path), where.line, where.column, said),
    )
