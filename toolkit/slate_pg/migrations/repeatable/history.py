"""Puts what was applied into one order: migrations, and between them the applies of repeatable files.

Reads the ledger, writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slate_pg.errors import Misuse, did_you_mean
from slate_pg.migrations.files import Migration, Script
from slate_pg.migrations.refusals import read_rollbacks
from slate_pg.migrations.repeatable.records import read_rows, steps_of
from slate_pg.migrations.repeatable.standing import Row
from slate_pg.migrations.state import Applied, State, to_roll_back
from slate_pg.postgres.connection import Connection


@dataclass(frozen=True)
class Undo:
    """One step back: a migration with its rollback, or texts of repeatable files that make room for those before."""

    name: str = ""
    script: Script | None = None
    rows: tuple[Row, ...] = ()

    @property
    def names(self) -> list[str]:
        """What is undone."""
        return [self.name] if self.script else list(dict.fromkeys(row.name for row in self.rows))


def read_undos(
    connection: Connection,
    state: State,
    ordered: Sequence[Migration],
    to: str | None,
    steps: int | None,
    source: str | None,
    repeatable: str | None = None,
) -> list[Undo]:
    """Return what a rollback does, the newest first; errors as `read_rollbacks` has them. Reads only."""
    rows = read_rows(connection, state.schema, state.version)
    if repeatable is not None:
        return [Undo(rows=tuple(choose(state.product, rows, repeatable, steps)))]
    if not rows:
        return [Undo(n, s) for n, s in read_rollbacks(connection, state, ordered, to, steps, source)]
    back = _back(state.applied, rows)
    if to is not None:
        to_roll_back(state, to, None)  # says of a name that it is not applied
        back = back[: next(i for i, each in enumerate(back) if isinstance(each, Applied) and each.id == to)]
    else:
        back = back[: 1 if steps is None else steps]
    number = sum(isinstance(each, Applied) for each in back)
    scripts = dict(read_rollbacks(connection, state, ordered, None, number, source))
    return [Undo(e.id, scripts[e.id]) if isinstance(e, Applied) else Undo(rows=tuple(e)) for e in back]


def _back(applied: Sequence[Applied], rows: list[Row]) -> list[Applied | list[Row]]:
    """Return migrations and applies of repeatable files, the newest first. Pure."""
    waiting: list[Applied | list[Row]] = list(reversed(applied))
    for step in steps_of(rows):
        place = next(
            (
                i
                for i, each in enumerate(waiting)
                if isinstance(each, Applied) and (each.applied_at is None or each.applied_at <= step[0].applied_at)
            ),
            len(waiting),
        )
        waiting.insert(place, step)
    return waiting


def choose(product: str, rows: Sequence[Row], name: str, steps: int | None) -> list[Row]:
    """Return the texts of one file to go back over, the newest first. Misuse for a name without one. Pure."""
    known = sorted((r for r in rows if r.name == name), key=lambda r: -r.number)
    if not known:
        raise Misuse(f'{product}: no repeatable "{name}" is applied', hint=did_you_mean(name, (r.name for r in rows)))
    return known[: 1 if steps is None else steps]
