"""Measures how time grows with size: applying, status and check at several sizes, each with its exponent.

A cost that does not grow, such as starting Python, is taken out before the exponent is judged: seconds = a + b·n^k.
"""

from __future__ import annotations

import math
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from slate_pg.bench.own.commands import slate_command
from slate_pg.catalog import reader, rules
from slate_pg.checks import snapshot
from slate_pg.checks.check import read_all
from slate_pg.checks.roundtrip import Progress, Report, RoundTrip, run_round_trip
from slate_pg.config import Project, find_project
from slate_pg.migrations.files import Migration
from slate_pg.postgres.connection import connect
from slate_pg.postgres.server import Server, disposable

HEAD = ("growth", "n: seconds", "ms per step of n", "exponent", "net of start", "budget", "kept")
BUDGET = 1.1
MANY = 10_000  # migrations
SIZES = (10, 200, 1000, MANY)
STATUS_OF_MANY = 0.5  # seconds
MOST = {"slate check, tables": (160, 4.0), "  lint, nothing changed": (160, 1.0)}  # seconds from so many tables on
FLAT = 0.1  # growing by less than this share of the smallest is not growing
Points = tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Fit:
    """seconds = constant + scale · n ** exponent."""

    constant: float
    scale: float
    exponent: float


@dataclass(frozen=True)
class Growth:
    """One thing timed at several sizes: (n, seconds) in the order of n, and how far from it half of the runs lie."""

    what: str
    points: Points
    noise: tuple[float, ...] = ()
    budget: float = BUDGET
    most: tuple[int, float] | None = None  # from which size on it is judged by its seconds too, and how many these are

    @property
    def exponent(self) -> float:
        """The slope of the least-squares line through log n and log seconds, what does not grow included."""
        return slope([math.log(n) for n, _ in self.points], [math.log(s) for _, s in self.points])

    @property
    def net_exponent(self) -> float:
        """The exponent of what grows; 0.0 where hardly anything does."""
        first, last = self.points[0][1], self.points[-1][1]
        return fit(self.points).exponent if last - first > FLAT * first else 0.0

    @property
    def marginal_ms(self) -> tuple[float, ...]:
        """What one more costs, in milliseconds, from each size to the next."""
        pairs = zip(self.points, self.points[1:], strict=False)
        return tuple((t2 - t1) / (n2 - n1) * 1000 for (n1, t1), (n2, t2) in pairs)

    @property
    def sure_exponent(self) -> float:
        """The least exponent that the noise leaves possible: the ends earlier, what lies between them later."""
        noise = self.noise or (0.0,) * len(self.points)
        ends = (0, len(self.points) - 1)
        signs = [-1 if i in ends else 1 for i in range(len(self.points))]
        moved = tuple((n, s + sign * e) for (n, s), sign, e in zip(self.points, signs, noise, strict=True))
        return min(self.net_exponent, Growth(self.what, moved).net_exponent)

    @property
    def missed(self) -> tuple[str, ...]:
        """What is not as it should be, in words: it grows faster than linearly, and noise alone does not explain it."""
        late = [(n, s) for n, s in self.points if self.most and n >= self.most[0] and s > self.most[1]]
        found = [f"{self.what.strip()}, {n:,}: {s:.2f} s, budget {self.most[1]:g} s" for n, s in late if self.most]
        if self.sure_exponent <= self.budget:
            return tuple(found)
        grows = f"grows with n to the power of {self.net_exponent:.2f}, budget {self.budget:g}"
        return (*found, f"{self.what.strip()}: {grows}")

    @property
    def row(self) -> tuple[str, ...]:
        """The cells of its line in a table under HEAD."""
        return (
            self.what,
            ", ".join(f"{n:,}: {s:.2f}" for n, s in self.points),
            ", ".join(f"{ms:.2f}" for ms in self.marginal_ms),
            f"{self.exponent:.2f}",
            f"{self.net_exponent:.2f}",
            f"{self.budget:g}",
            "NO" if self.missed else "yes",
        )


def slope(xs: Sequence[float], ys: Sequence[float]) -> float:
    """Return the slope of the least-squares line. Pure."""
    mean_x, mean_y = statistics.fmean(xs), statistics.fmean(ys)
    return sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / sum((x - mean_x) ** 2 for x in xs)


