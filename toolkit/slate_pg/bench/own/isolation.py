"""Measures what isolation costs a test: rolling back with `db`, cloning with `db_committed`, over pytest's own floor.

Generated tests of the three kinds take turns in one pytest of their own, so that they meet the same machine.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from slate_pg.config import Project

HEAD = ("a test that", "tests", "ms each", "ms over the floor", "budget ms", "kept")
BUDGET = 1.0
FLOOR = "needs no database"
KINDS = {FLOOR: "floor", "rolls back (db)": "db", "commits (db_committed)": "db_committed"}
_OUTER = ("PYTEST_", "SLATE_TEST_SERVER")  # what a pytest around this one may have set

_FLOOR_TEST = "def test_{number:05}_floor():\n    assert {number} + 1 == {number} + 1\n"
_TEST = """\
def test_{number:05}_{fixture}({fixture}):
    assert {fixture}.value("SELECT {number} + 1") == {number} + 1
"""
# From before the fixtures are set up until after they are taken down, as pytest itself goes through a test.
_CONFTEST = """\
import json
import os
import time

import pytest

TIMES = []


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    began = time.perf_counter()
    yield
    TIMES.append((item.name, time.perf_counter() - began))


def pytest_sessionfinish():
    with open(os.environ["SLATE_BENCH_TIMES"], "w") as file:
        json.dump(TIMES, file)
"""


@dataclass(frozen=True)
class Isolation:
    """One kind of test: how many ran, the median milliseconds of each, and what of that is over the floor."""

    what: str
    tests: int
    each_ms: float
    over_ms: float
    budget: float | None = None

    @property
    def missed(self) -> tuple[str, ...]:
        """What is not as it should be, in words."""
        if self.budget is None or self.over_ms < self.budget:
            return ()
        return (f"a test that {self.what}: {self.over_ms:.2f} ms over the floor, budget {self.budget:g} ms",)

    @property
    def row(self) -> tuple[str, ...]:
        """The cells of its line in a table under HEAD."""
        budget, kept = ("", "") if self.budget is None else (f"{self.budget:g}", "NO" if self.missed else "yes")
        return self.what, str(self.tests), f"{self.each_ms:.2f}", f"{self.over_ms:.2f}", budget, kept


def time_isolation(
    project: Project, tests: int = 300, clones: int = 10, products: Sequence[str] = ()
) -> list[Isolation]:
    """Run so many generated tests of each kind under pytest, on the project's migrations. Writes temporary files.

    RuntimeError with pytest's own words when they do not pass.
    """
    with tempfile.TemporaryDirectory(prefix="slate-bench-") as folder:
        write_tests(Path(folder), tests, clones)
        times = _run(Path(folder), project, products)
    return over_floor(times)


def write_tests(folder: Path, tests: int, clones: int) -> None:
    """Write a test file with the kinds in turn, and a conftest that times them. Writes files."""
    kinds = ["floor", "db"] * (tests + 1) + ["db_committed"] * (clones + 1)  # the first of each kind sets things up
    texts = [
        _FLOOR_TEST.format(number=n) if kind == "floor" else _TEST.format(number=n, fixture=kind)
        for n, kind in enumerate(kinds)
    ]
    (folder / "test_isolation.py").write_text("\n\n".join(texts))
    (folder / "conftest.py").write_text(_CONFTEST)
    (folder / "pytest.ini").write_text("[pytest]\n")


def _run(folder: Path, project: Project, products: Sequence[str]) -> dict[str, list[float]]:
    """Run pytest over the folder; return the seconds of each test by kind, in order."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OUTER)}
    done = subprocess.run(
        [
            sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:django",
            "-c", str(folder / "pytest.ini"), "--rootdir", str(project.root), "--products", ",".join(products),
            str(folder / "test_isolation.py"),
        ],
        cwd=project.root, env={**kept, "SLATE_BENCH_TIMES": str(folder / "times.json")},
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(f"the generated tests do not pass: {(done.stdout + done.stderr).strip()[-500:]}")
    times: dict[str, list[float]] = {}
    for name, seconds in json.loads((folder / "times.json").read_text()):
        times.setdefault(name[len("test_00000_") :], []).append(seconds)
    return times


def over_floor(times: Mapping[str, Sequence[float]]) -> list[Isolation]:
    """Return each kind's median over the floor's; seconds by kind in, the first of each left out. Pure."""
    medians = {kind: statistics.median(taken[1:]) * 1000 for kind, taken in times.items() if len(taken) > 1}
    return [
        Isolation(
            what, len(times[kind]) - 1, medians[kind], medians[kind] - medians["floor"],
            BUDGET if kind == "db" else None,
        )
        for what, kind in KINDS.items()
        if kind in medians
    ]  # fmt: skip
