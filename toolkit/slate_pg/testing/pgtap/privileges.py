"""pgTAP's …_privs_are: exactly what a role may do, PUBLIC and memberships included. Object and role must exist."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from slate_pg.testing.names import UnknownObject
from slate_pg.testing.pgtap.asserting import called, exactly_these
from slate_pg.testing.pgtap.functions import function_of
from slate_pg.testing.privileges import KNOWN, known_privileges, place_privileges, relation_privileges
from slate_pg.testing.verbs import Catalogued


class PrivilegesAlone(Protocol):
    """An assertion about a role's privileges on something that has no schema."""

    def __call__(
        self, db: Catalogued, name: str, role: str, privileges: Iterable[str], *, description: str = ""
    ) -> None:
        """Raise AssertionError unless it is so."""


class PrivilegesInSchema(Protocol):
    """An assertion about a role's privileges on something in a schema."""

    def __call__(
        self, db: Catalogued, name: str, role: str, privileges: Iterable[str], *, schema: str | None = None,
        description: str = "",
    ) -> None:  # fmt: skip
        """Raise AssertionError unless it is so."""


def _expect(
    have: set[str], want: Iterable[str], known: Sequence[str], kind: str, what: str, role: str, description: str
) -> None:
    if isinstance(want, str):
        raise TypeError(f"a list of privileges is wanted, not the string {want!r}")
    wanted = {"TEMPORARY" if w.upper() == "TEMP" else w.upper() for w in want}
    odd = sorted(wanted - set(known))
    if odd:
        raise UnknownObject(f"no privilege {', '.join(odd)} on a {kind}; there are {', '.join(known)}")
    function = {"relation": "table", "any column": "any_column"}.get(kind, kind.replace(" ", "_"))
    column = "<column>, " if kind == "column" else ""
    look = f"SELECT has_{function}_privilege('{role}', '{what}', {column}'<privilege>');"
    exactly_these(have, wanted, f"the privileges of {role} on {what} differ", look=look, description=description)


def _place(name: str, kind: str) -> PrivilegesAlone:
    def assertion(db: Catalogued, name: str, role: str, privileges: Iterable[str], *, description: str = "") -> None:
        have = place_privileges(db.catalog, kind, name, role)
        _expect(have, privileges, KNOWN[kind], kind, name, role, description)

    return called(assertion, name, f"a role has exactly these privileges on a {kind}", __name__)


database_privs_are, schema_privs_are = _place("database_privs_are", "database"), _place("schema_privs_are", "schema")
tablespace_privs_are = _place("tablespace_privs_are", "tablespace")
language_privs_are = _place("language_privs_are", "language")
fdw_privs_are = _place("fdw_privs_are", "foreign data wrapper")
server_privs_are = _place("server_privs_are", "server")


def _relation(name: str, label: str, kind: str) -> PrivilegesInSchema:
    def assertion(
        db: Catalogued, name: str, role: str, privileges: Iterable[str], *, schema: str | None = None,
        description: str = "",
    ) -> None:  # fmt: skip
        catalog = db.catalog
        relation = catalog.relation(name, schema, ("sequence",) if kind == "sequence" else ())
        if kind == "relation" and relation.kind == "sequence":
            raise UnknownObject(f"{relation} is a sequence: use sequence_privs_are")
        have = relation_privileges(catalog, role, relation.name, relation.schema, any_column=kind == "any column")
        known = known_privileges(kind, catalog.version)
        _expect(have, privileges, known, kind, str(relation), role, description)

    return called(assertion, name, f"a role has exactly these privileges on {label}", __name__)


table_privs_are = _relation("table_privs_are", "a table or view", "relation")
sequence_privs_are = _relation("sequence_privs_are", "a sequence", "sequence")
any_column_privs_are = _relation("any_column_privs_are", "at least one column of a table", "any column")


def column_privs_are(
    db: Catalogued, table: str, column: str, role: str, privileges: Iterable[str], *, schema: str | None = None,
    description: str = "",
) -> None:  # fmt: skip
    """Assert that a role has exactly these privileges on a column, those on the whole table included."""
    have = relation_privileges(db.catalog, role, table, schema, column)
    _expect(have, privileges, KNOWN["column"], "column", f"{table}.{column}", role, description)


def function_privs_are(
    db: Catalogued, name: str, args: Sequence[str] | None, role: str, privileges: Iterable[str], *,
    schema: str | None = None, description: str = "",
) -> None:  # fmt: skip
    """Assert that a role has exactly these privileges on a function; args may be None where nothing is overloaded."""
    catalog = db.catalog
    found = function_of(catalog, name, args, schema)
    have = catalog.privileges("function", role, KNOWN["function"], found.oid)
    _expect(have, privileges, KNOWN["function"], "function", str(found), role, description)
