"""Runs scripts that cannot be one transaction (CREATE INDEX CONCURRENTLY, …), statement by statement in one session.

Each statement is journaled. What can share a transaction with its mark does; for the rest the catalog says, after a
crash, whether the statement was finished. Nothing is undone by itself.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from slate_pg.errors import EditedError, FileError
from slate_pg.migrations.files import Script
from slate_pg.migrations.session import of_session, rebuild
from slate_pg.migrations.wreckage import CREATE_INDEX, clear_away, index_state, is_done
from slate_pg.postgres.connection import Connection, ScriptFailed, is_alive, send
from slate_pg.postgres.statements import Statement, normalised, place, split

# What PostgreSQL refuses inside a transaction block, and what may commit on its own.
_ALONE = re.compile(
    r"(?:vacuum|reindex|cluster|call|alter\s+system|(?:create|drop)\s+(?:database|tablespace|subscription)"
    r"|do\b.*\b(?:commit|rollback)|(?:create\s+(?:unique\s+)?|drop\s+)index\s+concurrently|alter\s+subscription"
    r"|alter\s+table\s.*\sdetach\s+partition\s.*\sconcurrently)\b",
    re.I | re.S,
)
# These block nobody while they wait for old transactions, so they may wait longer than other statements.
_PATIENT = re.compile(r"\bconcurrently\b", re.I)


_NOW = "pg_catalog.clock_timestamp()"
_KEPT_TEXT = 2000  # characters of a statement that the journal keeps


@dataclass(frozen=True)
class Journal:
    """Where one script's progress is kept: the installation, the migration and the direction.

    `here` are the statements that have run in this very session, `base` is who it was before the first.
    """

    connection: Connection
    schema: str
    migration: str
    direction: str
    here: set[int] = field(default_factory=set)
    base: list[tuple[str, str]] = field(default_factory=list)

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

    def mark(self, number: int, total: int, statement: Statement, ended: str) -> str:
        """Return the SQL that marks a statement: `ended` is SQL for when, NULL for one that is started."""
        return self.sql(
            "INSERT INTO {table} (kind, key, number, total, checksum, body, ended_at) "
            f"VALUES ({{kind}}, {{id}}, {{number}}, {{total}}, {{checksum}}, {{body}}, {ended}) "
            "ON CONFLICT (kind, key, number) DO UPDATE SET checksum = excluded.checksum, total = excluded.total, "
            "body = excluded.body, began_at = excluded.began_at, ended_at = excluded.ended_at;",
            number=number, total=total, checksum=_checksum(statement), body=statement.text[:_KEPT_TEXT],
        )  # fmt: skip

    def unstart(self, number: int) -> str:
        """Return the SQL that takes a started mark back."""
        return self.sql(
            "DELETE FROM {table} WHERE kind = {kind} AND key = {id} AND number = {number} AND ended_at IS NULL;",
            number=number,
        )

    def clear(self) -> str:
        """Return the SQL that removes the script's rows, once the ledger has it."""
        return self.sql("DELETE FROM {table} WHERE kind = {kind} AND key = {id};")

    def read_texts(self) -> list[tuple[int, str | None, bool]]:
        """Return number, text and whether finished of each statement that was begun, in order. Reads only."""
        query = self.sql(
            "SELECT number, body, ended_at IS NOT NULL FROM {table} WHERE kind = {kind} AND key = {id} ORDER BY number"
        )
        return [(n, text, done) for n, text, done in self.connection.execute(query)]


