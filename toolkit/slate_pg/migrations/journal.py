"""Runs scripts that cannot be one transaction (CREATE INDEX CONCURRENTLY, …), statement by statement.

Each statement is journaled before and after. What can share a transaction with its journal row does; for the rest
the catalog says, after a crash, whether the statement was finished. Nothing is undone by itself.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from slate_pg.errors import EditedError, FileError
from slate_pg.migrations.files import Script
from slate_pg.postgres.connection import Connection, ScriptFailed, package_sql, send, timeout_guard
from slate_pg.postgres.statements import Statement, normalised, place, split

_NAME = r'((?:"(?:[^"]|"")+"|[\w$]+)(?:\s*\.\s*(?:"(?:[^"]|"")+"|[\w$]+))?)'
_CREATE_INDEX = re.compile(
    rf"create\s+(?:unique\s+)?index\s+concurrently\s+(?:if\s+not\s+exists\s+)?{_NAME}\s+on\s+(?:only\s+)?{_NAME}", re.I
)
_REINDEX = re.compile(rf"reindex\s*(?:\([^)]*\)\s*)?(?:index|table)\s+(?:concurrently\s+)?{_NAME}", re.I)
_DETACH = re.compile(rf"alter\s+table\s+(?:if\s+exists\s+)?{_NAME}\s+detach\s+partition\s+{_NAME}\s+concurrently", re.I)
_DROP_INDEX = re.compile(rf"drop\s+index\s+concurrently\s+(?:if\s+exists\s+)?{_NAME}", re.I)
_FORGET = "RESET SESSION AUTHORIZATION; RESET ALL"
# What PostgreSQL refuses inside a transaction block, and what may commit on its own.
_ALONE = re.compile(
    r"(?:vacuum|reindex|cluster|call|alter\s+system|(?:create|drop)\s+(?:database|tablespace|subscription)"
    r"|do\b.*\b(?:commit|rollback)|(?:create\s+(?:unique\s+)?|drop\s+)index\s+concurrently|alter\s+subscription"
    r"|alter\s+table\s.*\sdetach\s+partition\s.*\sconcurrently)\b",
    re.I | re.S,
)
# These block nobody while they wait for old transactions, so they may wait longer than other statements.
_PATIENT = re.compile(r"\bconcurrently\b", re.I)


@dataclass(frozen=True)
class Journal:
    """Where one script's progress is kept: the installation, the migration and the direction."""

    connection: Connection
    schema: str
    migration: str
    direction: str

    def sql(self, template: str, **values: object) -> str:
        """Return SQL on the journal, which is part of the ledger, values as literals."""
        literals = {k: sql.Literal(v) for k, v in values.items()}
        key = {"id": sql.Literal(self.migration), "kind": sql.Literal(f"{self.direction} statement")}
        table = sql.Identifier(self.schema, "_slate_ledger")
        return sql.SQL(template).format(table=table, **key, **literals).as_string(self.connection)

    def read(self) -> dict[int, tuple[str, bool]]:
        """Return checksum and whether finished, by statement number. Reads only."""
        query = self.sql(
            "SELECT number, checksum, ended_at IS NOT NULL FROM {table} WHERE kind = {kind} AND key = {id}"
        )
        return {n: (checksum, done) for n, checksum, done in self.connection.execute(query)}

    def start(self, number: int, total: int, checksum: str) -> str:
        """Return the SQL that marks a statement as started."""
        return self.sql(
            "INSERT INTO {table} (kind, key, number, total, checksum, ended_at) "
            "VALUES ({kind}, {id}, {number}, {total}, {checksum}, NULL) "
            "ON CONFLICT (kind, key, number) "
            "DO UPDATE SET checksum = excluded.checksum, total = excluded.total, began_at = excluded.began_at;",
            number=number, total=total, checksum=checksum,
        )  # fmt: skip

    def finish(self, number: int) -> str:
        """Return the SQL that marks a statement as finished."""
        return self.sql(
            "UPDATE {table} SET ended_at = pg_catalog.clock_timestamp() "
            "WHERE kind = {kind} AND key = {id} AND number = {number};",
            number=number,
        )

    def unstart(self, number: int) -> str:
        """Return the SQL that takes a started mark back."""
        return self.sql(
            "DELETE FROM {table} WHERE kind = {kind} AND key = {id} AND number = {number} AND ended_at IS NULL;",
            number=number,
        )

    def clear(self) -> str:
        """Return the SQL that removes the script's rows, once the ledger has it."""
        return self.sql("DELETE FROM {table} WHERE kind = {kind} AND key = {id};")


def run(journal: Journal, script: Script, settings: str, lock_timeout_ms: int, lock_wait_ms: int) -> None:
    """Run a non-transactional script from where it stopped. ScriptFailed at the statement that fails. Writes.

    The two bounds on waiting for a lock, ms, are for statements that block others while they wait, and the rest.
    """
    statements = split(script.text)
    known = journal.read()
    _check_names(script, statements)
    _check_finished(script, statements, known)
    total = sum(not _is_setting(s) for s in statements)
    sets: list[Statement] = []
    for number, statement in enumerate(statements, 1):
        if _is_setting(statement):
            sets.append(statement)
        elif not known.get(number, ("", False))[1]:
            step = _Step(journal, statement, number, total, settings, tuple(sets), lock_timeout_ms, lock_wait_ms)
            _run_or_recognise(step, number in known)


def _is_setting(statement: Statement) -> bool:
    """Return True for SET and RESET: a crash forgets them, so they are sent anew before each statement behind them."""
    return bool(statement.words) and statement.words[0] in ("SET", "RESET")


