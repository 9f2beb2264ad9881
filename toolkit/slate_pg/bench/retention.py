"""Measures what retiring a month costs, by partition and by DELETE, for months of very different size.

On a table of its own, on a disposable server, with the functions that the project's shared migrations offer.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from psycopg import sql

from slate_pg.cluster.bootstrap import bootstrap
from slate_pg.config import Project
from slate_pg.errors import Misuse
from slate_pg.migrations import runner
from slate_pg.migrations.runner import Run
from slate_pg.postgres.connection import Connection, connect
from slate_pg.postgres.server import disposable

HEAD = ("retention of a month", "rows", "retire ms", "free ms", "DELETE ms", "DELETE / both")
BUDGET = 2.0
SIZES = (1_000, 100_000, 1_000_000)
_FIRST_YEAR = 2001


@dataclass(frozen=True)
class Month:
    """A month of so many rows, in milliseconds: to retire its partition, and to delete the same rows elsewhere.

    Retiring is what happens under locks; freeing is the commit that follows, in which the file system takes its
    blocks back after the locks are gone.
    """

    rows: int
    retire_ms: float
    free_ms: float
    delete_ms: float

    @property
    def row(self) -> tuple[str, ...]:
        """The cells of its line in a table under HEAD."""
        figures = (self.retire_ms, self.free_ms, self.delete_ms, self.delete_ms / (self.retire_ms + self.free_ms))
        return ("by partition", f"{self.rows:,}", *(f"{figure:.1f}" for figure in figures))


@dataclass(frozen=True)
class Retention:
    """Months by size, the smallest first, and how much longer the largest may take than the smallest."""

    months: tuple[Month, ...]
    budget: float = BUDGET

    @property
    def ratio(self) -> float:
        """The time of the largest month over the smallest's."""
        return self.months[-1].retire_ms / self.months[0].retire_ms

    @property
    def missed(self) -> tuple[str, ...]:
        """What is not as it should be, in words: the time to retire depends on the rows."""
        if self.ratio <= self.budget:
            return ()
        largest = f"{self.months[-1].rows:,} rows"
        return (f"retiring {largest} takes {self.ratio:.1f} x the smallest month, budget {self.budget:g} x",)

    @property
    def lines(self) -> list[tuple[str, ...]]:
        """The cells of its lines in a table under HEAD: the months, then their ratio, the budget and the verdict."""
        verdict = "NO" if self.missed else "kept"
        ratio = "largest / smallest", "", f"{self.ratio:.2f}", "", f"budget {self.budget:g}", verdict
        return [*(month.row for month in self.months), ratio]


def time_retention(project: Project, sizes: Sequence[int] = SIZES, repeats: int = 3) -> Retention:
    """Time retiring months of these sizes on a disposable server; medians. Misuse without the shared functions."""
    with disposable() as server, connect(server.url()) as connection:
        bootstrap(connection, project)
        shared = next((p for p in project.products if p.name == project.shared), None)
        if shared is None:
            raise Misuse("the project has no shared product", hint="Set shared in [tool.slate].")
        runner.apply(Run(connection, shared, project.shared))
        _require(connection, shared.schema)
        prepare(connection, shared.schema, sizes, repeats)
        return measure(connection, shared.schema, sizes, repeats)


def _require(connection: Connection, schema: str) -> None:
    for function in ("ensure_partitions", "retire_partitions"):
        found = connection.execute(
            "SELECT 1 FROM pg_catalog.pg_proc WHERE proname = %s AND pronamespace = %s::regnamespace",
            [function, sql.Identifier(schema).as_string(connection)],
        )
        if not found.fetchone():
            raise Misuse(f'"{schema}" offers no {function}', hint="Retention is timed with that function.")


def prepare(connection: Connection, shared: str, sizes: Sequence[int], repeats: int) -> None:
    """Make a table partitioned by month and a plain one, and fill `repeats` months of each size in turn. Writes."""
    months = len(sizes) * repeats
    connection.execute("CREATE SCHEMA retention")
    connection.execute("SET search_path = retention")
    columns = "(id bigint NOT NULL, happened_at timestamptz NOT NULL, note text NOT NULL)"
    connection.execute(f"CREATE TABLE events {columns} PARTITION BY RANGE (happened_at)".encode())
    connection.execute(f"CREATE TABLE plain {columns}".encode())
    connection.execute("CREATE INDEX events_happened_at_idx ON events (happened_at)")
    connection.execute("CREATE INDEX plain_happened_at_idx ON plain (happened_at)")
    ensure = sql.Identifier(shared, "ensure_partitions")
    connection.execute(sql.SQL("SELECT * FROM {}('events', 'month', %s, 0, %s)").format(ensure), [months, _start(0)])
    for number in range(months):
        _fill(connection, number, sizes[number % len(sizes)])
    connection.execute("ANALYZE")
    connection.execute("CHECKPOINT")


def _start(number: int) -> str:
    """Return the first day of a month, counted from the first."""
    return f"{_FIRST_YEAR + number // 12}-{number % 12 + 1:02}-01 00:00:00+00"


def _fill(connection: Connection, number: int, rows: int) -> None:
    """Fill a month of both tables with rows, spread evenly over four weeks."""
    for table in ("events", "plain"):
        fill = sql.SQL(
            "INSERT INTO {} SELECT n, %s::timestamptz + interval '28 days' * n / %s, repeat('x', 40)"
            " FROM generate_series(0, %s - 1) AS n"
        ).format(sql.Identifier(table))
        connection.execute(fill, [_start(number), rows, rows])


def measure(connection: Connection, shared: str, sizes: Sequence[int], repeats: int) -> Retention:
    """Time retiring and deleting each month, the oldest first; medians by size. Writes."""
    retire = sql.SQL("SELECT * FROM {}('events', %(end)s)").format(sql.Identifier(shared, "retire_partitions"))
    delete = sql.SQL("DELETE FROM plain WHERE happened_at >= %(start)s AND happened_at < %(end)s")
    times: dict[int, list[tuple[float, float, float]]] = {size: [] for size in sizes}
    for number in range(len(sizes) * repeats):
        month = {"start": _start(number), "end": _start(number + 1)}
        times[sizes[number % len(sizes)]].append(
            (*_timed(connection, retire, month), sum(_timed(connection, delete, month)))
        )
    left = connection.execute("SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM plain)").fetchone()
    if left != (0,):
        raise RuntimeError(f"{left} rows were not retired")
    return Retention(tuple(Month(n, *(_median(t) for t in zip(*times[n], strict=True))) for n in sorted(times)))


def _median(times: Iterable[float]) -> float:
    return statistics.median(times) * 1000


def _timed(connection: Connection, statement: sql.SQL | sql.Composed, month: dict[str, str]) -> tuple[float, float]:
    """Run one statement in a transaction of its own; seconds of the statement and of its commit."""
    connection.execute("BEGIN")
    began = time.perf_counter()
    connection.execute(statement, month)
    done = time.perf_counter()
    connection.execute("COMMIT")
    return done - began, time.perf_counter() - done
