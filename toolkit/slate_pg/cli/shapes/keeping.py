"""Outputs about what is kept and run: backup, restore, jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from typing_extensions import TypedDict

from slate_pg.cli.shapes.common import OneOf


class Backup(TypedDict):
    """One backup that was written."""

    folder: str
    """Its folder, which `slate restore` takes."""
    schema: str
    """The schema; of a physical one "cluster"."""
    kind: Annotated[str, OneOf("logical", "physical")]
    """By pg_dump, or the whole cluster by pg_basebackup."""
    bytes: int
    """Its size on disk."""
    tables: int
    """Number of tables; 0 of a physical one, which does not count them."""
    rows: int
    """Rows in all of them."""
    schemas: list[str]
    """All schemas in it."""
    large_objects: int
    """Number of large objects."""
    left_out: list[str]
    """What is not in it, in words."""
    removed: list[str]
    """Older backups that no --keep keeps, and that were removed."""


class Backups(TypedDict):
    """What was backed up."""

    backups: list[Backup]
    """One each."""


class Restored(TypedDict):
    """What was restored."""

    restored: list[str]
    """The schemas, or the data directory of a physical backup."""


class Verified(TypedDict):
    """With --verify: whether a backup brings back what it was taken of. Exit 3 where something differs."""

    backup: str
    """Its folder."""
    equal: bool
    """Whether nothing differs and nothing was left out."""
    differences: list[str]
    """What differs, in words."""
    left_out: list[str]
    """What is not in it and was not compared, in words."""


class Job(TypedDict):
    """One job, and its last run."""

    product: str
    """The product."""
    job: str
    """Its name."""
    schedule: str
    """When it is due, as cron has it, in UTC."""
    last: Annotated[str, OneOf("never ran", "done", "failed", "cut short", "running")]
    """What became of its last run."""
    at: datetime | None
    """When that began; null where it never ran."""
    error: str | None
    """What it failed with; null or empty where it did not."""
    why: str
    """Why the job is there."""


class Jobs(TypedDict):
    """The jobs; of `slate jobs due` those whose time has come (exit 3 where there are any)."""

    jobs: list[Job]
    """One each."""
    unusable: list[str]
    """What is wrong with files that are no jobs, in words; exit 1 where there is anything."""


class Outcome(TypedDict):
    """What one run did."""

    job: str
    """The job."""
    state: Annotated[str, OneOf("done", "failed", "running elsewhere", "waiting")]
    """What became of it; "waiting": for a job before it that did not run well."""
    rows: int
    """Rows that it returned or changed."""
    seconds: float
    """How long it took, s."""
    result: list[dict[str, Any]]
    """The rows that it returned, by the names of its columns; numbers with decimals and moments as text."""
    error: str
    """What it failed with; empty where it did not."""


class Runs(TypedDict):
    """What was run. Exit 1 where one failed, or waits for one that did."""

    runs: list[Outcome]
    """One each, in the order that they ran."""
    unusable: list[str]
    """What is wrong with files that are no jobs, in words."""
