"""Runs scripts that cannot be one transaction (CREATE INDEX CONCURRENTLY, …), statement by statement in one session.

Each statement is journaled. What can share a transaction with its mark does; for the rest the catalog says, after a
crash, whether the statement was finished, and what nothing can say is refused. Nothing is undone by itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cached_property

import psycopg

from slate_pg.errors import FileError
from slate_pg.migrations.files import Script
from slate_pg.migrations.journal import NOW, Entry, Journal, checksums
from slate_pg.migrations.resuming import MAY_COMMIT, check_cut_short, check_known, check_names
from slate_pg.migrations.session import Session, State, is_of_session, was_met, who, write_note
from slate_pg.migrations.wreckage import clear_away, is_done, is_met, make_room
from slate_pg.postgres.abridge import abridged
from slate_pg.postgres.connection import Connection, ScriptFailed, exchange, is_alive, send
from slate_pg.postgres.statements import Statement, normalised

# What PostgreSQL refuses inside a transaction block.
_ALONE = re.compile(
    r"(?:vacuum|reindex|cluster|alter\s+system|(?:create|drop)\s+(?:database|tablespace|subscription)"
    r"|(?:create\s+(?:unique\s+)?|drop\s+)index\s+concurrently|alter\s+subscription"
    r"|alter\s+database\s.*\sset\s+tablespace|alter\s+table\s.*\sdetach\s+partition\s.*\sconcurrently)\b",
    re.I | re.S,
)
_COMMITS = re.compile(r"\b(?:commit|rollback)\b", re.I)
# These block nobody while they wait for old transactions, so they may wait longer than other statements.
_PATIENT = re.compile(r"\bconcurrently\b", re.I)


@dataclass(frozen=True)
class Terms:
    """How a script is run: its settings, the bounds on waiting for a lock in ms, and what may run again.

    The first bound is for statements that block others while they wait, the second for the rest. `again` is true where
    a statement that commits as it goes, and was cut short, is to run once more. `guard` fails where the lock is gone.
    """

    settings: str
    lock_timeout_ms: int
    lock_wait_ms: int
    again: bool = False
    guard: str = ""


def is_alone(statement: Statement) -> bool:
    """Tell by its text that a statement may not share a transaction with its mark. Pure."""
    text = normalised(statement.text)
    commits = statement.words[:1] == ("CALL",) or (statement.words[:1] in MAY_COMMIT and _COMMITS.search(text))
    return bool(_ALONE.match(text) or commits)


def waits_patiently(text: str) -> bool:
    """Tell whether a normalised statement blocks nobody while it waits for old transactions to end. Pure."""
    return bool(_ALONE.match(text) and _PATIENT.search(text))


def run(journal: Journal, script: Script, terms: Terms) -> None:
    """Run a non-transactional script from where it stopped. ScriptFailed at the statement that fails. Writes."""
    statements, sums = _survey(script)
    known = journal.read()
    check_names(script, statements)
    check_known(journal, script, statements, sums, known)
    check_cut_short(journal, script, statements, known, terms.again)
    total = sum(not is_of_session(statement) for statement in statements)
    session = open_session(journal, terms.settings)
    session.learn_names(script)
    session.state = session.read()
    last = max((number for number, entry in known.items() if entry.done), default=0)
    for number, statement in enumerate(script.statements(), 1):
        if number in journal.here:
            continue
        if number > len(statements):
            raise FileError(f"{script.path} was changed while it was being run", hint="Run it again.")
        marks = number, total, sums[number - 1][0]
        step = _Step(journal, session, script, statement, _shown(script, statement), *marks, terms)
        entry = known.get(number)
        if entry and entry.done:
            session.replay(script, statement, entry.note)
        elif entry or not _send_passing(step):
            if number < last:  # it was of the session when it ran; now it would be of a table that others see
                raise session.refuse(script, step.shown, "what it was about is no longer of the session only")
            _run_or_recognise(step, entry)
        journal.here.add(number)


def _survey(script: Script) -> tuple[list[Statement], list[tuple[str, str]]]:
    """Return a script's statements, shortened where it is big, and the checksums of each."""
    every = [(_shown(script, statement), checksums(statement)) for statement in script.statements()]
    return [statement for statement, _ in every], [sums for _, sums in every]


def _shown(script: Script, statement: Statement) -> Statement:
    """Return a statement as it is read: of a big script shortened, for much of it is rows."""
    return replace(statement, text=abridged(statement.text), copy_data=None) if script.is_big else statement


def open_session(journal: Journal, settings: str) -> Session:
    """Give the session the runner's settings where the script has not begun in it."""
    if not journal.base:
        send(journal.connection, settings.replace("SET LOCAL", "SET"))
        journal.base.append(who(journal.connection))
    bound = journal.connection.execute("SELECT pg_catalog.current_setting('lock_timeout')").fetchone()
    return Session(journal.connection, journal.schema, journal.ways_out, *journal.base[0], lock_timeout=bound[0])  # type: ignore[index]


