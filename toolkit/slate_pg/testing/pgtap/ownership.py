"""pgTAP's …_owner_is. The object and the role must exist."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from slate_pg.testing import lookup_sql
from slate_pg.testing.catalog import Catalog
from slate_pg.testing.names import split_name, unknown
from slate_pg.testing.objects import OperatorClass
from slate_pg.testing.pgtap.asserting import called, expect
from slate_pg.testing.pgtap.functions import function_of
from slate_pg.testing.pgtap.indexes import index_of
from slate_pg.testing.pgtap.types import type_of
from slate_pg.testing.verbs import Catalogued


class OwnerAlone(Protocol):
    """An assertion about the owner of something that has no schema."""

    def __call__(self, db: Catalogued, name: str, owner: str, *, description: str = "") -> None:
        """Raise AssertionError unless it is so."""


class OwnerInSchema(Protocol):
    """An assertion about the owner of something in a schema."""

    def __call__(
        self, db: Catalogued, name: str, owner: str, *, schema: str | None = None, description: str = ""
    ) -> None:
        """Raise AssertionError unless it is so."""


def _expect(catalog: Catalog, what: str, have: str, want: str, look: str, description: str) -> None:
    catalog.role(want)
    expect(have == want, f"owner of {what}", have=have, want=want, look=look, description=description)


def _place(name: str, kind: str) -> OwnerAlone:
    def assertion(db: Catalogued, name: str, owner: str, *, description: str = "") -> None:
        catalog = db.catalog
        found = catalog.place(kind, name)
        _expect(catalog, f"{kind} {name}", found.owner, owner, lookup_sql.places(kind), description)

    return called(assertion, name, f"a {kind}, which must exist, belongs to a role", __name__)


db_owner_is, schema_owner_is = _place("db_owner_is", "database"), _place("schema_owner_is", "schema")
tablespace_owner_is = _place("tablespace_owner_is", "tablespace")
language_owner_is = _place("language_owner_is", "language")


def _relation(name: str, *kinds: str) -> OwnerInSchema:
    def assertion(db: Catalogued, name: str, owner: str, *, schema: str | None = None, description: str = "") -> None:
        catalog = db.catalog
        found = catalog.relation(name, schema, kinds)
        look = f"SELECT relowner::regrole FROM pg_class WHERE oid = {found.oid};"
        _expect(catalog, f"{found.kind} {found}", found.owner, owner, look, description)

    kind = kinds[0] if kinds else "relation"
    return called(assertion, name, f"a {kind}, which must exist, belongs to a role", __name__)


relation_owner_is, table_owner_is = _relation("relation_owner_is"), _relation("table_owner_is", "table")
view_owner_is = _relation("view_owner_is", "view")
materialized_view_owner_is = _relation("materialized_view_owner_is", "materialized view")
sequence_owner_is = _relation("sequence_owner_is", "sequence")
foreign_table_owner_is = _relation("foreign_table_owner_is", "foreign table")
composite_owner_is = _relation("composite_owner_is", "composite type")


def index_owner_is(
    db: Catalogued, table: str, index: str, owner: str, *, schema: str | None = None, description: str = ""
) -> None:
    """Assert that an index, which must exist, belongs to a role."""
    relation, found = index_of(db, table, index, schema)
    _expect(db.catalog, f"index {index} of {relation}", found.owner, owner, lookup_sql.parts("index", str(relation)),
            description)  # fmt: skip


def type_owner_is(db: Catalogued, name: str, owner: str, *, schema: str | None = None, description: str = "") -> None:
    """Assert that a type, which must exist, belongs to a role."""
    catalog = db.catalog
    found = type_of(catalog, name, schema)
    look = f"SELECT typowner::regrole FROM pg_type WHERE oid = {found.oid};"
    _expect(catalog, f"type {found.spelled}", found.owner, owner, look, description)


def function_owner_is(
    db: Catalogued, name: str, args: Sequence[str] | None, owner: str, *, schema: str | None = None,
    description: str = "",
) -> None:  # fmt: skip
    """Assert that a function, which must exist, belongs to a role; args may be None where nothing is overloaded."""
    catalog = db.catalog
    found = function_of(catalog, name, args, schema)
    look = f"SELECT proowner::regrole FROM pg_proc WHERE oid = '{found}'::regprocedure;"
    _expect(catalog, f"function {found}", found.owner, owner, look, description)


def opclass_owner_is(
    db: Catalogued, name: str, owner: str, *, schema: str | None = None, description: str = ""
) -> None:
    """Assert that an operator class, which must exist, belongs to a role, for every access method it has."""
    catalog = db.catalog
    schema, bare = split_name(name, schema)
    named = [catalog.named("opclasses", OperatorClass, s) for s in catalog.schemas(schema)]
    found = next((known[bare] for known in named if bare in known), None)
    look = lookup_sql.in_schema("pg_opclass", "opc", schema)
    if found is None:
        raise unknown("operator class", name, [n for known in named for n in known], look)
    wrong = [o for o in found if o.owner != owner] or found
    _expect(catalog, f"operator class {name} ({wrong[0].method})", wrong[0].owner, owner, look, description)
