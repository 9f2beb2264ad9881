"""Applies migrations and rolls them back, with the eight guarantees of the README.

One connection for a whole run, one transaction for each migration with its ledger row. Says what happens through
callbacks; prints nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import psycopg

from slate_pg.errors import MigrationFailed
from slate_pg.migrations import keeping, ledger, locking
from slate_pg.migrations.beginning import begin, prepare
from slate_pg.migrations.belonging import refuse_hurt, refuse_other
from slate_pg.migrations.conditions import BUSY_CODES, NOTHING_DONE, require, require_apart, ways_out
from slate_pg.migrations.directives import AFTER, BEFORE, has_conditions
from slate_pg.migrations.files import Migration, Script
from slate_pg.migrations.folders import read_migrations
from slate_pg.migrations.foreknown import Foreknown, look
from slate_pg.migrations.ledger import read_state
from slate_pg.migrations.levels import conflicts
from slate_pg.migrations.order import in_order
from slate_pg.migrations.refusals import refuse_interrupted, refuse_strange
from slate_pg.migrations.repeatable.history import read_undos
from slate_pg.migrations.run import Run as Run
from slate_pg.migrations.run import Watcher as Watcher
from slate_pg.migrations.state import check_target
from slate_pg.migrations.upgrade import create
from slate_pg.postgres.connection import (
    ScriptFailed,
    abandon,
    forget,
    hearing,
    is_alive,
    send,
    timeout_guard,
)

# Returns the SQL of a ledger entry, for a script that ran in this transaction (0), or since one (None: nobody knows).
Record = Callable[[int | None], str]


def apply(
    run: Run,
    to: str | None = None,
    ordered: Sequence[Migration] | None = None,
    foreknown: Foreknown | None = None,
) -> list[str]:
    """Apply what is pending, up to `to`; return the ids. Takes the installation's lock. Writes.

    GraphError, and nothing written, where the installation is not the product's own (`belonging` says when).
    `ordered` are the product's migrations in run order where they have been read before, `foreknown` the installation's
    state: it is read again where its ledger was written to since.
    """
    ordered = in_order(read_migrations(run.product)) if ordered is None else ordered
    if to is not None:
        to = check_target(foreknown.state if foreknown else read_state(run.connection, run.product, ordered), to)
    with locked(run, writes=False):
        seen = foreknown and look(run.connection, run.product, foreknown)
        chosen, repeatables = (
            begin(run, ordered, to, foreknown.state, seen) if foreknown and seen else prepare(run, ordered, to)
        )
        if chosen or repeatables:
            run.before()
        for migration in chosen:
            apply_one(run, migration)
        if repeatables:
            repeatables()
    return [m.id for m in chosen]


def apply_one(run: Run, migration: Migration) -> None:
    """Apply one migration with its ledger entry, and tell when it starts and ends. Writes."""
    run.watcher.started(migration.id)
    began = time.perf_counter()

    def record(since: int | None) -> str:
        milliseconds = (time.perf_counter() - began) * 1000
        note, others = run.recorder.look(migration.id, "apply", since)
        own = ledger.record_apply(run.connection, run.product.schema, migration, milliseconds, note) + ";"
        return own + others + keeping.record(run.kept, migration.id, "apply", milliseconds)

    _execute(run, migration.id, migration.apply, "apply", record)
    run.done.append(migration.id)
    run.watcher.finished(migration.id, (time.perf_counter() - began) * 1000)


def rollback(
    run: Run,
    to: str | None = None,
    steps: int | None = None,
    source: str | None = None,
    repeatable: str | None = None,
) -> list[str]:
    """Undo the last migration, the last `steps`, or all after `to`; return the ids, newest first. Writes.

    An apply of repeatable files is a step like a migration, and goes back to the texts before it; with `repeatable` it
    is one such file, and its last `steps` texts.

    The rollback that was recorded at apply is what runs. Where the file reads otherwise by now, or is gone and others
    than this role can write to the ledger, the run is refused, unless `source` says "ledger" or "file".
    """
    ordered = in_order(read_migrations(run.product))
    with locked(run):
        state = read_state(run.connection, run.product, ordered)
        refuse_other(run.connection, state)
        if state.applied and state.version != ledger.VERSION:
            create(run.connection, run.product.schema, run.patience, run.watcher.waiting)
        refuse_interrupted(state, "apply")
        refuse_hurt(run.connection, run.product, ordered, state, source)
        refuse_strange(state, run.again)
        state = replace(state, version=ledger.VERSION if state.version is not None else None)
        run.kept[:] = keeping.open_keepers(run.connection, run.product, ordered, state)
        undos = read_undos(run.connection, state, ordered, to, steps, source, repeatable)
        scripts = [(u.name, u.script) for u in undos if u.script]
        run.watcher.planned(run.product.schema, [name for u in undos for name in u.names])
        if undos:
            run.before()
        for undo in undos:
            if undo.script:
                roll_back_one(run, undo.name, undo.script)
            else:
                from slate_pg.migrations.repeatable import applying

                applying.roll_back(run, undo.rows, source)
    return [name for name, _ in scripts]


def roll_back_one(run: Run, name: str, script: Script) -> None:
    """Run one rollback and take its migration out of the ledger. Writes."""
    run.watcher.started(name)
    began = time.perf_counter()
    undone = ledger.record_rollback(run.connection, run.product.schema, name) + ";"

    def record(since: int | None) -> str:
        milliseconds = (time.perf_counter() - began) * 1000
        others = run.recorder.look(name, "rollback", since)[1]
        return undone + others + keeping.record(run.kept, name, "rollback", milliseconds)

    _execute(run, name, script, "rollback", record)
    run.done.append(name)
    run.watcher.finished(name, (time.perf_counter() - began) * 1000)


@contextmanager
def locked(run: Run, *, writes: bool = True) -> Iterator[None]:
    """Hold the installation's lock; Busy when --wait runs out. A lost connection has given it back by itself."""
    locking.refuse_pooler(run.connection)
    if writes:
        locking.refuse_read_only(run.connection)
    locking.take_lock(run.connection, run.product.schema, run.patience, run.watcher.waiting)
    run.guard[:] = [locking.held(run.product.schema)]
    try:
        yield
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        if is_alive(run.connection):
            raise
        raise locking.lost(error) from error
    finally:
        run.guard.clear()
        if is_alive(run.connection):
            abandon(run.connection, locking.releasing(run.product.schema))


