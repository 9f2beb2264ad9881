"""Outputs about what is applied: status, apply, rollback, seed, up, bootstrap, adopt, baseline, convert."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, NotRequired

from typing_extensions import TypedDict

from slate_pg.cli.shapes.common import DIRECTION, Hurt, Notice, OneOf, Rows, SaidDifference
from slate_pg.migrations.repeatable import standing


class AppliedOne(TypedDict):
    """A migration that is on record as applied."""

    id: str
    """Its name."""
    applied_at: datetime | None
    """When; null where another tool wrote the ledger and did not say."""


class Interrupted(TypedDict):
    """A script that began and did not end."""

    id: str
    """The migration."""
    direction: Annotated[str, DIRECTION]
    """Which of its scripts."""
    finished: int
    """How many of its statements are done."""
    total: int
    """How many it has."""
    backfill: NotRequired[Rows]
    """How far its backfill has come, where it is one."""


class Stuck(TypedDict):
    """Why a baseline in the folder and the installation do not go together."""

    said: str
    """Why, in a sentence."""
    hint: str
    """The way out."""


class Repeatable(TypedDict):
    """A repeatable file."""

    name: str
    """Its name."""
    state: Annotated[
        str,
        OneOf(standing.CURRENT, standing.NEW, standing.CHANGED, standing.COMMENTS, standing.GONE, standing.MISSING),
    ]
    """How it stands against what was applied; all but "current" and "comments changed" want to be applied or mended."""
    applied_at: datetime | None
    """When its newest text was applied; null before the first time."""


class Runner(TypedDict):
    """Who migrates the installation at this moment."""

    pid: int
    """The server process."""
    user: str
    """The role."""
    query: str
    """What it runs."""


class Installation(TypedDict):
    """One product in one schema: its files against its ledger."""

    product: str
    """The product."""
    schema: str
    """The schema."""
    spare: bool
    """Whether it is one that `slate fleet spare` prepared, and nobody's yet."""
    up_to_date: bool
    """Whether nothing is pending, edited, missing, interrupted, gone, hurt or apart."""
    applied: list[AppliedOne]
    """What is applied, in the order that it ran."""
    pending: list[str]
    """Migrations that `slate apply` would run, in that order."""
    edited: list[str]
    """Applied ones whose file reads otherwise now."""
    edited_comments_only: list[str]
    """Those of them in which only comments or white space differ."""
    edited_rollback: list[str]
    """Applied ones whose rollback file reads otherwise now."""
    forward_only: list[str]
    """Applied ones that were recorded without a rollback."""
    missing: list[str]
    """Applied ones that have no file."""
    late: list[str]
    """Pending ones that stand before an applied one."""
    interrupted: list[Interrupted]
    """Scripts that stopped half way."""
    gone: list[str]
    """What migrations made outside the schema, and is not there any more, in words."""
    other_values: list[str]
    """Variables that had another value when a migration was applied, in words."""
    stuck: Stuck | None
    """Why a baseline and the installation do not go together; null where they do."""
    hurt: list[Hurt]
    """What is missing or changed in the ledger itself."""
    keeps: str | None
    """The other tool whose ledger is kept too; null for none."""
    apart: list[str]
    """What that ledger says otherwise, in words."""
    repeatable: list[Repeatable]
    """The repeatable files."""
    failed_jobs: list[str]
    """Jobs whose latest run failed, in words."""
    running: Runner | None
    """Who migrates it at this moment; null for nobody."""


class StatusInstallation(Installation):
    """One installation, and whose files they are."""

    layout: str
    """Whose layout the folder has: "slate", or another tool's name."""
    migrated_by: str | None
    """In words, which other tool has migrated what Slate has not; null for none."""
    move: str | None
    """In words, what a move to another server has made of it (`slate fleet move`); null for none."""


class Status(TypedDict):
    """Every installation of the products that were asked about."""

    installations: list[StatusInstallation]
    """One each, a product that is installed nowhere too. Exit 3 when one is not up to date."""


class Result(TypedDict):
    """One installation that was worked on."""

    product: str
    """The product."""
    schema: str
    """The schema."""
    ids: list[str]
    """The migrations that ran, in that order."""
    repeatable: NotRequired[list[str]]
    """The repeatable files that ran; left out where none did."""


class Behind(TypedDict):
    """Another installation of a product that lacks what was just applied to one."""

    product: str
    """The product."""
    schema: str
    """The schema."""
    pending: list[str]
    """What it lacks."""


class Applied(TypedDict):
    """What was applied."""

    applied: list[Result]
    """One for each installation, with an empty `ids` where nothing was pending."""
    behind: list[Behind]
    """Other installations of these products that lack some of it."""
    notices: list[Notice]
    """What the server said meanwhile."""


class Failed(TypedDict):
    """What stopped the command."""

    product: str
    """The product that was under way; empty before the first."""
    schema: str
    """Its schema."""
    id: str | None
    """The migration that failed; null where none had begun."""
    file: str | None
    """Its file."""
    line: int | None
    """Line of the statement, from 1."""
    column: int | None
    """Column in the line, in characters from 1; null where it is not known."""
    sqlstate: str | None
    """The server's code, five characters."""
    message: str
    """What went wrong, in words."""
    reason: str | None
    """What the server said, in its own words."""
    hint: str
    """The way out; empty where none is known."""


class ApplyFailed(TypedDict):
    """A migration failed (exit 1): what was applied before, what failed, what was not touched."""

    applied: list[Result]
    """What was applied, and stays."""
    failed: Failed
    """What failed; of it nothing stays, or `slate status` says how far it came."""
    not_touched: list[str]
    """The migrations behind it, which did not run."""
    notices: list[Notice]
    """What the server said meanwhile."""


