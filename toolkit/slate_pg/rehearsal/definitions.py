"""Reads what a database is made of, as statements that make it again: with SELECT on the catalog and nothing else.

pg_dump is not used: it locks every table, needs SELECT on each of them, and must match the server. The catalog is open
to every role, in a read-only transaction and on a standby too. What is read was written by others: it is for
`postgres.sandbox` only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from slate_pg.postgres.connection import Connection, package_sql
from slate_pg.postgres.sandbox import Role

_LEFT_OUT = "nspname <> 'information_schema'"  # in each query of a copy, where an object's schema is known
_AVAILABLE = "SELECT name FROM pg_catalog.pg_available_extensions"


@dataclass(frozen=True)
class Member:
    """That one role is a member of another; `inherits` and `may_set` are None before PostgreSQL 16."""

    role: str
    member: str
    admin: bool
    inherits: bool | None
    may_set: bool | None


@dataclass(frozen=True)
class Schema:
    """A schema, its owner, and its privileges: (privilege, role or None for all, whether it may be passed on)."""

    name: str
    owner: str
    privileges: tuple[tuple[str, str | None, bool], ...]


@dataclass(frozen=True)
class Definitions:
    """What a database is made of. `objects` are (name, statement) in an order that nearly works.

    `extensions` are (name, schema, version), `available` those that the server could make, `superusers` names of roles,
    `parameters` those of nobody's own that functions set, `appliers` who would apply to each schema asked about,
    `uncopied` what no statement is given for.
    """

    database: str
    owner: str
    encoding: str
    roles: tuple[Role, ...]
    superusers: frozenset[str]
    members: tuple[Member, ...]
    schemas: tuple[Schema, ...]
    extensions: tuple[tuple[str, str, str], ...]
    available: frozenset[str]
    parameters: frozenset[str]
    objects: tuple[tuple[str, str], ...]
    appliers: dict[str, str] = field(default_factory=dict)
    uncopied: tuple[str, ...] = ()


def read_definitions(target: Connection, schemas: Sequence[str], without: Sequence[str] = ()) -> Definitions:
    """Read a database in one snapshot, some schemas left out, and who would apply to these schemas. Reads only."""
    with _snapshot(target):
        database, owner, encoding = target.execute(package_sql("rehearsal/read_database")).fetchone()  # type: ignore[misc]
        roles = target.execute(package_sql("rehearsal/read_roles")).fetchall()
        return Definitions(
            database, owner, encoding,
            tuple(Role(*row[:5]) for row in roles),
            frozenset(row[0] for row in roles if row[5]),
            tuple(_member(*row) for row in target.execute(package_sql("rehearsal/read_members"))),
            tuple(_schema(*r) for r in target.execute(leaving_out(package_sql("rehearsal/read_schemas"), without))),
            tuple(target.execute(package_sql("rehearsal/read_extensions")).fetchall()),
            frozenset(row[0] for row in target.execute(_AVAILABLE)),
            frozenset(row[0] for row in target.execute(package_sql("rehearsal/read_parameters"))),
            tuple(_objects(target, without)),
            {name: _applier(target, name) for name in schemas},
            tuple(row[0] for row in target.execute(package_sql("rehearsal/read_uncopied"))),
        )  # fmt: skip


@contextmanager
def _snapshot(target: Connection) -> Iterator[None]:
    """Hold one snapshot, read only; names are printed with their schemas, and no operator but the server's is used."""
    target.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    try:
        target.execute("SET LOCAL search_path = pg_catalog")
        yield
    finally:
        target.execute("ROLLBACK")


def _member(role: str, member: str, admin: bool, inherits: str | None, may_set: str | None) -> Member:
    return Member(role, member, admin, inherits and inherits == "true", may_set and may_set == "true")  # type: ignore[arg-type]


def _schema(name: str, owner: str, privileges: list[tuple[str, str | None, bool]]) -> Schema:
    return Schema(name, owner, tuple((p, g, passes_on) for p, g, passes_on in privileges))


def leaving_out(text: str, schemas: Sequence[str]) -> bytes:
    """Return a query that leaves these schemas out, as it does the system's, and all that lies in them. Pure."""
    names = ", ".join("'" + name.replace("'", "''") + "'" for name in ("information_schema", *schemas))
    return text.replace(_LEFT_OUT, f"nspname <> ALL(ARRAY[{names}]::pg_catalog.name [])").encode()


def _objects(target: Connection, without: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield every object's name and statement, kind by kind in the order of the files' numbers."""
    for path in sorted((Path(__file__).parents[1] / "sql/rehearsal/copy").glob("*.sql")):
        for row in target.execute(leaving_out(path.read_text("utf-8"), without)):
            if row[-1]:
                yield row[-2], row[-1]


def _applier(target: Connection, schema: str) -> str:
    row = target.execute(package_sql("rehearsal/read_applier"), {"schema": schema}).fetchone()
    return str(row[0]) if row else ""