@dataclass
class Session:
    """Who the session was when the script began, and the bound on lock waits that the runner has set."""

    connection: Connection
    user: str
    role: str
    lock_timeout: str = ""

    def as_runner(self, marks: str) -> str:
        """Return SQL that writes marks as the runner, whoever the script has become meanwhile, in a transaction."""
        user, role = _who(self.connection)
        back = "" if self.connection.pgconn.parameter_status(b"client_encoding") == b"UTF8" else (
            f"SET LOCAL client_encoding = {self.connection.pgconn.parameter_status(b'client_encoding').decode()};"  # type: ignore[union-attr]
        )  # fmt: skip
        before = "SET LOCAL client_encoding = 'UTF8'; " if back else ""
        if (user, role) == (self.user, self.role):
            return f"{before}{marks}{back}"
        return f"{before}{self._become(self.user, self.role)}{marks}{self._become(user, role)}{back}"

    def _become(self, user: str, role: str) -> str:
        name = "NONE" if role == "none" else sql.Identifier(role).as_string(self.connection)
        session = sql.Identifier(user).as_string(self.connection)
        return f"SET LOCAL SESSION AUTHORIZATION {session}; SET LOCAL ROLE {name}; "

    def bound_waits(self, milliseconds: int) -> None:
        """Bound the waits for locks, unless the script has set a bound of its own. 0, as pg_dump writes it, is none."""
        query = (
            "SELECT pg_catalog.set_config('lock_timeout', %s, false) WHERE pg_catalog.current_setting('lock_timeout') "
            "IN ('0', %s)"
        )
        row = self.connection.execute(query, [f"{milliseconds}ms", self.lock_timeout]).fetchone()
        self.lock_timeout = row[0] if row else self.lock_timeout


def _who(connection: Connection) -> tuple[str, str]:
    """Return the session's user and role, "none" where no role is set. Reads only."""
    query = "SELECT session_user::pg_catalog.text, pg_catalog.current_setting('role')"
    return connection.execute(query).fetchone()  # type: ignore[return-value]


def run(journal: Journal, script: Script, settings: str, lock_timeout_ms: int, lock_wait_ms: int) -> None:
    """Run a non-transactional script from where it stopped. ScriptFailed at the statement that fails. Writes.

    The two bounds on waiting for a lock, ms, are for statements that block others while they wait, and the rest.
    """
    statements = split(script.text)
    known = journal.read()
    _check_names(script, statements)
    _check_known(script, statements, known)
    passing = of_session(statements)
    session = _open(journal, settings)
    for number, statement in enumerate(statements, 1):
        step = _Step(journal, session, statement, number, len(statements) - len(passing), lock_timeout_ms, lock_wait_ms)
        if number in journal.here:
            continue
        if number in passing:
            _send_passing(step)
        elif known.get(number, ("", False))[1]:
            rebuild(journal.connection, script, statement)
        else:
            _run_or_recognise(step, number in known)
        journal.here.add(number)


def _open(journal: Journal, settings: str) -> Session:
    """Give the session the runner's settings where the script has not begun in it."""
    if not journal.base:
        send(journal.connection, settings.replace("SET LOCAL", "SET"))
        journal.base.append(_who(journal.connection))
    bound = journal.connection.execute("SELECT pg_catalog.current_setting('lock_timeout')").fetchone()
    return Session(journal.connection, *journal.base[0], bound[0])  # type: ignore[index]


def _check_known(script: Script, statements: Sequence[Statement], known: Mapping[int, tuple[str, bool]]) -> None:
    """EditedError for a statement that was begun with another text: what it has done is not what stands there now."""
    for number, (checksum, done) in known.items():
        if number > len(statements) or _checksum(statements[number - 1]) != checksum:
            state = "finished" if done else "under way"
            raise EditedError(
                f"{script.path}: statement {number} was {state} in an earlier run and has been edited since",
                hint="Put it back as it was; statements after it may be corrected. To give the earlier run up, see "
                "`slate rollback --forget ID`.",
            )


def _checksum(statement: Statement) -> str:
    return hashlib.sha256((statement.text + (statement.copy_data or "")).encode()).hexdigest()


def _check_names(script: Script, statements: Sequence[Statement]) -> None:
    """FileError for a concurrent index without a name: after a crash nobody could tell whether it is there."""
    for statement in statements:
        text = normalised(statement.text)
        if re.match(r"create\s+(?:unique\s+)?index\s+concurrently\b", text, re.I) and not CREATE_INDEX.match(text):
            line = place(script.text, statement.start).line
            raise FileError(
                f"{script.path}:{line}: CREATE INDEX CONCURRENTLY without a name",
                hint="Name the index, so that an interrupted build can be found again.",
            )


