"""A project with one object of every kind, applied to a database of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from toolkit import drift, replay, runner
from toolkit.config import Project, find_project
from toolkit.connection import Connection, connect

HERE = Path(__file__).parent
_HEAD = re.compile(
    r"^--= (?P<object>.*?)(?:: (?P<attribute>[a-z_]+))?(?P<catalog> \(catalog\))?(?: -- from (?P<major>\d+))?$"
)
_ROLES = ("school_reader", "school_writer", "school_owner", "school_superuser")


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
    mutations = []
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


@pytest.fixture(scope="session")
def school() -> Project:
    """The fixture's project: one product, one migration, one object of every kind."""
    return find_project(str(HERE / "project" / "migrations"))


@pytest.fixture(scope="session")
def target(slate_server: Any, school: Project) -> Iterator[Target]:
    """A database with the fixture applied by the runner."""
    connection = replay.new_database(slate_server, "proof_target", school)
    connection.execute("CREATE ROLE school_superuser SUPERUSER")
    runner.apply(runner.Run(connection, school.product("school"), None))
    expected = drift.expect(connection, [], school)
    yield Target(connection, school, expected, slate_server, "proof_target")
    connection.close()
    with connect(slate_server.url()) as other:
        other.execute("DROP DATABASE proof_target WITH (FORCE)")
        for role in _ROLES:
            other.execute(f"DROP ROLE {role}")


@pytest.fixture
def changed(target: Target) -> Iterator[psycopg.Connection[Any]]:
    """The target inside a transaction that is rolled back, with the schema on the path."""
    target.connection.execute("BEGIN; SET LOCAL search_path = school, public, pg_temp")
    yield target.connection
    target.connection.execute("ROLLBACK")
