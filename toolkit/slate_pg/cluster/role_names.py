"""Gives an installation's own roles the name of its new schema: renamed, or where others need them too, by new ones.

Roles belong to the whole server. One that another database has given rights to stays, and what it holds in this schema
goes to a new role.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import psycopg
from psycopg import sql

from slate_pg.cluster.logins import MADE, is_powerful, memberships
from slate_pg.errors import SlateError
from slate_pg.postgres.connection import Connection, package_sql, send

LIMIT = 63  # bytes of a name
_COMMENT = "Slate: reaches one schema only"


def find_own_roles(connection: Connection, schema: str) -> list[str]:
    """Return the roles of an installation: they hold USAGE on its schema and are called after it. Reads only."""
    return [str(row[0]) for row in connection.execute(package_sql("backup/find_own_roles"), {"schema": schema})]


def find_logins(connection: Connection, roles: Sequence[str]) -> list[str]:
    """Return the logins that may become one of these roles. Reads only."""
    return sorted({login for _, logins in _users(connection, roles).values() for login in logins})


def _users(connection: Connection, roles: Sequence[str]) -> dict[str, tuple[list[str], list[str]]]:
    rows = connection.execute(package_sql("cluster/find_role_users"), {"roles": list(roles)}).fetchall()
    return {name: (databases, logins) for name, databases, logins in rows}


def rename_roles(connection: Connection, roles: Sequence[str], old: str, new: str) -> dict[str, str]:
    """Give the roles of a schema, renamed already, its new name; return old to new. In a transaction. Writes.

    SlateError where a name is too long or stands for somebody, and where logins need the role elsewhere.
    """
    users = _users(connection, roles)
    renamed = {role: new + role[len(old) :] for role in roles}
    statements: list[str] = []
    for role, name in renamed.items():
        if len(name.encode()) > LIMIT:
            most = LIMIT - len(role.encode()) + len(old.encode())
            raise SlateError(
                f'schema name "{new}" is too long for its role "{name}"', hint=f"It may have {most} bytes at most."
            )
        statements += _renaming(connection, role, name, users[role], new)
    if statements:
        try:
            send(connection, "; ".join(statements))
        except psycopg.errors.InsufficientPrivilege as error:
            raise SlateError(
                f'"{connection.info.user}" may not rename the roles of "{old}": {error.diag.message_primary}',
                hint="It takes CREATEROLE and, from PostgreSQL 16 on, ADMIN OPTION for them.",
            ) from error
    return renamed


def _renaming(
    connection: Connection, role: str, name: str, users: tuple[list[str], list[str]], schema: str
) -> list[str]:
    """Return the statements for one role; the search_path is empty. Reads only."""
    databases, logins = users
    powerful = is_powerful(connection, name)
    if powerful:
        raise SlateError(
            f'role "{name}" logs in or is above row security, and cannot stand for "{schema}"',
            hint="Rename that role, or choose another name.",
        )
    if not databases and powerful is None:
        text = sql.SQL("ALTER ROLE {} RENAME TO {}").format(sql.Identifier(role), sql.Identifier(name))
        return [text.as_string(connection)]
    if logins:
        why = f"database {databases[0]} needs it too" if databases else f'"{name}" is there already'
        raise SlateError(
            f'"{logins[0]}" may become "{role}", which cannot be renamed: {why}',
            hint=f"Remove the login first (slate role drop {logins[0]}), and make it again afterwards.",
        )
    made = [] if powerful is False else list(creation(connection, name, memberships(connection, role)))
    return [*made, *moved_rights(connection, schema, role, name), *([] if databases else [_dropping(connection, role)])]


def creation(connection: Connection, name: str, groups: Mapping[str, str]) -> Iterator[str]:
    """Yield the statements that make an installation's own role, a member of groups with options. Pure."""
    role = sql.Identifier(name)
    yield sql.SQL("CREATE ROLE {} NOLOGIN").format(role).as_string(connection)
    yield sql.SQL("COMMENT ON ROLE {} IS {}").format(role, sql.Literal(_COMMENT)).as_string(connection)
    for group, options in groups.items():
        grant = sql.SQL("GRANT {} TO {}{}").format(sql.Identifier(group), role, sql.SQL(options))
        yield grant.as_string(connection)


def moved_rights(connection: Connection, schema: str, old: str, new: str) -> list[str]:
    """Return the statements that give another role what one holds in a schema. Reads only."""
    asked = {"schema": schema, "old": old, "new": new}
    return [str(row[0]) for row in connection.execute(package_sql("cluster/find_rights"), asked)]


def _dropping(connection: Connection, role: str) -> str:
    return sql.SQL("DROP ROLE {}").format(sql.Identifier(role)).as_string(connection)


def renamed_mark(connection: Connection, renamed: Mapping[str, str]) -> list[str]:
    """Return the statements by which logins that `slate role add` made are known for their renamed role. Reads only."""
    query = package_sql("cluster/find_marks")
    rows = connection.execute(query, {"marks": [MADE + role for role in renamed]}).fetchall()
    return [
        sql.SQL("COMMENT ON ROLE {} IS {}")
        .format(sql.Identifier(login), sql.Literal(MADE + renamed[mark.removeprefix(MADE)]))
        .as_string(connection)
        for login, mark in rows
    ]
