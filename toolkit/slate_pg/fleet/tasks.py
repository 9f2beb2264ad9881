"""What is done with one member of a fleet over a connection: the same that the commands for one installation do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from slate_pg.fleet.crew import Job, Task
from slate_pg.fleet.roster import Member
from slate_pg.migrations import runner
from slate_pg.migrations.files import Migration
from slate_pg.migrations.foreknown import Foreknown
from slate_pg.migrations.locking import Patience
from slate_pg.migrations.runner import Run, Watcher
from slate_pg.migrations.telling import Teller
from slate_pg.operations.seeds import Loaded, load
from slate_pg.postgres.connection import Connection

_BRIEFLY = 1.0  # seconds at a busy installation before others have their turn
Warned = Callable[[Member, str], None]


def is_behind(member: Member, to: str | None, ordered: Sequence[Migration]) -> bool:
    """Tell whether an apply has something to do, or something to refuse, for a member. Pure."""
    state = member.state
    if state.edited or state.hurts or state.interrupted:
        return True
    ids = [m.id for m in ordered]
    wanted = set(ids[: ids.index(to) + 1] if to in ids else ids)
    repeats = to is None or to == ids[-1]
    return any(m.id in wanted for m in state.pending) or (repeats and any(r.is_pending for r in state.repeatables))


def is_ahead(member: Member, to: str | None) -> bool:
    """Tell whether a rollback to a migration, to nothing for None, has something to do for a member. Pure."""
    ids = [a.id for a in member.state.applied]
    if member.state.interrupted:
        return True
    return bool(ids) if to is None else to in ids and ids[-1] != to


def applying(
    shared: str | None,
    files: dict[str, list[Migration]],
    to: str | None,
    lock_timeout_ms: int,
    wait: float,
    warned: Warned,
    teller: Teller,
) -> Task:
    """Return the task that applies what is pending, up to `to`. It writes."""

    def task(connection: Connection, job: Job) -> object:
        ordered = files[job.member.product.name]
        run = _run(connection, job, shared, lock_timeout_ms, wait, ordered, warned)
        last = to if to in {m.id for m in ordered} else None
        member = job.member
        alike = member.digest and not member.elsewhere and job.attempts == 1
        known = Foreknown(member.state, member.mark) if alike else None
        return teller.perform(run, lambda told: runner.apply(told, last, ordered, known), member.server.name)

    return task


def rolling_back(
    shared: str | None,
    ordered: Sequence[Migration],
    to: str | None,
    use: str | None,
    lock_timeout_ms: int,
    wait: float,
    warned: Warned,
    teller: Teller,
) -> Task:
    """Return the task that undoes what was applied after `to`, everything for None. It writes."""

    def task(connection: Connection, job: Job) -> object:
        run = _run(connection, job, shared, lock_timeout_ms, wait, ordered, warned)
        steps = 10**9 if to is None else None
        return teller.perform(run, lambda told: runner.rollback(told, to, steps, use), job.member.server.name)

    return task


def _run(
    connection: Connection,
    job: Job,
    shared: str | None,
    lock_timeout_ms: int,
    wait: float,
    ordered: Sequence[Migration],
    warned: Warned,
) -> Run:
    # A file that is no transaction begins anew what it could not lock, so that giving way to others costs it more.
    whole = all(m.apply.transactional for m in ordered if m.id in {p.id for p in job.member.state.pending})
    patience = Patience(lock_timeout_ms, min(wait, _BRIEFLY) if whole else wait)
    watcher = Watcher(warned=lambda text: warned(job.member, text))
    return Run(connection, job.member.product, shared, patience, watcher, job.done)


def seeding(shared: str | None, sets: Sequence[str], scale: int, lock_timeout_ms: int, wait: float) -> Task:
    """Return the task that loads seed sets. It writes."""

    def task(connection: Connection, job: Job) -> list[Loaded]:
        patience = Patience(lock_timeout_ms, min(wait, _BRIEFLY))
        return load(Run(connection, job.member.product, shared, patience), sets, scale)

    return task
