"""Outputs about what is amiss and who may do what: check, lint, drift, doctor, access, why."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, NotRequired

from typing_extensions import TypedDict

from slate_pg.catalog.compare import SEVERITIES
from slate_pg.cli.shapes.common import DIRECTION, SEVERITY, Hurt, Identity, OneOf

CELL = OneOf(
    "all", "own rows", "columns", "own rows, columns", "as the tables", "as the tables, columns", "by the view",
    "by the view, columns", "none",
)  # fmt: skip


class Finding(TypedDict):
    """One thing that is not as it should be."""

    file: str
    """The file, relative to the project; empty where it is about none."""
    line: int
    """Line in the file, from 1; 0 where it is about no line."""
    rule: str
    """The rule that it breaks: Slate's own, or one of squawk's or sqlfluff's."""
    object: str
    """The object of the database; empty where it is about none."""
    message: str
    """What is wrong."""
    severity: Annotated[str, OneOf(*SEVERITIES)]
    """How grave it is."""
    accepted: str
    """Why somebody lets it be; empty where nobody does."""


class Findings(TypedDict):
    """What was found. Exit 3 where there is anything."""

    findings: list[Finding]
    """One each, by file and line."""


class Tampered(TypedDict):
    """A migration of which the ledger's text, its checksum and the file do not say the same."""

    schema: str
    """The schema."""
    id: str
    """The migration."""
    script: Annotated[str, DIRECTION]
    """Which of its scripts."""
    which: Annotated[str, OneOf("text", "checksum", "file", "text or checksum")]
    """What differs from the others."""
    severity: Annotated[str, SEVERITY]
    """Always "security"."""
    said: str
    """The same in a sentence."""


class Difference(TypedDict):
    """One object, or one attribute of it, that is not what the ledger builds."""

    object: str
    """The object, in words."""
    attribute: str
    """What of it differs; empty where the object itself is missing or should not be there."""
    expected: Any
    """What it should be; null where it should not be there. Of a whole object its attributes."""
    found: Any
    """What it is; null where it is missing. Of a whole object its attributes."""
    severity: Annotated[str, SEVERITY]
    """How grave it is."""
    identity: Identity
    """The object, in fields."""


class Drift(TypedDict):
    """A database against its ledgers. Exit 3 where something differs."""

    schemas: list[str]
    """The schemas that were compared."""
    migrations: int
    """How many migrations were rebuilt; 0 where nothing was."""
    tampered: list[Tampered]
    """What in the ledgers does not agree; where there is anything, nothing was rebuilt or compared."""
    differences: list[Difference]
    """What differs, the gravest first."""
    hurt: NotRequired[list[Hurt]]
    """What the ledgers lack; where it is there, nothing was rebuilt or compared."""


class Unwell(TypedDict):
    """One thing that is not well."""

    check: str
    """The check that found it."""
    object: str
    """What it is about."""
    found: str
    """What was found."""
    why: str
    """Why it matters."""
    fix: str
    """The remedy: SQL or a sentence."""


class Doctor(TypedDict):
    """What is not well. Exit 3 where there is anything."""

    findings: list[Unwell]
    """One each."""
    not_checked: list[str]
    """Checks that could not be made, and why."""


class SlowQuery(TypedDict):
    """One statement of pg_stat_statements."""

    total_ms: float
    """All its runs together, ms."""
    percent: float | None
    """Of what all statements took."""
    calls: int
    """How often it ran."""
    mean_ms: float
    """A run on average, ms."""
    max_ms: float
    """The longest run, ms."""
    rows: int
    """Rows that it returned or changed, all runs together."""
    cached_percent: float | None
    """Of the blocks that it read, how many were in memory; null where it read none."""
    query: str
    """Its text, constants as $1."""


