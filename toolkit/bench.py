"""Measures: documented queries against their budgets with and without row security, and the runner against psql.

Ratios are taken side by side in one run on one server; single times belong to one machine and one moment.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolkit import runner
from toolkit.bootstrap import bootstrap
from toolkit.config import Product, Project
from toolkit.connection import Connection, connect
from toolkit.queries import SqlFile, read_files
from toolkit.runner import Run
from toolkit.seeds import Loaded, load
from toolkit.server import Server, disposable, run_client

SETTINGS = (
    "fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=1GB", "work_mem=32MB",
    "max_wal_size=8GB", "max_connections=60", "jit=off", "max_parallel_workers_per_gather=0", "autovacuum=off",
)  # fmt: skip


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


@contextmanager
def scaled_server(project: Project, products: Sequence[Product], scale: int) -> Iterator[tuple[Server, list[Loaded]]]:
    """Start a disposable server with the products at a scale, vacuumed and analyzed; yield it and the seeds' times."""
    with disposable(SETTINGS) as server, connect(server.url()) as connection:
        bootstrap(connection, project)
        loaded = []
        for product in project.select([p.name for p in products]):
            run = Run(connection, product, project.shared)
            runner.apply(run)
            loaded += load(run, ("reference", "demo", "scale"), scale)
        connection.execute("VACUUM ANALYZE")
        yield server, loaded


def time_queries(connection: Connection, project: Project, product: Product, repeats: int) -> list[Timed]:
    """Time every query of a product that has a budget. Reads only."""
    files = [f for f in read_files(product.sql / "queries") if f.header.get("budget_ms")]
    return [_time_query(connection, project, product, file, repeats) for file in files]


def _time_query(connection: Connection, project: Project, product: Product, file: SqlFile, repeats: int) -> Timed:
    person = file.header.get("person")
    rows, owner = _measure(connection, project, product, file, repeats, None)
    _, own = _measure(connection, project, product, file, repeats, person) if person else (0, None)
    indexes, scans = _plan(connection, project, product, file, person)
    p50, p95 = _percentiles(owner)
    own_p50, own_p95 = _percentiles(own) if own else (None, None)
    budget = float(file.header["budget_ms"])
    return Timed(product.name, file.name, budget, rows, p50, p95, own_p50, own_p95, indexes, scans)


@contextmanager
def _as(connection: Connection, project: Project, product: Product, person: str | None) -> Iterator[None]:
    with connection.transaction(force_rollback=True):
        connection.execute(Run(connection, product, project.shared).settings.encode())
        if person:
            role, _, user = person.rpartition(" ")
            connection.execute("SELECT set_config('app.user_id', %s, true)", [user])
            connection.execute(f"SET LOCAL ROLE {role or 'authenticated_users'}".encode())
        yield


def _measure(
    connection: Connection, project: Project, product: Product, file: SqlFile, repeats: int, person: str | None
) -> tuple[int, list[float]]:
    times = []
    rows = 0
    with _as(connection, project, product, person):
        for _ in range(repeats + 2):  # two to warm up
            began = time.perf_counter()
            rows = len(connection.execute(file.parameterised.encode(), file.examples, prepare=True).fetchall())
            times.append((time.perf_counter() - began) * 1000)
    return rows, times[2:]


def _percentiles(times: Sequence[float]) -> tuple[float, float]:
    ordered = sorted(times)
    return statistics.median(ordered), ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]


