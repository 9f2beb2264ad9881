"""Runs scripts that cannot be one transaction (CREATE INDEX CONCURRENTLY, …), statement by statement in one session.

Each statement is journaled. What can share a transaction with its mark does; for the rest the catalog says, after a
crash, whether the statement was finished, and what nothing can say is refused. Nothing is undone by itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psycopg

from slate_pg.errors import EditedError, FileError, MigrationFailed, Where
from slate_pg.migrations.files import Script
from slate_pg.migrations.journal import NOW, Entry, Journal, agrees
from slate_pg.migrations.session import Session, State, is_of_session, was_met, who, write_note
from slate_pg.migrations.wreckage import CREATE_INDEX, clear_away, is_done, is_met, make_room
from slate_pg.postgres.connection import Connection, ScriptFailed, is_alive, send
from slate_pg.postgres.statements import Statement, normalised, place, split

# What PostgreSQL refuses inside a transaction block.
_ALONE = re.compile(
    r"(?:vacuum|reindex|cluster|alter\s+system|(?:create|drop)\s+(?:database|tablespace|subscription)"
    r"|(?:create\s+(?:unique\s+)?|drop\s+)index\s+concurrently|alter\s+subscription"
    r"|alter\s+database\s.*\sset\s+tablespace|alter\s+table\s.*\sdetach\s+partition\s.*\sconcurrently)\b",
    re.I | re.S,
)
_MAY_COMMIT = (("CALL",), ("DO",))
_COMMITS = re.compile(r"\b(?:commit|rollback)\b", re.I)
# These block nobody while they wait for old transactions, so they may wait longer than other statements.
_PATIENT = re.compile(r"\bconcurrently\b", re.I)


@dataclass(frozen=True)
class Terms:
    """How a script is run: its settings, the bounds on waiting for a lock in ms, and what may run again.

    The first bound is for statements that block others while they wait, the second for the rest. `again` is true where
    a statement that commits as it goes, and was cut short, is to run once more.
    """

    settings: str
    lock_timeout_ms: int
    lock_wait_ms: int
    again: bool = False


def run(journal: Journal, script: Script, terms: Terms) -> None:
    """Run a non-transactional script from where it stopped. ScriptFailed at the statement that fails. Writes."""
    statements = split(script.text)
    known = journal.read()
    _check_names(script, statements)
    _check_known(journal, script, statements, known)
    _check_cut_short(journal, script, statements, known, terms)
    total = sum(not is_of_session(statement) for statement in statements)
    session = _open(journal, terms.settings)
    session.learn_names(script)
    session.state = session.read()
    for number, statement in enumerate(statements, 1):
        if number in journal.here:
            continue
        step = _Step(journal, session, statement, number, total, terms)
        entry = known.get(number)
        if entry and entry.done:
            session.replay(script, statement, entry.note)
        elif entry or not _send_passing(step):
            _run_or_recognise(step, entry)
        journal.here.add(number)


def _open(journal: Journal, settings: str) -> Session:
    """Give the session the runner's settings where the script has not begun in it."""
    if not journal.base:
        send(journal.connection, settings.replace("SET LOCAL", "SET"))
        journal.base.append(who(journal.connection))
    bound = journal.connection.execute("SELECT pg_catalog.current_setting('lock_timeout')").fetchone()
    return Session(journal.connection, journal.schema, journal.ways_out, *journal.base[0], lock_timeout=bound[0])  # type: ignore[index]


def _check_known(journal: Journal, script: Script, statements: Sequence[Statement], known: Mapping[int, Entry]) -> None:
    """EditedError for a statement that was begun with another text: what it has done is not what stands there now."""
    for number, entry in sorted(known.items()):
        if number > len(statements) or not agrees(statements[number - 1], entry.checksum):
            state = "finished" if entry.done else "under way"
            at = statements[min(number, len(statements)) - 1].start if statements else 0
            where = place(script.text, at)
            raise EditedError(
                f"{script.path}:{where.line}: statement {number} was {state} in an earlier run and has been "
                "edited since",
                hint=f"Put it back as it was; statements after it may be corrected. Or {journal.ways_out}",
                where=Where(str(script.path), where.line, where.column, f"statement {number} was edited"),
            )


