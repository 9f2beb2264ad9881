"""The sections that measure Slate itself: what each is about, and how it is measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from slate_pg.bench.own import backups, fleet, growth, isolation, moved, races, startup
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
    "backup": (
        "Backup",
        "`slate backup` of all products with their demo data, counts and catalogs in the same snapshot, beside one "
        "pg_dump of the database into a folder; in turn.",
        backups.HEAD,
    ),
    "tests": ("Isolation of tests", "What a fixture costs a test over pytest's floor.", isolation.HEAD),
    "fleet": (
        "Fleets",
        "Installations on two servers on disk, half on each. Applies and status are of a small product, one process "
        "each; their floor is psycopg on one connection a server, one message a migration. What is of flourish has for "
        "its floor: of one more, the same statements by psycopg, or the bare statements of the new name; of drift, "
        "all catalogs read once, or the drift of one; of plan, the plan of one; of backup, one pg_dump of each whole "
        "database. What takes milliseconds is the median of five.",
        moved.HEAD,
    ),
}


def measurements(
    project: Project, repeats: int, installations: Sequence[int]
) -> dict[str, Callable[[], Sequence[Any]]]:
    """Return how each section is measured, fleets at these sizes, at their usual ones for none. Writes when called.

    Whole processes are run a fourth as often.
    """
    return {
        "runner": lambda: races.race_runner(max(3, repeats // 4)),
        "start": lambda: startup.time_startup(repeats),
        "growth": growth.time_growth,
        "backup": lambda: backups.time_backup(project, max(3, repeats // 4)),
        "tests": lambda: isolation.time_isolation(project),
        "fleet": lambda: fleet.time_fleet(project, installations or moved.SIZES),
    }
