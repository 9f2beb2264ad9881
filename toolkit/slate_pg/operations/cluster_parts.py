"""What migrations make beside a database's objects: roles, memberships, and settings of roles and of the database.

Reads catalogs; what is written is returned as SQL that makes only what is not there.
"""

from __future__ import annotations

from dataclasses import dataclass

from slate_pg.postgres.connection import Connection, package_sql

_ATTRIBUTES = ("SUPERUSER", "INHERIT", "CREATEROLE", "CREATEDB", "LOGIN", "REPLICATION", "BYPASSRLS")
_USUAL = "0100000"  # of these, what CREATE ROLE gives by itself
_LISTS = ("search_path", "temp_tablespaces", "local_preload_libraries", "session_preload_libraries", "datestyle")
_KINDS = ("role", "membership", "setting", "database")
Fields = frozenset[tuple[str, ...]]


@dataclass(frozen=True)
class ClusterParts:
    """Roles with attributes and comment, memberships with options, settings of roles and database, the database's own.

    Each is told by plain fields.
    """

    roles: Fields
    memberships: Fields
    settings: Fields
    database: Fields

    def without(self, others: ClusterParts) -> ClusterParts:
        """Return what is not among others. Pure."""
        return ClusterParts(
            self.roles - others.roles,
            self.memberships - others.memberships,
            self.settings - others.settings,
            self.database - others.database,
        )

    def in_words(self) -> list[str]:
        """Return each as a line for people. Pure."""
        kinds = (("role", self.roles), ("membership", self.memberships), ("setting", self.settings))
        lines = [f"{kind} {' '.join(filter(None, fields))}" for kind, each in kinds for fields in sorted(each)]
        return lines + [f"the database's {what}: {said}" for what, said in sorted(self.database)]


def read_cluster(connection: Connection) -> ClusterParts:
    """Return what there is of roles, and of settings for this database. Reads only."""
    found: dict[str, set[tuple[str, ...]]] = {kind: set() for kind in _KINDS}
    for kind, fields in connection.execute(package_sql("operations/read_cluster")).fetchall():
        found[kind].add(tuple(fields))
    return ClusterParts(*(frozenset(found[kind]) for kind in _KINDS))


def write_parts(parts: ClusterParts, schema: str, builder: str) -> list[str]:
    """Return the SQL that makes roles, memberships and settings where they are not there. Pure.

    A `schema` in their names is the one that the SQL runs in; empty where names stay as they are. What the `builder`
    holds of roles, by having made them, is left out.
    """
    roles = sorted(fields for fields in parts.roles if fields[0] != builder)
    members = sorted(fields for fields in parts.memberships if builder not in fields[:2])
    return [
        *([_ROLES.format(rows=_rows([_role(fields, schema) for fields in roles]))] if roles else []),
        *([_MEMBERSHIPS.format(rows=_rows([_membership(fields, schema) for fields in members]))] if members else []),
        *(_setting(fields, schema) for fields in sorted(parts.settings)),
    ]


_ROLES = """DO $roles$
DECLARE
    v record;
BEGIN
    FOR v IN
        SELECT *
        FROM (
            VALUES
{rows}
        ) AS r (name, attributes, comment)
    LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = v.name) THEN
            EXECUTE format('CREATE ROLE %I', v.name) || v.attributes;
            EXECUTE format('COMMENT ON ROLE %I IS %L', v.name, v.comment);
        END IF;
    END LOOP;
END;
$roles$;"""
_MEMBERSHIPS = """DO $roles$
DECLARE
    v record;
BEGIN
    FOR v IN
        SELECT *
        FROM (
            VALUES
{rows}
        ) AS m (role, member, before_16, since_16)
    LOOP
        IF NOT EXISTS (
            SELECT FROM pg_catalog.pg_auth_members
            WHERE pg_get_userbyid(roleid) = v.role AND pg_get_userbyid(member) = v.member
        ) THEN
            EXECUTE format('GRANT %I TO %I', v.role, v.member)
                || CASE WHEN current_setting('server_version_num')::integer < 160000 THEN v.before_16
                    ELSE v.since_16 END;
        END IF;
    END LOOP;
END;
$roles$;"""


def _rows(rows: list[str]) -> str:
    return ",\n".join(f"                ({row})" for row in rows)


def _role(fields: tuple[str, ...], schema: str) -> str:
    name, attributes, comment = fields
    words = [
        word if on == "1" else f"NO{word}"
        for word, on, usual in zip(_ATTRIBUTES, attributes, _USUAL, strict=True)
        if on != usual
    ]
    said = _text(comment) if comment else "NULL"
    return f"{_value(name, schema)}, {_text(''.join(f' {word}' for word in words))}, {said}"


def _membership(fields: tuple[str, ...], schema: str) -> str:
    role, member, admin, inherit, set_ = fields
    options = ["ADMIN TRUE"] if admin == "TRUE" else []
    options += [f"INHERIT {inherit}", f"SET {set_}"] if inherit else []
    before = " WITH ADMIN OPTION" if admin == "TRUE" else ""
    later = f" WITH {', '.join(options)}" if options else ""
    return ", ".join([_value(role, schema), _value(member, schema), _text(before), _text(later)])


def _setting(fields: tuple[str, ...], schema: str) -> str:
    role, place, name, value = fields
    whom = "ALTER ROLE %I" if role else "ALTER DATABASE %2$I"
    whom += " IN DATABASE %2$I" if role and place else ""
    listed = name.lower() in _LISTS
    given = "%3$s" if listed else "%3$L"
    text = whom.replace("%I", "%1$I")
    said = _value(value, schema, listed=listed)
    body = [f"    EXECUTE format('{text} SET {name} TO {given}', v_role, current_database(), {said});"]
    return _block([f"v_role name := {_value(role, schema)};"], body)


def _block(names: list[str], body: list[str]) -> str:
    inside = "\n".join(["", "DECLARE", *(f"    {name}" for name in names), "BEGIN", *body, "END;", ""])
    tag = "$$" if "$$" not in inside else "$slate_role$"
    return f"DO {tag}{inside}{tag};"


def _value(name: str, schema: str, *, listed: bool = False) -> str:
    """Return an expression for a name, in which the schema's is the one that the SQL runs in; quoted in a list."""
    if not schema or schema not in name:
        return _text(name)
    current = "quote_ident(current_schema())" if listed else "current_schema()"
    pieces = f" || {current} || ".join(_text(piece) for piece in name.split(schema))
    return pieces.removeprefix("'' || ").removesuffix(" || ''")


def _text(value: str) -> str:
    quoted = "'" + value.replace("'", "''") + "'"
    if "\\" in quoted:
        doubled = quoted.replace("\\", "\\\\")
        return f"E{doubled}"
    return quoted
