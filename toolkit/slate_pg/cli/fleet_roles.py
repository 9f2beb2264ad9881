"""`slate fleet role`: the logins of installations on all servers, made, removed and listed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from slate_pg.cli.fleet_moves import MaxFailures, policy_of
from slate_pg.cli.fleet_options import Bound, FleetProduct, Jobs, Lines, Match, Servers, called
from slate_pg.cli.options import Database, Migrations
from slate_pg.errors import Misuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slate_pg.cli.fleet_options import Fleet
    from slate_pg.cli.shapes import fleets
    from slate_pg.fleet.crew import Outcome, Task
    from slate_pg.fleet.logins import Reach, Secret
    from slate_pg.fleet.roster import Member

role = typer.Typer(help="The logins of installations, on all servers: made, removed, listed.", no_args_is_help=True)
LoginName = Annotated[
    str,
    typer.Option(
        "--name", metavar="TEMPLATE", help="What each is called; {schema}, {server} and {product} are filled in."
    ),
]


@role.command()
def add(
    product: FleetProduct,
    name: LoginName = "{schema}_app",
    reader: Annotated[bool, typer.Option("--reader", help="For reports: read only, without secret columns.")] = False,
    password_variable: Annotated[
        Optional[str],
        typer.Option(
            "--password-from",
            metavar="VARIABLE",
            help="Environment variable that holds each password, as in 'APP_{schema}'; what it cannot have is _.",
        ),
    ] = None,
    pgpass: Annotated[
        bool, typer.Option("--pgpass", help="Take each password from PGPASSFILE, else ~/.pgpass.")
    ] = False,
    max_failures: MaxFailures = 1,
    match: Match = "*",
    jobs: Jobs = 2,
    connections: Bound = 32,
    servers: Servers = None,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Lines = False,
) -> None:
    """Make a service's login for every installation, as `slate role add` does for one. The same command goes on.

    One that is there already gets the password anew, where one is given. No password is ever printed.
    """
    from slate_pg.fleet.logins import adding, name_logins

    with called(product, servers, match, database, migrations, "role add", connections) as fleet:
        names = name_logins(fleet.roster.members, name)
        secret = _secret(names, password_variable, pgpass)
        task = adding(names, fleet.project.shared, "reader" if reader else "service", secret)
        _carry_out(fleet, task, names, ("made", "there already"), (jobs, max_failures), as_json)


@role.command()
def drop(
    product: FleetProduct,
    name: LoginName = "{schema}_app",
    max_failures: MaxFailures = 1,
    match: Match = "*",
    jobs: Jobs = 2,
    connections: Bound = 32,
    servers: Servers = None,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Lines = False,
) -> None:
    """Remove the login of every installation that was made for it. The same command goes on."""
    from slate_pg.fleet.logins import dropping, name_logins

    with called(product, servers, match, database, migrations, "role drop", connections) as fleet:
        names = name_logins(fleet.roster.members, name)
        _carry_out(fleet, dropping(names), names, ("removed", "not there"), (jobs, max_failures), as_json)


@role.command("list")
def list_(
    product: FleetProduct,
    match: Match = "*",
    servers: Servers = None,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Lines = False,
) -> None:
    """Say who has a login where: by which roles, and whether it may connect. Owners and superusers are left out."""
    from slate_pg.cli.fleet_output import missing_as_dict, place, put_line
    from slate_pg.cli.output import put_table
    from slate_pg.fleet.logins import find_logins

    with called(product, servers, match, database, migrations, "role list") as fleet:
        found = find_logins(fleet.connections, fleet.roster)
        members = [m for m in fleet.roster.members if m.server not in fleet.roster.unreachable]
        without = [m for m in members if m not in {r.member for r in found}]
        if as_json:
            for reach in found:
                put_line(_as_dict(reach))
            told: fleets.LoginsSummary = {
                "summary": {"logins": len(found), "without": [place(m) for m in without]},
                **missing_as_dict(fleet.roster),
            }
            put_line(told)
        else:
            rows = [_row(reach) for reach in found] + [(m.server.name, m.schema, *["–"] * 4) for m in without]
            put_table(("server", "installation", "login", "made as", "reaches it as", "connects"), rows)
    if fleet.roster.unreachable or fleet.roster.unreadable:
        raise typer.Exit(1)


def _as_dict(reach: Reach) -> fleets.Reach:
    from slate_pg.cli.fleet_output import place

    return {
        **place(reach.member), "login": reach.login, "kind": reach.kind or None, "roles": list(reach.roles),
        "inherits": reach.inherits, "connects": reach.connects,
    }  # fmt: skip


def _row(reach: Reach) -> tuple[str, ...]:
    by = ", ".join(reach.roles) + (", without SET ROLE" if reach.inherits else "")
    connects = "yes" if reach.connects else "no"
    return reach.member.server.name, reach.member.schema, reach.login, reach.kind or "–", by, connects


def _secret(names: Mapping[Member, str], variable: str | None, pgpass: bool) -> Secret | None:
    from slate_pg.fleet import logins

    if variable is not None and pgpass:
        raise Misuse("--password-from and --pgpass both say where passwords are", hint="Give one of them.")
    if pgpass:
        return logins.from_file
    return None if variable is None else logins.from_variables(names, variable)


def _carry_out(
    fleet: Fleet,
    task: Task,
    names: Mapping[Member, str],
    words: tuple[str, str],
    bounds: tuple[int, int],
    as_json: bool,
) -> None:
    """Do it in every installation, tell of each as it comes, and of each server at the end. Exit 1 when one is left."""
    from slate_pg.cli.fleet_moves import show_down
    from slate_pg.cli.fleet_output import missing_as_dict, outcome_as_dict, progress, put_line, show_failure
    from slate_pg.cli.output import put_table
    from slate_pg.fleet.crew import DONE, Crew

    jobs, max_failures = bounds
    crew = Crew(fleet.connections, policy_of(fleet, None, jobs, max_failures, 0, 0), task)
    counts: Counter[tuple[str, str]] = Counter()
    with progress(len(fleet.roster.members), as_json) as step:
        for outcome in crew.work(fleet.roster.members):
            word = _word(outcome, words)
            counts[outcome.member.server.name, word] += 1
            if as_json:
                put_line({**outcome_as_dict(outcome), "state": word, "login": names[outcome.member]})
            elif outcome.state != DONE and outcome.member.server not in crew.down:
                show_failure(outcome)
            step()
    rows = [(server, word, count) for (server, word), count in sorted(counts.items())]
    if as_json:
        told: fleets.LoginOutcomesSummary = {
            "summary": [{"server": s, "state": w, "installations": n} for s, w, n in rows],
            **missing_as_dict(fleet.roster),
            "down": [{"server": server.name, "reason": why} for server, why in crew.down.items()],
        }
        put_line(told)
    else:
        for server, why in crew.down.items():
            show_down(server.name, why)
        put_table(("server", "logins", "installations"), rows)
    if fleet.roster.unreachable or fleet.roster.unreadable or any(word not in words for _, word in counts):
        raise typer.Exit(1)


def _word(outcome: Outcome, words: tuple[str, str]) -> str:
    from slate_pg.fleet.crew import DONE

    return outcome.state if outcome.state != DONE else words[0] if outcome.found else words[1]
