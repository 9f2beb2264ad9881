"""What the recipes that give other names put into their files. Reads only."""

from __future__ import annotations

from slate_pg.errors import Misuse
from slate_pg.recipes.known import Wish
from slate_pg.recipes.table import Table
from slate_pg.recipes.wording import Words, check_name

Facts = dict[str, object]


def rename_table(words: Words, table: Table, wish: Wish) -> Facts:
    """Return a table under another name, with a view under the old one. Misuse where the new one is taken."""
    new = check_name("--to", wish.to)
    if new in words.taken:
        raise Misuse(f'"{new}" is taken in schema "{table.schema or words.schema}"', hint="Choose another name.")
    return {
        "new": words.place(table.schema, new),
        "new_name": words.q(new),
        "old_name": words.q(table.name),
        "listed": [words.q(c.name) for c in table.columns],
        "grants": _grants(table),
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
        "grants": _grants(table),
    }


def _grants(table: Table) -> list[tuple[str, str]]:
    """Return (privileges, grantee) of a table, for the view that stands for it."""
    by_role: dict[str, list[str]] = {}
    for privilege, grantee in sorted(table.grants):
        by_role.setdefault(grantee, []).append(privilege)
    return [(", ".join(privileges), grantee) for grantee, privileges in sorted(by_role.items())]
