"""The sections that measure Slate itself: what each is about, and how it is measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from slate_pg.bench.own import fleet, growth, isolation, races, startup
from slate_pg.config import Project

TITLES = {
    "runner": (
        "The runner beside others",
        "Whole processes on a new database each, in turn. Alembic applies all in one transaction, the others commit "
        "each migration. yoyo and Alembic run where they are installed.",
        races.HEAD,
    ),
    "start": ("Start-up", "Whole processes, in turn; status with 200 migrations applied.", startup.HEAD),
    "growth": (
        "Growth",
        "Whole processes at several sizes; net of start is the exponent of what grows: 1 is linear.",
        growth.HEAD,
    ),
    "tests": ("Isolation of tests", "What a fixture costs a test over pytest's floor.", isolation.HEAD),
    "fleet": (
        "Fleets",
        "One command over installations on two servers on disk; the floor is psycopg on one connection a server, one "
        "message a migration.",
        fleet.HEAD,
    ),
}


def measurements(project: Project, repeats: int) -> dict[str, Callable[[], Sequence[Any]]]:
    """Return how each section is measured. Whole processes are run a fourth as often. Writes to disposable servers."""
    return {
        "runner": lambda: races.race_runner(max(3, repeats // 4)),
        "start": lambda: startup.time_startup(repeats),
        "growth": growth.time_growth,
        "tests": lambda: isolation.time_isolation(project),
        "fleet": fleet.time_fleet,
    }
