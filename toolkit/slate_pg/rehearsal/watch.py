"""Runs the statements of one file on a copy and writes down what each did: locks, work, losses, errors.

Locks come from pg_locks, rewrites from the files on disk, scans from the server's counters, builds and validations from
its debug messages, changes of rows from the text, changes of roles and databases from the shared catalogs.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import psycopg
from psycopg import sql

from slate_pg.postgres.abridge import shown
from slate_pg.postgres.connection import send
from slate_pg.postgres.effects import CLUSTER, Effect, effect, extension_wanted
from slate_pg.postgres.sandbox import SCHEMA
from slate_pg.postgres.statements import Statement, normalised
from slate_pg.rehearsal.consequences import resolved, understood
from slate_pg.rehearsal.effort import effort
from slate_pg.rehearsal.findings import Observed, Seconds, Work
from slate_pg.rehearsal.observe import Held, Rehearsal, cluster_mark, find_locks, named_locks, passed_on, watching_locks
from slate_pg.rehearsal.reading import Reading, with_own_triggers
from slate_pg.rehearsal.rules import EVERYTHING, Demand, new_demands
from slate_pg.rehearsal.state import State, losses, read_state
from slate_pg.rehearsal.works import rows_lost, works_done

_OFFERED = "SELECT 1 FROM pg_catalog.pg_available_extensions WHERE name = %s"
_INSTALLED = "SELECT 1 FROM pg_catalog.pg_extension WHERE extname = %s"
_ALONE = ("25001", "2D000", "0A000")  # cannot run in a transaction, or ends one itself
_NEEDS_TRANSACTION = ("lock_stmt", "transaction_stmt", "declare_cursor_stmt", "constraints_set_stmt")
_EACH_ROW = (
    "rewrite", "full scan", "index build", "update", "insert", "insert or update", "create", "merge",
    "query",
)  # fmt: skip
_LONG_SECONDS = 1.0  # on empty tables: it waits, or works on something that does not depend on rows
_MAKES_RULES = [(word,) for word in ("ALTER", "CREATE", "DO", "CALL", "SELECT", "DROP", "EXECUTE")]
_NOBODY: Held = frozenset()


class Watch:
    """One file's statements in turn. `back_to` is the number of the statement that the latest one went back to."""

    def __init__(self, rehearsal: Rehearsal, transactional: bool) -> None:
        self.rehearsal = rehearsal
        self.there = rehearsal.state  # relations that others can use already
        self.transactional = transactional
        self.held: Held = _NOBODY
        self.since: dict[tuple[int, str], int] = {}
        self.savepoints: dict[str, int] = {}
        self.number = 0
        self.back_to: int | None = None

    def run(self, statement: Statement, line: int, number: int) -> Observed:
        """Run one statement and return what it did. Writes to the copy."""
        rehearsal = self.rehearsal
        rehearsal.said.clear()
        text = normalised(shown(statement))
        data = statement.copy_data
        reading = understood(rehearsal, text, data if isinstance(data, str) else None)
        targets = [resolved(rehearsal, change) for change in reading.changes]
        late = self._late(reading)
        does, mark = effect(shown(statement)), cluster_mark(rehearsal)
        wrapped = not self.transactional and reading.node not in _NEEDS_TRANSACTION
        if wrapped:
            send(rehearsal.connection, "BEGIN")
            rehearsal.state = read_state(rehearsal.connection, rehearsal.path)
        before, earlier = rehearsal.state, self.held
        started = time.perf_counter()
        error, held, alone = self._performed(statement, wrapped)
        took = time.perf_counter() - started
        if error:
            return Observed("", 0, text, error=error, concurrent=alone, effect=does)
        self._remember(reading, number)
        after, work = self._looked(reading, targets, before, held, took)
        work = _weighed(work, text)
        held |= late | (_rewritten(before, after) if alone else _NOBODY)
        for lock in held - earlier:
            self.since.setdefault(lock, line)
        self.held = held if self.transactional else _NOBODY
        lost = [
            *losses(rehearsal.first, before, after, None if reading.node == "do_stmt" else dict(reading.using)),
            *rows_lost(rehearsal, reading, work, before, after),
        ]
        fresh, every = (named_locks(rehearsal, locks, self.there, self.since) for locks in (held - earlier, held))
        return Observed(
            "", 0, text, fresh, tuple(work), concurrent=alone, effect=self._effect(does, mark),
            held=passed_on(rehearsal, every, self.there),
            losses=tuple(lost), unknowable=_unknowable(reading), demands=self._demands(statement, text),
            touched=self._touched(reading, targets),
        )  # fmt: skip

    def _demands(self, statement: Statement, text: str) -> tuple[Demand, ...]:
        """Return the rules that a statement has made for rows that are there."""
        if statement.words[:1] not in _MAKES_RULES:
            return ()
        return tuple(new_demands(self.rehearsal.connection, self.rehearsal.grounds, text))

    def _touched(self, reading: Reading, targets: Sequence[int | None]) -> tuple[tuple[str, str], ...]:
        """Return the tables of the target whose rows a statement changes, EVERYTHING where that cannot be read."""
        tables = self.rehearsal.grounds.tables
        found = {
            tables[oid]
            for change, oid in zip(reading.changes, targets, strict=True)
            if oid is not None and oid in tables and change.action not in ("query", "create", "refresh")
        }
        return (*found, *([EVERYTHING] if reading.dynamic else []))

    def _performed(self, statement: Statement, wrapped: bool) -> tuple[str, Held, bool]:
        """Run a statement; return its error, all locks held by then, and whether it can only run by itself.

        One that commits by itself is `wrapped` in a transaction if it can be: its locks are there to be seen.
        """
        if self.transactional:
            error = self._tried(statement)
            return error, _NOBODY if error else find_locks(self.rehearsal), False
        if wrapped:
            error = self._tried(statement)
            held = _NOBODY if error else find_locks(self.rehearsal)
            if not error:
                self.rehearsal.state = read_state(self.rehearsal.connection, self.rehearsal.path)
                error = self._tried_to("COMMIT")
                return error, held, False
            send(self.rehearsal.connection, "ROLLBACK")
            if not error.endswith(tuple(f"({code})" for code in _ALONE)):
                return error, _NOBODY, False
        with watching_locks(self.rehearsal, self.rehearsal.state) as seen:
            error = self._tried(statement)
        return error, frozenset(seen), True

    def _tried(self, statement: Statement) -> str:
        try:
            _run(self.rehearsal, statement)
        except psycopg.Error as failure:
            return f"{failure.diag.message_primary} ({failure.sqlstate})"
        return ""

    def _tried_to(self, words: str) -> str:
        try:
            send(self.rehearsal.connection, words)
        except psycopg.Error as failure:
            return f"{failure.diag.message_primary} ({failure.sqlstate}, at {words})"
        return ""

    def _late(self, reading: Reading) -> Held:
        rows = [(self.rehearsal.connection.execute("SELECT to_regclass(%s)::oid", [n]).fetchone(), m)
                for n, m in reading.locks]  # fmt: skip
        return frozenset((row[0], mode) for row, mode in rows if row and row[0])

    def _remember(self, reading: Reading, number: int) -> None:
        self.back_to = self.savepoints.get(reading.back_to) if reading.back_to else None
        if reading.savepoint:
            self.savepoints[reading.savepoint] = number

    def _looked(
        self, reading: Reading, targets: Sequence[int | None], before: State, held: Held, took: float
    ) -> tuple[State, list[Work]]:
        """Look at the copy again; return how it is now and what the statement worked through."""
        rehearsal = self.rehearsal
        seen = rehearsal.state if rehearsal.state is not before else None
        after = seen or read_state(rehearsal.connection, rehearsal.path)
        work = list(works_done(rehearsal, reading, targets, before, after, held))
        fills = any(change.action in ("insert", "insert or update", "copy", "create") for change in reading.changes)
        if took >= _LONG_SECONDS and (reading.calls or reading.node == "do_stmt") and not fills:
            said = f"it took {took:.1f} s on empty tables"
            work.append(Work("wait", "", said, seconds=Seconds(took * 0.5, took * 1.2, "as long as on empty tables")))
        # Scans are counted anew in the next transaction.
        rehearsal.state = after if self.transactional else read_state(rehearsal.connection, rehearsal.path)
        return after, work

    def _effect(self, does: Effect, mark: Any) -> Effect:
        if not does.kind and cluster_mark(self.rehearsal) != mark:
            return replace(does, kind=CLUSTER, what="changes roles, databases or their settings")
        return does


