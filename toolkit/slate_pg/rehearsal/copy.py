"""Makes an empty copy of a database in a sandbox: roles, extensions, schemas and every object, without a row.

The target is only read. The statements come from its catalog and are run by a role that cannot reach the machine.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import psycopg
from psycopg import sql

from slate_pg.config import Project
from slate_pg.postgres.connection import Connection, package_sql, send
from slate_pg.postgres.sandbox import INSTEAD_OF_SUPERUSER, SCHEMA, Role, Sandbox, native_binaries, sandbox
from slate_pg.rehearsal.definitions import Definitions, Member, leaving_out, read_definitions
from slate_pg.rehearsal.findings import Size


@dataclass
class Stage:
    """A copy to rehearse on. `lacks` are extensions it could not have, `left` objects it does not hold, and why."""

    box: Sandbox
    definitions: Definitions
    watcher: Connection
    lacks: dict[str, str] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def open(self, schema: str, further: Sequence[str] = ()) -> Iterator[Connection]:
        """Open a connection as the role that would apply to a schema, making it and further ones that are missing."""
        role = self.applier(schema)
        statement = sql.SQL("CREATE SCHEMA IF NOT EXISTS {} AUTHORIZATION {}")
        for name in dict.fromkeys([schema, *further]):
            self.watcher.execute(statement.format(sql.Identifier(name), sql.Identifier(role)))
        with self.box.connect(self.definitions.database, role, "slate rehearsal") as connection:
            yield connection

    def applier(self, schema: str) -> str:
        """Return the role that would apply to a schema on the target."""
        return self.definitions.appliers[schema]

    @property
    def missing(self) -> str:
        """Say what the copy lacks of the target and how to have it; empty where nothing is lacking."""
        said = [f'the programs at hand have no extension "{name}" ({why})' for name, why in self.lacks.items()]
        if self.lacks:
            said.append("set PG_BIN to a PostgreSQL of this version that has it")
        if self.left:
            name, why = next(iter(self.left.items()))
            more = f" and {len(self.left) - 1} more" if len(self.left) > 1 else ""
            said.append(f"the copy holds no {name} ({why}){more}")
        if self.definitions.uncopied:
            said.append(f"the copy holds no {', '.join(self.definitions.uncopied[:5])}")
        return "; ".join(said)

    def may_all(self, schema: str) -> bool:
        """Tell whether that role is a superuser on the target, and hence may more there than here."""
        return self.applier(schema) in self.definitions.superusers


@contextmanager
def stage(
    target: Connection,
    project: Project,
    schemas: Sequence[str],
    extensions: Iterable[str] = (),
    parameters: Iterable[str] = (),
    without: Sequence[str] = (),
) -> Iterator[Stage]:
    """Build a copy of the target's database for rehearsals in these schemas, and remove it afterwards.

    Of the whole database but for the schemas of `without`. `extensions` and `parameters` are those that the files to
    rehearse make and set. ServerError where the machine has no programs of the target's version. Reads the target only.
    """
    binaries = native_binaries(target.info.server_version // 10000, "A rehearsal")
    wanted = list(dict.fromkeys([*([project.shared] if project.shared else []), *schemas]))
    definitions = read_definitions(target, wanted, [s for s in without if s not in wanted])
    with sandbox(binaries) as box:
        builder = f"slate_builder_{secrets.token_hex(6)}"
        _make_roles(box, definitions, builder)
        box.make_database(definitions.database, definitions.owner, definitions.encoding, target)
        box.allow_extensions(definitions.database, extensions)
        box.allow_parameters([*definitions.parameters, *parameters])
        with box.keep(definitions.database) as keeper:
            made = Stage(box, definitions, keeper)
            keeper.execute("GRANT SELECT ON pg_catalog.pg_authid TO PUBLIC")  # for observe_cluster; it holds no secrets
            _make_schemas(keeper, definitions, builder)
            made.lacks.update(_make_extensions(keeper, definitions))
            with box.connect(definitions.database, builder) as connection:
                made.left.update(make_objects(connection, definitions.objects))
            _settle(keeper, definitions, builder)
            yield made


def _make_roles(box: Sandbox, definitions: Definitions, builder: str) -> None:
    """Make the target's roles and memberships; appliers may log in, and have what a superuser needs. Writes."""
    appliers = set(definitions.appliers.values())
    roles = [replace(r, login=True) if r.name in appliers else r for r in definitions.roles]
    box.make_roles([*roles, Role(builder)])
    with box.keep() as keeper:
        for member in definitions.members:
            _grant(keeper, member)
        modern = keeper.info.server_version >= 160000
        for superuser in appliers & definitions.superusers:
            for role in [r.name for r in roles if r.name != superuser]:
                _grant(keeper, Member(role, superuser, True, modern or None, modern or None))
            for role in INSTEAD_OF_SUPERUSER:
                _grant(keeper, Member(role, superuser, False, modern or None, modern or None))
        for role in [r.name for r in roles]:
            _grant(keeper, Member(role, builder, False, modern or None, modern or None))