def _plan(
    connection: Connection, project: Project, product: Product, file: SqlFile, person: str | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    with _as(connection, project, product, person):
        query = b"EXPLAIN (FORMAT json) " + file.parameterised.encode()
        found = connection.execute(query, file.examples).fetchone()[0]  # type: ignore[index]
    nodes = list(_nodes(found[0]["Plan"]))
    indexes = {n["Index Name"] for n in nodes if "Index Name" in n}
    scans = {n["Relation Name"] for n in nodes if n["Node Type"] == "Seq Scan"}
    return tuple(sorted(indexes)), tuple(sorted(scans))


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


@dataclass(frozen=True)
class Race:
    """Two ways to the same end, timed in turn: medians in seconds and their ratio, with its budget if there is one."""

    what: str
    ours: float
    floor: float
    budget: float | None = None

    @property
    def ratio(self) -> float:
        """Ours over the floor."""
        return self.ours / self.floor


def race_runner(repeats: int) -> list[Race]:
    """Time the runner against one `psql -1 -f` of the same SQL. Writes temporary files."""
    with disposable() as server, tempfile.TemporaryDirectory() as folder:
        many = [_small(number) for number in range(1, 201)]
        big = ["".join(_small(number, functions=False) for number in range(1, 501))]
        return [
            _race("apply 200 small migrations / psql -1 -f", server, Path(folder) / "many", many, repeats, 1.6),
            _race("apply one file of 2,000 statements / psql -1 -f", server, Path(folder) / "big", big, repeats, 1.15),
        ]


def _small(number: int, functions: bool = True) -> str:
    name = f"t_{number:04}"
    body = (
        f"CREATE FUNCTION {name}_touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;\n"
        f"CREATE TRIGGER {name}_touch BEFORE UPDATE ON {name} FOR EACH ROW EXECUTE FUNCTION {name}_touch();\n"
    )
    return (
        f"CREATE TABLE {name} (id bigint PRIMARY KEY, note text NOT NULL, at timestamptz DEFAULT now());\n"
        f"CREATE INDEX {name}_note_idx ON {name} (note);\n"
        f"COMMENT ON TABLE {name} IS 'table {number}';\n"
        f"INSERT INTO {name} (id, note) VALUES (1, 'a'), (2, 'b');\n" + (body if functions else "")
    )


def _race(what: str, server: Server, folder: Path, texts: Sequence[str], repeats: int, budget: float) -> Race:
    folder.mkdir()
    for number, text in enumerate(texts, 1):
        (folder / f"{number:04}_make.sql").write_text(text)
        (folder / f"{number:04}_make.rollback.sql").write_text("SELECT 1;\n")
    whole = folder.with_suffix(".whole")
    whole.write_text("".join(texts))
    slate = [sys.executable, "-m", "toolkit", "apply", "--migrations", str(folder), "--database"]

    def ours(url: str) -> None:
        subprocess.run([*slate, url], check=True, capture_output=True)

    def floor(url: str) -> None:
        done = run_client(server.binaries, "psql", "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-f", str(whole), url)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)

    times = [(_once(server, ours), _once(server, floor)) for _ in range(repeats + 1)][1:]
    return Race(what, statistics.median(t[0] for t in times), statistics.median(t[1] for t in times), budget)


def _once(server: Server, work: Callable[[str], None]) -> float:
    """Time some work on a new database, dropped afterwards; seconds."""
    with connect(server.url()) as connection:
        connection.execute("CREATE DATABASE bench TEMPLATE template0")
        connection.execute("CHECKPOINT")
        began = time.perf_counter()
        work(server.url("bench"))
        took = time.perf_counter() - began
        connection.execute("DROP DATABASE bench WITH (FORCE)")
    return took


def save(path: Path, timed: Sequence[Timed], races: Sequence[Race], scale: int) -> None:
    """Write the figures as JSON, for a later run to be compared with. Writes a file."""
    figures = {
        "scale": scale,
        "queries": [{**vars(t), "ratio": t.ratio, "within_budget": t.within_budget} for t in timed],
        "runner": [{**vars(r), "ratio": r.ratio} for r in races],
    }
    path.write_text(json.dumps(figures, indent=2) + "\n")


def slower_than(path: Path, timed: Sequence[Timed], factor: float = 1.5) -> list[str]:
    """Return what got slower than in a saved run by more than a factor, in words. Reads the file."""
    then = {(q["product"], q["query"]): q for q in json.loads(path.read_text())["queries"]}
    found = []
    for now in timed:
        old = then.get((now.product, now.query))
        if old and now.owner_p50 > factor * old["owner_p50"]:
            found.append(f"{now.product}/{now.query}: {old['owner_p50']:.2f} ms then, {now.owner_p50:.2f} ms now")
    return found