def _execute(run: Run, name: str, script: Script, direction: str, record: Record) -> None:
    """Run one script with its ledger entry, as often as its tables are busy and --wait allows. MigrationFailed."""
    end = time.monotonic() + run.patience.wait_seconds
    run.recorder.begin()
    attempt, once = 1, _once(run, name, script, direction, record)
    while True:
        now = run.busy.pop() if run.busy else None
        if places := locking.find_busy(run.connection, script.text, run.schemas, now):
            awaited = _awaited(run, script, places)
            locking.wait_for_holders(run.connection, awaited, name, end, run.watcher.waiting)
        try:
            with hearing(run.connection, partial(run.watcher.noticed, name)):
                once()
            run.recorder.accept(name, direction)
            for keeper in run.kept:
                keeper.accept(name, direction)
            return
        except ScriptFailed as failure:
            if not is_alive(run.connection):
                from slate_pg.migrations import diagnostics

                raise diagnostics.ended(script, failure) from None
            locking.end_attempt(run.connection, script.transactional)
            if failure.error.sqlstate not in BUSY_CODES:
                raise _explain(run, name, script, direction, failure) from failure.error
            places = locking.find_busy(run.connection, script.text, run.schemas)
            holders = locking.find_holders(run.connection, _awaited(run, script, places), 0)
            holders = holders or locking.find_all_holders(run.connection, [*run.schemas, *places])
            attempt = locking.give_way(name, attempt, end, run.patience.lock_timeout_ms, holders, run.watcher.waiting)