def fit(points: Points) -> Fit:
    """Return a constant and a power of n that come nearest to the points, relatively. Needs three sizes. Pure."""
    fits = (_fit_with(points, step / 100) for step in range(10, 301))
    return min(fits, key=lambda f: _misses(f, points))


def _misses(one: Fit, points: Points) -> float:
    return math.fsum(((one.constant + one.scale * n**one.exponent - s) / s) ** 2 for n, s in points)


def _fit_with(points: Points, exponent: float) -> Fit:
    """Return the best constant and scale for an exponent, neither below zero."""
    weights = [1 / s**2 for _, s in points]
    powers = [n**exponent for n, _ in points]
    times = [s for _, s in points]
    total = sum(weights)
    mean_p = sum(w * p for w, p in zip(weights, powers, strict=True)) / total
    mean_t = sum(w * t for w, t in zip(weights, times, strict=True)) / total
    spread = sum(w * (p - mean_p) ** 2 for w, p in zip(weights, powers, strict=True))
    together = sum(w * (p - mean_p) * (t - mean_t) for w, p, t in zip(weights, powers, times, strict=True))
    scale = max(0.0, together / spread)
    constant = mean_t - scale * mean_p
    if constant < 0:
        squares = sum(w * p * p for w, p in zip(weights, powers, strict=True))
        return Fit(0.0, sum(w * p * t for w, p, t in zip(weights, powers, times, strict=True)) / squares, exponent)
    return Fit(constant, scale, exponent)


def write_migrations(folder: Path, count: int) -> Path:
    """Write so many migrations, each a small table with an index and a comment; return their folder. Writes files."""
    product = folder / "migrations" / "grown"
    product.mkdir(parents=True)
    for number in range(1, count + 1):
        table = f"grown_{number:05}_notes"
        depends = f"-- depends: grown_{number - 1:05}\n" if number > 1 else ""
        (product / f"grown_{number:05}.sql").write_text(
            f"{depends}CREATE TABLE {table} (\n"
            f"    id bigint CONSTRAINT {table}_pkey PRIMARY KEY,\n"
            "    note text NOT NULL,\n"
            "    written_at timestamptz NOT NULL DEFAULT now()\n"
            f");\n\nCREATE INDEX {table}_written_at_idx ON {table} (written_at);\n\n"
            f"COMMENT ON TABLE {table} IS 'Table {number}.';\n"
        )
        (product / f"grown_{number:05}.rollback.sql").write_text(f"DROP TABLE {table};\n")
    return product.parent


def time_growth(
    sizes: Sequence[int] = (10, 200, 1000, 10_000),
    tables: Sequence[int] = (10, 40, 160),
    repeats: int = 3,
    lint: bool = True,
) -> list[Growth]:
    """Time apply and status at these numbers of migrations, and check at these numbers of tables. Writes temporaries.

    Whole processes, and check's stages one by one in this process.
    """
    return [*time_moves(sizes, repeats), *time_check(tables, repeats, lint)]


def time_moves(sizes: Sequence[int], repeats: int) -> list[Growth]:
    """Time `slate apply` of n migrations into an empty database, and `slate status` with n applied; medians.

    Of the largest sizes, from MANY on, apply is timed once.
    """
    applied: dict[int, list[float]] = {n: [] for n in sizes}
    looked: dict[int, list[float]] = {n: [] for n in sizes}
    with disposable() as server, tempfile.TemporaryDirectory() as folder, connect(server.url()) as connection:
        projects = {n: write_migrations(Path(folder) / str(n), n) for n in sizes}
        for turn in range(repeats):
            for n, project in ((n, project) for n, project in projects.items() if n < MANY or not turn):
                connection.execute(f"DROP DATABASE IF EXISTS grown_{n} WITH (FORCE)".encode())
                connection.execute(f"CREATE DATABASE grown_{n} TEMPLATE template0".encode())
                applied[n].append(_slate("apply", project, server.url(f"grown_{n}")))
        for _ in range(3 * repeats + 1):
            for n, project in projects.items():
                looked[n].append(_slate("status", project, server.url(f"grown_{n}")))
    status = replace(_growth("slate status, migrations applied", looked), most=(MANY, STATUS_OF_MANY))
    return [_growth("slate apply, migrations", applied), status]


