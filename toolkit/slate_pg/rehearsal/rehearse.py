"""Rehearses pending migrations on a copy of the target's schema and writes down what the server did.

Each statement is run and watched in turn; here is what holds for a whole file. Works on a sandbox only.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

import psycopg

from slate_pg.config import Product
from slate_pg.errors import ServerError
from slate_pg.migrations.backfill.keys import find_key
from slate_pg.migrations.backfill.syntax import Backfill, read, whole
from slate_pg.migrations.files import Migration, Script
from slate_pg.migrations.locking import Patience
from slate_pg.migrations.runner import Run
from slate_pg.postgres.abridge import shown
from slate_pg.postgres.connection import forget, send
from slate_pg.postgres.effects import MACHINE, effect, extension_wanted, parameters_set, refused
from slate_pg.postgres.sandbox import bounded
from slate_pg.postgres.statements import Statement, normalised
from slate_pg.rehearsal.copy import Stage
from slate_pg.rehearsal.findings import Observed
from slate_pg.rehearsal.observe import Rehearsal
from slate_pg.rehearsal.rules import new_demands, read_grounds
from slate_pg.rehearsal.state import read_state
from slate_pg.rehearsal.watch import Watch

LONGEST_SECONDS = 600.0  # of one file on empty tables
# What an error means when the copy may lack what it speaks of: undefined objects, and what this build cannot do.
_MISSING = ("42P01", "42883", "42704", "42703", "3F000", "0A000", "58P01")
_REFUSED = "42501"


def wanted_extensions(migrations: Sequence[Migration]) -> set[str]:
    """Return the extensions that files make. Pure."""
    found = (extension_wanted(s.text) for m in migrations for s in m.apply.outline())
    return {wanted.name for wanted in found if wanted}


def wanted_parameters(migrations: Sequence[Migration]) -> set[str]:
    """Return the names with a dot that files set, such as app.user_id. Pure."""
    return parameters_set(*(m.apply.text for m in migrations))


def rehearse(
    stage: Stage,
    product: Product,
    shared: str | None,
    migrations: Sequence[Migration],
    undo: bool = False,
    finished: Mapping[str, int] | None = None,
) -> list[Observed]:
    """Run the migrations on the copy, one statement at a time; return what each did. Stops at the first failure.

    A statement that would act on the machine, or that no sandbox can run, is left out and said to be. `undo` takes
    each file back that can be: the next one finds the copy as it was. `finished` are the statements that an apply has
    done already of what stopped half way, by migration: it goes on behind them.
    """
    path = [*product.path, *([shared] if shared and shared not in product.path else [])]
    found: list[Observed] = []
    with stage.open(product.schema, product.path) as connection:
        first = read_state(connection, path)
        rehearsal = Rehearsal(stage, connection, product, path, undo, first=first, grounds=read_grounds(connection))
        connection.add_notice_handler(lambda d: rehearsal.said.append(d.message_primary or ""))
        run = Run(connection, product, shared, Patience(lock_timeout_ms=5000))
        for migration in migrations:
            with bounded(stage.box, connection, LONGEST_SECONDS):
                found += _rehearse_one(rehearsal, run, migration.apply, (finished or {}).get(migration.id, 0))
            if found and found[-1].error and not found[-1].not_run:
                break
    return found


def _rehearse_one(rehearsal: Rehearsal, run: Run, script: Script, finished: int) -> list[Observed]:
    """Run one file behind what is finished; begin again without a statement that turns out to be beyond a sandbox."""
    left_out: dict[int, Observed] = {}
    while True:
        try:
            found, again = _attempt(rehearsal, run, script, left_out, finished)
        except psycopg.OperationalError as error:
            raise ServerError(
                f"the rehearsal of {script.path} was ended: {str(error).strip().splitlines()[0]}",
                hint=f"On empty tables a file may take {LONGEST_SECONDS:.0f} s; what takes longer cannot be rehearsed.",
            ) from error
        if not again:
            return found
        left_out[len(found) - 1] = found[-1]


def _attempt(
    rehearsal: Rehearsal, run: Run, script: Script, left_out: dict[int, Observed], finished: int
) -> tuple[list[Observed], bool]:
    """Run a file but for statements left out; True with it when the last one is to be left out as well."""
    connection = rehearsal.connection
    settings = run.settings + " SET LOCAL client_min_messages = debug1;"
    send(connection, "BEGIN; " + settings if script.transactional else settings.replace("SET LOCAL", "SET"))
    rehearsal.state = read_state(connection, rehearsal.path)
    new_demands(connection, rehearsal.grounds, "")  # an attempt before this one was rolled back
    watch = Watch(rehearsal, script.transactional)
    started: list[float] = []
    found: list[Observed] = []
    again = False
    fill = _backfill(rehearsal, run, script) if script.is_backfill else None
    for number, statement in enumerate(islice(_statements(script, fill), finished, None)):
        started.append(time.perf_counter())
        line = script.place(statement.start).line
        observed = left_out.get(number) or _left_out(statement)
        if not observed:
            observed = _explained(rehearsal, watch.run(statement, line, number), found)
            observed = _in_batches(observed, fill) if fill else observed
            again = bool(observed.not_run) and script.transactional
            if watch.back_to is not None:
                found[watch.back_to :] = [replace(o, losses=()) for o in found[watch.back_to :]]
        observed = replace(observed, product=rehearsal.product.name, transactional=script.transactional)
        found.append(replace(observed, file=str(script.path), line=line))
        if again or (observed.error and not observed.not_run):
            break
    return _timed(_ended(rehearsal, found), started), again


def _backfill(rehearsal: Rehearsal, run: Run, script: Script) -> Backfill:
    """Return what a script is as a backfill. FileError where the runner would refuse its table. Reads the copy only."""
    fill = read(script)
    find_key(rehearsal.connection, run.settings, script, fill)
    return fill


def _statements(script: Script, fill: Backfill | None) -> Iterator[Statement]:
    """Yield what is rehearsed: of a backfill what all its batches do together."""
    yield from [replace(fill.statement, text=whole(fill))] if fill else script.statements()


def _in_batches(observed: Observed, fill: Backfill) -> Observed:
    """Return what was observed of all batches together as what it is: rows changed in batches."""
    work = tuple(replace(one, batch=fill.batch) for one in observed.work)
    return replace(observed, sql=normalised(fill.statement.text), work=work)


def _ended(rehearsal: Rehearsal, found: list[Observed]) -> list[Observed]:
    """End the file's transaction; an error that only COMMIT shows is the last statement's. Forget what was set."""
    connection = rehearsal.connection
    if connection.pgconn.transaction_status != psycopg.pq.TransactionStatus.IDLE:
        try:
            send(connection, "ROLLBACK" if rehearsal.undo or (found and found[-1].error) else "COMMIT")
        except psycopg.Error as error:
            found[-1] = replace(found[-1], error=f"{error.diag.message_primary} ({error.sqlstate}, at COMMIT)")
    send(connection, forget(connection))
    return found


def _timed(found: list[Observed], started: list[float]) -> list[Observed]:
    end = time.perf_counter()
    return [replace(o, held_ms=(end - t) * 1000) for o, t in zip(found, started, strict=True)]


def _left_out(statement: Statement) -> Observed | None:
    """Return what is said of a statement that is not run, for it acts on the machine or no sandbox can run it."""
    does = effect(shown(statement))
    if does.runs:
        return None
    return Observed("", 0, normalised(shown(statement)), effect=does, not_run="not run here")


def _explained(rehearsal: Rehearsal, observed: Observed, before: Sequence[Observed]) -> Observed:
    """Tell whether an error is the statement's own, or comes of what a sandbox lacks."""
    stage = rehearsal.stage
    if not observed.error or observed.not_run:
        return observed
    if refused(observed.error):
        said = observed.effect.what or "wants a program, a file or a library of the server's machine"
        machine = replace(observed.effect, kind=MACHINE, what=said, later=False)
        return replace(observed, effect=machine, not_run=f"not run here: {observed.error}")
    code = observed.error.rsplit("(", 1)[-1][:5]
    reasons: list[str] = []
    if code == _REFUSED and stage.may_all(rehearsal.product.schema):
        reasons.append(f'"{stage.applier(rehearsal.product.schema)}" is a superuser there and nobody is here')
    if code in _MISSING and stage.missing:
        reasons.append(stage.missing)
    skipped = [str(o.line) for o in before if o.not_run]
    if skipped:
        reasons.append(f"line {', '.join(skipped)} was not run before it")
    if not reasons:
        return observed
    return replace(observed, not_run=f"{observed.error}; {'; '.join(reasons)}")
