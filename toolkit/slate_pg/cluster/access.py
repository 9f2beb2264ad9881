"""Says who may do what: role by table by command, from grants, memberships and row security policies.

Reads the catalog only, with no more than SELECT. Roles that nothing binds (superusers) are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from slate_pg.errors import Misuse, did_you_mean
from slate_pg.postgres.connection import Connection, package_sql

COMMANDS = ("SELECT", "INSERT", "UPDATE", "DELETE")
_NEVER = (0, "none")


@dataclass(frozen=True)
class Access:
    """What one role may do with one table, a word a command.

    `all`, `own rows` (policies decide), `columns` (some columns only), `own rows, columns`, `as the tables` (a view
    with the rights of its caller), `by the view` (one with its owner's: its text decides) or `none`.
    """

    schema: str
    table: str
    role: str
    select: str
    insert: str
    update: str
    delete: str

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """The four words in the order of COMMANDS."""
        return (self.select, self.insert, self.update, self.delete)


def read_access(connection: Connection, schemas: Sequence[str]) -> list[Access]:
    """Return one entry for each table and role, by schema, table and role; where a role may nothing too. Reads only."""
    rows = connection.execute(package_sql("cluster/access"), {"schemas": list(schemas)}).fetchall()
    return list(_gather(rows))


def check_roles(connection: Connection, names: Sequence[str]) -> None:
    """Misuse for a role that there is not, and for a superuser, whom no grant and no policy binds. Reads only."""
    rows = connection.execute("SELECT rolname::text, rolsuper FROM pg_catalog.pg_roles").fetchall()
    powerful = {str(name): bool(power) for name, power in rows}
    for name in names:
        if name not in powerful:
            raise Misuse(f'no role "{name}"', hint=did_you_mean(name, powerful))
        if powerful[name]:
            raise Misuse(f'"{name}" is a superuser, whom nothing binds', hint="Ask about a role that is bound.")


def _gather(rows: Sequence[tuple[str, str, str, str, int, str]]) -> Iterator[Access]:
    for start in range(0, len(rows), len(COMMANDS)):
        four = rows[start : start + len(COMMANDS)]
        schema, table, role = four[0][:3]
        yield Access(schema, table, role, *(word(granted, seen) for *_, granted, seen in four))


def word(granted: int, seen: str) -> str:
    """Return one cell's word for what is granted (0 nothing, 1 by column, 2 whole) and what policies leave. Pure."""
    if granted == _NEVER[0] or seen == _NEVER[1]:
        return "none"
    if granted == 1:
        return "columns" if seen == "all" else f"{seen}, columns"
    return seen


def concerned(found: Sequence[Access]) -> list[Access]:
    """Return the entries of roles that may do anything at all in the schemas looked at. Pure."""
    return [a for a in found if any(cell != "none" for cell in a.cells)]


def sentence(access: Access) -> str:
    """Return what a role may do with a table in one line: `select own rows; update columns`, or `nothing`. Pure."""
    said = [f"{c.lower()} {cell}" for c, cell in zip(COMMANDS, access.cells, strict=True) if cell != "none"]
    return "; ".join(said) or "nothing"


def expected(table: str) -> dict[tuple[str, str], str]:
    """Return what a table of expectations (<product>.access.txt) says by table and role, the people left out. Pure."""
    said: dict[tuple[str, str], str] = {}
    for block in table.replace("\r\n", "\n").split("\n\n"):
        name, *lines = block.strip("\n").splitlines() or [""]
        for line in lines:
            role, colon, sentence_ = line.strip().partition(": ")
            if colon and line[:2] == "  " != line[2:4] and role != "everybody":
                said[name, role] = sentence_
    return said


def changes(found: Sequence[Access], said: dict[tuple[str, str], str]) -> list[str]:
    """Return how what was found differs from what is expected, for the roles that are expected somewhere. Pure."""
    roles = {role for _, role in said}
    there = {(a.table, a.role): sentence(a) for a in found if a.role in roles}
    nothing = "nothing"
    return [
        f"{table}, {role}: {there.get((table, role), nothing)}; expected {said.get((table, role), nothing)}"
        for table, role in sorted({*there, *said})
        if there.get((table, role), nothing) != said.get((table, role), nothing)
    ]
