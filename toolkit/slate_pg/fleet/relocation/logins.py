"""Gives a server the logins of an installation that comes to it, with their passwords, settings and memberships.

No backup holds logins. A password travels as the verifier that the server keeps, and is kept out of the server's log.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import psycopg
from psycopg import sql

from slate_pg.cluster.logins import MADE, memberships
from slate_pg.cluster.role_names import find_logins, find_own_roles
from slate_pg.errors import SlateError
from slate_pg.migrations.naming import read_path, write_path
from slate_pg.postgres.connection import Connection, package_sql, send

_PATH = "search_path="
SILENT = (
    "SET LOCAL log_statement = 'none'; SET LOCAL log_min_duration_statement = -1; "
    "SET LOCAL log_min_error_statement = 'panic'; SET LOCAL log_duration = off"
)


def lacking(source: Connection, target: Connection, schema: str) -> tuple[str, ...]:
    """Return the logins that may become the installation's roles and are not on the other server. Reads only."""
    there = {r[0] for r in target.execute("SELECT rolname FROM pg_catalog.pg_roles")}
    return tuple(name for name in _all(source, schema) if name not in there)


def refuse_unknown(source: Connection, names: Collection[str], server: str) -> None:
    """SlateError for a login that cannot be made on another server as it is here. Reads only."""
    for name in names:
        row = source.execute(package_sql("fleet/relocation/read_login"), {"role": name}).fetchone()
        if row and row[3]:
            raise SlateError(
                f'the login "{name}" may do more than use what it is granted, and is not on {server}',
                hint="Nothing was changed. Make it there as you want it (CREATE ROLE … LOGIN), and run it again.",
            )
    if names and not _may_read_passwords(source):
        raise SlateError(
            f'"{source.info.user}" may not read passwords, and {len(names)} logins are not on {server}, '
            f"{next(iter(names))} first",
            hint="Nothing was changed. Make them there (CREATE ROLE … LOGIN NOINHERIT PASSWORD …), or run it as a "
            "superuser.",
        )


def carry(source: Connection, target: Connection, schema: str, new: Collection[str]) -> None:
    """Make the logins that are `new` and give each of the installation the roles it has. Writes on the target."""
    roles = find_own_roles(source, schema)
    there = {r[0] for r in target.execute("SELECT rolname FROM pg_catalog.pg_roles")}
    for name in _all(source, schema):
        statements = [] if name in there else list(_creation(source, target, name))
        groups, has = memberships(source, name), memberships(target, name)
        for role in (r for r in roles if r in groups and r in there and r not in has):
            statements.append(sql.SQL("GRANT {} TO {}{}").format(
                sql.Identifier(role), sql.Identifier(name), sql.SQL(_options(target, groups[role]))
            ))  # fmt: skip
        _run(target, name, statements, secret=name in new)


def superfluous(source: Connection, target: Connection, schema: str) -> list[str]:
    """Return the logins that an installation leaves behind: made for it alone, and on the other server too. Reads only.

    None where both are databases of one server, whose logins are the same.
    """
    query = "SELECT pg_catalog.pg_postmaster_start_time()"
    if source.execute(query).fetchone() == target.execute(query).fetchone():
        return []
    roles = {*find_own_roles(source, schema)}
    there = {r[0] for r in target.execute("SELECT rolname FROM pg_catalog.pg_roles")}
    return [
        name
        for name in _all(source, schema)
        if name in there and {*memberships(source, name)} <= roles and _comment(source, name).startswith(MADE)
    ]


def _comment(connection: Connection, name: str) -> str:
    row = connection.execute(package_sql("fleet/relocation/read_login"), {"role": name}).fetchone()
    return str(row[4] or "") if row else ""


def _all(connection: Connection, schema: str) -> list[str]:
    return [n for n in find_logins(connection, find_own_roles(connection, schema)) if n != connection.info.user]


def _may_read_passwords(connection: Connection) -> bool:
    query = "SELECT pg_catalog.has_table_privilege('pg_catalog.pg_authid', 'SELECT')"
    return connection.execute(query).fetchone() == (True,)


def _creation(source: Connection, target: Connection, name: str) -> Iterator[sql.Composable]:
    """Yield the statements that make a login as it is on its server. Reads only."""
    row = source.execute(package_sql("fleet/relocation/read_login"), {"role": name}).fetchone()
    secret = source.execute("SELECT rolpassword FROM pg_catalog.pg_authid WHERE rolname = %s", [name]).fetchone()
    if row is None or secret is None:
        raise SlateError(f'the login "{name}" has gone meanwhile', hint="Run it again.")
    inherits, limit, until, _, comment = row
    role = sql.Identifier(name)
    yield sql.SQL("CREATE ROLE {} LOGIN {} CONNECTION LIMIT {}").format(
        role, sql.SQL("INHERIT" if inherits else "NOINHERIT"), sql.Literal(limit)
    )
    if until:
        yield sql.SQL("ALTER ROLE {} VALID UNTIL {}").format(role, sql.Literal(until))
    if secret[0]:
        yield sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(secret[0]))
    if comment:
        yield sql.SQL("COMMENT ON ROLE {} IS {}").format(role, sql.Literal(comment))
    rows = source.execute(package_sql("fleet/relocation/read_role_settings"), {"role": name}).fetchall()
    for here_only, setting in rows:
        where = sql.SQL(" IN DATABASE {}").format(sql.Identifier(target.info.dbname)) if here_only else sql.SQL("")
        key, _, value = setting.partition("=")
        said = sql.SQL(write_path(read_path(setting))) if setting.startswith(_PATH) else sql.Literal(value)
        yield sql.SQL("ALTER ROLE {}{} SET {} = {}").format(role, where, _setting(key), said)


def _setting(name: str) -> sql.Composable:
    return sql.SQL(".").join(sql.Identifier(part) for part in name.split("."))


def _options(connection: Connection, options: str) -> str:
    """Return what GRANT says of a membership: nothing on a server that knows no options. Pure."""
    return options if connection.info.server_version >= 160000 else ""


def _run(connection: Connection, name: str, statements: Sequence[sql.Composable], *, secret: bool) -> None:
    try:
        with connection.transaction():
            if secret and _is_superuser(connection):
                send(connection, SILENT)
            for statement in statements:
                send(connection, statement.as_string(connection))
            _let_connect(connection, name)
    except psycopg.errors.InsufficientPrivilege as error:
        raise SlateError(
            f'"{connection.info.user}" may not make the login "{name}": {error.diag.message_primary}',
            hint="It takes CREATEROLE, and to own the database or be a superuser.",
        ) from error


def _let_connect(connection: Connection, name: str) -> None:
    """Grant CONNECT where the login has it not, as everybody has by default: it takes the database's owner. Writes."""
    query = "SELECT pg_catalog.has_database_privilege(%s::name, current_database(), 'CONNECT')"
    if connection.execute(query, [name]).fetchone() != (True,):
        text = sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
            sql.Identifier(connection.info.dbname), sql.Identifier(name)
        )
        send(connection, text.as_string(connection))


def _is_superuser(connection: Connection) -> bool:
    query = "SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user"
    return connection.execute(query).fetchone() == (True,)