@dataclass(frozen=True)
class _Step:
    """One statement of the script under way."""

    journal: Journal
    session: Session
    statement: Statement
    number: int
    total: int
    lock_timeout_ms: int
    lock_wait_ms: int

    @property
    def text(self) -> str:
        return normalised(self.statement.text)

    def send(self) -> None:
        """Send the statement itself."""
        send(self.journal.connection, self.statement.text.rstrip().rstrip(";"), self.statement.copy_data)

    def write(self, marks: str) -> None:
        """Write marks in a transaction of their own."""
        send(self.journal.connection, f"BEGIN; {self.session.as_runner(marks)} COMMIT")

    def mark(self, ended: str) -> str:
        return self.journal.mark(self.number, self.total, self.statement, ended)


def _send_passing(step: _Step) -> None:
    """Send a statement of which only the session keeps anything: it is not journaled, and sent anew on resume."""
    try:
        step.send()
    except psycopg.Error as error:
        raise _located(error, step.statement) from error


def _run_or_recognise(step: _Step, started: bool) -> None:
    """Run a statement, unless it was started before and the catalog shows that it is done. ScriptFailed."""
    connection = step.journal.connection
    patient = _ALONE.match(step.text) and _PATIENT.search(step.text)
    step.session.bound_waits(step.lock_wait_ms if patient else step.lock_timeout_ms)
    try:
        if started and is_done(connection, step.text):
            step.write(step.mark(_NOW))
        elif _ALONE.match(step.text):
            _run_alone(step)
        else:
            # One transaction holds both: the statement is done and marked, or neither.
            send(connection, f"BEGIN; {step.session.as_runner(step.mark(_NOW))}")
            step.send()
            send(connection, "COMMIT")
    except psycopg.Error as error:
        if is_alive(connection) and connection.pgconn.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            send(connection, "ROLLBACK")
        raise _located(error, step.statement) from error


def _run_alone(step: _Step) -> None:
    """Run a statement that cannot share a transaction, between its two marks."""
    connection = step.journal.connection
    there = index_state(connection, step.text)
    if there is False and re.search(r"\bif\s+not\s+exists\b", step.text, re.I):
        is_done(connection, step.text)  # an INVALID index is not the one that is asked for: it goes, and is built
        there = None
    step.write(step.mark("NULL"))
    try:
        step.send()
    except psycopg.Error:
        if is_alive(connection):
            _take_back(step, there is not None)
        raise
    step.write(step.mark(_NOW))


def _take_back(step: _Step, was_there: bool) -> None:
    """Clear away what a statement left that the server has refused, and its mark where nothing is left."""
    connection = step.journal.connection
    try:
        step.session.bound_waits(step.lock_timeout_ms)
        if was_there or clear_away(connection, step.text):
            step.write(step.journal.unstart(step.number))
    except psycopg.Error:  # the wreck is in use: the mark stays, and the next run clears it away
        if is_alive(connection) and connection.pgconn.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            send(connection, "ROLLBACK")


def _located(error: psycopg.Error, statement: Statement) -> ScriptFailed:
    position = error.diag.statement_position
    return ScriptFailed(error, statement.start + (int(position) - 1 if position else 0), bool(position))


def give_up(journal: Journal, settings: str) -> list[str]:
    """Forget a script that stopped half way, its unfinished statement's wreck too; return the finished ones. Writes."""
    session = _open(journal, settings)
    finished: list[str] = []
    for number, text, done in journal.read_texts():
        if done:
            finished.append(text or f"statement {number}")
        elif text:
            clear_away(journal.connection, normalised(text))
    send(journal.connection, f"BEGIN; {session.as_runner(journal.clear())} COMMIT")
    return finished