def _grant(keeper: Connection, member: Member) -> None:
    """Make one role a member of another; what would be a circle or is unknown here is left out. Writes."""
    statement = "GRANT {} TO {}"
    if member.inherits is not None:
        words = [f"{w} {'TRUE' if v else 'FALSE'}" for w, v in
                 (("ADMIN", member.admin), ("INHERIT", member.inherits), ("SET", member.may_set))]  # fmt: skip
        statement += " WITH " + ", ".join(words)
    elif member.admin:
        statement += " WITH ADMIN OPTION"
    try:
        keeper.execute(sql.SQL(statement).format(sql.Identifier(member.role), sql.Identifier(member.member)))
    except (psycopg.errors.InvalidGrantOperation, psycopg.errors.UndefinedObject):
        return


def _make_schemas(keeper: Connection, definitions: Definitions, builder: str) -> None:
    """Make the schemas for the builder, open to all until everything is made. Writes."""
    keeper.execute("DROP SCHEMA public")
    for schema in definitions.schemas:
        name = sql.Identifier(schema.name)
        keeper.execute(sql.SQL("CREATE SCHEMA {} AUTHORIZATION {}").format(name, sql.Identifier(builder)))
        keeper.execute(sql.SQL("GRANT ALL ON SCHEMA {} TO PUBLIC").format(name))


def _make_extensions(keeper: Connection, definitions: Definitions) -> dict[str, str]:
    """Make the target's extensions; return those that cannot be made here, and what was said. Writes."""
    lacks: dict[str, str] = {}
    keeper.execute("SET client_min_messages = warning")
    for name, schema, version in definitions.extensions:
        statement = "CREATE EXTENSION IF NOT EXISTS {} SCHEMA {} "
        for words in ("VERSION {} CASCADE", "CASCADE"):  # a version that is not here is made as the one that is
            values = (sql.Identifier(name), sql.Identifier(schema), sql.Literal(version))
            try:
                keeper.execute(sql.SQL(statement + words).format(*values))
            except psycopg.Error as error:
                lacks[name] = error.diag.message_primary or str(error)
            else:
                lacks.pop(name, None)
                break
    keeper.execute(sql.SQL("SELECT {}.close_network()").format(sql.Identifier(SCHEMA)))
    return lacks


def make_objects(connection: Connection, objects: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Run statements until none of those that are left succeeds; return these by name, with what was said. Writes."""
    send(connection, "SET check_function_bodies = off; SET search_path = pg_catalog; SET client_min_messages = error")
    waiting = list(objects)
    while True:
        failed: list[tuple[str, str]] = []
        said: dict[str, str] = {}
        for name, statement in waiting:
            try:
                send(connection, statement)
            except psycopg.Error as error:
                if connection.closed:
                    raise
                failed.append((name, statement))
                said[name] = error.diag.message_primary or str(error)
        if not failed or len(failed) == len(waiting):
            return said
        waiting = failed


def _settle(keeper: Connection, definitions: Definitions, builder: str) -> None:
    """Give the schemas their owners and privileges, and take the builder out. Writes."""
    for schema in definitions.schemas:
        name = sql.Identifier(schema.name)
        keeper.execute(sql.SQL("REVOKE ALL ON SCHEMA {} FROM PUBLIC").format(name))
        keeper.execute(sql.SQL("ALTER SCHEMA {} OWNER TO {}").format(name, sql.Identifier(schema.owner)))
        for privilege, grantee, passes_on in schema.privileges:
            if privilege in ("USAGE", "CREATE"):
                whom = sql.Identifier(grantee) if grantee is not None else sql.SQL("PUBLIC")
                option = sql.SQL(" WITH GRANT OPTION" if passes_on and grantee != schema.owner else "")
                statement = sql.SQL("GRANT {} ON SCHEMA {} TO {}").format(sql.SQL(privilege), name, whom)
                keeper.execute(statement + option)
    owner, leaving = sql.Identifier(definitions.owner), sql.Identifier(builder)
    keeper.execute(sql.SQL("REASSIGN OWNED BY {} TO {}").format(leaving, owner))
    keeper.execute(sql.SQL("DROP OWNED BY {}").format(leaving))
    keeper.execute(sql.SQL("DROP ROLE {}").format(leaving))


def measure(target: Connection, without: Sequence[str] = ()) -> dict[tuple[str, str], Size]:
    """Return every table of the target, but of some schemas: rows, bytes, the oldest transaction. Reads only."""
    rows = target.execute(leaving_out(package_sql("rehearsal/measure_tables"), without)).fetchall()
    return {(schema, name): Size(*rest) for schema, name, *rest in rows}


def labels(sizes: Iterable[tuple[str, str]], path: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return schema and name by what a path needs to say: without the schema for the first that has it. Pure."""
    known = set(sizes)
    first = {name: next((s for s in path if (s, name) in known), None) for _, name in known}
    return {name if first[name] == schema else f"{schema}.{name}": (schema, name) for schema, name in known}
