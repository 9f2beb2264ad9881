"""What is counted, as values: items with the counters that belong to them, and what a run of tests counted."""

from __future__ import annotations

from dataclasses import dataclass

SCHEMA = "slate_coverage"


@dataclass(frozen=True)
class Item:
    """One thing that a run of tests may reach or not.

    `kind` is statement, branch, trigger or operand. `line` counts from 1 in the object's body, 0 where it has none;
    `file` and `at` are the migration that has it and the line there, empty and 0 where no migration does.
    `counters` are the numbers of its counters: of an operand those of true, false and NULL.
    """

    schema: str
    object: str
    kind: str
    said: str
    line: int = 0
    counters: tuple[int, ...] = ()
    file: str = ""
    at: int = 0


@dataclass(frozen=True)
class Unmeasured:
    """An object in which nothing is counted, and why."""

    schema: str
    object: str
    why: str


@dataclass(frozen=True)
class Plan:
    """What is counted in one database, and what could not be."""

    items: tuple[Item, ...]
    unmeasured: tuple[Unmeasured, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """What the server refused, as the driver told it; what it did not name is empty."""

    sqlstate: str
    schema: str = ""
    table: str = ""
    constraint: str = ""
    column: str = ""


@dataclass(frozen=True)
class Measured:
    """An item and what its counters say, one by one."""

    item: Item
    counts: tuple[int, ...]

    @property
    def reached(self) -> bool:
        """Whether a test reached it: a statement ran, a trigger fired, a condition once did not hold."""
        return any(self.counts[1:]) if self.item.kind == "operand" else any(self.counts)
