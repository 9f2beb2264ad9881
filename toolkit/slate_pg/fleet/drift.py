"""Compares the members of a fleet with what their ledgers say. What is expected is built once for each state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from slate_pg.checks.drift import find_drift
from slate_pg.config import Project
from slate_pg.errors import SlateError
from slate_pg.fleet.connections import Connections
from slate_pg.fleet.roster import Member, Roster


@dataclass(frozen=True)
class Compared:
    """What came of comparing one member: the differences in words, notes, and why it could not be compared."""

    member: Member
    said: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    error: SlateError | None = None


def find_drifts(connections: Connections, roster: Roster, project: Project) -> Iterator[Compared]:
    """Yield what differs in each member. Reads only."""
    for member in roster.members:
        try:
            with connections.lend(member.server) as connection:
                found = find_drift(connection, [member.schema], project)
        except SlateError as error:
            yield Compared(member, error=error)
            continue
        said = (*map(str, found.tampered), *map(str, found.differences))
        yield Compared(member, said, tuple(found.notes))
