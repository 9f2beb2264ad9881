"""Runs the suite once on a template that counts, to foresee what will survive. Writes to a disposable server only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from slate_pg.coverage.harvest import Harvest, counts_of
from slate_pg.coverage.instrument import instrument
from slate_pg.coverage.model import Measured, Plan
from slate_pg.mutation.stage import Stage
from slate_pg.postgres.connection import connect

_SWITCH = "SELECT pg_catalog.pg_reload_conf()"


class Counts:
    """What looks on in the fork: it listens, and reads the databases that are still there at the end."""

    def __init__(self, stage: Stage, plan: Plan) -> None:
        self._stage, self._plan, self._harvest = stage, plan, Harvest()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen to psycopg's statements and errors until the end of the block."""
        with self._harvest.listening():
            yield

    def found(self) -> list[list[Any]]:
        """Return each thing that was counted: object, kind, what it says, line, and what is wanting of it."""
        base = self._stage.base
        place = {"host": base.host, "port": base.port, "user": base.user, "password": base.password}
        with connect(base.url()) as admin:
            for name in self._stage.left(admin):
                self._harvest.read(admin, place, name)
        counts = counts_of(self._plan, self._harvest)
        items = (Measured(item, tuple(found)) for item, found in counts.items())
        return [[m.item.object, m.item.kind, m.item.said, m.item.line, m.wanting] for m in items]


@contextmanager
def counting(stage: Stage) -> Iterator[Counts]:
    """Have the template count until the end of the block, which leaves it so for `stage` to put back. Writes."""
    stage.clean()
    with connect(stage.base.url()) as server:
        server.execute("ALTER SYSTEM SET track_functions = 'pl'")
        server.execute(_SWITCH)
        try:
            with stage.connected() as connection:
                plan = instrument(connection)
            yield Counts(stage, plan)
        finally:
            server.execute("ALTER SYSTEM RESET track_functions")
            server.execute(_SWITCH)
