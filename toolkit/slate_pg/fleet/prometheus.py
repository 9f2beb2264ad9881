"""Writes how a fleet stands as Prometheus reads it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from slate_pg.fleet.roster import Roster
from slate_pg.fleet.servers import Server

_FIGURES = {
    "slate_fleet_server_up": "Whether a server answered.",
    "slate_fleet_installations": "Installations of the product, by server, state and last migration.",
    "slate_fleet_pending_migrations": "Migrations that are not applied yet, of all installations of a server together.",
    "slate_fleet_unreadable_ledgers": "Ledgers that could not be read.",
}


def exposition(product: str, servers: Sequence[Server], roster: Roster) -> str:
    """Return the figures of a product's fleet as text; states are those of `slate status`."""
    lines: list[str] = []
    for name, said in _FIGURES.items():
        lines += [f"# HELP {name} {said}", f"# TYPE {name} gauge"]
        lines += [f"{name}{_labels(labels)} {value}" for labels, value in _values(name, product, servers, roster)]
    return "\n".join(lines) + "\n"


def _values(
    name: str, product: str, servers: Sequence[Server], roster: Roster
) -> Iterator[tuple[Mapping[str, str], int]]:
    there = [s for s in servers if s not in roster.unreachable]
    if name == "slate_fleet_server_up":
        yield from (({"server": s.name}, int(s in there)) for s in servers)
    elif name == "slate_fleet_installations":
        counts = Counter((m.server.name, m.state.word, m.last) for m in roster.members)
        counts += Counter((m.server.name, mark.word, m.last) for m, mark in roster.moving)
        for (server, state, last), count in sorted(counts.items()):
            yield {"product": product, "server": server, "state": state, "last": last}, count
    elif name == "slate_fleet_pending_migrations":
        for s in there:
            pending = sum(len(m.state.pending) for m in roster.members if m.server == s)
            yield {"product": product, "server": s.name}, pending
    else:
        counts_of = Counter(s.name for s, _, _ in roster.unreadable)
        yield from (({"server": s.name}, counts_of[s.name]) for s in there)


def _labels(labels: Mapping[str, str]) -> str:
    escaped = {
        name: value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") for name, value in labels.items()
    }
    return "{" + ",".join(f'{name}="{value}"' for name, value in escaped.items()) + "}"
