"""`slate fleet apply`, `rollback` and `seed`: what writes to every installation of a product."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from slate_pg.cli.fleet_options import Bound, FleetProduct, Jobs, Lines, Match, Servers, called
from slate_pg.cli.options import Database, LockTimeout, Migrations
from slate_pg.cli.telling import Events, telling

if TYPE_CHECKING:
    from slate_pg.cli.fleet_options import Fleet
    from slate_pg.cli.shapes import fleets
    from slate_pg.fleet.crew import Outcome, Task
    from slate_pg.fleet.move import Check, Move
    from slate_pg.fleet.policy import Policy
    from slate_pg.fleet.roster import Member

Canary = Annotated[
    Optional[list[str]],
    typer.Option("--canary", metavar="N|NAMES", help="These first and alone; when one fails, the others stay as is."),
]
CanaryCheck = Annotated[
    Optional[str],
    typer.Option(
        "--canary-check",
        metavar="CMD|SQL",
        help="Decides behind the canaries: a query that gives true in each, or a command that exits 0.",
    ),
]
MaxFailures = Annotated[
    int, typer.Option("--max-failures", metavar="N", min=1, help="Begin nothing more after so many have failed.")
]
Retry = Annotated[
    int, typer.Option("--retry", metavar="N", min=0, help="Try one that failed so many times more, behind the others.")
]
BusyWait = Annotated[
    float, typer.Option("--wait", metavar="S", min=0, help="Come back to a busy installation for so long, s.")
]


def apply(
    product: FleetProduct,
    to: Annotated[Optional[str], typer.Option("--to", metavar="ID", help="Stop after this migration.")] = None,
    canary: Canary = None,
    canary_check: CanaryCheck = None,
    max_failures: MaxFailures = 1,
    retry: Retry = 0,
    match: Match = "*",
    jobs: Jobs = 2,
    connections: Bound = 32,
    lock_timeout: LockTimeout = 100,
    wait: BusyWait = 60,
    events: Events = None,
    servers: Servers = None,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Lines = False,
) -> None:
    """Apply what is pending to every installation, canaries first. The same command again goes on where this stopped.

    Nothing undoes itself. Exit 1 when one failed, was not begun or could not be reached, 3 when the canary's check
    says no.
    """
    from slate_pg.cli.options import check_known
    from slate_pg.fleet.tasks import applying, is_behind

    with (
        called(product, servers, match, database, migrations, "apply", connections, spares=True) as fleet,
        telling("apply", fleet.project, events) as teller,
    ):
        ordered = fleet.files[product]
        check_known(to, [m.id for m in ordered])
        task = applying(fleet.project.shared, fleet.files, to, lock_timeout, wait, warned(as_json), teller)
        policy = policy_of(fleet, canary, jobs, max_failures, retry, wait)

        def is_due(member: Member) -> bool:
            name = member.product.name
            return is_behind(member, to if name == product else None, fleet.files[name])

        move = move_of(fleet, task, policy, is_due, checking(fleet, canary_check, canary))
        carry_out(fleet, move, "applied", "up to date", as_json)


def rollback(
    product: FleetProduct,
    to: Annotated[
        Optional[str], typer.Option("--to", metavar="ID", help="Undo everything after this migration.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Undo every migration of the product.")] = False,
    use: Annotated[
        Optional[str], typer.Option("--use", metavar="ledger|file", help="Which rollback to run where the two differ.")
    ] = None,
    canary: Canary = None,
    canary_check: CanaryCheck = None,
    max_failures: MaxFailures = 1,
    retry: Retry = 0,
    match: Match = "*",
    jobs: Jobs = 2,
    connections: Bound = 32,
    lock_timeout: LockTimeout = 100,
    wait: BusyWait = 60,
    events: Events = None,
    servers: Servers = None,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Lines = False,
) -> None:
    """Undo what was applied after one migration, in every installation that has it.

    It takes no number of steps: the same command again would undo more. What all build on is left as it is.
    """
    from slate_pg.errors import Misuse, did_you_mean
    from slate_pg.fleet.tasks import is_ahead, rolling_back

    if (to is None) is not everything:
        raise Misuse("a fleet is rolled back --to ID, or --all", hint="`slate fleet status` shows where it is.")
    if use not in (None, "ledger", "file"):
        raise Misuse(f'--use takes "ledger" or "file", not "{use}"', hint=did_you_mean(str(use), ("ledger", "file")))
    with (
        called(product, servers, match, database, migrations, "rollback", connections, spares=True) as fleet,
        telling("rollback", fleet.project, events) as teller,
    ):
        known = {m.id for m in fleet.files[product]} | {a.id for m in fleet.roster.members for a in m.state.applied}
        if to is not None and to not in known:
            raise Misuse(f'{product} has no migration "{to}"', hint=did_you_mean(to, known))
        task = rolling_back(
            fleet.project.shared, fleet.files[product], to, use, lock_timeout, wait, warned(as_json), teller
        )  # fmt: skip
        policy = policy_of(fleet, canary, jobs, max_failures, retry, wait)
        move = move_of(fleet, task, policy, lambda m: is_ahead(m, to), checking(fleet, canary_check, canary), False)
        carry_out(fleet, move, "rolled back", "nothing to roll back", as_json, to or "")


def seed(
    product: FleetProduct,
    sets: Annotated[
        str, typer.Option("--set", metavar="SETS", help="reference, demo, scale; comma separated.")
    ] = "reference,demo",
    scale: Annotated[
        int, typer.Option("--scale", metavar="N", min=1, help="Slices of the scale set; those there are passed over.")
    ] = 1,
    max_failures: MaxFailures = 1,
    retry: Retry = 0,
    match: Match = "*",
    jobs: Jobs = 2,
    connections: Bound = 32,
    lock_timeout: LockTimeout = 100,
    wait: BusyWait = 60,
    servers: Servers = None,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Lines = False,
) -> None:
    """Load seed data into every installation; loading it again adds nothing."""
    from slate_pg.errors import Misuse
    from slate_pg.fleet.tasks import seeding
    from slate_pg.migrations.runner import Run
    from slate_pg.operations.seeds import SETS, seed_file

    names = [name.strip() for name in sets.split(",")]
    with called(product, servers, match, database, migrations, "seed", connections) as fleet:
        with fleet.connections.lend(fleet.roster.members[0].server) as connection:
            files = [seed_file(Run(connection, fleet.product, None), name) for name in names]
        if not any(file.exists() for file in files):
            raise Misuse(f"{product} has no seed file of {sets}", hint=f"Sets: {', '.join(SETS)}.")
        task = seeding(fleet.project.shared, names, scale, lock_timeout, wait)
        policy = policy_of(fleet, None, jobs, max_failures, retry, wait)
        carry_out(fleet, move_of(fleet, task, policy, lambda m: True, None, False), "seeded", "seeded", as_json)


def warned(as_json: bool) -> Callable[[Member, str], None]:
    """Return what a run's warnings are told to: each once, with the first member that it is about."""
    from slate_pg.cli.output import warn

    seen: set[str] = set()

    def tell(member: Member, text: str) -> None:
        plain = text.replace(member.schema, "")
        if plain not in seen:
            seen.add(plain)
            warn(f"{member}: {text}")

    return tell