def time_check(sizes: Sequence[int], repeats: int = 1, lint: bool = True) -> list[Growth]:
    """Time `slate check` of n tables in n migrations, as a process and stage by stage; medians."""
    stages: dict[str, dict[int, list[float]]] = {}
    with disposable() as server, tempfile.TemporaryDirectory() as folder:
        projects = {n: write_migrations(Path(folder) / str(n), n) for n in sizes}
        for _ in range(repeats):
            for n, project in projects.items():
                taken = {"slate check, tables": _slate("check", project, None)}
                taken |= _time_stages(server, find_project(str(project)))
                if lint:
                    taken["  lint"] = _slate("lint", project, None)
                    taken["  lint, nothing changed"] = _slate("lint", project, None, anew=False)
                for stage, seconds in taken.items():
                    stages.setdefault(stage, {}).setdefault(n, []).append(seconds)
    return [replace(_growth(stage, times), most=MOST.get(stage)) for stage, times in stages.items()]


def _growth(what: str, times: dict[int, list[float]]) -> Growth:
    points = tuple((n, statistics.median(taken)) for n, taken in sorted(times.items()))
    noise = tuple(statistics.median(abs(t - point) for t in times[n]) for n, point in points)
    return Growth(what, points, noise)


def _slate(command: str, migrations: Path, url: str | None, *, anew: bool = True) -> float:
    """Run a command in a process of its own, its cache beside the migrations; seconds. Findings are an answer too.

    The cache is an empty one, unless it is not to run `anew`.
    """
    database = ["--database", url] if url else []
    environment = {**os.environ, "XDG_CACHE_HOME": str(migrations.parent)}
    if anew:
        shutil.rmtree(migrations.parent / "slate", ignore_errors=True)
    began = time.perf_counter()
    done = subprocess.run(
        [*slate_command(), command, "--migrations", str(migrations), *database],
        capture_output=True, text=True, check=False, env=environment, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    took = time.perf_counter() - began
    if done.returncode not in (0, 3):
        raise RuntimeError(f"slate {command} failed: {done.stderr.strip()}")
    return took


def _time_stages(server: Server, project: Project) -> dict[str, float]:
    """Time what a check does with one product, on databases of their own that are dropped again; seconds."""
    report = Report()
    product = project.products[0]
    ordered = read_all(project, project.products, report)[product.name]

    def walked(undo: bool) -> tuple[RoundTrip, float]:
        trip = RoundTrip(server, project, product, ordered, None, report, alone=True)
        trip.open()
        return trip, _timed(lambda: run_round_trip(trip, Progress(), undo))

    taken = {"  floor: the scripts alone": _time_scripts(server, ordered)}
    for stage, undo in (("  replay", False), ("  up, down, up", True)):
        trip, taken[stage] = walked(undo)
        if undo:
            built = reader.read(trip.connection, [product.schema], database=False)
            taken["  catalog rules"] = _timed(lambda: [list(rule(built)) for rule in rules.RULES.values()])  # noqa: B023
            taken["  snapshot"] = _timed(
                lambda: snapshot.split_dump(snapshot.dump(server, product.schema, trip.database))  # noqa: B023
            )
        _drop(server, trip)
    if report.findings:
        raise RuntimeError(f"the generated migrations are not clean: {report.findings[0]}")
    return taken


def _time_scripts(server: Server, ordered: Sequence[Migration]) -> float:
    """Time each script up, down and up on one connection, a transaction each, and nothing else; seconds."""
    with connect(server.url()) as admin:
        admin.execute("CREATE DATABASE scripts_alone TEMPLATE template0")
        with connect(server.url("scripts_alone")) as connection:
            scripts = [s.text.encode() for m in ordered for s in (m.apply, m.rollback, m.apply) if s]
            taken = _timed(lambda: [connection.execute(script) for script in scripts])
        admin.execute("DROP DATABASE scripts_alone")
    return taken


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _drop(server: Server, trip: RoundTrip) -> None:
    trip.close()
    with connect(server.url()) as connection:
        connection.execute(f'DROP DATABASE "{trip.database}" WITH (FORCE)'.encode())
