"""Measures what each trigger costs a write: rows a second with all of them, without each in turn, and with none.

What is timed is undone, but for rows with a COMMIT each, whose triggers' effects on other tables stay. Wants a
disposable server and its superuser.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import psycopg

from slate_pg.bench.targets import (
    INSERT,
    UPDATE,
    Target,
    change,
    disable,
    find_targets,
    put_back,
    putter,
    remove,
    take,
    triggers_of,
    undone,
)
from slate_pg.postgres.connection import Connection

HEAD = ("table", "write", "rows", "without", "rows/s with all", "rows/s without", "share of time", "note")
ALL = "all triggers"
BULK = "INSERT … SELECT"
SINGLY = "INSERT one by one"
COMMITTED = "INSERT, a COMMIT each"
SILENTLY = "rows were deleted without their triggers"
_PREPARE_AFTER = 5


@dataclass(frozen=True)
class Cost:
    """One kind of write to one table, with all triggers and without one of them: rows a second, and why there are none.

    `without` is a trigger's name, "foreign keys" for those that the server made, or "all triggers".
    """

    table: str
    write: str
    rows: int
    without: str
    rate: float | None = None
    rate_without: float | None = None
    note: str = ""

    @property
    def share(self) -> float | None:
        """The part of the write's time that goes when the trigger does; below zero is noise."""
        return 1 - self.rate / self.rate_without if self.rate and self.rate_without else None

    @property
    def row(self) -> tuple[str, ...]:
        """The cells of its line in a table under HEAD."""
        rates = ("" if rate is None else f"{rate:,.0f}" for rate in (self.rate, self.rate_without))
        share = "" if self.share is None else f"{self.share:.0%}"
        return (self.table, self.write, f"{self.rows:,}", self.without, *rates, share, self.note)


def time_writes(
    connection: Connection, schema: str, settings: str = "", *,
    rows: int = 10_000, singles: int = 1_000, rounds: int = 3, tables: int = 3, commit: bool = True,
) -> list[Cost]:  # fmt: skip
    """Time writes to the largest tables of a schema with triggers: an UPDATE, and INSERT in bulk and one by one.

    `settings` is SQL that sets the search path for a transaction (SET LOCAL …). The connection is a superuser's, in
    autocommit mode, on a disposable server: with `commit`, rows are also inserted with a COMMIT each, and
    the session's settings are reset. Writes.
    """
    costs: list[Cost] = []
    before, connection.prepare_threshold = connection.prepare_threshold, _PREPARE_AFTER
    try:
        with undone(connection, settings):
            targets = find_targets(connection, schema, tables)
        for target in targets:
            with undone(connection, settings):
                costs += _time_update(connection, target, rows, rounds)
            for write, count in ((BULK, rows), (SINGLY, singles)):
                with undone(connection, settings):
                    costs += _time_inserts(connection, target, write, count, rounds)
            if commit and target.key:
                costs += _time_commits(connection, target, settings, singles, rounds)
    finally:
        connection.prepare_threshold = before
    return costs


def _time_update(connection: Connection, target: Target, rows: int, rounds: int) -> list[Cost]:
    """Time an UPDATE of the last rows by the least step of the first column that allows it; or say why none does."""
    triggers = triggers_of(connection, target, UPDATE)
    taken = take(connection, target, rows) if triggers else 0
    if not taken:
        return []
    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    note = "no column without a unique index or foreign key has a least step"
    for column in target.changeable:
        statement = change(target, column)

        def work(statement: bytes = statement) -> None:
            connection.execute(statement)

        blank = Cost(target.name, f"UPDATE {column.name} {column.step}", taken, ALL)
        found = _compare(connection, target, blank, triggers, work, rounds)
        if found[0].rate is not None:
            return found
        note = f"{column.name}: {found[0].note}"
    return [Cost(target.name, "UPDATE", taken, ALL, note=note)]


def _time_inserts(connection: Connection, target: Target, write: str, rows: int, rounds: int) -> list[Cost]:
    """Time putting the last rows back: in one statement, or by a prepared one each in one transaction."""
    triggers = triggers_of(connection, target, INSERT)
    taken = take(connection, target, rows) if triggers else 0
    if not taken:
        return []
    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    work = putter(connection, target) if write == SINGLY else partial(put_back, connection, target)
    blank = Cost(target.name, write, taken, ALL)
    blank, silently = _rehearse(connection, target, blank, work)
    if silently is None:
        return [blank]
    with undone(connection):
        remove(connection, target, silently)
        return _compare(connection, target, blank, triggers, work, rounds)


