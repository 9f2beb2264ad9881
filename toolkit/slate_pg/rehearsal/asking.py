"""Asks the target how much there is to do: what its planner expects, how fast it is, how much is lost.

Reads the target only, in read-only transactions that give up after a moment. No function that people wrote is run:
EXPLAIN works out what it can beforehand, so a query that names one is not explained.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import psycopg
from psycopg import sql

from slate_pg.postgres.connection import Connection, package_sql
from slate_pg.rehearsal.findings import Loss, Observed, Size, Work
from slate_pg.rehearsal.reading import read

MOMENT_MS = 2000  # a question that takes longer is given up
REFERENCE_SECONDS = 0.004  # of calibrate.sql on the machine on which the constants of estimate were measured
_FROM_OTHERS = ("insert", "insert or update", "create")
_VIEWS = ("rewrite", "refresh")  # their query is that of a materialized view
_FASTEST, _SLOWEST = 0.25, 16.0
_TIMES, _ODD = 24, 3
BROAD = 12  # bytes of a key that is likely no number
FEW, MANY = 2000, 100_000  # different values
DISORDER, IN_ORDER = 0.5, 0.7  # as pg_stats correlates the order of values with that of rows
_WHOLE_ROWS = ("insert", "insert or update", "copy", "delete")
_OF_VALUES = ("full scan", "index build", "update", "merge", *_WHOLE_ROWS)


@dataclass(frozen=True)
class Answer:
    """What the planner expects of a query: its rows, and its cost in the planner's units."""

    rows: int
    cost: float


@dataclass(frozen=True)
class Values:
    """A column's values: mean bytes, how many different ones (as a negative share of the rows), how much in order.

    `is_aside` is True where they lie in the table's TOAST.
    """

    width: int
    distinct: float
    order: float
    is_aside: bool


class Target:
    """A target that is asked; `path` are the schemas that names are looked up in, `names` schema and name by label."""

    def __init__(self, connection: Connection, path: Sequence[str], names: Mapping[str, tuple[str, str]]) -> None:
        self.connection = connection
        self.path = path
        self.names = names
        self.answers: dict[str, Answer | None] = {}
        self.textures: dict[str, dict[str, Values]] = {}

    @contextmanager
    def _moment(self) -> Iterator[None]:
        """Hold a read-only transaction on the path, with short timeouts."""
        names = sql.SQL(", ").join(map(sql.Identifier, [*self.path, "pg_catalog"]))
        self.connection.execute("BEGIN READ ONLY")
        try:
            self.connection.execute(sql.SQL("SET LOCAL search_path = {}").format(names))
            self.connection.execute(f"SET LOCAL statement_timeout = {MOMENT_MS}; SET LOCAL lock_timeout = {MOMENT_MS}")
            yield
        finally:
            self.connection.execute("ROLLBACK")

    def explain(self, query: str) -> Answer | None:
        """Return what the target's planner expects of a SELECT; None where it cannot be asked. Reads only."""
        if query not in self.answers:
            self.answers[query] = self._explained(query)
        return self.answers[query]

    def _explained(self, query: str) -> Answer | None:
        reading = read(query)
        if reading.node != "select_stmt" or any(c.action != "query" for c in reading.changes):
            return None
        try:
            with self._moment():
                names = {"names": list(reading.calls)}
                if self.connection.execute(package_sql("rehearsal/find_own_functions"), names).fetchone():
                    return None
                row = self.connection.execute(f"EXPLAIN (FORMAT json) {query}".encode()).fetchone()
        except psycopg.Error:
            return None
        plan = row[0][0]["Plan"] if row else {}
        return Answer(int(plan.get("Plan Rows", 0)), float(plan.get("Total Cost", 0)))

    def view_query(self, name: str) -> str:
        """Return the query of a view of the target; empty where there is none of that name. Reads only."""
        try:
            with self._moment():
                statement = "SELECT pg_get_viewdef(to_regclass(%s))"
                row = self.connection.execute(statement, [name]).fetchone()
        except psycopg.Error:
            return ""
        return str(row[0]).rstrip("; ") if row and row[0] else ""

    def column(self, schema: str, table: str, column: str) -> tuple[float, int | None]:
        """Return the share of rows with a value in a column, and the bytes of one, if known. Reads only."""
        parameters = {"schema": schema, "table": table, "column": column}
        row = self.connection.execute(package_sql("rehearsal/measure_column"), parameters).fetchone()
        return (row[0], row[1]) if row else (1.0, None)

    def values(self, relation: str) -> dict[str, Values]:
        """Return what is known of a relation's values, by column. Reads only."""
        if relation not in self.textures:
            schema, table = self.names.get(relation, ("", relation))
            rows = self.connection.execute(
                package_sql("rehearsal/measure_values"), {"schema": schema, "table": table}
            ).fetchall()
            self.textures[relation] = {name: Values(*rest) for name, *rest in rows}
        return self.textures[relation]

    def is_used(self, schema: str, sequence: str) -> bool:
        """Tell whether a sequence has given a number; True where that may not be read. Reads only."""
        parameters = {"schema": schema, "name": sequence}
        row = self.connection.execute(package_sql("rehearsal/measure_sequence"), parameters).fetchone()
        return row is None or bool(row[0])


