"""Times statements on a large database and prints how the plan's estimate compares: `python -m tests.rehearsal.truth.timing`.

The arguments are the number of rows (1000000) and words that a statement must hold. Each statement runs once, in a
transaction that is taken back. What is measured is the time that passes less the time that the backend waits for a
processor: what it takes on a machine with nothing else to do, its disk included. It writes `timed_<rows>.txt` beside
itself: estimate, measured seconds, and which lie within half and twice the estimate. 10,000,000 rows take 16 GB.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg

from slate_pg.config import Product, Project
from slate_pg.migrations.files import Migration, Script
from slate_pg.postgres.account import server_account
from slate_pg.postgres.binaries import find_binaries
from slate_pg.postgres.connection import connect, package_sql
from slate_pg.postgres.server import Server
from slate_pg.rehearsal.asking import REFERENCE_SECONDS, Target, asked
from slate_pg.rehearsal.copy import labels, measure, stage
from slate_pg.rehearsal.estimate import Pace
from slate_pg.rehearsal.files import judge_files
from slate_pg.rehearsal.rehearse import rehearse

HERE = Path(__file__).parent
SETTINGS = ("autovacuum=off", "max_wal_size=8GB", "max_connections=30")
ALONE = "; -- alone"


def read_statements(words: list[str]) -> Iterator[tuple[str, bool]]:
    """Yield statements that hold one of these words, if there are any, and whether each runs outside a transaction."""
    for line in (HERE / "timed_statements.sql").read_text("utf-8").splitlines()[1:]:
        if not words or any(word in line for word in words):
            yield line.removesuffix(ALONE).removesuffix(";"), line.endswith(ALONE)


def waited(connection: Any) -> float:
    """Return the seconds that a backend has waited for a processor so far."""
    return int(Path(f"/proc/{connection.info.backend_pid}/schedstat").read_text("ascii").split()[1]) / 1e9


def quiet_time(connection: Any, work: Callable[[], Any]) -> float:
    """Return the seconds that some work takes, less those of waiting for a processor."""
    before, started = waited(connection), time.perf_counter()
    work()
    return max(time.perf_counter() - started - (waited(connection) - before), 1e-6)


def pace_of(target: Any) -> float:
    """Return how much slower than the reference a backend works."""
    query = package_sql("rehearsal/calibrate")
    times = [quiet_time(target, lambda: target.execute(query).fetchone()) for _ in range(15)]
    return statistics.median(times) / REFERENCE_SECONDS


def timed(url: str, statement: str, alone: bool) -> float:
    """Return how long a statement takes; it is taken back, or what it made is dropped."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET search_path = shop")
        if alone:
            took = quiet_time(connection, lambda: connection.execute(statement.encode()))
            connection.execute("DROP INDEX IF EXISTS alone_idx, alone2_idx")
            return took
        connection.execute("BEGIN")
        took = quiet_time(connection, lambda: connection.execute(statement.encode()))
        connection.execute("ROLLBACK")
        connection.execute("VACUUM")  # what was taken back leaves dead rows
        return took


def estimated(target: Any, pace: float, statements: list[tuple[str, bool]]) -> dict[str, Any]:
    """Return the plan's seconds for each statement."""
    with tempfile.TemporaryDirectory() as folder:
        product = Product("shop", Path(folder), Path(folder), "shop")
        sizes = measure(target)
        names = labels(sizes, ["shop"])
        called = {label: sizes[key] for label, key in names.items()}
        asker = Target(target, ["shop"], names)
        found = {}
        with stage(target, Project(Path(folder), (product,), None), ["shop"]) as copy:
            for statement, alone in sorted(statements, key=lambda each: each[1]):
                migration = Migration("m", (), Script(Path("m"), statement, not alone), None)
                observed = asked(asker, rehearse(copy, product, None, [migration], undo=not alone), called)
                found[statement] = judge_files(observed, Pace(called, pace, True))[0].seconds
        return found


def compared(url: str, rows: int, statements: list[tuple[str, bool]]) -> Iterator[tuple[bool, bool, str]]:
    """Fill a database, estimate and time; yield for each statement whether it is long, whether it is right, its line."""
    with connect(url) as target:
        target.execute(((HERE / "timed.sql").read_text("utf-8") % {"rows": rows}).encode())
        target.execute("VACUUM ANALYZE")
        seconds = estimated(target, pace_of(target), statements)
    for statement, alone in statements:
        took, guess = timed(url, statement, alone), seconds[statement]
        middle = max((guess.low * guess.high) ** 0.5, 1e-9)
        within = middle / 2 <= took <= middle * 2
        line = f"{'ok ' if within else 'off'} {middle:8.2f} {took:8.2f} {took / middle:7.2f}  {statement}"
        sys.stderr.write(line + "\n")
        yield took > 1, within, line


def main() -> None:
    """Measure, compare and write the table."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory(prefix="timing-") as folder:
        Path(folder).chmod(0o711)
        server = Server(Path(folder) / "server", find_binaries(), server_account())
        server.create()
        server.start(SETTINGS)
        try:
            found = list(compared(server.url(), rows, list(read_statements(sys.argv[2:]))))
        finally:
            server.stop("immediate")
    long = [within for is_long, within, _ in found if is_long]
    head = f"# {rows:,} rows: {sum(long)} of {len(long)} statements over 1 s within half and twice the estimate"
    columns = "#    estimate measured   ratio  statement"
    text = "\n".join([head, columns, *(line for _, _, line in found)]) + "\n"
    (HERE / f"timed_{rows}.txt").write_text(text, "utf-8")
    sys.stderr.write(f"{head}, {os.cpu_count()} processors\n")


if __name__ == "__main__":
    main()
