"""Measures `slate backup` of all seeded products beside one pg_dump of the same database: seconds, and size on disk."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from slate_pg.bench.own.commands import slate_command
from slate_pg.config import Project
from slate_pg.postgres.binaries import run_client
from slate_pg.postgres.server import Server, disposable

HEAD = ("backup", "slate", "pg_dump", "ratio", "budget", "kept")
TIMES, SIZE = 2.0, 1.2


@dataclass(frozen=True)
class Backup:
    """One figure of both, in `unit`, and how many times pg_dump's it may be."""

    what: str
    ours: float
    floor: float
    budget: float
    unit: str

    @property
    def ratio(self) -> float:
        """How many times pg_dump's it is."""
        return self.ours / self.floor

    @property
    def missed(self) -> tuple[str, ...]:
        """What is not as it should be, in words."""
        if self.ratio <= self.budget:
            return ()
        return (f"backup, {self.what}: {self.ratio:.1f} times pg_dump's, budget {self.budget:g}",)

    @property
    def row(self) -> tuple[str, ...]:
        """The cells of its line in a table under HEAD."""
        told = (f"{value:.2f} {self.unit}" for value in (self.ours, self.floor))
        return self.what, *told, f"{self.ratio:.2f}", f"{self.budget:g}", "NO" if self.missed else "yes"


def time_backup(project: Project, repeats: int = 5) -> list[Backup]:
    """Measure both in turn, `repeats` times, on a server of its own with all products and their demo data. Writes."""
    ours: list[float] = []
    floor: list[float] = []
    with disposable() as server, tempfile.TemporaryDirectory(prefix="slate-backup-") as folder:
        places = Path(folder) / "slate", Path(folder) / "pg_dump"
        for words in (["bootstrap"], ["apply"], ["seed", "--set", "reference,demo"]):
            _slate(project, server, words)
        for _ in range(repeats):
            for place in places:
                shutil.rmtree(place, ignore_errors=True)
            ours.append(_timed(lambda: _slate(project, server, ["backup", "--to", str(places[0])])))
            floor.append(_timed(lambda: _dump(server, places[1])))
        sizes = [_size(place) / 1024**2 for place in places]
    seconds = Backup("all products, time", statistics.median(ours), statistics.median(floor), TIMES, "s")
    return [seconds, Backup("all products, size", sizes[0], sizes[1], SIZE, "MB")]


def _slate(project: Project, server: Server, words: Sequence[str]) -> None:
    command = [*slate_command(), *words, "--database", server.url()]
    subprocess.run(command, cwd=project.root, check=True, capture_output=True, stdin=subprocess.DEVNULL)


def _dump(server: Server, to: Path) -> None:
    run_client(server.binaries, "pg_dump", "--format=directory", f"--file={to}", f"--dbname={server.url()}")


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