def _rehearse(connection: Connection, target: Target, blank: Cost, put: Callable[[], None]) -> tuple[Cost, bool | None]:
    """Find out how the rows can be taken out so that they can be put back; return the cost with a note of it.

    With their triggers, so that what they claim and count elsewhere goes with them and an INSERT is what it is in an
    application; silently where that is refused; None when neither will do, and the note says why. What is done is
    undone.
    """
    refusals = []
    for silently, note in ((False, ""), (True, SILENTLY)):
        try:
            with undone(connection):
                remove(connection, target, silently)
                put()
            return replace(blank, note=note), silently
        except psycopg.Error as error:
            refusals.append(refusal(error))
    return replace(blank, note=refusals[-1]), None


def _compare(
    connection: Connection, target: Target, blank: Cost, triggers: Mapping[str, list[str]],
    work: Callable[[], None], rounds: int,
) -> list[Cost]:  # fmt: skip
    """Time a write with all triggers, without each, and without any, there and back again; medians. Undoes it."""
    ways = {"": [], **triggers, ALL: [name for names in triggers.values() for name in names]}
    times: dict[str, list[float]] = {way: [] for way in ways}
    notes: dict[str, str] = {}
    for turn in range(rounds + 1):  # the first warms up
        for way in list(ways)[:: -1 if turn % 2 else 1]:
            if not notes.keys() & {way, ""}:
                try:
                    times[way].append(_time_without(connection, target, ways[way], work))
                except psycopg.Error as error:
                    notes[way] = refusal(error)
    return list(_costs(blank, times, notes))


def _time_without(connection: Connection, target: Target, names: list[str], work: Callable[[], None]) -> float:
    with undone(connection):
        disable(connection, target, names)
        began = time.perf_counter()
        work()
        return time.perf_counter() - began


def refusal(error: psycopg.Error) -> str:
    """Return an error's SQLSTATE and the first line of what it says."""
    said = (error.diag.message_primary or str(error) or "no message").splitlines()[0]
    return f"{error.sqlstate}: {said}"


def _costs(blank: Cost, times: Mapping[str, Sequence[float]], notes: Mapping[str, str]) -> Iterator[Cost]:
    """Yield what goes with each trigger; of a write that is refused only why. The first times are left out."""
    if "" in notes:
        yield replace(blank, note=notes[""])
        return
    rates = {way: blank.rows / statistics.median(taken[1:]) for way, taken in times.items() if way not in notes}
    ways = [way for way in times if way]
    for way in ways if len(ways) > 2 else ways[:1]:  # a single trigger is all of them
        yield replace(blank, without=way, rate=rates[""], rate_without=rates.get(way), note=notes.get(way, blank.note))


def _time_commits(connection: Connection, target: Target, settings: str, singles: int, rounds: int) -> list[Cost]:
    """Time prepared INSERTs with a COMMIT each, with all triggers and with none. What the triggers did stays."""
    with connection.transaction():
        connection.execute(settings.replace("SET LOCAL", "SET").encode())
        triggers = triggers_of(connection, target, INSERT)
        taken = take(connection, target, singles) if triggers else 0
    blank = Cost(target.name, COMMITTED, taken, ALL)
    try:
        return _time_with_commits(connection, target, blank, rounds) if taken else []
    finally:
        connection.execute("DROP TABLE slate_taken; RESET ALL" if taken else "RESET ALL")


def _time_with_commits(connection: Connection, target: Target, blank: Cost, rounds: int) -> list[Cost]:
    put = putter(connection, target)
    blank, silently = _rehearse(connection, target, blank, put)
    if silently is None:
        return [blank]
    times: dict[str, list[float]] = {"": [], ALL: []}
    uncounted = silently
    for turn in range(rounds + 1):
        for way in ("", ALL)[:: -1 if turn % 2 else 1]:
            times[way].append(_time_committed(connection, target, put, way, uncounted))
            uncounted = silently or way == ALL  # what no trigger has counted, none takes off
    return list(_costs(blank, times, {}))


def _time_committed(connection: Connection, target: Target, put: Callable[[], None], way: str, silently: bool) -> float:
    """Take the rows out, and time putting them back for good; seconds."""
    with connection.transaction():
        remove(connection, target, silently)
    if way == ALL:
        connection.execute("SET session_replication_role = replica")
    try:
        began = time.perf_counter()
        put()
        return time.perf_counter() - began
    finally:
        connection.execute("SET session_replication_role = origin")
