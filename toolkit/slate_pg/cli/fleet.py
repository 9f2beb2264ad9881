"""`slate fleet`: every installation of a product, on all servers, looked at and moved by one command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from slate_pg.cli import (
    fleet_bootstrap,
    fleet_changes,
    fleet_moves,
    fleet_reads,
    fleet_relocate,
    fleet_remove,
    fleet_roles,
    fleet_route,
)
from slate_pg.cli.fleet_options import FleetProduct, Lines, Match, Servers, called
from slate_pg.cli.options import Database, Migrations
from slate_pg.errors import AnswerIsNo

if TYPE_CHECKING:
    from slate_pg.cli.fleet_options import Fleet
    from slate_pg.cli.shapes import fleets as shapes
    from slate_pg.fleet.relocation.mark import Mark
    from slate_pg.fleet.roster import Member

fleet = typer.Typer(
    help="Every installation of a product, on all servers: who is where, moved together, canaries first.",
    no_args_is_help=True,
)


@fleet.command()
def status(
    product: FleetProduct,
    prometheus: Annotated[
        bool, typer.Option("--prometheus", help="Print figures as Prometheus reads them, and exit 0.")
    ] = False,
    match: Match = "*",
    servers: Servers = None,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Lines = False,
) -> None:
    """Say how many installations are in which state. Exit 3 when one is not up to date, 1 when one cannot be read."""
    from slate_pg.cli.fleet_output import missing_as_dict, put_line, show_summary, summary
    from slate_pg.cli.output import put

    with called(product, servers, match, database, migrations, "status") as found:
        if prometheus:
            from slate_pg.fleet.prometheus import exposition

            put(exposition(product, found.servers, found.roster).rstrip())
            return
        members = found.roster.members
        moving = found.roster.moving
        groups = summary([(m.state.word, m.last, m) for m in members] + [(k.word, m.last, m) for m, k in moving])
        if as_json:
            for member in members:
                put_line(as_dict(member))
            for member, mark in moving:
                put_line(as_dict(member, mark))
            put_line({"summary": groups, "spares": len(found.roster.spares), **missing_as_dict(found.roster)})
        else:
            show_summary(groups)
            show_others(found)
            if spares := found.roster.spares:
                put(f"and {len(spares)} spares, {sum(not m.state.is_current for m in spares)} not up to date")
    if found.roster.unreachable or found.roster.unreadable:
        raise typer.Exit(1)
    if not all(m.state.is_current for m in [*members, *found.roster.shared.values()]):
        raise AnswerIsNo


def as_dict(member: Member, mark: Mark | None = None) -> shapes.Member:
    """Return one installation for --json."""
    from slate_pg.cli.fleet_output import place

    state = member.state
    return {
        **place(member),
        "state": mark.word if mark else state.word,
        "up_to_date": state.is_current,
        "applied": len(state.applied),
        "last": member.last or None,
        "pending": [m.id for m in state.pending],
        "edited": list(state.edited),
        "missing": list(state.missing),
        "late": list(state.late),
        "interrupted": [i.id for i in state.interrupted],
        "gone": list(state.gone),
        "hurt": [h.said for h in state.hurts],
        "moves": way_of(mark) if mark else None,
    }


def way_of(mark: Mark) -> shapes.Way:
    """Return how far a move has come, for --json."""
    return {"move": mark.id, "origin": mark.origin, "target": mark.target, "role": mark.role, "stage": mark.stage}


def show_others(found: Fleet) -> None:
    """Say what is not as it should be of what all build on, and which installations have a state of their own."""
    from slate_pg.cli.output import put

    for member in found.roster.shared.values():
        if not member.state.is_current:
            put(f"{member}: {member.state.word}, {len(member.state.pending)} pending")
    for member, mark in found.roster.moving:
        put(f"{member}: {mark.said}")
    for member in found.roster.members:
        for said in (*(h.said for h in member.state.hurts), *member.state.gone, *member.state.edited):
            put(f"{member}: {member.state.word}: {said}")


for command in (
    fleet_reads.plan, fleet_moves.apply, fleet_moves.rollback, fleet_reads.drift, fleet_reads.doctor,
    fleet_reads.backup, fleet_moves.seed, fleet_reads.jobs, fleet_bootstrap.bootstrap,
    fleet_changes.add, fleet_changes.spare, fleet_changes.rename, fleet_relocate.move, fleet_remove.remove,
    fleet_route.route,
):  # fmt: skip
    fleet.command()(command)
fleet.add_typer(fleet_roles.role, name="role")
