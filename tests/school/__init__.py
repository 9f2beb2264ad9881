"""A project with one object of every kind, applied to a database of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from slate_pg.checks import drift
from slate_pg.config import Project
from slate_pg.postgres.connection import Connection
from tests.school.names import rename

HERE = Path(__file__).parent
_HEAD = re.compile(
    r"^--= (?P<object>.*?)(?:: (?P<attribute>[a-z_]+))?(?P<catalog> \(catalog\))?(?: -- from (?P<major>\d+))?$"
)
ROLES = ("school_reader", "school_writer", "school_owner", "school_superuser")


@dataclass(frozen=True)
class Mutation:
    """One change, and where it must show: the object, the attribute, and whether drift or only the catalog tells."""

    number: int
    object: str
    attribute: str
    told_by_drift: bool
    major: int
    sql: str

    def __str__(self) -> str:
        return f"{self.number:03d} {self.object}{': ' if self.attribute else ''}{self.attribute}"


def read_mutations() -> list[Mutation]:
    """Read mutations.sql: a line that says what must be reported, then the change."""
    mutations: list[Mutation] = []
    for block in re.split(r"(?m)^(?=--= )", (HERE / "mutations.sql").read_text("utf-8"))[1:]:
        head, _, statements = block.partition("\n")
        found = _HEAD.match(head)
        assert found, head
        mutations.append(
            Mutation(
                len(mutations) + 1, found["object"], found["attribute"] or "", not found["catalog"],
                int(found["major"] or 0), statements.strip(),
            )
        )  # fmt: skip
    return mutations


@dataclass
class Target:
    """A database with the fixture applied, and what its ledger says of it."""

    connection: Connection
    project: Project
    expected: drift.Expectation
    server: Any
    name: str
    names: Mapping[str, str] = field(default_factory=dict)

    def renamed(self, text: str) -> str:
        """Return SQL, or what drift says, with the names that the school has in this database."""
        return rename(text, self.names)