class RollbackFailed(TypedDict):
    """A rollback failed (exit 1): what was rolled back before, what failed, what was not touched."""

    rolled_back: list[Result]
    """What was rolled back, and is."""
    failed: Failed
    """What failed."""
    not_touched: list[str]
    """The migrations behind it, which are applied as before."""
    notices: list[Notice]
    """What the server said meanwhile."""


class Pending(TypedDict):
    """What an apply would run on one installation."""

    product: str
    """The product."""
    schema: str
    """The schema."""
    pending: list[str]
    """Migrations and repeatable files, in that order."""


class ApplyDryRun(TypedDict):
    """With --dry-run: what an apply would run. Nothing was changed."""

    dry_run: list[Pending]
    """One for each installation."""
    sql: str | None
    """All of it as one file for psql; null where no file can do it."""
    no_sql: NotRequired[str]
    """Why there is none."""


class ToRollBack(TypedDict):
    """What a rollback would undo on one installation."""

    product: str
    """The product."""
    schema: str
    """The schema."""
    to_roll_back: list[str]
    """The migrations, newest first."""


class RollbackDryRun(TypedDict):
    """With --dry-run: what a rollback would run. Nothing was changed."""

    dry_run: list[ToRollBack]
    """The installation."""
    sql: str
    """All of it as one file for psql."""


class RolledBack(TypedDict):
    """What was rolled back."""

    product: str
    """The product."""
    schema: str
    """The schema."""
    rolled_back: list[str]
    """The migrations, newest first."""
    repeatable: NotRequired[list[str]]
    """The repeatable files whose earlier text was put back; left out where none was."""
    notices: list[Notice]
    """What the server said meanwhile."""


class Forgotten(TypedDict):
    """With --forget: a migration that stopped half way was given up."""

    schema: str
    """The schema."""
    forgotten: str
    """The migration."""
    direction: Annotated[str, DIRECTION]
    """Which of its scripts had begun."""
    finished_statements: list[str]
    """Its statements that were finished, and stay."""


class Seed(TypedDict):
    """One seed file that was loaded."""

    product: str
    """The product."""
    schema: str
    """The schema."""
    seed: str
    """The set: reference, demo or scale."""
    rows: int
    """Rows that it wrote; 0 when all were there."""
    milliseconds: float
    """How long it took, ms."""
    slices: int
    """Slices of the scale set that were loaded now."""


class Seeded(TypedDict):
    """What was loaded."""

    seeds: list[Seed]
    """One for each file, in the order that they ran."""


class Inventory(TypedDict):
    """What is in one installation."""

    product: str
    """The product."""
    schema: str
    """The schema."""
    tables: int
    """Number of tables."""
    rows: int
    """Rows in all of them; of a table at most 100,000 are counted."""
    more: bool
    """Whether there are more rows than were counted."""
    migrations: int
    """Number of migrations on record."""


class Changed(TypedDict):
    """What `slate up` did."""

    applied: list[str]
    """Migrations that were applied now."""
    seeded: list[str]
    """Seed files that wrote rows now, as product/set."""


class Up(Changed):
    """What `slate up` did, and what is there."""

    up_to_date: bool
    """Whether there was nothing to do."""
    products: list[Inventory]
    """What is there, one for each installation."""


class Bootstrapped(TypedDict):
    """A database whose roles and settings were made."""

    database: str
    """Its name."""
    notes: list[str]
    """What could not be done as wanted, in words."""


class Adopted(TypedDict):
    """What came of an adoption. Exit 3 where the schema is not what the migrations build."""

    schema: str
    """The schema."""
    adopted: bool
    """Whether its ledger was written: only where nothing differs."""
    ids: list[str]
    """Migrations that are on record now, or would be."""
    undone: list[str]
    """Migrations that the other tool has undone, and that were taken off record."""
    keeps: str | None
    """The other tool whose ledger is kept too from now on; null for none."""
    differences: list[SaidDifference]
    """What differs, the gravest first."""


class Left(TypedDict):
    """With --leave-theirs: another tool's ledger is written no more."""

    schema: str
    """The schema."""
    left: str
    """The other tool."""


class Repair(TypedDict):
    """One thing that a ledger lacks."""

    id: str
    """The migration."""
    said: str
    """What is put back, in words."""


class Repaired(TypedDict):
    """With --repair: what a ledger lacks. Exit 3 until it is put back."""

    schema: str
    """The schema."""
    written: bool
    """Whether it was put back."""
    repairs: list[Repair]
    """What it lacks, or lacked."""
    differences: list[SaidDifference]
    """What stands in the way: where the schema is not what the files build."""


class Baseline(TypedDict):
    """A baseline that was written and proven equal."""

    id: str
    """Its name."""
    files: list[str]
    """Paths of its files."""
    removed: list[str]
    """Paths of the files that were removed."""
    replaces: int
    """How many migrations it replaces."""
    seconds_before: float
    """How long these took, s."""
    seconds_after: float
    """How long it takes, s."""
    frozen: list[str]
    """Columns whose values are this build's in every installation."""
    anew: list[str]
    """Columns whose values are made anew in every installation, by their default."""
    notes: list[str]
    """What else is to be known."""


class Converted(TypedDict):
    """Migrations that another tool printed, as files."""

    written: list[str]
    """Paths of the files that were written."""
    there: list[str]
    """Migrations that were there already, and stay."""
    notes: list[str]
    """What else is to be known."""
