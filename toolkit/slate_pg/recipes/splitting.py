"""What the recipe that splits a table in two puts into its files. Reads only."""

from __future__ import annotations

from slate_pg.errors import Misuse
from slate_pg.recipes.filling import walk
from slate_pg.recipes.known import Wish
from slate_pg.recipes.table import Table, by_grantee, dependents
from slate_pg.recipes.wording import Words, dollar_quote, last

Facts = dict[str, object]


def split_table(words: Words, table: Table, wish: Wish) -> Facts:
    """Return columns that move to a table of their own with the same key; triggers keep both in step meanwhile."""
    new = words.chosen(wish.to)
    moved = [table.column(name) for name in wish.columns]
    key = table.primary
    if not key:
        raise Misuse(f'"{table.name}" has no primary key', hint="Its columns could not be found again: give it one.")
    if both := [c.name for c in moved if c.name in key]:
        raise Misuse(f'"{both[0]}" is part of the key of "{table.name}"', hint="The key stays in both tables.")
    _refuse_hanging(words, table, [c.name for c in moved])
    keys = [table.column(name) for name in key]
    names = [words.q(c.name) for c in moved]
    keep, give_back = words.free(table.name, new, "keep"), words.free(new, table.name, "keep")
    return {
        "new": words.place(table.schema, new),
        "keys": [(words.q(c.name), c.type) for c in keys],
        "moved": [(words.q(c.name), c.type, c.not_null, c.default, c.collation) for c in moved],
        "names": names,
        "first_column": moved[0].name,
        "key_names": [words.q(c.name) for c in keys],
        "pkey": words.q(words.free(new, "pkey")),
        "fkey": words.q(words.free(new, *key, "fkey")),
        "check": words.q(words.free(table.name, "not_null_check")),
        "there_function": words.place(table.schema, keep),
        "back_function": words.place(table.schema, give_back),
        "there_trigger": words.q(last(keep)),
        "back_trigger": words.q(last(give_back)),
        "quote": dollar_quote("".join([*names, *key, new, table.name])),
        "walk": walk(words, table, wish, *wish.columns),
        "row_security": table.row_security,
        "grants": by_grantee(table),
    }


def _refuse_hanging(words: Words, table: Table, columns: list[str]) -> None:
    """Misuse for columns on which something hangs that a move would leave behind."""
    for name in columns:
        column = table.column(name)
        hanging = dependents(words.connection, table, name)
        hanging += [f"index {i.name}" for i in table.indexes if name in i.columns]
        if column.generated or column.identity or column.sequence:
            hanging.append("an identity, a sequence or an expression of its own")
        if hanging:
            raise Misuse(
                f'on "{name}" of "{table.name}" hangs what would not follow: {", ".join(hanging)}',
                hint="Take it away in a migration before, and make it again in one behind.",
            )
