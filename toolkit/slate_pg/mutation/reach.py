"""Queries that say who reaches an object: a fault in rights for which the answer stays the same is none. Pure.

A role reaches an object that it has a privilege on, itself or as a member, in a schema that it has USAGE on.
Superusers are left out, for nothing binds them, and the server's own roles, whose members count; where row security is
asked about, BYPASSRLS too.
"""

from __future__ import annotations

from slate_pg.catalog.identity import Identity
from slate_pg.mutation.model import literal
from slate_pg.postgres.connection import package_sql

_FUNCTIONS = {
    "table": "table", "view": "table", "materialized view": "table", "foreign table": "table", "sequence": "sequence",
    "function": "function", "procedure": "function", "aggregate": "function",
}  # fmt: skip
_WRITES = {"UPDATE": 4, "INSERT": 8, "DELETE": 16}  # bits of pg_relation_is_updatable
_ANY = "SELECT, INSERT, UPDATE, DELETE"


def _roles(**words: str) -> str:
    """Return the query for roles, with the words that its braces name. Reads a file."""
    text = package_sql("mutation/list_roles_that_reach")
    return text.partition("\n")[2].format(**words)


def of_privilege(on: Identity, privilege: str) -> str:
    """Return the query for the roles that have a privilege; empty for an object of which that is not asked."""
    place = on.on if on.kind == "column" and on.on else on
    schema, name = literal(place.schema), literal(place.qualified)
    if on.kind == "column":
        holds = f"pg_catalog.has_column_privilege(r.oid, {name}, {literal(on.name)}, {literal(privilege)})"
    elif on.kind in _FUNCTIONS:
        holds = f"pg_catalog.has_{_FUNCTIONS[on.kind]}_privilege(r.oid, {name}, {literal(privilege)})"
    else:
        return ""
    if on.kind == "view" and privilege in _WRITES:  # of a view that takes no such write, the right is of no use
        takes = f"pg_catalog.pg_relation_is_updatable({name}::pg_catalog.regclass, true)"
        holds += f" AND {takes} & {_WRITES[privilege]} <> 0"
    return _roles(more="", source="", schema=schema, holds=holds)


def of_row_security(table: Identity) -> str:
    """Return the query for the roles that a table's row security binds, and whether it is on."""
    holds = f"NOT r.rolbypassrls AND {_holds_any(table)} AND c.oid = {literal(table.qualified)}::pg_catalog.regclass"
    source = " CROSS JOIN pg_catalog.pg_class AS c"
    return _roles(more=", c.relrowsecurity", source=source, schema=literal(table.schema), holds=holds)


def of_policy(table: Identity, policy: str) -> str:
    """Return the query for the roles that reach a policy's table, and whether the policy is for them."""
    concerns = """, EXISTS (
        SELECT 1 FROM unnest(p.polroles) AS w (role) WHERE w.role = 0 OR pg_catalog.pg_has_role(r.oid, w.role, 'USAGE')
    )"""
    holds = (
        f"NOT r.rolbypassrls AND {_holds_any(table)} AND p.polname = {literal(policy)} "
        f"AND p.polrelid = {literal(table.qualified)}::pg_catalog.regclass"
    )
    source = " CROSS JOIN pg_catalog.pg_policy AS p"
    return _roles(more=concerns, source=source, schema=literal(table.schema), holds=holds)


def _holds_any(table: Identity) -> str:
    """Return the condition that a role has a right on the table, or on a column of it."""
    name = literal(table.qualified)
    table_wide = f"pg_catalog.has_table_privilege(r.oid, {name}, {literal(_ANY)})"
    columns = f"pg_catalog.has_any_column_privilege(r.oid, {name}, 'SELECT, INSERT, UPDATE')"
    return f"({table_wide} OR {columns})"
