"""Gives up a migration that stopped half way: forgets its journal, and clears away what its last statement left."""

from __future__ import annotations

from slate_pg.migrations import keeping
from slate_pg.migrations.backfill.progress import Row
from slate_pg.migrations.belonging import refuse_other
from slate_pg.migrations.folders import read_migrations
from slate_pg.migrations.journal import Journal
from slate_pg.migrations.ledger import read_state
from slate_pg.migrations.order import in_order
from slate_pg.migrations.refusals import refuse_strange
from slate_pg.migrations.runner import Run, locked
from slate_pg.migrations.stepwise import open_session
from slate_pg.migrations.upgrade import create
from slate_pg.migrations.wreckage import clear_away
from slate_pg.postgres.connection import send
from slate_pg.postgres.statements import normalised


def give_up(run: Run, name: str) -> tuple[str, list[str]]:
    """Forget a migration that stopped half way, its wreck too; return direction and finished statements. Writes."""
    with locked(run):
        ordered = in_order(read_migrations(run.product))
        state = read_state(run.connection, run.product, ordered)
        refuse_other(run.connection, state)
        refuse_strange(state, name)
        direction = next(i.direction for i in state.interrupted if i.id == name)
        create(run.connection, run.product.schema, run.patience, run.watcher.waiting)
        row = Row(run.connection, run.product, name, direction)
        if known := row.read():
            send(run.connection, f"BEGIN; {row.clear()} COMMIT")
            return direction, [f"{known[2].rows:,} rows of {known[1]}" if known[2] else known[1]]
        beside = keeping.beside(keeping.open_keepers(run.connection, run.product, ordered, state), name, direction)
        return direction, _forget(Journal(run.connection, run.product, name, direction, *beside), run.settings)


def _forget(journal: Journal, settings: str) -> list[str]:
    session = open_session(journal, settings)
    finished: list[str] = []
    for number, text, done in journal.read_texts():
        if done:
            finished.append(text or f"statement {number}")
        elif text:
            clear_away(journal.connection, normalised(text))
    session.write(journal.clear() + journal.without)
    return finished
