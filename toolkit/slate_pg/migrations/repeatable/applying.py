"""Applies what has changed of the repeatable files, and takes it back: in one transaction with its ledger rows.

Whoever calls holds the installation's lock. Says what happens through the run's watcher; prints nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import psycopg

from slate_pg.errors import EditedError, MigrationFailed, SlateError
from slate_pg.migrations import elsewhere, ledger, locking
from slate_pg.migrations.belonging import is_own
from slate_pg.migrations.conditions import BUSY_CODES
from slate_pg.migrations.repeatable import records
from slate_pg.migrations.repeatable.engine import Engine
from slate_pg.migrations.repeatable.standing import COMMENTS, GONE, Row, Standing
from slate_pg.migrations.repeatable.tasks import Failed, Task, refuse_twice
from slate_pg.migrations.run import Run
from slate_pg.migrations.script import Script
from slate_pg.postgres.connection import forget, hearing, is_alive, send


def prepare(run: Run, standing: Sequence[Standing]) -> Callable[[], list[str]]:
    """Read the repeatable files that are new or changed, and return what applies them. FileError, EditedError.

    What it returns gives their names; it raises MigrationFailed, and nothing of them is applied; Busy where --wait runs
    out. It writes.
    """
    for each in standing:
        if said := remark(each, run):
            run.watcher.warned(said)
    if any(s.is_pending for s in standing):
        locking.refuse_read_only(run.connection)
        check(*tasks_of(standing), run.product.schema)
    return partial(_apply, run)


def apply_all(run: Run) -> list[str]:
    """Apply the repeatable files that are new or changed; return their names. Errors as `prepare`. Writes."""
    return prepare(run, records.read_standing(run.connection, run.product, ledger.VERSION))()


def apply_again(run: Run) -> None:
    """Run all repeatable files once more, as if each had changed, without a word in the ledger. Writes."""
    standing = records.read_standing(run.connection, run.product, ledger.VERSION)
    tasks = [Task(s.name, s.script, s.row.text) for s in standing if s.script and s.row]
    in_one_transaction(run, tasks, [], lambda _: "")


def check(tasks: Sequence[Task], others: Sequence[Task], own: str) -> None:
    """FileError or MigrationFailed for what no apply could run: said before anything is done. Pure."""
    for task in tasks:
        _ = task.items
    refuse_twice([*tasks, *others], own)


def _apply(run: Run) -> list[str]:
    """Apply what is pending now: migrations may have dropped what files make."""
    tasks, others = tasks_of(records.read_standing(run.connection, run.product, ledger.VERSION))
    if not tasks:
        return []
    check(tasks, others, run.product.schema)
    run.watcher.planned(run.product.schema, [t.name for t in tasks])
    before = {t.name: t.former for t in tasks if t.former is not None}

    def entry(engine: Engine, task: Task) -> str:
        before_it = (engine.existing | before).get(task.name) or ""
        took = (time.perf_counter() - began) * 1000 / len(tasks)
        schema, made = run.product.schema, engine.made.get(task.name)
        own = records.record(run.connection, schema, task.name, task.script.text, before_it, took, made=made)
        return own + "".join(keeper.repeat(task.script.path, took) for keeper in run.kept)

    began = time.perf_counter()
    engine = in_one_transaction(run, tasks, others, lambda e: " ".join(entry(e, task) for task in tasks))
    names = [name for name in engine.order if name in {t.name for t in tasks}]
    for name in names:
        run.watcher.finished(name, (time.perf_counter() - began) * 1000 / len(names))
    run.done.extend(names)
    run.repeated.extend(names)
    return names


def remark(standing: Standing, run: Run) -> str:
    """Return what there is to say of a file that is not run, and is not as it was. Pure."""
    if standing.state == COMMENTS:
        return f"{standing.name} differs from what was applied, but only in comments or white space"
    if standing.state == GONE:
        way = run.product.command("rollback", "--repeatable", standing.name, "--all")
        return (
            f"{standing.name} is applied to {run.product.schema} and its file is gone: what it made stays. Put the "
            f"file back, or have it dropped: `{way}`"
        )
    return ""


def tasks_of(standing: Sequence[Standing]) -> tuple[list[Task], list[Task]]:
    """Return what is to be run, and the texts on record of all that stays. EditedError for a changed ledger. Pure."""
    for each in standing:
        if each.row and not each.row.is_whole:
            raise EditedError(
                f"the text of {each.name} in the ledger is not what its checksum says: somebody has written to it",
                hint="No repeatable file was run. Find out who; `slate drift` says what the database holds otherwise.",
            )
    tasks = [Task(s.name, s.script, s.row.text if s.row else None) for s in standing if s.is_pending and s.script]
    others = [Task(s.name, s.script, s.row.text) for s in standing if not s.is_pending and s.script and s.row]
    return tasks, others


def roll_back(run: Run, rows: Sequence[Row], source: str | None = None) -> None:
    """Go back to the texts before these, which are the newest of their names, in one transaction. Writes.

    What no text before them made is dropped. Errors as `apply`; EditedError where others than this role can write to
    the ledger, unless `source` is "ledger".
    """
    _refuse_strange(run, rows, source)
    every = records.newest(records.read_rows(run.connection, run.product.schema, ledger.VERSION))
    first: dict[str, Row] = {}
    for row in rows:
        first[row.name] = row  # the last of a name is the oldest
    tasks = [Task(n, _script(n, row.before or ""), every[n].text) for n, row in first.items()]
    others = [Task(n, _script(n, row.text), row.text) for n, row in every.items() if n not in first]
    gone = " ".join(records.forget(run.connection, run.product.schema, row) for row in rows)
    began = time.perf_counter()
    in_one_transaction(run, tasks, others, lambda _: gone, "rollback")
    for name in first:
        run.watcher.finished(name, (time.perf_counter() - began) * 1000 / len(first))
    run.done.extend(first)
    run.repeated.extend(first)


def _script(name: str, text: str) -> Script:
    return Script(Path(f"{name}.sql"), text)


def _refuse_strange(run: Run, rows: Sequence[Row], source: str | None) -> None:
    for row in rows:
        if not row.is_whole:
            raise EditedError(
                f"the text of {row.name} in the ledger is not what its checksum says: somebody has written to it",
                hint="No repeatable file was run. Put the text that you want into its file, and apply that.",
            )
    if source != "ledger" and rows and not is_own(run.connection, run.product.schema):
        raise EditedError(
            f"the text before this one of {rows[0].name} is in the database only, where others than you can write it",
            detail=[f"  {line}" for line in (rows[0].before or "").splitlines()[:40]],
            hint="No repeatable file was run. Say --use ledger once you have read it, or put it into the file and "
            "apply that.",
        )


def in_one_transaction(
    run: Run, tasks: Sequence[Task], others: Sequence[Task], record: Callable[[Engine], str], direction: str = "apply"
) -> Engine:
    """Run files and what `record` says then, as often as what they need is busy and --wait allows. Writes."""
    end = time.monotonic() + run.patience.wait_seconds
    attempt = 1
    while True:
        engine = Engine(run.connection, run.opening, _schemas(run), others, run.watcher.started)
        try:
            with hearing(run.connection, partial(run.watcher.noticed, tasks[0].name)):
                _once(run, engine, tasks, record)
            break
        except (Failed, psycopg.Error, SlateError) as failure:
            if not is_alive(run.connection):
                raise failure.error if isinstance(failure, Failed) else failure from None
            error = failure.error if isinstance(failure, Failed) else failure
            locking.end_attempt(run.connection, True)
            if not isinstance(error, psycopg.Error) or error.sqlstate not in BUSY_CODES:
                raise _explained(run, failure, direction, {t.name for t in tasks}) from error
            holders = locking.find_all_holders(run.connection, run.schemas)
            name = f"the repeatable files of {run.product.name}"
            attempt = locking.give_way(name, attempt, end, run.patience.lock_timeout_ms, holders, run.watcher.waiting)
    for said in (*engine.warnings, *(_refilled(*each) for each in engine.refilled.items())):
        run.watcher.warned(said)
    return engine


def _refilled(label: str, about: tuple[int, int]) -> str:
    rows, size = about
    return f"{label} was made anew and filled: about {rows:,} rows, {size / 1e6:,.1f} MB; its readers waited meanwhile"


def _once(run: Run, engine: Engine, tasks: Sequence[Task], record: Callable[[Engine], str]) -> None:
    connection = run.connection
    send(connection, "; ".join(("BEGIN", *run.opening)))
    engine.run(tasks)
    send(connection, f"RESET SESSION AUTHORIZATION; RESET ALL; {run.settings}")
    send(connection, f"{' '.join(run.guard)} {record(engine)} COMMIT; {forget(connection)}")


def _schemas(run: Run) -> list[str]:
    """Return the schemas in which the files may make something: the product's, and those its migrations made."""
    return [run.product.schema, *elsewhere.read(run.connection, run.product.schema).schemas]


def _explained(run: Run, failure: Exception, direction: str, meant: set[str]) -> SlateError:
    from slate_pg.migrations.diagnostics import Attempt, explain

    if isinstance(failure, SlateError):
        return failure
    if isinstance(failure, Failed) and failure.task.name not in meant:
        diag = failure.error.diag
        return MigrationFailed(
            f"{failure.task.name} depends on what changes, and fails then: {diag.message_primary} ({diag.sqlstate})",
            detail=[f"  {failure.task.script.path}:{failure.task.script.place(failure.offset).line}"],
            hint="Nothing of this step was done. Change that file in the same go, or take it back first.",
        )
    if isinstance(failure, Failed):
        attempt = Attempt(run.product, failure.task.name, failure.task.script, direction, (), tuple(run.done))
        return explain(run.connection, attempt, failure)
    said = getattr(getattr(failure, "diag", None), "message_primary", None) or str(failure)
    return MigrationFailed(
        f"the repeatable files of {run.product.name} failed: {said} ({getattr(failure, 'sqlstate', None)})",
        hint="Nothing of this step was done. What was in the way is named above; take it away, and run it again.",
    )
