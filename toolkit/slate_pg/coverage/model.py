"""What is counted, as values: items with the counters that belong to them, and what a run of tests counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SCHEMA = "slate_coverage"
_NEVER = {"trigger": "never fired", "constraint": "never refused"}


@dataclass(frozen=True)
class Item:
    """One thing that a run of tests may reach or not.

    `kind` is statement, branch, trigger, policy or check (an operand of one), or constraint. `line` counts from 1 in
    the object's body, 0 where it has none; `file` and `at` are the migration that has it and the line there, empty
    and 0 where no migration does. `counters` are the numbers of its counters: of an operand those of true, false and
    NULL, of a constraint none.
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
class Key:
    """How the server names what refused a row: a constraint, or the column that is NOT NULL; the other is empty."""

    schema: str
    table: str
    constraint: str = ""
    column: str = ""


@dataclass(frozen=True)
class Plan:
    """What is counted in one database, what could not be, and which item the server means by a name."""

    items: tuple[Item, ...]
    unmeasured: tuple[Unmeasured, ...] = ()
    refusing: Mapping[Key, Item] = field(default_factory=dict)


@dataclass(frozen=True)
class Measured:
    """An item and what its counters say, one by one."""

    item: Item
    counts: tuple[int, ...]

    @property
    def reached(self) -> bool:
        """Whether tests reached it: it ran, fired or refused; an operand once held and once did not."""
        return not self.wanting

    @property
    def wanting(self) -> str:
        """What of it no test has shown, in two or three words; nothing where it was reached."""
        if len(self.counts) < 3:
            return "" if any(self.counts) else _NEVER.get(self.item.kind, "never ran")
        yes, no, null = self.counts
        # NULL hides a row from people; a CHECK lets it pass.
        refused = no + null if self.item.kind == "policy" else no
        return "" if yes and refused else "never refused" if yes else "never held" if refused else "never evaluated"
