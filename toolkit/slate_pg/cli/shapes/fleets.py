"""Lines of the commands for fleets: one for each member as it comes, the last has `summary`."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from slate_pg.cli.shapes.common import Error, OneOf, Says
from slate_pg.cli.shapes.findings import Unwell
from slate_pg.cli.shapes.plans import Gate, Plan
from slate_pg.fleet.crew import BUSY, DONE, FAILED, NOT_BEGUN, UNREACHABLE
from slate_pg.fleet.relocation.mark import STAGES
from slate_pg.fleet.relocation.mark import WORDS as MOVING
from slate_pg.fleet.relocation.switching import BACK, SWITCH
from slate_pg.migrations.state import WORDS


class Place(TypedDict):
    """Where an installation is."""

    server: str
    """The server, as the list of the fleet names it."""
    product: str
    """The product."""
    schema: str
    """The schema."""


class Unreachable(TypedDict):
    """A server that did not answer, or went away."""

    server: str
    """The server."""
    reason: str
    """Why, in words."""


class Unreadable(TypedDict):
    """An installation whose ledger cannot be read."""

    server: str
    """The server."""
    schema: str
    """The schema."""
    reason: str
    """Why, in words."""


class Missing(TypedDict):
    """What is not in the lines before."""

    unreachable: list[Unreachable]
    """Servers that did not answer; exit 1 where there are any."""
    unreadable: list[Unreadable]
    """Installations whose ledger cannot be read; exit 1 where there are any."""


class Group(TypedDict):
    """How many installations are in one state."""

    state: str
    """The state, or what became of them, in a word or two."""
    last: str | None
    """The last migration that is applied; null for none."""
    installations: int
    """How many."""
    for_example: str
    """One of them: its server and schema."""


class Way(TypedDict):
    """A move of an installation to another server."""

    move: str
    """Its id, the same on both servers."""
    origin: str
    """The server it leaves."""
    target: str
    """The server it goes to."""
    role: Annotated[str, OneOf("source", "copy")]
    """Which of the two this one is."""
    stage: Annotated[str, OneOf(*STAGES)]
    """How far it has come; it takes writes on the target from switching on."""


class Member(Place):
    """One installation: its files against its ledger."""

    state: Annotated[str, OneOf(*WORDS, *MOVING)]
    """The gravest of what there is to say."""
    up_to_date: bool
    """Whether nothing is pending or amiss."""
    applied: int
    """How many migrations are applied."""
    last: str | None
    """The last of them; null for none."""
    pending: list[str]
    """Migrations that an apply would run."""
    edited: list[str]
    """Applied ones whose file reads otherwise now."""
    missing: list[str]
    """Applied ones that have no file."""
    late: list[str]
    """Pending ones that stand before an applied one."""
    interrupted: list[str]
    """Those that stopped half way."""
    gone: list[str]
    """What migrations made outside the schema, and is not there any more, in words."""
    hurt: list[str]
    """What is missing or changed in the ledger itself, in words."""
    moves: Way | None
    """Its move to another server, where one is under way or not confirmed; null where none is."""


class MembersSummary(Missing):
    """The last line. Exit 3 where one is not up to date."""

    summary: list[Group]
    """How many are in which state, the commonest first."""
    spares: int
    """How many spares there are besides."""


class Outcome(Place):
    """What became of one installation."""

    state: Annotated[str, OneOf(DONE, FAILED, BUSY, UNREACHABLE, NOT_BEGUN)]
    """What became of it."""
    ids: list[str]
    """The migrations, of `fleet jobs` the jobs, that it is through with."""
    ms: float
    """How long that took, ms."""
    attempts: int
    """How often it was tried."""
    error: Error | None
    """What stopped it; null for nothing."""


class OutcomesSummary(Missing):
    """The last line. Exit 1 where one failed, was not begun or could not be reached."""

    summary: list[Group]
    """How many came to what, the commonest first."""
    down: list[Unreachable]
    """Servers that went away meanwhile."""


class Rehearsed(TypedDict):
    """Installations in one state, and what is pending on them."""

    installations: list[Place]
    """Where they are."""
    rehearsed: Place
    """The largest of them, which it was rehearsed for."""
    plans: list[Plan]
    """What all build on first, where something of it is pending, then the product."""
    gate: Gate
    """What was decided."""


class StatesCount(TypedDict):
    """What came of the plans."""

    states: int
    """In how many states the installations with something pending are."""
    passes: bool
    """Whether nothing is in the way of any."""


class RehearsedSummary(Missing):
    """The last line. Exit 3 where something is in the way."""

    summary: StatesCount
    """What came of it."""


class Compared(Place):
    """One installation against its ledger."""

    differences: list[str]
    """What differs, in words."""
    error: str | None
    """Why it cannot be compared; null where it was."""


class ComparedCount(TypedDict):
    """How many were compared."""

    compared: int
    """How many."""
    differing: int
    """How many of them differ or cannot be compared."""


class ComparedSummary(Missing):
    """The last line. Exit 3 where one differs."""

    summary: ComparedCount
    """How many."""


class ServerUnwell(Unwell):
    """One thing that is not well on a server."""

    server: str
    """The server."""


class FindingsCount(TypedDict):
    """How much is not well."""

    findings: int
    """How many lines there are before this one."""


class FindingsSummary(Missing):
    """The last line. Exit 3 where something is not well."""

    summary: FindingsCount
    """How much."""


class Due(Place):
    """The jobs that are due in one installation."""

    due: list[str]
    """Their names; none where nothing is."""


class DueSummary(Missing):
    """The last line. Exit 3 where one is due somewhere."""

    summary: dict[str, int]
    """In how many installations each job is due, by its name."""


class Prepared(TypedDict):
    """What became of one server."""

    server: str
    """The server."""
    database: str | None
    """Its database; null where it was not reached."""
    notes: list[str]
    """What could not be done as wanted, in words."""
    error: Error | None
    """What went wrong; null for nothing."""


class PreparedCount(TypedDict):
    """How many servers were prepared."""

    bootstrapped: int
    """How many were."""
    failed: int
    """How many were not."""


class PreparedSummary(TypedDict):
    """The last line. Exit 1 where one was not bootstrapped."""

    summary: PreparedCount
    """How many."""
    unreachable: list[Unreachable]
    """Those of them that did not answer."""


class LoadedSeed(TypedDict):
    """One seed file that was loaded."""

    seed: str
    """The set."""
    rows: int
    """Rows that it wrote."""
    ms: float
    """How long it took, ms."""


class Added(Place):
    """A new installation."""

    spare: str | None
    """The spare that it was made of; null where it was made of the files."""
    ms: float
    """How long that took, ms."""
    seeds: list[LoadedSeed]
    """What was loaded."""


class Spares(TypedDict):
    """The spares of one server."""

    server: str
    """The server."""
    product: str
    """The product."""
    there: list[str]
    """Those that were there."""
    made: list[str]
    """Those that were made now."""


class AllSpares(TypedDict):
    """What spares there are."""

    spares: list[Spares]
    """One for each server that answered."""


class Renamed(Place):
    """An installation that was given another name, `schema` now."""

    before: str
    """What it was called."""


class Removed(Place):
    """An installation that was removed."""

    backup: str | None
    """Folder of its backup; null of a spare."""
    restore: str | None
    """The command that brings it back; null of a spare."""
    roles: list[str]
    """Its roles, which were dropped."""
    stayed: list[str]
    """What of it stays, in words."""


class Relocated(Place):
    """An installation that was moved to another server; `server` is where it takes writes now."""

    before: str
    """The other server of the move."""
    state: Annotated[str, OneOf("moved", "there already", "confirmed", "aborted")]
    """What became of it."""
    move: str | None
    """The move's id; null where it was there already."""
    refused_seconds: float | None
    """For how long writes were refused, s; null where it is not known."""
    backup: str | None
    """Folder of the old copy's backup; null unless confirmed."""
    logins: list[str]
    """Logins that were made on the other server."""
    stays: list[str]
    """What is left of it on a server where it is no more, in words."""


