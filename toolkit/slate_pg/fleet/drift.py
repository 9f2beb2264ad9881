"""Compares the members of a fleet with what their ledgers say. What is expected is built once for each state.

Members of one state that look alike, but for their names, are compared once: the first of them with what its ledger
builds. Whatever differs is then asked again as `slate drift` asks, of that one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from slate_pg.catalog import reader
from slate_pg.catalog.identity import schema_of
from slate_pg.catalog.likeness import digests
from slate_pg.catalog.model import Facts, set_periods_apart
from slate_pg.catalog.renaming import replace_qualifier
from slate_pg.checks.alike import applied_texts, may_stand
from slate_pg.checks.drift import Expectation, expect, find_drift, judge
from slate_pg.config import Project
from slate_pg.errors import SlateError
from slate_pg.fleet.changed_names import under_other_name
from slate_pg.fleet.connections import Connections
from slate_pg.fleet.roster import Member, Roster
from slate_pg.fleet.servers import Server
from slate_pg.migrations import ledger
from slate_pg.postgres.connection import Connection


@dataclass(frozen=True)
class Compared:
    """What came of comparing one member: the differences in words, notes, and why it could not be compared."""

    member: Member
    said: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    error: SlateError | None = None


@dataclass
class State:
    """Members in one state: what is expected of the first, and what came of those that were compared on one server."""

    first: Member
    expected: Expectation
    roles: tuple[str, ...]
    texts: list[str | None]
    seen: dict[str, Compared] = field(default_factory=dict)


def find_drifts(connections: Connections, roster: Roster, project: Project) -> Iterator[Compared]:
    """Yield what differs in each member. Reads only."""
    states: dict[tuple[object, ...], State | None] = {}
    by_server: dict[Server, list[Member]] = defaultdict(list)
    for member in roster.members:
        by_server[member.server].append(member)
    for server, members in by_server.items():
        with connections.lend(server) as connection:
            together: dict[tuple[object, ...], list[Member]] = defaultdict(list)
            for member in members:
                together[_grounds(connection, roster, member)].append(member)
            for grounds, alike in together.items():
                if grounds not in states:
                    states[grounds] = _expect(connection, alike[0], project) if grounds[0] and len(alike) > 1 else None
                yield from _compare(connection, states[grounds], alike, project)


def _grounds(connection: Connection, roster: Roster, member: Member) -> tuple[object, ...]:
    """Return what decides how a member should look; what made something elsewhere stands for itself. Pure."""
    base = roster.shared.get(member.server)
    below = tuple((a.id, a.checksum) for a in base.state.applied) if base else ()
    digest = "" if member.elsewhere else member.digest
    return digest, str(member) if not digest else "", connection.info.server_version // 10000, below


def _expect(connection: Connection, member: Member, project: Project) -> State | None:
    """Return what is expected of members in a state, None where that cannot be built. Reads the target only."""
    try:
        expected = expect(connection, [member.schema], project)
        present = ledger.find_ledgers(connection)
        base = [project.shared] if project.shared in present else []
        texts = applied_texts(connection, [*base, member.schema], present)
    except SlateError:
        return None
    names = {i.name for i in expected.catalog.facts if i.kind == "grant"}
    own = tuple(sorted(name[len(member.schema) :] for name in names if name.startswith(f"{member.schema}_")))
    return State(member, expected, own, texts)


def _compare(
    connection: Connection, state: State | None, members: Sequence[Member], project: Project
) -> Iterator[Compared]:
    """Yield what differs in members of one state on one server: what is alike there is compared once."""
    if state is None:
        yield from (_alone(connection, member, project) for member in members)
        return
    state.seen.clear()  # what belongs to the whole database is another on each server
    found = digests(connection, [m.schema for m in members if may_stand(m.schema, state.texts)])
    for member in members:
        digest = found.get(member.schema, "")
        model = state.seen.get(digest) if digest else None
        if model and not model.error:
            said = tuple(replace_qualifier(line, model.member.schema, member.schema) for line in model.said)
            yield Compared(member, said, model.notes)
            continue
        compared = state.seen[digest] = _compare_one(connection, state, member, project)
        yield compared


def _compare_one(connection: Connection, state: State, member: Member, project: Project) -> Compared:
    """Compare one member with what is expected of its state; where it differs, as `slate drift` does."""
    found = reader.read_facts(connection, [member.schema])
    apart: dict[bool, Facts] = {True: {}, False: {}}
    for identity, attributes in found.items():
        apart[schema_of(identity) == member.schema][identity] = attributes
    facts = under_other_name(apart[True], member.schema, state.first.schema, state.roles) | apart[False]
    differences = judge(state.expected, connection, set_periods_apart(facts, state.expected.catalog.major))
    return _alone(connection, member, project) if differences else Compared(member, notes=tuple(state.expected.notes))


def _alone(connection: Connection, member: Member, project: Project) -> Compared:
    """Compare one member as `slate drift` does. Reads the target only."""
    try:
        found = find_drift(connection, [member.schema], project)
    except SlateError as error:
        return Compared(member, error=error)
    return Compared(member, (*map(str, found.tampered), *map(str, found.differences)), tuple(found.notes))
