"""pgTAP's assertions about indexes. Tables and indexes that do not exist are errors where a detail is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from slate_pg.testing import lookup_sql
from slate_pg.testing.names import same_expression
from slate_pg.testing.objects import Index, Relation
from slate_pg.testing.pgtap.asserting import as_list, called, expect
from slate_pg.testing.pgtap.kinds import existence
from slate_pg.testing.verbs import Catalogued


def same_columns(have: Sequence[str], want: Sequence[str]) -> bool:
    """Compare the columns and expressions of an index with those of a test."""
    return len(have) == len(want) and all(h == w or same_expression(h, w) for h, w in zip(have, want, strict=True))


def has_index(
    db: Catalogued, table: str, name: str, columns: str | Sequence[str] | None = None, *, schema: str | None = None,
    description: str = "",
) -> None:  # fmt: skip
    """Assert that a table has an index of this name, on exactly these columns or expressions where they are given."""
    catalog = db.catalog
    relation = catalog.relation(table, schema)
    known = catalog.indexes(relation)
    look = lookup_sql.parts("index", str(relation))
    existence(f"index on {relation}", name, name in known, True, known, look, description)
    if columns is not None:
        have, want = known[name].columns, as_list(columns)
        expect(same_columns(have, want), f"columns of index {name}", have=", ".join(have), want=", ".join(want),
               look=look, description=description)  # fmt: skip


def is_indexed(
    db: Catalogued, table: str, columns: str | Sequence[str], *, schema: str | None = None, description: str = ""
) -> None:
    """Assert that some index is on exactly these columns or expressions, in order."""
    catalog = db.catalog
    relation = catalog.relation(table, schema)
    have = [i.columns for i in catalog.indexes(relation).values()]
    expect(any(same_columns(h, as_list(columns)) for h in have), f"indexes of {relation}",
           have="; ".join(", ".join(h) for h in have) or "none", want=f"one on {', '.join(as_list(columns))}",
           look=lookup_sql.parts("index", str(relation)), description=description)  # fmt: skip


class OfIndex(Protocol):
    """An assertion about an index of a table; both must exist."""

    def __call__(
        self, db: Catalogued, table: str, index: str, *, schema: str | None = None, description: str = ""
    ) -> None:
        """Raise AssertionError unless it is so."""


def index_of(db: Catalogued, table: str, index: str, schema: str | None) -> tuple[Relation, Index]:
    """Return a table and its index; UnknownObject when one of them does not exist."""
    catalog = db.catalog
    relation = catalog.relation(table, schema)
    return relation, catalog.part("index", index, relation, catalog.indexes(relation))


def _flagged(name: str, flag: str, meaning: str) -> OfIndex:
    def assertion(db: Catalogued, table: str, index: str, *, schema: str | None = None, description: str = "") -> None:
        relation, found = index_of(db, table, index, schema)
        expect(bool(getattr(found, flag)), f"index {index} of {relation} {meaning} not", have=found.definition,
               want=f"an index that {meaning}", look=lookup_sql.parts("index", str(relation)),
               description=description)  # fmt: skip

    return called(assertion, name, f"an index, which must exist, {meaning}", __name__)


index_is_unique = _flagged("index_is_unique", "unique", "is unique")
index_is_primary = _flagged("index_is_primary", "primary", "is the primary key's")
index_is_partial = _flagged("index_is_partial", "where", "is partial")
is_clustered = _flagged("is_clustered", "clustered", "is the one its table was clustered on")


def index_is_type(
    db: Catalogued, table: str, index: str, method: str, *, schema: str | None = None, description: str = ""
) -> None:
    """Assert that an index, which must exist, is of an access method: btree, gin, gist …."""
    relation, found = index_of(db, table, index, schema)
    expect(found.method == method, f"index {index} of {relation}", have=found.method, want=method,
           look=lookup_sql.parts("index", str(relation)), description=description)  # fmt: skip