class LoginOutcome(TypedDict):
    """What became of the login of one installation."""

    server: str
    """The server, as the list of the fleet names it."""
    product: str
    """The product."""
    schema: str
    """The schema."""
    login: str
    """The login."""
    state: Annotated[str, OneOf("made", "there already", "removed", "not there", FAILED, BUSY, UNREACHABLE, NOT_BEGUN)]
    """What became of it."""
    ids: list[str]
    """Always empty: nothing of a ledger is touched."""
    ms: float
    """How long that took, ms."""
    attempts: int
    """How often it was tried."""
    error: Error | None
    """What stopped it; null for nothing."""


class LoginGroup(TypedDict):
    """How many logins of one server came to one state."""

    server: str
    """The server."""
    state: str
    """What became of them."""
    installations: int
    """How many."""


class LoginOutcomesSummary(Missing):
    """The last line. Exit 1 where one failed, was not begun or could not be reached."""

    summary: list[LoginGroup]
    """How many came to what, by server."""
    down: list[Unreachable]
    """Servers that went away meanwhile."""


class Reach(Place):
    """One login that reaches one installation."""

    login: str
    """The login."""
    kind: str | None
    """What it was made as by `slate role add`, service or reader; null where it was made otherwise."""
    roles: list[str]
    """By which roles it reaches the installation."""
    inherits: bool
    """Whether it has their rights without SET ROLE."""
    connects: bool
    """Whether it may connect to the database."""


class LoginsCount(TypedDict):
    """Who reaches what."""

    logins: int
    """How many lines there are before this one."""
    without: list[Place]
    """Installations that no login reaches."""


class LoginsSummary(Missing):
    """The last line."""

    summary: LoginsCount
    """Who reaches what."""


class Reached(TypedDict):
    """A server as it was really reached."""

    server: str
    """The server, as the list of the fleet names it."""
    host: str
    """Its host, or the folder of its socket."""
    port: int
    """Its port."""
    dbname: str
    """The database."""


SwitchEvent = TypedDict(
    "SwitchEvent",
    {
        "event": Annotated[str, OneOf(SWITCH, BACK), Says("Whether a move has come to its switch, or was taken back.")],
        "move": Annotated[str, Says("The id of the move, the same on both servers.")],
        "product": Annotated[str, Says("The product.")],
        "schema": Annotated[str, Says("The schema.")],
        "from": Annotated[Reached, Says("The server that took writes before.")],
        "to": Annotated[Reached, Says("The server that takes writes now.")],
    },
)
SwitchEvent.__doc__ = "An installation takes writes on another server now."
