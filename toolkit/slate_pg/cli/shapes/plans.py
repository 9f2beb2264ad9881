"""Outputs of `slate plan`, and of `slate fleet plan`, which has the same in each line."""

from __future__ import annotations

from typing import Annotated, NotRequired

from typing_extensions import TypedDict

from slate_pg.cli.shapes.common import OneOf
from slate_pg.postgres.effects import CLUSTER, MACHINE
from slate_pg.rehearsal import findings, verdict

MODE = OneOf(*findings.BLOCKS)


class Seconds(TypedDict):
    """About how long something takes."""

    low: float
    """At least, s."""
    high: float
    """At most, s."""
    basis: str
    """What the estimate rests on; empty where nothing is to be said."""


class Finding(TypedDict):
    """One thing to decide about."""

    kind: Annotated[str, OneOf(*findings.KINDS)]
    """Which kind; --allow and `-- accept:` take these words."""
    relation: str | None
    """The table, view or index that it is about; null for none."""
    mode: Annotated[str, MODE] | None
    """Under what lock; null for none."""
    scope: Annotated[str, OneOf(findings.TABLE, findings.ROWS)]
    """Who waits: whoever uses the table, or writers of the changed rows only."""
    line: int
    """Line of the statement, from 1; of a file's finding where the blocking begins; 0 where it is not known."""
    seconds: Seconds | None
    """About how long; null where time says nothing or is not known."""
    rows: int | None
    """How many rows; null where they say nothing or are not known."""
    bytes: int | None
    """How many bytes; null where they say nothing or are not known."""
    reason: str
    """Why, in words."""
    recipe: str
    """What to do instead; empty for nothing."""
    command: str | None
    """The command that writes the files of the recipe; null for none."""


class Lock(TypedDict):
    """A lock that a statement takes."""

    relation: str
    """On which relation."""
    mode: Annotated[str, MODE]
    """Its mode, as pg_locks has it."""
    blocks: Annotated[str, OneOf(*dict.fromkeys(findings.BLOCKS.values()))]
    """What others cannot do meanwhile; empty for nothing of note."""


class Held(Lock):
    """A lock that the transaction holds by then."""

    since_line: int
    """Line of the statement that took it."""
    also_blocks: NotRequired[str]
    """Who waits besides: the table of an index, what a partition or a child is part of."""


class Work(TypedDict):
    """What a statement does to a relation."""

    kind: str
    """rewrite, full scan, index build, constraint validation, refresh, update, delete, …"""
    relation: str
    """The relation; empty where it only waits."""
    server_said: str
    """The server's words for it, or where else it is known from."""


class Statement(TypedDict):
    """One statement of a pending file, as the server ran it on the copy."""

    file: str
    """The file."""
    line: int
    """Its line, from 1."""
    sql: str
    """Its text."""
    locks: list[Lock]
    """Locks that it takes on relations that were there before the file."""
    work: list[Work]
    """What it does to them."""
    held_ms: float
    """How long it took on the copy, where tables are empty, ms."""
    verdict: Annotated[
        str,
        OneOf(
            verdict.SAFE,
            verdict.QUIET,
            verdict.STEPS,
            verdict.LOSES,
            verdict.FAILS,
            verdict.ON_CLUSTER,
            verdict.ON_MACHINE,
            verdict.UNKNOWN,
        ),
    ]
    """The judgement."""
    why: str
    """Why, in words; empty where nothing is to be said."""
    recipe: str
    """What to do instead; empty for nothing."""
    command: str | None
    """The command that writes the files of the recipe; null for none."""
    findings: list[Finding]
    """What is behind the judgement."""
    held: list[Held]
    """All locks that its transaction holds by then."""
    acts_on: Annotated[str, OneOf(CLUSTER, MACHINE)] | None
    """What beyond its database it acts on; null for nothing."""
    acts_later: bool
    """Whether it does so only when what it makes is called."""
    put_together_at_run_time: bool
    """Whether it runs SQL that may be other SQL on the target's rows."""
    ran: bool
    """Whether it was run on the copy."""


class File(TypedDict):
    """One pending file as a whole."""

    file: str
    """The file."""
    transactional: bool
    """Whether all of it is one transaction."""
    seconds: Seconds | None
    """The work of all its statements; null where nothing of it takes time."""
    findings: list[Finding]
    """What is to be decided about."""


class Plan(TypedDict):
    """What is pending on one installation."""

    schema: str
    """The schema."""
    statements: list[Statement]
    """Every statement, in the order that it would run."""
    files: list[File]
    """Every file."""


class Ruled(Finding):
    """A finding that was decided about."""

    file: str
    """The file."""
    because: str | None
    """By what reason of a person; null for none."""


class Unmatched(TypedDict):
    """What a file accepts and nobody found."""

    file: str
    """The file."""
    line: int
    """Line of the `-- accept:`, from 1."""
    kind: str
    """What it accepts."""
    reason: str
    """Its reason."""


class Gate(TypedDict):
    """What was decided."""

    passes: bool
    """Whether nothing is in the way; else exit 3."""
    refused: list[Ruled]
    """What is in the way."""
    allowed: list[Ruled]
    """What --allow or [tool.slate] lets be."""
    accepted: list[Ruled]
    """What files accept, with their reasons."""
    unmatched: list[Unmatched]
    """What files accept and nobody found."""


class Plans(TypedDict):
    """What is pending, rehearsed and judged. Exit 3 where something is in the way."""

    plans: list[Plan]
    """One for each installation."""
    gate: Gate
    """What was decided."""