def _awaited(run: Run, script: Script, places: Sequence[str]) -> dict[int, frozenset[str]]:
    """Return, by oid, for which lock modes of others in some schemas a script has to wait. Reads only."""
    awaited: dict[int, frozenset[str]] = {}
    for place in places:
        awaited |= conflicts(script.text, locking.find_relations(run.connection, [place]))
    return awaited


def _explain(run: Run, name: str, script: Script, direction: str, failure: ScriptFailed) -> MigrationFailed:
    from slate_pg.migrations.diagnostics import Attempt, explain

    attempt = Attempt(run.product, name, script, direction, before=tuple(run.done))
    if script.is_backfill:
        from slate_pg.migrations.backfill.progress import Row

        abandon(run.connection)
        known = Row(run.connection, run.product, name, direction).read()
        course = known[2] if known else None
        attempt = replace(attempt, rows=course.rows if course else None)
    elif not script.transactional:
        from slate_pg.migrations.journal import Journal

        abandon(run.connection)
        attempt = replace(attempt, begun=Journal(run.connection, run.product, name, direction).read_texts())
    return explain(run.connection, attempt, failure)


def _in_one_transaction(run: Run, name: str, script: Script, record: Record) -> None:
    connection = run.connection
    asks = run.asks and has_conditions(script.head)
    opening: tuple[str, ...] = ("BEGIN", *run.opening_of(script))
    if asks:
        send(connection, "; ".join(opening))
        opening = ()
        require(connection, name, script, BEFORE, NOTHING_DONE)
    script.send(connection, opening, timeout_guard(run.patience.lock_timeout_ms))
    if connection.pgconn.transaction_status != psycopg.pq.TransactionStatus.INTRANS:
        said = f"{script.path} ended the runner's transaction"
        raise MigrationFailed(said, hint="Remove what commits or rolls back from it.")
    if "if not exists" in script.text.lower():
        from slate_pg.migrations.wreckage import refuse_invalid

        refuse_invalid(connection, script)
    try:
        if connection.pgconn.parameter_status(b"client_encoding") != b"UTF8":
            send(connection, "SET LOCAL client_encoding = 'UTF8'")  # or the ledger would take the text for another
        if asks:
            send(connection, f"RESET SESSION AUTHORIZATION; {run.settings}")
            require(connection, name, script, AFTER, NOTHING_DONE)
        last = f"{run.settings} {' '.join(run.guard)} {record(0)} COMMIT; {forget(connection)}"
        send(connection, f"RESET SESSION AUTHORIZATION; {last}")
    except psycopg.Error as error:  # deferred constraints speak at commit
        raise ScriptFailed(error, script.end, exact=False) from error


def _once(run: Run, name: str, script: Script, direction: str, record: Record) -> Callable[[], None]:
    """Return what runs a script, to be called again where it gave way."""
    if script.transactional:
        return lambda: _in_one_transaction(run, name, script, record)
    if script.is_backfill:
        from slate_pg.migrations.backfill import work

        return work.prepare(run, name, script, direction, record)
    from slate_pg.migrations import journal as journals  # most runs have no such script
    from slate_pg.migrations import stepwise

    beside = keeping.beside(run.kept, name, direction)
    journal = journals.Journal(run.connection, run.product, name, direction, *beside)
    bound = run.patience.lock_timeout_ms
    wait_ms = max(bound, int(run.patience.wait_seconds * 1000))
    terms = stepwise.Terms(
        "; ".join(run.opening_of(script)) + ";", bound, wait_ms, run.again == name, " ".join(run.guard)
    )
    since = None if journal.read() else run.recorder.moment()

    def step_by_step() -> None:
        if run.asks and not journal.read():
            require_apart(run.connection, run.settings, name, script, BEFORE, NOTHING_DONE)
        stepwise.run(journal, script, terms)
        send(run.connection, forget(run.connection))
        if run.asks:
            left = ways_out(run.product, name, direction)
            require_apart(run.connection, run.settings, name, script, AFTER, left)
        send(run.connection, f"BEGIN; {record(since)} {journal.clear()} COMMIT")

    return step_by_step
