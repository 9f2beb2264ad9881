"""Gives an installation that is restored under another name roles of its own, as the one it was backed up from has.

A role belongs to an installation when its name begins with the schema's and it holds USAGE on that schema. Without
this, the roles of the first installation would reach the second.
"""

from __future__ import annotations

from collections.abc import Collection

from psycopg import sql

from slate_pg.cluster.logins import is_powerful, memberships
from slate_pg.cluster.role_names import creation
from slate_pg.errors import SlateError
from slate_pg.postgres.connection import Connection, package_sql

ROLE_LIMIT = 63  # bytes of a name


def rename_own_roles(rehearsal: Connection, schema: str, name: str) -> dict[str, str]:
    """Rename a schema's own roles on a disposable server, so that every grant follows; return old to new. Writes.

    SlateError where a new name would be too long for a role.
    """
    rows = rehearsal.execute(package_sql("backup/find_own_roles"), {"schema": schema}).fetchall()
    renamed = {str(old): name + str(old)[len(schema) :] for (old,) in rows}
    for old, new in renamed.items():
        if len(new.encode()) > ROLE_LIMIT:
            raise SlateError(
                f'schema name "{name}" is too long for its role "{new}"',
                hint=f"Restore it under a name of at most {ROLE_LIMIT - len(old[len(schema) :].encode())} bytes.",
            )
        rehearsal.execute(sql.SQL("ALTER ROLE {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new)))
    return renamed


def make_own_roles(target: Connection, renamed: dict[str, str]) -> None:
    """Make the roles that are missing, members of what their models are members of. SlateError. Writes."""
    for old, new in renamed.items():
        powerful = is_powerful(target, new)
        if powerful:
            raise SlateError(
                f'role "{new}" logs in or is above row security, and cannot stand for an installation',
                hint="Rename it, or restore under another name.",
            )
        if powerful is not None:
            continue
        for statement in creation(target, new, memberships(target, old)):
            target.execute(statement.encode())


def make_missing_roles(target: Connection, product: str, schema: str, missing: Collection[str]) -> None:
    """Make an installation's own roles that are not there any more, after those of its product. Writes.

    Left out are those of which the product has none of the kind.
    """
    wanted = {product + name[len(schema) :]: name for name in missing if name.startswith(f"{schema}_")}
    make_own_roles(target, {model: name for model, name in wanted.items() if is_powerful(target, model) is False})
