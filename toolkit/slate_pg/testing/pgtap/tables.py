"""pgTAP's assertions about columns, keys and constraints. Tables and columns that do not exist are errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slate_pg.testing import lookup_sql
from slate_pg.testing.catalog import Catalog
from slate_pg.testing.names import same_expression, same_type, type_name
from slate_pg.testing.objects import Column, Relation
from slate_pg.testing.pgtap.asserting import OfTable, OnColumns, OnTable, as_list, called, expect
from slate_pg.testing.verbs import Catalogued

_KINDS = {"p": "primary key", "f": "foreign key", "u": "UNIQUE constraint", "c": "CHECK constraint"}


def _column(db: Catalogued, table: str, column: str, schema: str | None) -> tuple[Relation, Column, str]:
    catalog = db.catalog
    relation = catalog.relation(table, schema)
    found = catalog.part("column", column, relation, catalog.columns(relation))
    return relation, found, lookup_sql.parts("column", str(relation))


def _nullable(name: str, wanted: bool) -> OnTable:
    def assertion(db: Catalogued, table: str, name: str, *, schema: str | None = None, description: str = "") -> None:
        relation, found, look = _column(db, table, name, schema)
        says = {True: "NULL allowed", False: "NOT NULL"}
        expect(found.null is wanted, f"column {relation}.{name}", have=says[found.null], want=says[wanted], look=look,
               description=description)  # fmt: skip

    return called(assertion, name, f"a column, which must exist, {'allows' if wanted else 'refuses'} NULL", __name__)


col_not_null, col_is_null = _nullable("col_not_null", False), _nullable("col_is_null", True)


def _defaulted(name: str, wanted: bool) -> OnTable:
    def assertion(db: Catalogued, table: str, name: str, *, schema: str | None = None, description: str = "") -> None:
        relation, found, look = _column(db, table, name, schema)
        expect((found.default is not None) is wanted, f"default of {relation}.{name}", have=found.default or "none",
               want="a default" if wanted else "none", look=look, description=description)  # fmt: skip

    return called(assertion, name, f"a column, which must exist, has {'a' if wanted else 'no'} default", __name__)


col_has_default, col_hasnt_default = _defaulted("col_has_default", True), _defaulted("col_hasnt_default", False)


def col_type_is(
    db: Catalogued, table: str, column: str, want: str, *, schema: str | None = None, description: str = ""
) -> None:
    """Assert that a column has a type, length and precision included, in any spelling; the type must exist."""
    relation, found, look = _column(db, table, column, schema)
    db.catalog.type_spelling(want)
    expect(same_type(found.type, want), f"type of {relation}.{column}", have=found.type, want=type_name(want),
           look=look, description=description)  # fmt: skip


def col_default_is(
    db: Catalogued, table: str, column: str, default: Any, *, schema: str | None = None, description: str = ""
) -> None:
    """Assert that a column has this default: SQL text, or a plain value such as 0, True or 'new'; None for none."""
    relation, found, look = _column(db, table, column, schema)
    expect(same_expression(found.default, default), f"default of {relation}.{column}", have=found.default,
           want=repr(default), look=look, description=description)  # fmt: skip


def _constrained(name: str, kind: str, wanted: bool = True) -> OfTable:
    def assertion(db: Catalogued, table: str, *, schema: str | None = None, description: str = "") -> None:
        catalog = db.catalog
        relation = catalog.relation(table, schema)
        found = [f"{c.name} {c.definition}" for c in catalog.constraints(relation, kind)]
        expect(bool(found) is wanted, f"{_KINDS[kind]} of {relation}", have="; ".join(found) or "none",
               want=f"a {_KINDS[kind]}" if wanted else "none", look=lookup_sql.parts(kind, str(relation)),
               description=description)  # fmt: skip

    return called(assertion, name, f"a table, which must exist, has {'a' if wanted else 'no'} {_KINDS[kind]}", __name__)


has_pk, hasnt_pk = _constrained("has_pk", "p"), _constrained("hasnt_pk", "p", False)
has_fk, hasnt_fk = _constrained("has_fk", "f"), _constrained("hasnt_fk", "f", False)
has_unique, has_check = _constrained("has_unique", "u"), _constrained("has_check", "c")


def _keyed(name: str, kind: str, wanted: bool = True) -> OnColumns:
    def assertion(
        db: Catalogued, table: str, columns: str | Sequence[str], *, schema: str | None = None, description: str = ""
    ) -> None:
        catalog = db.catalog
        relation = catalog.relation(table, schema)
        listed = _existing(catalog, relation, columns)
        found = [c.columns for c in catalog.constraints(relation, kind)]
        true = any(set(f) == set(listed) if kind == "c" else f == listed for f in found)
        expect(true is wanted, f"{_KINDS[kind]} of {relation}", have="; ".join(", ".join(f) for f in found) or "none",
               want=f"{'' if wanted else 'none '}on {', '.join(listed)}", look=lookup_sql.parts(kind, str(relation)),
               description=description)  # fmt: skip

    meaning = f"exactly these columns, in order, {'are' if wanted else 'are not'} under a {_KINDS[kind]}"
    return called(assertion, name, meaning, __name__)


def _existing(catalog: Catalog, relation: Relation, columns: str | Sequence[str]) -> list[str]:
    return [catalog.part("column", c, relation, catalog.columns(relation)).name for c in as_list(columns)]


col_is_pk, col_isnt_pk = _keyed("col_is_pk", "p"), _keyed("col_isnt_pk", "p", False)
col_is_fk, col_isnt_fk = _keyed("col_is_fk", "f"), _keyed("col_isnt_fk", "f", False)
col_is_unique, col_has_check = _keyed("col_is_unique", "u"), _keyed("col_has_check", "c")


def fk_ok(
    db: Catalogued, table: str, columns: str | Sequence[str], references: str, referenced: str | Sequence[str], *,
    schema: str | None = None, references_schema: str | None = None, description: str = "",
) -> None:  # fmt: skip
    """Assert that exactly these columns are a foreign key to these columns of a table; all of them must exist."""
    catalog = db.catalog
    relation, target = catalog.relation(table, schema), catalog.relation(references, references_schema)
    listed, wanted = _existing(catalog, relation, columns), _existing(catalog, target, referenced)
    keys = [k for k in catalog.constraints(relation, "f") if k.columns == listed]
    plain = f"{target.schema}.{target.name}"
    others = [k.definition for k in catalog.constraints(relation, "f")]
    expect(any(k.table == plain and k.referenced == wanted for k in keys), f"foreign key of {relation}",
           have="; ".join(k.definition for k in keys) or f"none on ({', '.join(listed)})", near=[] if keys else others,
           want=f"({', '.join(listed)}) REFERENCES {target}({', '.join(wanted)})",
           look=lookup_sql.parts("f", str(relation)), description=description)  # fmt: skip