class IndexUsage(TypedDict):
    """One index; those of a table's partitions together."""

    index: str
    """The index, with its schema."""
    table: str
    """Its table."""
    scans: int
    """How often it was scanned since the statistics began."""
    entries_read: int
    """Entries that scans returned."""
    last_scan: NotRequired[datetime | None]
    """When it was last scanned; null for never. From PostgreSQL 16 on."""
    size: str
    """Its size on disk, for people."""
    keeps: Annotated[str, OneOf("primary key", "unique", "")]
    """The rule that it keeps; empty for none."""


class TableGrowth(TypedDict):
    """One table, with its partitions."""

    table: str
    """The table, with its schema."""
    parts: int
    """How many tables it is on disk."""
    rows: int
    """Live rows, estimated."""
    size: str
    """Size on disk without indexes, for people."""
    indexes: str
    """Size of its indexes, for people."""
    inserted: int
    """Rows inserted since the statistics began."""
    updated: int
    """Rows updated."""
    deleted: int
    """Rows deleted."""
    grows_per_day: float | None
    """Rows that it grows by in a day; null where the beginning of the statistics is not known."""
    dead_percent: float | None
    """Of its rows, how many are dead; null of an empty one."""
    full_scans: int
    """How often it was read from end to end."""
    index_scans: int
    """How often an index of it was used."""


class SlowQueries(TypedDict):
    """The statements that took the server longest."""

    note: str
    """Why the figures are missing or not whole; empty where they are."""
    rows: list[SlowQuery]
    """At most 20, the longest first."""


class IndexUsages(TypedDict):
    """How often each index was used."""

    note: str
    """Why the figures are missing or not whole; empty where they are."""
    rows: list[IndexUsage]
    """The least used first."""


class TableGrowths(TypedDict):
    """Size and growth of the tables."""

    note: str
    """Why the figures are missing or not whole; empty where they are."""
    rows: list[TableGrowth]
    """The largest first."""


class Tables(TypedDict):
    """Tables of figures."""

    index_usage: IndexUsages
    """How often each index was used."""
    slow_queries: SlowQueries
    """The statements that took the server longest."""
    table_growth: TableGrowths
    """Size and growth of the tables."""


class Statistics(TypedDict):
    """With --stats: figures of a live database."""

    statistics: Tables
    """One table each."""


class Access(TypedDict):
    """What one role may do with one table."""

    schema: str
    """The schema."""
    table: str
    """The table or view."""
    role: str
    """The role."""
    select: Annotated[str, CELL]
    """What of it the role may read; "own rows": policies decide."""
    insert: Annotated[str, CELL]
    """What it may insert."""
    update: Annotated[str, CELL]
    """What it may update."""
    delete: Annotated[str, CELL]
    """What it may delete."""


class AccessTable(TypedDict):
    """Who may do what."""

    access: list[Access]
    """One for each table and role, where a role may nothing too."""


class AccessChanges(TypedDict):
    """With --expect: what is not as the file says. Exit 3 where there is anything."""

    changes: list[str]
    """One each, in words."""


class Operand(TypedDict):
    """One condition of a policy, and what it is for the row."""

    text: str
    """The condition, as SQL."""
    value: Annotated[str, OneOf("true", "false", "null", "error", "")]
    """What it gives; empty where it was not asked."""
    error: str
    """What the server said instead; empty where it gave a value."""


class Judged(TypedDict):
    """One policy for SELECT."""

    name: str
    """Its name."""
    restrictive: bool
    """Whether it must hold besides others, rather than be one of those that let a row be seen."""
    roles: list[str]
    """Whom it names."""
    concerns: bool
    """Whether it concerns the role that was asked about."""
    whole: Operand
    """Its condition."""
    operands: list[Operand]
    """What that is put together from, where it is several."""


class Why(TypedDict):
    """Whether a person sees a row, and why."""

    version: Literal[1]
    """The version of this document."""
    role: str
    """The role that was asked about."""
    person: str
    """Who the person is, as given."""
    table: str
    """The table, with its schema."""
    key: list[str]
    """The row's primary key, as given; none where any row was asked about."""
    seen: bool
    """Whether it is seen."""
    reasons: list[str]
    """Why, in sentences."""
    policies: list[Judged]
    """What each policy says of it."""
