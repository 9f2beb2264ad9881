"""Begins an apply: reads or knows how the installation stands, refuses what cannot be, and says what is run."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from slate_pg.migrations import keeping, ledger, locking, several
from slate_pg.migrations.files import Migration
from slate_pg.migrations.foreknown import Seen
from slate_pg.migrations.refusals import choose_runnable, read_runnable, refuse_strange
from slate_pg.migrations.run import Run
from slate_pg.migrations.state import State
from slate_pg.migrations.upgrade import create

Repeatables = Callable[[], object] | None


def prepare(run: Run, ordered: Sequence[Migration], to: str | None) -> tuple[list[Migration], Repeatables]:
    """Return what an apply runs, once its ledger is the newest; refuse what it refuses. Writes to that."""
    state, chosen = read_runnable(run.connection, run.product, ordered, to, run.watcher.warned)
    if chosen:
        locking.refuse_read_only(run.connection)
    if state.version != ledger.VERSION:
        create(run.connection, run.product.schema, run.patience, run.watcher.waiting)
    several.create(run.connection, run.product)
    refuse_strange(state, run.again)
    run.kept[:] = keeping.open_keepers(run.connection, run.product, ordered, state, chosen)
    run.watcher.planned(run.product.schema, [m.id for m in chosen])
    files = state.chosen.ordered
    return chosen, _repeatables(run) if to is None or not files or to == files[-1].id else None


def begin(
    run: Run, ordered: Sequence[Migration], to: str | None, state: State, seen: Seen
) -> tuple[list[Migration], Repeatables]:
    """Return what an apply runs where the state is known and plain, and what there is has been seen. Reads only."""
    chosen = choose_runnable(run.connection, run.product, state, ordered, to, run.watcher.warned)
    if chosen and seen.read_only:
        locking.refuse_read_only(run.connection)
    refuse_strange(state, run.again)
    run.watcher.planned(run.product.schema, [m.id for m in chosen])
    run.recorder.begin_with([a.id for a in state.applied], seen.known)
    run.busy[:] = [seen.busy]
    return chosen, None


def _repeatables(run: Run) -> Repeatables:
    """Return what applies the repeatable files that have changed, which are read first; nothing is loaded without."""
    from slate_pg.migrations.repeatable.records import read_standing

    standing = read_standing(run.connection, run.product, ledger.VERSION) if run.repeats else ()
    if not standing:
        return None
    from slate_pg.migrations.repeatable import applying

    return applying.prepare(run, standing)
