"""Times the queries of a product that have a budget: as owner and, with row security, as the person who asks them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from slate_pg.bench.scaled import Scaled
from slate_pg.postgres.connection import Connection, connect
from slate_pg.postgres.explain import read_plan
from slate_pg.sqlfiles import SqlFile, read_files

HEAD = ("product", "query", "rows", "owner p50", "person p50", "person p95", "ratio", "budget", "kept", "indexes")
RATIO_BUDGET = 1.2
_WARM_UP = 7  # the server settles on a plan for a prepared statement after five
_STEADY_MS = 250.0  # a query of a tenth of a millisecond needs hundreds of runs before its median is one
_PAIRS = 4  # one server process is a tenth faster than another for as long as both live


@dataclass(frozen=True)
class Timed:
    """One query at one size: milliseconds as owner and as a person, rows, indexes used and relations scanned."""

    product: str
    query: str
    budget_ms: float
    rows: int
    owner_p50: float
    owner_p95: float
    person_p50: float | None
    person_p95: float | None
    same_rows: bool
    indexes: tuple[str, ...]
    scans: tuple[str, ...]

    @property
    def within_budget(self) -> bool:
        """True when the slower of the two, at its 95th percentile, stays within the document's budget."""
        return max(self.owner_p95, self.person_p95 or 0.0) <= self.budget_ms

    @property
    def ratio(self) -> float | None:
        """What row security costs: the median as a person over the median as owner."""
        return self.person_p50 / self.owner_p50 if self.person_p50 is not None and self.owner_p50 else None

    @property
    def missed(self) -> tuple[str, ...]:
        """What is not as it should be, in words."""
        name = f"{self.product}/{self.query}"
        found = []
        if not self.within_budget:
            slowest = max(self.owner_p95, self.person_p95 or 0.0)
            found.append(f"{name}: p95 {slowest:.1f} ms, budget {self.budget_ms:g} ms")
        if self.ratio and self.ratio > RATIO_BUDGET:
            found.append(f"{name}: row security costs {self.ratio:.2f} x, budget {RATIO_BUDGET} x")
        if not self.same_rows:
            found.append(f"{name}: the person does not get the owner's {self.rows} rows, so the two are not comparable")
        return tuple(found)

    @property
    def row(self) -> tuple[str, ...]:
        """The cells of its line in a table under HEAD."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        indexes = ", ".join(self.indexes)
        return (
            self.product, self.query, f"{self.rows:,}", f"{self.owner_p50:.2f}", _ms(self.person_p50),
            _ms(self.person_p95), ratio, f"{self.budget_ms:g}", "NO" if self.missed else "yes",
            indexes if len(indexes) <= 60 else indexes[:59] + "…",
        )  # fmt: skip


def _ms(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def time_queries(scaled: Scaled, repeats: int) -> list[Timed]:
    """Time every query of the product that has a budget, `repeats` times or more as each. Reads only."""
    files = [f for f in read_files(scaled.product.sql / "queries") if f.header.get("budget_ms")]
    return [_time_query(scaled, file, repeats) for file in files]


def _time_query(scaled: Scaled, file: SqlFile, repeats: int) -> Timed:
    """Time one query, owner and person in turn over two connections, so that what disturbs one disturbs both."""
    statement = file.parameterised.encode(), file.scale_examples if scaled.has_scale_data else file.examples
    role, _, user = file.header.get("person", "").rpartition(" ")
    asked = [("", user), *([(role or f"{scaled.product.schema}_people", user)] if user else [])]
    times: list[list[float]] = [[] for _ in asked]
    for pair in range(_PAIRS):
        with ExitStack() as stack:
            askers = [stack.enter_context(_as(scaled, role, user)) for role, user in asked]
            rows = [_rows(asker, *statement) for asker in askers]
            both = list(zip(askers, times, strict=True))[:: -1 if pair % 2 else 1]
            _time_in_turn(both, statement, -(-repeats // _PAIRS))
            indexes, scans = _plan(askers[-1], *statement)
    owner_p50, owner_p95 = _percentiles(times[0])
    person_p50, person_p95 = _percentiles(times[1]) if len(asked) == 2 else (None, None)
    return Timed(
        scaled.product.name, file.name, float(file.header["budget_ms"]), len(rows[0]), owner_p50, owner_p95,
        person_p50, person_p95, rows[0] == rows[-1], indexes, scans,
    )  # fmt: skip


def _time_in_turn(
    both: Sequence[tuple[Connection, list[float]]], statement: tuple[bytes, dict[str, Any]], repeats: int
) -> None:
    """Add the times of so many runs or more, when the plan is settled; as often for each connection."""
    for _ in range(_WARM_UP):
        for asker, _ in both:
            _milliseconds(asker, *statement)
    spent, runs = 0.0, 0
    while runs < repeats or spent < _STEADY_MS:
        for asker, taken in both:
            taken.append(_milliseconds(asker, *statement))
            spent += taken[-1]
        runs += 1


@contextmanager
def _as(scaled: Scaled, role: str, user: str) -> Iterator[Connection]:
    """Yield a connection inside a transaction about a person: as a role under row security, or as owner for ""."""
    with connect(scaled.server.url()) as connection, connection.transaction(force_rollback=True):
        connection.execute(scaled.run.settings.encode())
        connection.execute("SELECT set_config('app.user_id', %s, true)", [user])
        if role:
            connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
        connection.prepare_threshold = 0  # as a service's own connection is, after its first few queries
        yield connection


def _rows(connection: Connection, query: bytes, examples: dict[str, Any]) -> list[str]:
    return sorted(map(repr, connection.execute(query, examples).fetchall()))


def _milliseconds(connection: Connection, query: bytes, examples: dict[str, Any]) -> float:
    began = time.perf_counter()
    connection.execute(query, examples).fetchall()
    return (time.perf_counter() - began) * 1000


def _percentiles(times: Sequence[float]) -> tuple[float, float]:
    ordered = sorted(times)
    return statistics.median(ordered), ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]


def _plan(connection: Connection, query: bytes, examples: dict[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    found = connection.execute(b"EXPLAIN (FORMAT json) " + query, examples).fetchone()[0]  # type: ignore[index]
    plan = read_plan(found)
    return tuple(sorted(plan.indexes)), tuple(sorted(plan.seq_scans))