@dataclass(frozen=True)
class _Step:
    """One statement of the script under way: `statement` is what is sent, `shown` what is read.

    It may be several inserts; `through` are then the numbers of them that were done when one failed.
    """

    journal: Journal
    session: Session
    script: Script
    statement: Statement
    shown: Statement
    number: int
    total: int
    checksum: str
    terms: Terms
    through: list[int] = field(default_factory=list)

    @cached_property
    def text(self) -> str:
        return normalised(self.shown.text)

    def send(self) -> None:
        """Send the statement itself. Raises psycopg errors."""
        sql = self.statement.text.rstrip().rstrip(";").encode()
        done, _, error = exchange(self.journal.connection, sql, self.statement.copy_data)
        if error:
            self.through.append(done)
            raise error

    def located(self, error: psycopg.Error) -> ScriptFailed:
        """Return the failure with its place in the script."""
        return self.script.failure(error, self.statement, self.through[-1] if self.through else 0)

    def write(self, marks: str) -> None:
        """Write marks in a transaction of their own."""
        self.session.write(marks)

    def check_lock(self) -> None:
        """Fail where the statement has freed the runner's lock. Raises psycopg errors."""
        if self.terms.guard:
            send(self.journal.connection, self.terms.guard)

    def mark(self, ended: str, after: State | None = None, met: bool = False) -> str:
        """Return the SQL that marks the statement: what it changed the session to, whether its aim was met before."""
        note = write_note(self.session.state, after, met)
        return self.journal.mark(self.number, self.total, self.statement, self.checksum, ended, note)


def _send_passing(step: _Step) -> bool:
    """Send a statement of which only the session keeps anything, and return True: it is not journaled but sent anew."""
    try:
        if step.session.sends_anew(step.shown):
            step.send()
        elif step.session.writes_temporary_rows(step.shown):
            try:
                step.session.send_read_only(step.statement)
            except psycopg.errors.ReadOnlySqlTransaction:  # it writes to others too
                return False
        else:
            return False
        step.session.look(step.shown)
    except psycopg.Error as error:
        raise step.located(error) from error
    return True


def _run_or_recognise(step: _Step, started: Entry | None) -> None:
    """Run a statement, unless it was started before and the catalog shows that it is done. ScriptFailed."""
    connection = step.journal.connection
    step.session.bound_waits(step.terms.lock_wait_ms if waits_patiently(step.text) else step.terms.lock_timeout_ms)
    try:
        if started and not was_met(started.note) and is_done(connection, step.text):
            step.write(step.mark(NOW))
        elif _ALONE.match(step.text):
            _run_alone(step)
        elif started or _may_commit(step):
            _run_committing(step)
        else:
            _run_with_mark(step)
    except psycopg.Error as error:
        _roll_back(connection)
        raise step.located(error) from error


def _roll_back(connection: Connection) -> None:
    if is_alive(connection) and connection.pgconn.transaction_status != psycopg.pq.TransactionStatus.IDLE:
        send(connection, "ROLLBACK")


def _may_commit(step: _Step) -> bool:
    """Tell a CALL or DO whose text, or that of a procedure it names, commits or rolls back. Reads only."""
    return step.statement.words[:1] in MAY_COMMIT and (
        bool(_COMMITS.search(step.text)) or step.session.calls(step.text, lambda f: bool(_COMMITS.search(f.text)))
    )


def _run_with_mark(step: _Step) -> None:
    """Run a statement in one transaction with its mark: it is done and marked, or neither."""
    connection, before = step.journal.connection, step.session.state
    try:
        step.session.write(step.mark(NOW), end="")
        step.send()
        inside = step.session.read()
        step.check_lock()
        if inside != before:
            step.session.write(step.mark(NOW, inside), begin="", end="")
        send(connection, "COMMIT")
    except psycopg.errors.InvalidTransactionTermination:
        if step.statement.words[:1] not in MAY_COMMIT:
            raise
        _roll_back(connection)
        _run_committing(step)
        return
    if inside != before:
        _note_after(step, inside)


def _note_after(step: _Step, noted: State | None) -> None:
    """Note what a statement has left in the session, unless that is noted already. Writes."""
    before = step.session.state
    now = step.session.read()
    after = now if now != before else None
    if after != noted:
        step.write(step.mark(NOW, after))
    step.session.look(step.shown, now)


def _run_alone(step: _Step) -> None:
    """Run a statement that cannot share a transaction, between its two marks."""
    connection = step.journal.connection
    make_room(connection, step.text)
    met = is_met(connection, step.text)
    step.write(step.mark("NULL", met=met))
    try:
        step.send()
    except psycopg.Error:
        if is_alive(connection):
            _take_back(step, met)
        raise
    step.write(step.mark(NOW))
    step.check_lock()


def _run_committing(step: _Step) -> None:
    """Run a statement that commits as it goes, between its two marks; where it committed nothing the first goes."""
    connection = step.journal.connection
    step.write(step.mark("NULL"))
    begun = _count_transactions(connection)
    try:
        step.send()
    except psycopg.Error:
        if is_alive(connection):
            _roll_back(connection)
            if _count_transactions(connection) == begun + 2:  # its own, and that of asking
                step.write(step.journal.unstart(step.number))
        raise
    step.write(step.mark(NOW))
    _note_after(step, None)
    step.check_lock()


def _count_transactions(connection: Connection) -> int:
    """Return the number of the session's transaction that this query is: each takes the next. Reads only."""
    query = (
        "SELECT pg_catalog.split_part(virtualtransaction, '/', 2)::pg_catalog.int8 FROM pg_catalog.pg_locks "
        "WHERE pid = pg_catalog.pg_backend_pid() AND locktype = 'virtualxid'"
    )
    return int(connection.execute(query).fetchone()[0])  # type: ignore[index]


def _take_back(step: _Step, was_met: bool) -> None:
    """Clear away what a statement left that the server has refused, and its mark where nothing is left."""
    connection = step.journal.connection
    try:
        step.session.bound_waits(step.terms.lock_timeout_ms)
        if was_met or clear_away(connection, step.text):
            step.write(step.journal.unstart(step.number))
    except psycopg.Error:  # the wreck is in use: the mark stays, and the next run clears it away
        _roll_back(connection)
