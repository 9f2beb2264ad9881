"""The figures of `slate bench`: a key for each section that was measured."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict


class Machine(TypedDict):
    """What the figures were measured on."""

    processor: str
    """Its name."""
    cores: int | None
    """How many; null where the system does not say."""
    memory_gib: int
    """Memory, GiB."""
    system: str
    """Operating system and architecture."""
    python: str
    """Version of Python."""
    postgresql: str
    """Version of PostgreSQL."""
    at: str
    """When, as RFC 3339 has it, to the minute."""


class Sizes(TypedDict):
    """One product at the scale."""

    product: str
    """The product."""
    scale: int
    """Slices of its scale seed."""
    rows: int
    """Rows in all tables."""
    bytes: int
    """Bytes of all tables with their indexes."""
    seconds: float
    """How long loading took, s."""
    largest: list[tuple[str, int]]
    """The largest tables, each with its rows."""


class Timed(TypedDict):
    """One query."""

    product: str
    """The product."""
    query: str
    """Its name."""
    budget_ms: float
    """What its header allows, ms."""
    rows: int
    """Rows that it returns."""
    owner_p50: float
    """The median as owner, whom policies do not bind, ms."""
    owner_p95: float
    """The 95th percentile as owner, ms."""
    person_p50: float | None
    """The median as a person, whom policies bind, ms; null where none was asked."""
    person_p95: float | None
    """The 95th percentile as a person, ms."""
    same_rows: bool
    """Whether the person got the owner's rows, so that the two can be compared."""
    indexes: list[str]
    """Indexes that the plan uses."""
    scans: list[str]
    """Relations that the plan reads from end to end."""
    within_budget: bool
    """Whether the slower 95th percentile is within the budget."""
    ratio: float | None
    """What row security costs: median as a person over median as owner."""
    missed: list[str]
    """What is not as it should be, in words."""


class Seeded(TypedDict):
    """The scale seed of a product."""

    product: str
    """The product."""
    scale: int
    """Slices that are there."""
    rows: int
    """Rows of one more."""
    seconds: float
    """How long that takes, s."""
    floor: float
    """How long a bare INSERT … SELECT of the same takes, s."""
    growth: float
    """The last slices' time over the first ones'."""
    share: float
    """Its speed as a share of the floor's."""
    missed: list[str]
    """What is not as it should be, in words."""


class Cost(TypedDict):
    """One kind of write to one table, with all triggers and without one."""

    table: str
    """The table."""
    write: str
    """The write, in words."""
    rows: int
    """Rows that were written."""
    without: str
    """The trigger that was left out; "foreign keys", or "all triggers"."""
    rate: float | None
    """Rows a second with all triggers; null where there is none."""
    rate_without: float | None
    """Rows a second without it."""
    note: str
    """Why there is none; empty where there is."""
    share: float | None
    """The part of the time that goes with the trigger; below zero is noise."""


class Month(TypedDict):
    """A month of rows in a partition of its own."""

    rows: int
    """Its rows."""
    retire_ms: float
    """How long retiring its partition takes under locks, ms."""
    free_ms: float
    """How long freeing its blocks takes afterwards, ms."""
    delete_ms: float
    """How long deleting the same rows takes, ms."""


class Retention(TypedDict):
    """What retiring old rows costs."""

    months: list[Month]
    """Months by size, the smallest first."""
    budget: float
    """How much longer the largest may take than the smallest."""
    ratio: float
    """How much longer it does."""
    missed: list[str]
    """What is not as it should be, in words."""


class Race(TypedDict):
    """Ways to the same end, in turn."""

    what: str
    """The end."""
    seconds: dict[str, float]
    """The median of each way, s."""
    budget: float
    """What slate may take over the floor."""
    ratios: dict[str, float]
    """What each way takes over the floor."""
    missed: list[str]
    """What is not as it should be, in words."""


class Import(TypedDict):
    """One module."""

    module: str
    """Its name."""
    own_ms: float
    """What it takes itself, ms."""
    total_ms: float
    """What it takes with all that it imports, ms."""


class Startup(TypedDict):
    """One command's start."""

    what: str
    """The command."""
    seconds: float
    """The median, s."""
    budget: float | None
    """What it may take, s; null for no budget."""
    imports: list[Import]
    """Its dearest imports."""
    missed: list[str]
    """What is not as it should be, in words."""


class Growth(TypedDict):
    """One thing at several sizes."""

    what: str
    """What it is."""
    points: list[tuple[int, float]]
    """Size and time, s, the smallest first."""
    noise: list[float]
    """How far from its time half of the runs lie, s."""
    budget: float
    """With which power of the size it may grow."""
    most: tuple[int, float] | None
    """From which size on it may take no more than so many seconds, null where none is set."""
    exponent: float
    """With which it grows, what does not grow included."""
    net_exponent: float
    """With which that grows which does; 0 where hardly anything does."""
    marginal_ms: list[float]
    """What one more costs, from each size to the next, ms."""
    sure_exponent: float
    """The least power that noise leaves possible."""
    missed: list[str]
    """What is not as it should be, in words."""


class Isolation(TypedDict):
    """One kind of test."""

    what: str
    """What it does."""
    tests: int
    """How many ran."""
    each_ms: float
    """The median, ms."""
    over_ms: float
    """What of that is over pytest's own, ms."""
    budget: float | None
    """What that may be, ms; null for no budget."""
    missed: list[str]
    """What is not as it should be, in words."""


class Moved(TypedDict):
    """One command over so many installations, or the most memory that any of them had."""

    what: str
    """The command."""
    installations: int
    """How many."""
    seconds: NotRequired[float]
    """How long it takes, s; not of memory."""
    floor: NotRequired[float | None]
    """How long its floor takes, s; null where it has none."""
    memory_mb: float | None
    """Its memory, MB; null for what is no process of its own."""
    missed: list[str]
    """What is not as it should be, in words."""


class Figures(TypedDict):
    """Every figure. Exit 3 where something missed its budget. `--save` writes the same."""

    machine: Machine
    """What they were measured on."""
    scale: int
    """Slices of each product's scale seed."""
    data: NotRequired[list[Sizes]]
    """What there is, one for each product."""
    queries: NotRequired[list[Timed]]
    """The documented queries."""
    seeds: NotRequired[list[Seeded]]
    """The scale seeds."""
    writes: NotRequired[list[Cost]]
    """What triggers cost."""
    retention: NotRequired[list[Retention]]
    """What retiring old rows costs."""
    runner: NotRequired[list[Race]]
    """The runner beside others."""
    start: NotRequired[list[Startup]]
    """How fast commands start."""
    growth: NotRequired[list[Growth]]
    """How times grow with sizes."""
    tests: NotRequired[list[Isolation]]
    """What fixtures cost a test."""
    fleet: NotRequired[list[Moved]]
    """What fleets cost."""
