"""pgTAP's assertions about partitions and inheritance. Both tables must exist, in the negations too."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from slate_pg.testing import lookup_sql
from slate_pg.testing.catalog import Catalog
from slate_pg.testing.names import quoted, split_name
from slate_pg.testing.objects import Relation
from slate_pg.testing.pgtap.asserting import OfTable, called, exactly_these, expect
from slate_pg.testing.verbs import Catalogued


def _property(name: str, wanted: bool, meaning: str, ask: str) -> OfTable:
    def assertion(db: Catalogued, table: str, *, schema: str | None = None, description: str = "") -> None:
        catalog = db.catalog
        relation = catalog.relation(table, schema)
        children = [str(c) for c in catalog.children[relation.oid] if not c.is_partition]
        have = relation.partitioned if ask == "partitioned" else bool(children)
        shown = relation.partition_key if ask == "partitioned" else ", ".join(children)
        expect(have is wanted, f"{relation}", have=shown or f"{relation.kind}, not {meaning}",
               want=meaning if wanted else f"not {meaning}", look=lookup_sql.parts("partition", str(relation)),
               description=description)  # fmt: skip

    return called(assertion, name, f"a table, which must exist, is {'' if wanted else 'not '}{meaning}", __name__)


is_partitioned = _property("is_partitioned", True, "partitioned", "partitioned")
isnt_partitioned = _property("isnt_partitioned", False, "partitioned", "partitioned")
has_inherited_tables = _property("has_inherited_tables", True, "inherited by others", "inherited")
hasnt_inherited_tables = _property("hasnt_inherited_tables", False, "inherited by others", "inherited")


def is_partition_of(
    db: Catalogued, table: str, parent: str, *, schema: str | None = None, parent_schema: str | None = None,
    description: str = "",
) -> None:  # fmt: skip
    """Assert that a table is a direct partition of another."""
    catalog = db.catalog
    relation, above = catalog.relation(table, schema), catalog.relation(parent, parent_schema)
    names = [str(catalog.by_oid[p]) for p in relation.parents] if relation.is_partition else []
    expect(str(above) in names, f"{relation}", have=f"partition of {names[0]}" if names else "no partition",
           want=f"partition of {above}", look=lookup_sql.parts("partition", str(above)),
           description=description)  # fmt: skip


def partitions_are(
    db: Catalogued, table: str, names: Iterable[str], *, schema: str | None = None, description: str = ""
) -> None:
    """Assert that these are all direct partitions of a table; bare names are meant in its schema."""
    catalog = db.catalog
    relation = catalog.relation(table, schema)
    parts = [split_name(n) for n in names]
    wanted = [quoted(s or relation.schema, n) for s, n in parts]
    have = [str(c) for c in catalog.children[relation.oid] if c.is_partition]
    exactly_these(have, wanted, f"the partitions of {relation} differ", description=description,
                  look=lookup_sql.parts("partition", str(relation)))  # fmt: skip


class Related(Protocol):
    """An assertion about two tables, which must exist; `depth` 1 is parent and child, without it any counts."""

    def __call__(
        self, db: Catalogued, table: str, other: str, depth: int | None = None, *, schema: str | None = None,
        other_schema: str | None = None, description: str = "",
    ) -> None:  # fmt: skip
        """Raise AssertionError unless it is so."""


def _depths(catalog: Catalog, above: Relation, below: Relation) -> set[int]:
    found, level, depth = set(), [above], 0
    while level:
        depth += 1
        level = [child for parent in level for child in catalog.children[parent.oid]]
        if any(c.oid == below.oid for c in level):
            found.add(depth)
    return found


def _related(name: str, downwards: bool, wanted: bool) -> Related:
    word = "ancestor" if downwards else "descendant"

    def assertion(
        db: Catalogued, table: str, other: str, depth: int | None = None, *, schema: str | None = None,
        other_schema: str | None = None, description: str = "",
    ) -> None:  # fmt: skip
        catalog = db.catalog
        first, second = catalog.relation(table, schema), catalog.relation(other, other_schema)
        above, below = (first, second) if downwards else (second, first)
        depths = _depths(catalog, above, below)
        true = bool(depths) if depth is None else depth in depths
        what = f"{word} of {second}" + (f" at depth {depth}" if depth else "")
        expect(true is wanted, f"{first}", have=f"at depth {', '.join(map(str, depths))}" if depths else "not related",
               want=what if wanted else f"not {what}", look=lookup_sql.parts("partition", str(above)),
               description=description)  # fmt: skip

    return called(assertion, name, f"a table is {'' if wanted else 'not '}{word} of another", __name__)


is_ancestor_of, isnt_ancestor_of = _related("is_ancestor_of", True, True), _related("isnt_ancestor_of", True, False)
is_descendent_of = _related("is_descendent_of", False, True)
isnt_descendent_of = _related("isnt_descendent_of", False, False)
