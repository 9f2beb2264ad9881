"""Being a person for one statement, and what the server said: every attempt is undone. Writes nothing that stays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from slate_pg.postgres.connection import Connection
from slate_pg.testing.access.people import Person
from slate_pg.testing.access.picture import Picture, Relation, Row

_SET = "SELECT set_config('search_path', %s, true), set_config(%s, %s, true), set_config('role', %s, true)"
_BEGIN, _END = sql.SQL("SAVEPOINT tried"), sql.SQL("ROLLBACK TO SAVEPOINT tried; RELEASE SAVEPOINT tried")
UNBOUND = sql.SQL("SELECT set_config('role', %s, true), set_config('session_replication_role', %s, true)")
# 23001 was 23503 before PostgreSQL 18.
_SAME = {"23001": "23503"}


@dataclass
class Attempt:
    """One command tried: refused by the grants, or how many rows it reached, of how many, and what stopped others.

    `wrong` says which rows must not have been reached.
    """

    verb: str
    denied: bool = False
    count: int = 0
    own: int = 0
    of: int | None = None
    word: str = ""
    stopped: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    cells: int = 1

    def add(self, other: Attempt) -> Attempt:
        """Return both as one: the partitions of a table."""
        return Attempt(
            self.verb, self.denied and other.denied, self.count + other.count, self.own + other.own,
            None if self.of is None and other.of is None else (self.of or 0) + (other.of or 0), self.word or other.word,
            self.stopped | other.stopped, self.wrong + other.wrong, self.cells + other.cells,
        )  # fmt: skip

    @property
    def text(self) -> str:
        """What the table says of it; nothing where the grants refuse."""
        if self.denied:
            return ""
        said = self.word or str(self.count) + (f" of {self.of}" if self.of is not None else "")
        own = f" ({self.own} own)" if self.own else ""
        stopped = f" stopped by {' '.join(sorted(self.stopped))}" if self.stopped else ""
        return f"{self.verb} {said}{own}{stopped}"


def undone(connection: Connection, *steps: tuple[sql.Composable, Sequence[Any]]) -> list[tuple[list[Row], int]]:
    """Send statements in one message and undo them; return the first column of the rows, and their count, of each."""
    cursor = psycopg.ClientCursor(connection)
    query = sql.SQL("; ").join([_BEGIN, *(statement for statement, _ in steps), _END])
    try:
        cursor.execute(query, [value for _, given in steps for value in given])
    except psycopg.Error:
        connection.execute(_END)
        raise
    found = []
    for _ in steps:
        cursor.nextset()
        found.append(([r[0] for r in cursor.fetchall()] if cursor.description else [], cursor.rowcount))
    return found


@contextmanager
def acting(picture: Picture, person: Person) -> Iterator[None]:
    """Be a person, in the role and with the setting, until the end; then all is undone."""
    with picture.connection.transaction(force_rollback=True):
        setting, values = become(picture, person)
        picture.connection.execute(setting, values)
        yield


def become(picture: Picture, person: Person) -> tuple[sql.SQL, list[str]]:
    """Return what takes on a person's role and setting for the transaction."""
    world = picture.world
    path = sql.SQL(", ").join(map(sql.Identifier, (world.schema, "core"))).as_string(picture.connection)
    return sql.SQL(_SET), [path, world.setting, person.id or "", world.role_of(person)]


def ask(picture: Picture, statement: sql.Composable, given: Sequence[Any] = ()) -> tuple[list[Row], int]:
    """Run a statement and undo it; return its rows' first column and the count of rows."""
    return undone(picture.connection, (statement, given))[0]


def ask_policies(picture: Picture, person: Person, statement: sql.Composable, given: Sequence[Any] = ()) -> int:
    """Return how many rows a statement reaches by grants and policies alone: no trigger and no foreign key stops it."""
    return undone(picture.connection, (UNBOUND, ["none", "replica"]), become(picture, person), (statement, given))[-1][
        1
    ]


def state(error: psycopg.Error) -> str:
    """Return the SQLSTATE, the same on every version."""
    return _SAME.get(error.sqlstate or "", error.sqlstate or "?")


def is_denied(error: psycopg.Error) -> bool:
    """Return whether the grants refused, not a policy or a trigger: or what cannot be written at all."""
    if error.sqlstate in ("42809", "55000"):  # a materialized view; a view that is not simple
        return "cannot" in str(error.diag.message_primary)
    return error.sqlstate == "42501" and str(error.diag.message_primary).startswith("permission denied")


def judge(picture: Picture, relation: Relation, person: Person, owners: frozenset[str], writes: bool) -> bool:
    """Return whether this person must not reach a row about these people: the independent rule. Pure."""
    world, name = picture.world, relation.root or relation.name
    if person.trusted or (not writes and name in world.shared):
        return False
    if not person.circle:
        return True
    if not writes and name in world.common:
        return False
    return bool(owners) and not any(person.knows(owner, name) for owner in owners)
