"""What the recipes that give other names put into their files. Reads only."""

from __future__ import annotations

from slate_pg.errors import Misuse
from slate_pg.recipes.known import Wish
from slate_pg.recipes.table import Table, by_grantee
from slate_pg.recipes.wording import Words, check_name

Facts = dict[str, object]


def rename_table(words: Words, table: Table, wish: Wish) -> Facts:
    """Return a table under another name, with a view under the old one. Misuse where the new one is taken."""
    new = words.chosen(wish.to)
    return {
        "new": words.place(table.schema, new),
        "new_name": words.q(new),
        "old_name": words.q(table.name),
        "listed": [words.q(c.name) for c in table.columns],
        "grants": by_grantee(table),
    }


def rename_column(words: Words, table: Table, wish: Wish) -> Facts:
    """Return a column under another name: a view in the table's place has both. Misuse where the new one is taken."""
    old, new = table.column(wish.columns[0]).name, check_name("--to", wish.to)
    if any(c.name == new for c in table.columns):
        raise Misuse(f'"{table.name}" has a column "{new}" already', hint="Choose another name.")
    base = words.free(table.name, "table")
    listed = [words.q(new if c.name == old else c.name) for c in table.columns]
    return {
        "old": words.q(old),
        "new": words.q(new),
        "new_raw": new,
        "base": words.place(table.schema, base),
        "base_name": words.q(base),
        "table_name": words.q(table.name),
        "listed": [*listed, f"{words.q(new)} AS {words.q(old)}"],
        "grants": by_grantee(table),
    }