def _check_cut_short(
    journal: Journal, script: Script, statements: Sequence[Statement], known: Mapping[int, Entry], terms: Terms
) -> None:
    """MigrationFailed for a statement that commits as it goes and did not end: nobody knows what it has done."""
    for number, entry in known.items():
        statement = statements[number - 1]
        if entry.done or terms.again or statement.words[:1] not in _MAY_COMMIT:
            continue
        where = place(script.text, statement.start)
        raise MigrationFailed(
            f"{script.path}:{where.line}: cannot go on: this statement commits as it goes and was cut short, so what "
            "it has done is not known",
            detail=[f"{where.line:>5} | {where.text[:160]}"],
            hint="Nothing was run. Look at what it has done. Where it may run again from its start, "
            f"{journal.command(journal.direction, '--again', journal.migration)} runs it. Or {journal.ways_out}",
            where=Where(str(script.path), where.line, where.column, "commits as it goes and was cut short"),
        )


def _check_names(script: Script, statements: Sequence[Statement]) -> None:
    """FileError for a concurrent index without a name: after a crash nobody could tell whether it is there."""
    for statement in statements:
        text = normalised(statement.text)
        if re.match(r"create\s+(?:unique\s+)?index\s+concurrently\b", text, re.I) and not CREATE_INDEX.match(text):
            where = place(script.text, statement.start)
            raise FileError(
                f"{script.path}:{where.line}: CREATE INDEX CONCURRENTLY without a name",
                hint="Name the index, so that an interrupted build can be found again.",
                where=Where(str(script.path), where.line, where.column, "CREATE INDEX CONCURRENTLY without a name"),
            )


@dataclass(frozen=True)
class _Step:
    """One statement of the script under way."""

    journal: Journal
    session: Session
    statement: Statement
    number: int
    total: int
    terms: Terms

    @property
    def text(self) -> str:
        return normalised(self.statement.text)

    def send(self) -> None:
        """Send the statement itself."""
        send(self.journal.connection, self.statement.text.rstrip().rstrip(";"), self.statement.copy_data)

    def write(self, marks: str) -> None:
        """Write marks in a transaction of their own."""
        send(self.journal.connection, f"BEGIN; {self.session.as_runner(marks)} COMMIT")

    def mark(self, ended: str, after: State | None = None, met: bool = False) -> str:
        """Return the SQL that marks the statement: what it changed the session to, whether its aim was met before."""
        note = write_note(self.session.state, after, met)
        return self.journal.mark(self.number, self.total, self.statement, ended, note)


def _send_passing(step: _Step) -> bool:
    """Send a statement of which only the session keeps anything, and return True: it is not journaled but sent anew."""
    try:
        if step.session.sends_anew(step.statement):
            step.send()
        elif step.session.writes_temporary_rows(step.statement):
            try:
                step.session.send_read_only(step.statement)
            except psycopg.errors.ReadOnlySqlTransaction:  # it writes to others too
                return False
        else:
            return False
        step.session.look(step.statement)
    except psycopg.Error as error:
        raise _located(error, step.statement) from error
    return True


def _run_or_recognise(step: _Step, started: Entry | None) -> None:
    """Run a statement, unless it was started before and the catalog shows that it is done. ScriptFailed."""
    connection = step.journal.connection
    patient = _ALONE.match(step.text) and _PATIENT.search(step.text)
    step.session.bound_waits(step.terms.lock_wait_ms if patient else step.terms.lock_timeout_ms)
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
        raise _located(error, step.statement) from error


def _roll_back(connection: Connection) -> None:
    if is_alive(connection) and connection.pgconn.transaction_status != psycopg.pq.TransactionStatus.IDLE:
        send(connection, "ROLLBACK")


def _may_commit(step: _Step) -> bool:
    """Tell a CALL or DO whose text, or that of a procedure it names, commits or rolls back. Reads only."""
    return step.statement.words[:1] in _MAY_COMMIT and (
        bool(_COMMITS.search(step.text)) or step.session.calls(step.text, lambda f: bool(_COMMITS.search(f.text)))
    )


def _run_with_mark(step: _Step) -> None:
    """Run a statement in one transaction with its mark: it is done and marked, or neither."""
    connection, before = step.journal.connection, step.session.state
    try:
        send(connection, f"BEGIN; {step.session.as_runner(step.mark(NOW))}")
        step.send()
        inside = step.session.read()
        if inside != before:
            send(connection, step.session.as_runner(step.mark(NOW, inside)))
        send(connection, "COMMIT")
    except psycopg.errors.InvalidTransactionTermination:
        if step.statement.words[:1] not in _MAY_COMMIT:
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
    step.session.look(step.statement, now)


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