def policy_of(fleet: Fleet, canary: list[str] | None, jobs: int, most: int, retry: int, wait: float) -> Policy:
    """Return the policy that options ask for."""
    from slate_pg.fleet.policy import Policy, choose_canaries

    chosen = choose_canaries(fleet.roster.members, canary) if canary else ()
    return Policy(jobs, most, retry, wait, chosen)


def move_of(
    fleet: Fleet,
    task: Task,
    policy: Policy,
    is_due: Callable[[Member], bool],
    check: Check | None,
    shared_too: bool = True,
) -> Move:
    """Return a way through the fleet."""
    from slate_pg.fleet.crew import Crew
    from slate_pg.fleet.move import Move

    return Move(Crew(fleet.connections, policy, task), fleet.roster, is_due, check, shared_too)


def checking(fleet: Fleet, text: str | None, canary: list[str] | None) -> Check | None:
    """Return what asks about a canary, None where nothing does. Misuse without a canary to ask about."""
    from slate_pg.errors import Misuse
    from slate_pg.fleet.canary import asking

    if text is None:
        return None
    if not canary:
        raise Misuse("--canary-check needs --canary", hint="Say who goes first: --canary 1.")
    return asking(fleet.connections, text, fleet.project.shared)


def carry_out(fleet: Fleet, move: Move, did: str, nothing: str, as_json: bool, to: str | None = None) -> list[Outcome]:
    """Go through the fleet, tell of each member as it comes, and leave with the exit code that fits."""
    from slate_pg.cli.fleet_output import (
        missing_as_dict,
        outcome_as_dict,
        progress,
        put_line,
        show_failure,
        show_summary,
        summary,
    )
    from slate_pg.fleet.crew import DONE
    from slate_pg.fleet.move import after

    outcomes: list[Outcome] = []
    with (
        progress(len(fleet.roster.members), as_json) as step,
        _going_on_later(),
        closing(move.run()) as found,
    ):
        for outcome in found:
            outcomes.append(outcome)
            if as_json:
                put_line(outcome_as_dict(outcome))
            elif outcome.state in ("failed", "busy"):
                show_failure(outcome)
            step()
    own = [o for o in outcomes if o.member.product.name == fleet.product.name]
    words = [(_word(o, did, nothing), to if to is not None and o.ids else after(o), o.member) for o in own]
    groups = summary(words)
    if as_json:
        told: fleets.OutcomesSummary = {"summary": groups, **missing_as_dict(fleet.roster), "down": _down(move)}
        put_line(told)
    else:
        for server, why in move.crew.down.items():
            show_down(server.name, why)
        show_summary(groups)
    if move.refused:
        raise move.refused
    if fleet.roster.unreachable or fleet.roster.unreadable or any(o.state != DONE for o in outcomes):
        _say_rest(outcomes, as_json)
        raise typer.Exit(1)
    return outcomes


@contextmanager
def _going_on_later() -> Iterator[None]:
    """Say on Ctrl-C what that leaves, and how it goes on."""
    from slate_pg.cli.output import say

    try:
        yield
    except KeyboardInterrupt:
        say("interrupted; each migration is applied with its ledger row or not at all, and the same command goes on")
        raise


def _word(outcome: Outcome, did: str, nothing: str) -> str:
    from slate_pg.fleet.crew import DONE

    if outcome.state != DONE:
        return outcome.state
    return did if outcome.ids or outcome.found else nothing


def _down(move: Move) -> list[fleets.Unreachable]:
    return [{"server": server.name, "reason": why} for server, why in move.crew.down.items()]


def show_down(name: str, why: str) -> None:
    """Say that a server went away meanwhile."""
    from slate_pg.cli.output import warn

    warn(f"{name} went away: {why}")


def _say_rest(outcomes: list[Outcome], as_json: bool) -> None:
    """Say how many are left as they were, and that the same command goes on."""
    from slate_pg.cli.output import say
    from slate_pg.fleet.crew import NOT_BEGUN

    left = sum(o.state == NOT_BEGUN for o in outcomes)
    if left and not as_json:
        say(f"{left} were not begun; the same command goes on with them")
