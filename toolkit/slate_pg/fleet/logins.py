"""Makes, removes and lists the logins of a fleet's installations, each of which reaches one of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import psycopg

from slate_pg.cluster import logins, passwords
from slate_pg.errors import Misuse, SlateError
from slate_pg.fleet.connections import Connections
from slate_pg.fleet.crew import Job, Task
from slate_pg.fleet.naming import filled
from slate_pg.fleet.roster import Member, Roster, each_of, reason
from slate_pg.fleet.servers import Server
from slate_pg.postgres.connection import Connection, package_sql

Names = Mapping[Member, str]
# Returns the password of a login over a connection to its server; None leaves it without one.
Secret = Callable[[Connection, Member, str], str | None]


@dataclass(frozen=True)
class Reach:
    """A login that reaches an installation: by which roles, and whether it has their rights without SET ROLE.

    `kind` is that of a login that Slate made, empty for others; `connects` tells whether the database lets it in.
    """

    member: Member
    login: str
    roles: tuple[str, ...]
    inherits: bool
    connects: bool
    kind: str


def name_logins(members: Sequence[Member], template: str) -> dict[Member, str]:
    """Return the login of each member. Misuse where two on one server would share one. Pure."""
    names = {member: filled(template, member, "--name") for member in members}
    counts = Counter((member.server, name) for member, name in names.items())
    for (server, name), count in counts.items():
        if count > 1:
            two = [m.schema for m, n in names.items() if (m.server, n) == (server, name)][:2]
            raise Misuse(
                f'"{name}" would be the login of {count} installations on {server.name}: {two[0]} and {two[1]}',
                hint="A login reaches one. Put {schema} into --name, or pick one by --match.",
            )
    return names


def from_variables(names: Names, template: str) -> Secret:
    """Return what finds each password in a variable, named by a template; what a variable cannot have is _ there.

    Misuse where one is not set, or where two installations of a server would share one that is named after them.
    """
    variables = {m: re.sub(r"[^A-Za-z0-9_]", "_", filled(template, m, "--password-from")) for m in names}
    shared = Counter((m.server, v) for m, v in variables.items())
    for (server, variable), count in shared.items():
        if count > 1 and variable != template:
            raise Misuse(
                f"{variable} would hold the passwords of {count} logins on {server.name}",
                hint="Their names differ only in what a variable's name cannot hold: pick them apart by --match.",
            )
    found = {variable: passwords.from_variable(variable) for variable in dict.fromkeys(variables.values())}
    return lambda connection, member, login: found[variables[member]]


def from_file(connection: Connection, member: Member, login: str) -> str:
    """Return the password that libpq's file has for a login. Misuse where it has none. Reads only."""
    return passwords.from_file(connection, login)


def adding(names: Names, shared: str | None, kind: str, secret: Secret | None) -> Task:
    """Return the task that makes a member's login; it returns whether there was none. It writes."""

    def task(connection: Connection, job: Job) -> bool:
        wanted = logins.login(job.member.product, shared, names[job.member], kind)
        password = secret(connection, job.member, wanted.name) if secret else None
        return logins.add(connection, wanted, password)

    return task


def dropping(names: Names) -> Task:
    """Return the task that removes a member's login; it returns whether there was one. It writes.

    Misuse for a role of that name which is not this installation's login.
    """

    def task(connection: Connection, job: Job) -> bool:
        name, schema = names[job.member], job.member.schema
        try:
            return _drop(connection, name, schema)
        except (psycopg.errors.InternalError_, psycopg.errors.UndefinedObject, Misuse) as error:
            # Two databases of one server may have it in common, and the other one's turn came first, at any step.
            if logins.find_comment(connection, name) is None:
                return False
            if isinstance(error, Misuse):
                raise
            return _drop(connection, name, schema)

    return task


def _drop(connection: Connection, name: str, schema: str) -> bool:
    comment = logins.find_comment(connection, name)
    if comment is None:
        return False
    if comment not in _marks(schema):
        raise Misuse(
            f'"{name}" is no login that was made for "{schema}"', hint="`slate fleet role list` says whose it is."
        )
    logins.drop(connection, name)
    return True


def _marks(schema: str) -> dict[str, str]:
    """Return by which comments the logins of an installation are known, and their kinds. Pure."""
    return {f"{logins.MADE}{schema}_{roles[-1]}": kind for kind, roles in logins.KINDS.items()}


def find_logins(connections: Connections, roster: Roster) -> list[Reach]:
    """Return the logins that reach each member, in the members' order; of a server that fails none. Reads only."""

    def ask(server: Server) -> list[Reach]:
        members = {m.schema: m for m in roster.members if m.server == server}
        with connections.lend(server) as connection:
            rows = connection.execute(package_sql("fleet/find_logins"), {"schemas": list(members)}).fetchall()
        return [
            Reach(members[schema], login, tuple(roles), inherits, connects, _marks(schema).get(comment, ""))
            for schema, login, roles, inherits, connects, comment in rows
        ]

    servers = list(dict.fromkeys(m.server for m in roster.members))
    found: list[Reach] = []
    for server, answer in zip(servers, each_of(servers, ask), strict=True):
        if isinstance(answer, SlateError):
            roster.unreachable[server] = reason(answer)
        else:
            found += answer
    return found
