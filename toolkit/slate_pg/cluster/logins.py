"""Makes and removes the login of a service: it inherits nothing, and may become the roles of one installation.

Without SET ROLE it can do nothing; what its roles may do is for grants and policies.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import psycopg
from psycopg import sql

from slate_pg.config import Product
from slate_pg.errors import Misuse, SlateError
from slate_pg.migrations import ledger
from slate_pg.migrations.belonging import read_own_state
from slate_pg.postgres.connection import Connection, package_sql

MADE = "made by slate role add: "  # how its comment begins, by which a login is known as ours
KINDS = {"service": ("people", "service"), "reader": ("reader",)}  # which of its schema's roles it may become
_RESERVED = ("public", "none")
# Two that change the rights of one database at once would fail; they take turns. It is free again with the transaction.
_IN_TURN = "SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('slate role', 0))"
_SETS_APART = 160000  # from here a membership says by itself whether it inherits and may be set


@dataclass(frozen=True)
class Login:
    """A login and what it is for: the installation's schema, its kind of KINDS, and the path it begins with."""

    name: str
    schema: str
    kind: str
    path: tuple[str, ...]

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles it may become."""
        return tuple(f"{self.schema}_{kind}" for kind in KINDS[self.kind])


def check_installation(connection: Connection, product: Product) -> None:
    """Refuse a schema named by --as that is not installed here, and one that holds another product. Reads only.

    Misuse or GraphError; a ledger that this role may not read is taken at its name.
    """
    if product.schema not in ledger.find_ledgers(connection):
        if product.named:
            raise Misuse(
                f'"{product.schema}" is not installed in this database',
                hint=f"Run: slate apply {product.name} --as {shlex.quote(product.schema)}",
            )
        return
    query = package_sql("cluster/may_read_ledger")
    if connection.execute(query, [product.schema]).fetchone() == (True,):
        read_own_state(connection, product)


def login(product: Product, shared: str | None, name: str, kind: str) -> Login:
    """Return the login of a service of this installation. Misuse for a name that no role can have. Pure."""
    bytes_long = len(name.encode())
    if not 1 <= bytes_long <= 63 or name.startswith("pg_") or name in _RESERVED or "\0" in name:
        raise Misuse(
            f'"{name}" cannot be a role',
            hint="A role's name has 1 to 63 bytes, does not start with pg_, and is neither public nor none.",
        )
    # Without pg_temp: before SET ROLE it would be the only schema in reach, and current_schema(), which libraries ask
    # for as they connect, would want to make it. The login makes no temporary tables that could stand in front.
    return Login(name, product.schema, kind, (*dict.fromkeys([*product.path, shared or product.schema]),))


def add(connection: Connection, wanted: Login, password: str | None) -> bool:
    """Create the login; False when it is there already, just so. A password is set in both cases. Writes.

    Needs CREATEROLE, and from 16 on ADMIN OPTION for the roles. The password travels as a SCRAM verifier. Misuse for
    a role of that name that is something else, SlateError for want of a right: then nothing was done.
    """
    try:
        return _add(connection, wanted, password)
    except (psycopg.errors.UniqueViolation, psycopg.errors.DuplicateObject, psycopg.errors.InternalError_):
        return _add(connection, wanted, password)  # in another database of this server somebody just made it


def _add(connection: Connection, wanted: Login, password: str | None) -> bool:
    found = find_comment(connection, wanted.name)
    if found is not None and (found, {*memberships(connection, wanted.name)}) != (_mark(wanted), {*wanted.roles}):
        raise Misuse(f'role "{wanted.name}" exists already', hint=f"Remove it first: slate role drop {wanted.name}.")
    _check_roles(connection, wanted)
    statements = [] if found is not None else list(_creation(connection, wanted))
    try:
        with connection.transaction():
            connection.execute(_IN_TURN)
            for statement in statements:
                connection.execute(statement)
            if password:
                connection.execute(_set_password(connection, wanted.name, password))
            _let_connect(connection, wanted.name)
    except psycopg.errors.InsufficientPrivilege as error:
        raise SlateError(
            f'"{connection.info.user}" may not make "{wanted.name}": {error.diag.message_primary}',
            hint="As a role with CREATEROLE and, from PostgreSQL 16 on, ADMIN OPTION for "
            f"{' and '.join(wanted.roles)}, run: {'; '.join(s.as_string(connection) for s in statements)};",
        ) from error
    return found is None


def _mark(wanted: Login) -> str:
    return f"{MADE}{wanted.roles[-1]}"


def _check_roles(connection: Connection, wanted: Login) -> None:
    """Misuse where a role it should become is not there, or is no role that only stands for an installation."""
    for role in wanted.roles:
        powerful = is_powerful(connection, role)
        if powerful is None:
            raise Misuse(
                f'role "{role}" does not exist',
                hint=f"Run `slate bootstrap` for the roles, and `slate apply` to install {wanted.schema}.",
            )
        if powerful:
            raise Misuse(
                f'role "{role}" logs in or is above row security, and cannot stand for {wanted.schema}',
                hint="Rename it; `slate bootstrap` and `slate apply` make the installation's own.",
            )


def _creation(connection: Connection, wanted: Login) -> Iterator[sql.Composed]:
    name = sql.Identifier(wanted.name)
    how = " WITH INHERIT FALSE, SET TRUE" if connection.info.server_version >= _SETS_APART else ""
    yield sql.SQL("CREATE ROLE {} LOGIN NOINHERIT").format(name)
    yield sql.SQL("GRANT {} TO {}{}").format(sql.SQL(", ").join(map(sql.Identifier, wanted.roles)), name, sql.SQL(how))
    path = sql.SQL(", ").join(map(sql.Identifier, wanted.path))
    yield sql.SQL("ALTER ROLE {} SET search_path = {}").format(name, path)
    yield sql.SQL("COMMENT ON ROLE {} IS {}").format(name, sql.Literal(_mark(wanted)))


def _set_password(connection: Connection, name: str, password: str) -> sql.Composed:
    verifier = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256")
    return sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(name), sql.Literal(verifier.decode()))


def _let_connect(connection: Connection, name: str) -> None:
    """Grant CONNECT on this database, where it is ours to grant; SlateError where that leaves the login outside."""
    database = sql.Identifier(connection.info.dbname)
    grant = sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, sql.Identifier(name))
    query = (
        "SELECT pg_catalog.pg_has_role(datdba, 'USAGE') FROM pg_catalog.pg_database WHERE datname = current_database()"
    )
    if connection.execute(query).fetchone() == (True,):
        connection.execute(grant)
    query = "SELECT pg_catalog.has_database_privilege(%s::name, current_database(), 'CONNECT')"
    if connection.execute(query, [name]).fetchone() != (True,):
        raise SlateError(
            f'"{connection.info.user}" may not let "{name}" connect to "{connection.info.dbname}"',
            hint=f"As the database's owner, make the login, or run afterwards: {grant.as_string(connection)};",
        )


def drop(connection: Connection, name: str) -> None:
    """Remove a login with its grants in this database; refused while it owns objects or is no plain login. Writes."""
    comment = find_comment(connection, name)
    if comment is None:
        raise Misuse(f'role "{name}" does not exist', hint="Look at the roles with \\du in psql.")
    query = "SELECT rolcanlogin, rolsuper FROM pg_catalog.pg_roles WHERE rolname = %s"
    if connection.execute(query, [name]).fetchone() != (True, False):
        raise Misuse(
            f'"{name}" is no service\'s login but a group or a superuser',
            hint="Only what `slate role add` made is dropped.",
        )
    if not comment.startswith(MADE):
        raise Misuse(
            f'"{name}" was not made by `slate role add`',
            hint=f"Only such logins are dropped. If it is one: COMMENT ON ROLE {name} IS '{MADE}…'; else DROP ROLE.",
        )
    owned = connection.execute(
        "SELECT count(*) FROM pg_catalog.pg_shdepend WHERE refobjid = %s::regrole AND deptype = 'o'",
        [sql.Identifier(name).as_string(connection)],
    ).fetchone()
    if owned != (0,):
        raise Misuse(f'"{name}" owns objects', hint=f"Give them away first: REASSIGN OWNED BY {name} TO …;")
    drop_with_grants(connection, name)


def drop_with_grants(connection: Connection, name: str) -> None:
    """Drop a role with what it was granted in this database. SlateError where something else needs it. Writes."""
    identifier = sql.Identifier(name)
    try:
        with connection.transaction():
            connection.execute(_IN_TURN)
            # DROP OWNED wants the rights of the role, which whoever made it has from 15 on only for the asking.
            if connection.execute("SELECT pg_catalog.pg_has_role(%s::name, 'USAGE')", [name]).fetchone() != (True,):
                how = " WITH INHERIT TRUE" if connection.info.server_version >= _SETS_APART else ""
                connection.execute(sql.SQL("GRANT {} TO CURRENT_USER{}").format(identifier, sql.SQL(how)))
            connection.execute(sql.SQL("DROP OWNED BY {}").format(identifier))
            connection.execute(sql.SQL("DROP ROLE {}").format(identifier))
    except psycopg.errors.InsufficientPrivilege as error:
        raise SlateError(
            f'"{connection.info.user}" may not drop "{name}": {error.diag.message_primary}',
            hint="Ask whoever made it, or a superuser.",
        ) from error
    except psycopg.errors.DependentObjectsStillExist as error:
        raise SlateError(
            f'"{name}" has rights elsewhere: {error.diag.message_detail}',
            hint=f"In that database, run: DROP OWNED BY {identifier.as_string(connection)};",
        ) from error


def drop_all(connection: Connection, names: Collection[str]) -> list[str]:
    """Drop logins with what they were granted in this database; return in words those that stay. Writes."""
    stayed = []
    for name in names:
        if connection.execute("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = %s", [name]).fetchone():
            try:
                drop_with_grants(connection, name)
            except SlateError as error:
                stayed.append(f'login "{name}": {error.message}')
    return stayed


def find_comment(connection: Connection, name: str) -> str | None:
    """Return what is said of a role, empty when nothing is; None when there is no such role. Reads only."""
    query = package_sql("cluster/find_role_comment")
    row = connection.execute(query, [name]).fetchone()
    return None if row is None else str(row[0])


def memberships(connection: Connection, name: str) -> dict[str, str]:
    """Return the groups of a role, each with the options that GRANT spells behind it, if any. Reads only."""
    return dict(connection.execute(package_sql("cluster/find_memberships"), {"role": name}).fetchall())


def is_powerful(connection: Connection, name: str) -> bool | None:
    """Tell whether a role logs in or is above row security; None where there is no such role. Reads only."""
    row = connection.execute(package_sql("cluster/find_power"), {"role": name}).fetchone()
    return bool(row[0]) if row else None