def slowness(connection: Connection) -> float:
    """Return how many times longer than on the reference machine a server takes for the same work now. Reads only.

    What else the server is busy with counts, for it will take its share of the migration's time too: the mean of many
    times, without the odd ones. About 0.1 s on a quiet server.
    """
    took = sorted(_timed(connection) for _ in range(_TIMES))[_ODD:-_ODD]
    return min(max(sum(took) / len(took) / REFERENCE_SECONDS, _FASTEST), _SLOWEST)


def _timed(connection: Connection) -> float:
    started = time.perf_counter()
    connection.execute(package_sql("rehearsal/calibrate")).fetchone()
    return time.perf_counter() - started


def asked(target: Target, observed: Sequence[Observed], sizes: Mapping[str, Size]) -> list[Observed]:
    """Return what was observed with the rows, costs and losses that the target tells. Reads only."""
    return [
        replace(
            one,
            work=tuple(_textured(target, _answered(target, w, sizes), sizes) for w in one.work),
            losses=tuple(known for loss in one.losses if (known := _measured(target, loss, one.work, sizes))),
        )
        for one in observed
    ]


def _answered(target: Target, work: Work, sizes: Mapping[str, Size]) -> Work:
    query = target.view_query(work.query) if work.kind in _VIEWS and work.query else work.query
    answer = target.explain(query) if query else None
    turns = target.explain(work.loop) if work.loop and work.loop not in ("?", "SELECT") else None
    if turns and turns.rows > (answer.rows if answer else 0):
        return replace(work, rows=turns.rows, cost=turns.cost + (answer.cost if answer else 0))
    if not answer and work.reads and work.rows is None and work.kind in _FROM_OTHERS:
        answer = _by_size([sizes.get(name, Size(0, 0)) for name in work.reads])
    if not answer or work.kind in _VIEWS:
        return replace(work, cost=answer.cost if answer else None)
    return replace(work, rows=answer.rows if work.rows is None else work.rows, cost=answer.cost)


def _by_size(read: Sequence[Size]) -> Answer:
    """Return what a query takes that cannot be explained, for a name in it means another by then: all rows. Pure."""
    rows = max(size.rows for size in read)
    return Answer(rows, sum(size.rows * 0.01 + size.heap / 8192 for size in read))


def _textured(target: Target, work: Work, sizes: Mapping[str, Size]) -> Work:
    """Return work with what the target's statistics say of the values that it reads, sorts or writes."""
    if work.kind not in _OF_VALUES:
        return work
    values = target.values(work.relation)
    some = {name: values[name] for name in work.columns if name in values}
    named = values if work.kind in _WHOLE_ROWS else some
    size = sizes.get(work.relation, Size(0, 0))
    wide = size.aside // max(size.rows, 1) if any(value.is_aside for value in named.values()) else 0
    ease = _ease(values.get(work.columns[0])) if work.columns else 1.0
    scattered = sum(_is_scattered(values.get(name)) for name in work.burden.keys)
    return replace(work, wide=wide, ease=ease, burden=replace(work.burden, scattered=scattered))


def _is_scattered(value: Values | None) -> bool:
    """Tell whether entries of an index come all over the place: many different values, as texts and UUIDs are."""
    if value is None:
        return False
    return value.width >= BROAD and value.order < DISORDER and not -0.1 <= value.distinct <= MANY


def _ease(value: Values | None) -> float:
    """Return how many times easier values sort than random ones: few different ones, or nearly in order."""
    if value is None:
        return 1.0
    if 0 < value.distinct < FEW:
        return 6.0
    return 2.2 if value.order > IN_ORDER else 1.0


def _measured(target: Target, loss: Loss, work: Sequence[Work], sizes: Mapping[str, Size]) -> Loss | None:
    """Return a loss with its rows and bytes; None where there is nothing to lose."""
    size = sizes.get(loss.relation, Size(0, 0))
    schema, name = target.names.get(loss.relation, ("", loss.relation))
    if loss.kind == "sequence":
        return loss if target.is_used(schema, name) else None
    if size.rows == 0 and size.heap == 0:
        return None
    if loss.kind == "table":
        return replace(loss, rows=size.rows, size=size.size)
    if not loss.column:
        return _deleted(target, loss, work, sizes)
    share, width = target.column(schema, name, loss.column)
    rows = round(size.rows * share)
    return replace(loss, rows=rows, size=None if width is None else rows * width) if rows else None


def _deleted(target: Target, loss: Loss, work: Sequence[Work], sizes: Mapping[str, Size]) -> Loss:
    """Return how many rows go: those that are deleted, or in proportion those that refer to them."""
    share, size = 1.0, sizes[loss.relation]
    for one in work:
        answer = target.explain(one.query) if one.query else None
        reaches = loss.relation in (one.relation, *(name for name, _, _ in one.burden.referring))
        if answer and reaches and one.kind in ("delete", "merge deleting"):
            share = min(1.0, answer.rows / max(sizes.get(one.relation, size).rows, 1))
    return replace(loss, rows=max(1, round(size.rows * share)), size=round(size.size * share))
