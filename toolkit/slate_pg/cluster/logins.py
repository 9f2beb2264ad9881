"""Makes and removes the login of a service: a role of its own that is a member of its product's role."""

from __future__ import annotations

import psycopg
from psycopg import sql

from slate_pg.config import Product, check_schema_name
from slate_pg.errors import Misuse, SlateError
from slate_pg.postgres.connection import Connection

MADE = "made by slate role add: "  # how its comment begins, by which a login is known as ours
KINDS = ("service", "reader")


def add(connection: Connection, product: Product, name: str, kind: str, password: str | None) -> None:
    """Create a login that is a member of <product>_service or <product>_reader. Writes.

    Needs CREATEROLE, not superuser. The password goes to the server as a SCRAM verifier, never as clear text.
    """
    group = f"{product.name}_{kind}"
    check_schema_name(name)
    if _exists(connection, name):
        raise Misuse(f'role "{name}" exists already', hint=f"Remove it first: slate role drop {name}.")
    if not _exists(connection, group):
        raise Misuse(f'role "{group}" does not exist', hint="Run `slate bootstrap` for the roles.")
    clause: sql.Composable = sql.SQL("")
    if password:
        verifier = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256")
        clause = sql.SQL("PASSWORD {} ").format(sql.Literal(verifier.decode()))
    statement = sql.SQL("CREATE ROLE {} LOGIN {}IN ROLE {}").format(sql.Identifier(name), clause, sql.Identifier(group))
    try:
        with connection.transaction():
            connection.execute(statement)
            note = sql.SQL("COMMENT ON ROLE {} IS {}").format(sql.Identifier(name), sql.Literal(MADE + group))
            connection.execute(note)
    except psycopg.errors.InsufficientPrivilege as error:
        raise SlateError(
            f'"{connection.info.user}" may not create roles: {error.diag.message_primary}',
            hint=f"As a role with CREATEROLE, run: CREATE ROLE {name} LOGIN IN ROLE {group};",
        ) from error


def drop(connection: Connection, name: str) -> None:
    """Remove a login with its grants in this database; refused while it owns objects or is no plain login. Writes."""
    if not _exists(connection, name):
        raise Misuse(f'role "{name}" does not exist', hint="Look at the roles with \\du in psql.")
    query = "SELECT rolcanlogin, rolsuper FROM pg_catalog.pg_roles WHERE rolname = %s"
    if connection.execute(query, [name]).fetchone() != (True, False):
        raise Misuse(
            f'"{name}" is no service\'s login but a group or a superuser',
            hint="Only what `slate role add` made is dropped.",
        )
    query = "SELECT pg_catalog.shobj_description(%s::regrole, 'pg_authid')"
    found = connection.execute(query, [sql.Identifier(name).as_string(connection)]).fetchone()
    if not found or not (found[0] or "").startswith(MADE):
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
    identifier = sql.Identifier(name)
    with connection.transaction():
        connection.execute(sql.SQL("DROP OWNED BY {}").format(identifier))
        connection.execute(sql.SQL("DROP ROLE {}").format(identifier))


def _exists(connection: Connection, name: str) -> bool:
    return connection.execute("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = %s", [name]).fetchone() is not None