def _check_finished(script: Script, statements: Sequence[Statement], known: Mapping[int, tuple[str, bool]]) -> None:
    for number, (checksum, done) in known.items():
        if done and (number > len(statements) or _checksum(statements[number - 1]) != checksum):
            raise EditedError(
                f"{script.path}: statement {number} was finished in an earlier run and has been edited since",
                hint="Put it back as it was; statements after it may be corrected.",
            )


def _checksum(statement: Statement) -> str:
    return hashlib.sha256((statement.text + (statement.copy_data or "")).encode()).hexdigest()


def _check_names(script: Script, statements: Sequence[Statement]) -> None:
    """FileError for a concurrent index without a name: after a crash nobody could tell whether it is there."""
    for statement in statements:
        text = normalised(statement.text)
        if re.match(r"create\s+(?:unique\s+)?index\s+concurrently\b", text, re.I) and not _CREATE_INDEX.match(text):
            line = place(script.text, statement.start).line
            raise FileError(
                f"{script.path}:{line}: CREATE INDEX CONCURRENTLY without a name",
                hint="Name the index, so that an interrupted build can be found again.",
            )


@dataclass(frozen=True)
class _Step:
    """One statement of the script under way, with the settings that stand before it."""

    journal: Journal
    statement: Statement
    number: int
    total: int
    settings: str
    sets: tuple[Statement, ...]
    lock_timeout_ms: int
    lock_wait_ms: int

    @property
    def text(self) -> str:
        return normalised(self.statement.text)

    def set_up(self) -> None:
        """Give the session the runner's settings, then those of the script."""
        connection = self.journal.connection
        patient = _ALONE.match(self.text) and _PATIENT.search(self.text)
        bound = self.lock_wait_ms if patient else self.lock_timeout_ms
        send(connection, f"{self.settings.replace('SET LOCAL', 'SET')} SET lock_timeout = {bound}")
        for statement in self.sets:
            try:
                send(connection, statement.text)
            except psycopg.Error as error:
                raise _located(error, statement) from error
        if self.sets:
            send(connection, timeout_guard(bound, local=False))


def _run_or_recognise(step: _Step, started: bool) -> None:
    """Run a statement, unless it was started before and the catalog shows that it is done. ScriptFailed."""
    connection, journal = step.journal.connection, step.journal
    try:
        if started and _is_done(step):
            send(connection, f"{_FORGET}; {journal.finish(step.number)}")
        else:
            _run_one(step)
    except psycopg.Error as error:
        if error.sqlstate in ("42P07", "42710"):  # it was there before us: a later run must not take it for ours
            send(connection, f"ROLLBACK; {_FORGET}; {journal.unstart(step.number)}")
        raise _located(error, step.statement) from error


def _run_one(step: _Step) -> None:
    """Run one statement between its two journal marks, in one transaction with them where PostgreSQL allows it."""
    connection, journal = step.journal.connection, step.journal
    start = journal.start(step.number, step.total, _checksum(step.statement))
    finish = journal.finish(step.number)
    alone = _ALONE.match(step.text)
    send(connection, start if alone else f"BEGIN; {start}")
    step.set_up()
    send(connection, step.statement.text.rstrip().rstrip(";"), step.statement.copy_data)
    send(connection, f"{_FORGET}; {finish}" if alone else f"RESET SESSION AUTHORIZATION; {finish} COMMIT; {_FORGET}")


def _located(error: psycopg.Error, statement: Statement) -> ScriptFailed:
    position = error.diag.statement_position
    return ScriptFailed(error, statement.start + (int(position) - 1 if position else 0), bool(position))


def _is_done(step: _Step) -> bool:
    """Ask the catalog whether a statement that was started has been finished, and clear its wreckage away."""
    step.set_up()
    connection, text = step.journal.connection, step.text
    if match := _CREATE_INDEX.match(text):
        return _index_is_done(connection, _beside(match.group(1), match.group(2)))
    if match := _DROP_INDEX.match(text):
        return _state(connection, match.group(1)) is None
    if match := _DETACH.match(text):
        return _detach_is_done(connection, match.group(1), match.group(2))
    if match := _REINDEX.match(text):
        _drop_leftovers(connection, match.group(1))
    return False


def _beside(index: str, table: str) -> str:
    """Return the index's name in its table's schema, which is where CREATE INDEX puts it."""
    return f"{table.rsplit('.', 1)[0]}.{index}" if "." in table and "." not in index else index


def _state(connection: Connection, index: str) -> bool | None:
    """Return whether an index is valid, None when there is none."""
    query = "SELECT indisvalid FROM pg_catalog.pg_index WHERE indexrelid = to_regclass(%s)"
    row = connection.execute(query, [index]).fetchone()
    return row[0] if row else None


def _index_is_done(connection: Connection, index: str) -> bool:
    """Return whether the index stands; drop an INVALID one, which is what a killed build leaves."""
    state = _state(connection, index)
    if state is False:
        send(connection, f"DROP INDEX CONCURRENTLY {index}")
    return state is True


def _detach_is_done(connection: Connection, table: str, partition: str) -> bool:
    """Return whether the partition is detached; finish a detach that was cut short."""
    query = "SELECT inhdetachpending FROM pg_catalog.pg_inherits WHERE inhrelid = to_regclass(%s)"
    row = connection.execute(query, [partition]).fetchone()
    if row and row[0]:
        send(connection, f"ALTER TABLE {table} DETACH PARTITION {partition} FINALIZE")
        return True
    return row is None


def _drop_leftovers(connection: Connection, name: str) -> None:
    """Drop the INVALID …_ccnew and …_ccold indexes that a killed REINDEX CONCURRENTLY leaves."""
    query = package_sql("migrations/find_leftover_indexes")
    for (index,) in connection.execute(query, {"name": name}).fetchall():
        send(connection, f"DROP INDEX CONCURRENTLY {index}")
