"""The difference of two states as pages and comments share it: pictures, lines with signs, a summary. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from slate_pg.docs.alterations import Altered, Diff
from slate_pg.docs.diagram import Entry, Reference, draw
from slate_pg.docs.wording import count

_SIGNS = {"added": "+ ", "removed": "− ", "changed": "± ", "same": ""}


def pictures(diff: Diff) -> list[tuple[str, str]]:
    """Return for each product whose tables differ its name, and the tables with their neighbours as SVG."""
    found = []
    for number, product in enumerate(products_of(diff)):
        tables, keys = tables_of(diff.tables, diff.keys, product)
        entries = [_entry(table, keys) for table in tables]
        title = f"Tables of {product} that differ, and their neighbours"
        found.append((product, draw(title, entries, [_reference(key) for key in keys], f"d{number}")))
    return found


def products_of(diff: Diff) -> list[str]:
    """Return the products of which a table differs, or a foreign key."""
    return list(dict.fromkeys(a.product for a in (*diff.tables, *diff.keys) if a.how != "same"))


def tables_of(tables: Sequence[Altered], keys: Sequence[Altered], product: str) -> tuple[list[Altered], list[Altered]]:
    """Return the tables of a product that differ with their foreign keys, and the tables at these keys' ends."""
    own = {(t.schema, t.table) for t in tables if t.product == product and t.how != "same"}
    near = [k for k in keys if own & {(k.schema, k.table), (k.target_schema, k.target)}]
    ends = own | {end for k in near for end in ((k.schema, k.table), (k.target_schema, k.target))}
    return [t for t in tables if (t.schema, t.table) in ends], near


def _entry(table: Altered, keys: Sequence[Altered]) -> Entry:
    rows = [k.columns for k in keys if (k.schema, k.table) == (table.schema, table.table)]
    kind = "outside" if table.how == "same" else table.how
    return Entry(
        _key(table.schema, table.table), table.schema, table.table, "", table.says, tuple(dict.fromkeys(rows)), kind,
        _SIGNS[table.how],
    )  # fmt: skip


def _reference(key: Altered) -> Reference:
    ends = (_key(key.schema, key.table), _key(key.target_schema, key.target))
    return Reference(key.name, *ends, key.columns, key.optional, "" if key.how == "same" else key.how)


def _key(schema: str, name: str) -> str:
    return f"{schema}\t{name}"


def summary(diff: Diff) -> str:
    """Return in one line how many objects differ, and whether anybody's rights do."""
    if not diff.changes:
        return "nothing that was compared differs"
    hows = [c.how for c in diff.changes]
    said = [f"{hows.count(how)} {how}" for how in ("added", "removed", "changed") if how in hows]
    rights = f"access: {count(len(diff.access), 'change')}" if diff.access else "no change of access was found"
    return f"{', '.join(said)}; {rights}"


def lines_of(before: str, after: str) -> list[tuple[str, str]]:
    """Return two texts as lines with a sign: "-" was, "+" is, " " is in both, "…" stands for more of these."""
    if "\n" not in before and "\n" not in after:
        return [*([("-", before)] if before else []), *([("+", after)] if after else [])]
    if not before or not after:
        return [("-" if before else "+", line) for line in (before or after).split("\n")]
    compared = difflib.unified_diff(before.split("\n"), after.split("\n"), lineterm="", n=3)
    found = [(line[:1], line[1:]) for line in compared][3:]  # two names, and where the first lines are
    return [("…", "") if sign == "@" else (sign, text) for sign, text in found]
