"""Calls the roll of a fleet: every ledger of a product on every server that answers. Reads only."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TypeVar

import psycopg

from slate_pg.config import Product
from slate_pg.errors import Misuse, ServerError, SlateError
from slate_pg.fleet.connections import Connections
from slate_pg.fleet.relocation.mark import COPY, Mark, read_marks
from slate_pg.fleet.servers import Server
from slate_pg.fleet.spares import is_spare
from slate_pg.migrations import ledger
from slate_pg.migrations.files import Migration
from slate_pg.migrations.roll import call_roll, read_states, read_whole_state
from slate_pg.migrations.state import State
from slate_pg.postgres.connection import Connection, package_sql

Found = TypeVar("Found")


@dataclass(frozen=True, eq=False)  # each is itself: states are long to compare, and not all can be hashed
class Member:
    """One installation of a fleet: where it is, as which product, and how its ledger stood when the roll was called.

    `digest` is the same for those in the same state, empty where the state is its own. `elsewhere` tells that it has
    made something outside its schema. `mark` is another once its ledger has been written to.
    """

    server: Server
    product: Product
    state: State
    digest: str = ""
    elsewhere: bool = True
    mark: str = ""

    @property
    def schema(self) -> str:
        """The schema it is installed in."""
        return self.product.schema

    @property
    def last(self) -> str:
        """The id of the migration that was applied last, empty where none is."""
        return self.state.applied[-1].id if self.state.applied else ""

    def __str__(self) -> str:
        return f"{self.server.name} {self.schema}"


@dataclass
class Roster:
    """The members of a fleet in the order of their servers; `shared` is what they build on, one a server at most.

    `spares` are prepared installations that are nobody's yet. `unreachable` has the servers that did not answer and
    why, `unreadable` the ledgers that could not be read. `moving` are on their way to another server or have gone, with
    their marks: they are no members, so that no command works on them meanwhile.
    """

    members: list[Member] = field(default_factory=list)
    spares: list[Member] = field(default_factory=list)
    shared: dict[Server, Member] = field(default_factory=dict)
    unreachable: dict[Server, str] = field(default_factory=dict)
    unreadable: list[tuple[Server, str, SlateError]] = field(default_factory=list)
    moving: list[tuple[Member, Mark]] = field(default_factory=list)

    @property
    def reached(self) -> list[Member]:
        """Where clients are to be led: the members, and of what is on its way the one copy that may be in use."""
        gone = {(member.schema, mark.target) for member, mark in self.moving if mark.has_gone}
        return self.members + [
            member
            for member, mark in self.moving
            if ((member.schema, member.server.name) in gone if mark.is_copy(member.server.name) else not mark.has_gone)
        ]


def call(
    connections: Connections,
    servers: Sequence[Server],
    product: Product,
    shared: Product | None,
    files: dict[str, list[Migration]],
    match: str = "*",
) -> Roster:
    """Return who is where, of the schemas that fit a pattern. Misuse where two servers are one database. Reads only."""

    def ask(server: Server) -> tuple[tuple[str, ...], Roster]:
        with connections.lend(server) as connection:
            place = connection.execute(package_sql("fleet/identify_database")).fetchone() or ()
            return tuple(place), _ask_one(connection, server, product, shared, files, match)

    whole = Roster()
    places: dict[tuple[str, ...], Server] = {}
    for server, found in zip(servers, each_of(servers, ask), strict=True):
        if isinstance(found, SlateError):
            whole.unreachable[server] = reason(found)
            continue
        place, one = found
        if place in places:
            raise Misuse(
                f'"{places[place].name}" and "{server.name}" lead to one database',
                hint="Name it once: each installation is to be reached once.",
            )
        places[place] = server
        whole.members += one.members
        whole.spares += one.spares
        whole.shared |= one.shared
        whole.unreadable += one.unreadable
        whole.moving += one.moving
    return whole


def _ask_one(
    connection: Connection,
    server: Server,
    product: Product,
    shared: Product | None,
    files: dict[str, list[Migration]],
    match: str,
) -> Roster:
    ledgers = ledger.find_ledgers(connection)
    if shared is not None and shared.name != product.name:
        others = {shared.schema}
        version = ledgers.get(shared.schema)
        state = read_whole_state(connection, shared, files[shared.name], version)
        found = {server: Member(server, shared, state)}
    else:
        others, found = set(), {}
    meant = {s: version for s, version in ledgers.items() if s not in others and fnmatchcase(s, match)}
    roster = Roster(shared=found)
    roll = call_roll(connection, meant)
    states = read_states(
        connection, product, files[product.name], roll, lambda s, e: roster.unreadable.append((server, s, e))
    )
    marks = read_marks(connection)
    for state, standing in states:
        installed = replace(product, schema=state.schema, named=True)
        found_one = Member(server, installed, state, standing.digest, standing.elsewhere, standing.mark)
        if mark := marks.get(state.schema):
            roster.moving.append((found_one, replace(mark, role=COPY) if mark.is_copy(server.name) else mark))
            continue
        (roster.spares if is_spare(product, state.schema) else roster.members).append(found_one)
    return roster


def each_of(servers: Iterable[Server], ask: Callable[[Server], Found]) -> list[Found | SlateError]:
    """Return what each server answers, asked all at once; of one that fails its error, ours or the server's."""
    answers: dict[Server, Found | SlateError] = {}
    strange: list[BaseException] = []

    def work(server: Server) -> None:
        try:
            answers[server] = ask(server)
        except SlateError as error:
            answers[server] = error
        except psycopg.Error as error:
            answers[server] = from_server(error)
        except BaseException as error:
            strange.append(error)

    threads = [threading.Thread(target=work, args=(server,), daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if strange:
        raise strange[0]
    return [answers[server] for server in servers]


def from_server(error: psycopg.Error) -> SlateError:
    """Return what the server said as an error of ours. Pure."""
    said = error.diag.message_primary or str(error).strip() or type(error).__name__
    return ServerError(
        f"the server said: {said.splitlines()[0]}" + (f" ({error.sqlstate})" if error.sqlstate else ""),
        hint=error.diag.message_hint or "",
    )


def reason(error: SlateError) -> str:
    """Return an error in one line: of a connection that failed also what libpq said. Pure."""
    return ": ".join([error.message, *(line.strip() for line in error.detail[-1:])])
