"""Says where each installation of a fleet is to be reached, for poolers; what they are told is written in `routers`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from slate_pg.conninfo import parse
from slate_pg.errors import Misuse, SlateError
from slate_pg.fleet.connections import Connections
from slate_pg.fleet.naming import filled
from slate_pg.fleet.roster import Member, Roster, each_of, reason
from slate_pg.fleet.servers import Server

_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


@dataclass(frozen=True)
class Place:
    """Where a server was reached, with services, variables and lists of hosts resolved. `sslmode` may be empty."""

    host: str
    port: int
    dbname: str
    read_only: bool
    sslmode: str = ""


@dataclass(frozen=True)
class Route:
    """One installation: the name that clients connect to, its path (the schema first), and where it is."""

    name: str
    path: tuple[str, ...]
    place: Place


def find_places(connections: Connections, servers: Sequence[Server]) -> dict[Server, Place]:
    """Return where each server was reached, and whether it takes writes. The error of one that is not. Reads only."""

    def ask(server: Server) -> Place:
        with connections.lend(server) as connection:
            row = connection.execute("SELECT pg_catalog.current_setting('transaction_read_only')").fetchone()
            info = connection.info
            return Place(info.host, info.port, info.dbname, row == ("on",), parse(server.url).get("sslmode", ""))

    found: dict[Server, Place] = {}
    for server, place in zip(servers, each_of(servers, ask), strict=True):
        if isinstance(place, SlateError):
            raise place
        found[server] = place
    return found


def check_whole(roster: Roster) -> None:
    """Refuse a fleet of which a part cannot be seen: what is written would send its clients nowhere. Pure."""
    missing = [f"{server.name} is unreachable: {why}" for server, why in roster.unreachable.items()]
    missing += [f"{server.name} {schema}: {reason(error)}" for server, schema, error in roster.unreadable]
    if missing:
        raise SlateError(
            "no configuration was written: a part of the fleet cannot be seen",
            detail=missing,
            hint="Without its routes those installations would be out of reach. Call again when all answer, or leave "
            "the server out of the list.",
        )


def routes(
    members: Sequence[Member], places: dict[Server, Place], shared: str | None, template: str
) -> tuple[list[Route], list[Member]]:
    """Return the routes by name, and the members left out since their server takes no writes. Pure.

    `template` makes a name of {schema}, {server} and {product}; what PgBouncer cannot read is _ there. Misuse where two
    have one name.
    """
    found: dict[str, tuple[Route, Member]] = {}
    left = [m for m in members if places[m.server].read_only]
    for member in members:
        if places[member.server].read_only:
            continue
        name = _name(template, member)
        if name in found:
            raise Misuse(
                f'"{name}" would lead to two installations: {found[name][1]} and {member}',
                hint="Tell them apart by --name '{server}_{schema}' (PgBouncer), or pick by --match and --servers.",
            )
        path = tuple(dict.fromkeys([*member.product.path, *([shared] if shared else [])]))
        found[name] = Route(name, path, places[member.server]), member
    return [found[name][0] for name in sorted(found)], left


def _name(template: str, member: Member) -> str:
    # PgBouncer 1.18 reads no other letters in a name, quoted or not.
    return re.sub(r"[^A-Za-z0-9_.-]", "_", filled(template, member, "--name"))


def strictest(places: Sequence[Place]) -> str:
    """Return the strictest sslmode that a server was listed with, empty where none was. Pure."""
    given = [p.sslmode for p in places if p.sslmode in _SSL_MODES]
    return max(given, key=_SSL_MODES.index, default="")
