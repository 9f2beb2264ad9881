"""Times a product's scale seed beside its floor: the bare INSERT … SELECT of the same rows into the same tables."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from slate_pg.bench.scaled import Scaled
from slate_pg.errors import SlateError
from slate_pg.operations.seeds import seed_file
from slate_pg.postgres.connection import Connection, ScriptFailed, send, send_script
from slate_pg.postgres.statements import split
from slate_pg.sqlfiles import read_text

HEAD = ("product", "rows a slice", "seconds", "rows/s", "bare seconds", "share", "growth", "budget", "kept")
SHARE = 0.7
INSERT = re.compile(
    r"(?P<head>INSERT\s+INTO\s+(?P<table>[\w.\"]+)\s*(?P<columns>\([^()]*\))\s*(?:OVERRIDING\s+\w+\s+VALUE\s*)?)"
    r"(?P<source>.*?)"
    r"(?P<tail>\bON\s+CONFLICT\s*(?:\([^;]*?\)\s*|ON\s+CONSTRAINT\s+\w+\s+)?DO\s+(?:NOTHING|UPDATE\b[^;]*?))?;?\s*\Z",
    re.I | re.S,
)


@dataclass(frozen=True)
class Seeded:
    """The scale seed of a product: rows and seconds of one more slice, of its floor, and how slices grew."""

    product: str
    scale: int
    rows: int
    seconds: float
    floor: float
    growth: float

    @property
    def share(self) -> float:
        """The seed's speed as a share of the floor's: 1 is as fast as a bare INSERT … SELECT."""
        return self.floor / self.seconds

    @property
    def missed(self) -> tuple[str, ...]:
        """What is not as it should be, in words."""
        slow = f"{self.product}: the seed has {self.share:.2f} x the speed of a bare INSERT … SELECT, budget {SHARE} x"
        return (slow,) if self.share < SHARE else ()

    @property
    def row(self) -> tuple[str, ...]:
        """The cells of its line in a table under HEAD."""
        speed = f"{self.rows / self.seconds:,.0f}"
        kept = "NO" if self.missed else "yes"
        return (
            self.product, f"{self.rows:,}", f"{self.seconds:.2f}", speed, f"{self.floor:.2f}", f"{self.share:.2f}",
            f"{self.growth:.2f}", f"{SHARE:g}", kept,
        )  # fmt: skip


def time_seed(scaled: Scaled, repeats: int) -> Seeded | None:
    """Time one more slice and its floor in turn, each rolled back; None without a scale seed. Leaves no row."""
    if not scaled.has_scale_data:
        return None
    text = read_text(seed_file(scaled.run, "scale"))
    rows, times, floors = 0, [], []
    for _ in range(repeats):
        with _rolled_back(scaled):
            rows, taken = run_seed(scaled.connection, text)
            times.append(taken)
        with _rolled_back(scaled):
            floors.append(_floor(scaled, text))
    tenth = max(1, len(scaled.slices) // 10)
    growth = statistics.median(scaled.slices[-tenth:]) / statistics.median(scaled.slices[:tenth])
    medians = statistics.median(times), statistics.median(floors)
    return Seeded(scaled.product.name, scaled.scale, rows, *medians, growth)


def _floor(scaled: Scaled, text: str) -> float:
    try:
        return run_floor(scaled.connection, text)
    except ScriptFailed as failure:
        message = f"{scaled.product.name}: the floor of seeds/scale.sql cannot be measured: {failure.error}"
        raise SlateError(
            message, hint="Write each INSERT as INSERT INTO table (columns) SELECT … [ON CONFLICT …]."
        ) from None


@contextmanager
def _rolled_back(scaled: Scaled) -> Iterator[None]:
    send(scaled.connection, f"BEGIN; {scaled.run.settings} SET LOCAL slate.slice = {scaled.scale + 1}")
    try:
        yield
    finally:
        send(scaled.connection, "ROLLBACK")


def run_seed(connection: Connection, text: str) -> tuple[int, float]:
    """Run a seed; return the rows it wrote and the seconds it took. Writes."""
    began = time.perf_counter()
    return send_script(connection, text), time.perf_counter() - began


def run_floor(connection: Connection, text: str) -> float:
    """Run a seed with the rows of each INSERT made ready beforehand; return the seconds of all but that. Writes."""
    seconds = 0.0
    for number, statement in enumerate(split(text)):
        found = INSERT.match(statement.text)
        timed = _prepare(connection, found, f"bench_source_{number}") if found else statement.text
        began = time.perf_counter()
        send_script(connection, timed)
        seconds += time.perf_counter() - began
    return seconds


def _prepare(connection: Connection, found: re.Match[str], source: str) -> str:
    """Put the rows of an INSERT into a temporary table of the target's types; return the bare INSERT … SELECT."""
    columns = found["columns"]
    send(
        connection, f"CREATE TEMP TABLE {source} ON COMMIT DROP AS SELECT {columns[1:-1]} FROM {found['table']} LIMIT 0"
    )
    send(connection, f"INSERT INTO {source} {columns} {found['source']}")
    return f"{found['head']} SELECT {columns[1:-1]} FROM {source} {found['tail'] or ''}"
