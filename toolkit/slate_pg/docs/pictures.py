"""The diagrams of a site: a product's, and a table's with its neighbours. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from slate_pg.docs.addresses import Addresses
from slate_pg.docs.diagram import Entry, Reference, draw
from slate_pg.docs.model import ForeignKey, Product, Table
from slate_pg.docs.wording import first_sentence

Homes = Mapping[tuple[str, str], str]
_Name = tuple[str, str]


def overview(product: Product, homes: Homes, root: str) -> str:
    """Return the diagram of a product: its tables, and those of others that its foreign keys point to."""
    tables = [table for table in product.tables if table.kind in ("table", "foreign table")]
    keys = [key for table in tables for key in table.foreign_keys]
    entries = _entries(product, tables, keys, homes, root)
    return draw(f"Tables of {product.name} and their foreign keys", entries, [*map(_reference, keys)], "all")


def neighbours(product: Product, table: Table, referrers: Sequence[ForeignKey], homes: Homes, root: str) -> str:
    """Return the diagram of a table, what it points to and what points to it; empty where there is neither."""
    keys = list(dict.fromkeys([*table.foreign_keys, *referrers]))
    if not keys:
        return ""
    entries = _entries(product, [table], keys, homes, root, focus=(table.schema, table.name))
    return draw(f"{table.name} and its neighbours", entries, [*map(_reference, keys)], "near")


def _reference(key: ForeignKey) -> Reference:
    child, parent = _key(key.schema, key.table), _key(key.target_schema, key.target)
    return Reference(key.name, child, parent, ", ".join(key.columns), key.optional)


def _key(schema: str, name: str) -> str:
    return f"{schema}\t{name}"


def _entries(
    product: Product,
    tables: Iterable[Table],
    keys: Sequence[ForeignKey],
    homes: Homes,
    root: str,
    focus: _Name | None = None,
) -> list[Entry]:
    """Return a box for each table and each other end of a foreign key, with the columns that refer to another."""
    known = {(table.schema, table.name): table for table in product.tables}
    names = [(table.schema, table.name) for table in tables]
    ends = [end for key in keys for end in ((key.schema, key.table), (key.target_schema, key.target))]
    rows: dict[_Name, list[str]] = {}
    for key in keys:
        rows.setdefault((key.schema, key.table), []).append(", ".join(key.columns))
    found = []
    for name in dict.fromkeys([*names, *ends]):
        says = first_sentence(known[name].says) if name in known else ""
        href = root + homes[name] if name in homes else root + Addresses(product.name).page("index")
        kind = "focus" if name == focus else "" if name in known else "outside"
        found.append(Entry(_key(*name), *name, href, says, tuple(dict.fromkeys(rows.get(name, ()))), kind))
    return found