def _weighed(work: Sequence[Work], text: str) -> list[Work]:
    """Return work with what the statement's expressions cost for each row, and the columns they read."""
    if not any(one.kind in _EACH_ROW for one in work):
        return list(work)
    each = effort(text)
    return [
        replace(one, effort=each.seconds, columns=one.columns or tuple(sorted(each.columns)))
        if one.kind in _EACH_ROW and (one.kind != "index build" or "" in one.columns)
        else one
        for one in work
    ]


def _rewritten(before: State, after: State) -> Held:
    """Return the locks of what got a new file in a statement that commits in between: they may have come and gone."""
    found: set[tuple[int, str]] = set()
    for oid, relation in after.relations.items():
        if oid in before.relations and before.relations[oid].filenode != relation.filenode:
            found.add((oid, "AccessExclusiveLock"))
            if relation.table:
                found.add((relation.table, "ShareLock"))
    return frozenset(found)


def _unknowable(reading: Reading) -> str:
    """Say what an empty copy cannot show of a statement; empty where it shows all."""
    if reading.hides:
        return "rows decide which of its changes of structure are made, and here there are no rows"
    if reading.dynamic and reading.structure:
        return "it runs SQL put together for each row of a query, and here there are no rows"
    return ""


def _run(rehearsal: Rehearsal, statement: Statement) -> None:
    """Run a statement; an extension that only a superuser may make is made by the sandbox."""
    wanted = extension_wanted(shown(statement))
    if wanted is None:
        send(rehearsal.connection, with_own_triggers(statement.text), statement.copy_data)
        return
    if wanted.quietly and rehearsal.connection.execute(_INSTALLED, [wanted.name]).fetchone():
        return
    offered = rehearsal.connection.execute(_OFFERED, [wanted.name]).fetchone()
    if not offered and wanted.name in rehearsal.stage.definitions.available:
        rehearsal.stage.lacks.setdefault(wanted.name, "not available")
    rehearsal.connection.execute(
        sql.SQL("SELECT {}.create_extension(%s, coalesce(%s, current_schema()), %s, %s)").format(
            sql.Identifier(SCHEMA)
        ),
        [wanted.name, wanted.schema, wanted.version, wanted.cascades],
    )
