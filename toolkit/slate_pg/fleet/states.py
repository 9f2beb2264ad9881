"""Groups members of a fleet by the state they are in, so that what is the same for all is done once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slate_pg.fleet.connections import Connections
from slate_pg.fleet.roster import Member, Roster
from slate_pg.fleet.servers import Server
from slate_pg.postgres.connection import package_sql


@dataclass(frozen=True)
class Group:
    """Members for which the same is pending on the same grounds; the largest, and what it builds on if that is too."""

    members: Sequence[Member]
    largest: Member
    shared: Member | None


def pending_groups(connections: Connections, roster: Roster) -> list[Group]:
    """Return the groups of members for which something is pending, the most numerous first. Reads only."""
    found: dict[tuple[str, ...], list[Member]] = {}
    for member in roster.members:
        base = roster.shared.get(member.server)
        if _is_pending(member) or (base and _is_pending(base)):
            own = member.digest or str(member)
            grounds = [m.id for m in base.state.pending] if base else []
            found.setdefault((own, *(m.id for m in member.state.pending), "on", *grounds), []).append(member)
    groups = []
    for members in sorted(found.values(), key=len, reverse=True):
        largest = _largest(connections, members)
        groups.append(Group(members, largest, roster.shared.get(largest.server)))
    return groups


def _is_pending(member: Member) -> bool:
    return bool(member.state.pending) or any(r.is_pending for r in member.state.repeatables)


def _largest(connections: Connections, members: Sequence[Member]) -> Member:
    """Return the member with the most pages of rows. Reads only."""
    sizes: dict[tuple[Server, str], int] = {}
    for server in dict.fromkeys(m.server for m in members):
        with connections.lend(server) as connection:
            here = {"schemas": [m.schema for m in members if m.server == server]}
            for schema, pages in connection.execute(package_sql("fleet/measure_schemas"), here).fetchall():
                sizes[server, schema] = pages
    return max(members, key=lambda m: sizes.get((m.server, m.schema), 0))
