"""Measures how fast the command line starts: the median wall time of short commands, and what their imports cost.

Whole processes, taken in turn, so that a busy moment falls on all of them alike. Reports; judges only by budget.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from slate_pg.bench.own.commands import slate_command
from slate_pg.bench.own.growth import write_migrations
from slate_pg.postgres.server import disposable

HEAD = ("start-up", "median s", "budget s", "kept", "most expensive imports (own ms)")
HELP_BUDGET = 0.12
STATUS_BUDGET = 0.12
_LOOP = (
    "import sys, psycopg; connection = psycopg.connect(sys.argv[1]); "
    "connection.execute('SELECT key, checksum FROM grown._slate_ledger').fetchall()"
)
_IMPORT = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \|\s+(\S+)")


@dataclass(frozen=True)
class Import:
    """One module: milliseconds of its own and with all it imports."""

    module: str
    own_ms: float
    total_ms: float


@dataclass(frozen=True)
class Startup:
    """One command: the median of its wall times in seconds, its budget if it has one, its dearest imports."""

    what: str
    seconds: float
    budget: float | None = None
    imports: tuple[Import, ...] = ()

    @property
    def missed(self) -> tuple[str, ...]:
        """What is not as it should be, in words."""
        if self.budget is None or self.seconds <= self.budget:
            return ()
        return (f"{self.what}: {self.seconds:.3f} s, budget {self.budget:g} s",)

    @property
    def row(self) -> tuple[str, ...]:
        """The cells of its line in a table under HEAD."""
        budget, kept = ("", "") if self.budget is None else (f"{self.budget:g}", "NO" if self.missed else "yes")
        dearest = ", ".join(f"{i.module} {i.own_ms:.1f}" for i in self.imports[:3])
        return self.what, f"{self.seconds:.3f}", budget, kept, dearest


def time_startup(repeats: int = 11, applied: int = 200) -> list[Startup]:
    """Time help, status with so many migrations applied, and three floors. Writes temporary files."""
    with disposable() as server, tempfile.TemporaryDirectory() as folder:
        migrations = write_migrations(Path(folder), applied)
        project = ["--migrations", str(migrations), "--database", server.url()]
        subprocess.run([*slate_command(), "apply", *project], check=True, capture_output=True)
        return time_commands(
            {
                "slate --help": (["-m", "slate_pg", "--help"], HELP_BUDGET),
                f"slate status, {applied} applied": (["-m", "slate_pg", "status", *project], STATUS_BUDGET),
                "psycopg reads the ledger": (["-c", _LOOP, server.url()], None),
                'python -c "import psycopg"': (["-c", "import psycopg"], None),
                "python -c pass": (["-c", "pass"], None),
            },
            repeats,
        )


def time_commands(commands: Mapping[str, tuple[Sequence[str], float | None]], repeats: int) -> list[Startup]:
    """Time each command in turn, `repeats` times over; arguments are the interpreter's. CalledProcessError on failure.

    `-m slate_pg` is run by the installed script where there is one, as people do.
    """
    times: dict[str, list[float]] = {what: [] for what in commands}
    for _ in range(repeats + 1):  # the first warms the caches
        for what, (arguments, _budget) in commands.items():
            began = time.perf_counter()
            subprocess.run(_as_typed(arguments), check=True, capture_output=True, stdin=subprocess.DEVNULL)
            times[what].append(time.perf_counter() - began)
    return [
        Startup(what, statistics.median(times[what][1:]), budget, dearest_imports(arguments))
        for what, (arguments, budget) in commands.items()
    ]


def _as_typed(arguments: Sequence[str]) -> list[str]:
    if list(arguments[:2]) == ["-m", "slate_pg"]:
        return [*slate_command(), *arguments[2:]]
    return [sys.executable, *arguments]


def dearest_imports(arguments: Sequence[str], count: int = 10) -> tuple[Import, ...]:
    """Return the imports of one run of the interpreter that cost most by themselves, the dearest first."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL, env={**os.environ, "COLUMNS": "120"},
    )  # fmt: skip
    return read_importtime(done.stderr)[:count]


def read_importtime(text: str) -> tuple[Import, ...]:
    """Return the imports that `-X importtime` printed, the dearest by itself first. Pure."""
    found = [Import(name, int(own) / 1000, int(total) / 1000) for own, total, name in _IMPORT.findall(text)]
    return tuple(sorted(found, key=lambda i: (-i.own_ms, i.module)))
