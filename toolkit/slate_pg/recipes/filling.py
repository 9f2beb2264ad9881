"""What the recipes that change many rows put into their files: each goes through a table by a key. Reads only."""

from __future__ import annotations

from dataclasses import dataclass

from slate_pg.errors import Misuse
from slate_pg.recipes.known import Wish
from slate_pg.recipes.table import Table
from slate_pg.recipes.wording import Words, check_expression, check_name, check_type

Facts = dict[str, object]
BATCH = 5000  # rows


@dataclass(frozen=True)
class Walk:
    """How a backfill goes through a table: its name and the batch for the file's first lines, its key as SQL."""

    head: str
    key: str
    columns: tuple[str, ...]


def walk(words: Words, table: Table, wish: Wish, *without: str) -> Walk:
    """Return how a table is gone through by a key of columns that stay. Misuse where it has none."""
    not_null = {c.name for c in table.columns if c.not_null} - set(without)
    keys = [i.columns for i in table.indexes if i.plain and i.valid and i.unique and not_null >= set(i.columns)]
    if not keys:
        raise Misuse(
            f'"{table.name}" has no key to go through its rows by',
            hint="A backfill needs a primary key, or a unique index of columns that are NOT NULL and stay as they are.",
        )
    if not all(part.isprintable() for part in (table.schema, table.name)):
        raise Misuse(f"{table.name!r} cannot stand in a backfill's first line", hint="Rename it first.")
    columns = words.names(keys[0])
    key = columns if len(keys[0]) == 1 else f"({columns})"
    return Walk(f"-- backfill: {words.of(table)}, {wish.batch or BATCH}", f"{key} BETWEEN :from AND :to", keys[0])


def add_column(words: Words, table: Table, wish: Wish) -> Facts:
    """Return a column whose default differs for each row: new rows have it at once, those that are there in batches."""
    name = check_name("--column", wish.columns[0])
    if any(c.name == name for c in table.columns):
        raise Misuse(f'"{table.name}" has a column "{name}" already', hint="Choose another name.")
    return {
        "column": words.q(name),
        "column_name": name,
        "type": check_type("--type", wish.type),
        "default": check_expression("--default", wish.default),
        "not_null": wish.not_null,
        "check": words.q(words.free(table.name, name, "not_null_check")),
        "walk": walk(words, table, wish),
    }


def fill_rows(words: Words, table: Table, wish: Wish) -> Facts:
    """Return values that rows get in batches. Misuse where there is not one --value for each --column."""
    columns = [table.column(name).name for name in wish.columns]
    if len(wish.value) != len(columns):
        raise Misuse(
            f"{len(columns)} --column and {len(wish.value)} --value", hint="Give one --value for each --column."
        )
    values = [check_expression("--value", value) for value in wish.value]
    return {
        "assignments": [f"{words.q(c)} = {v}" for c, v in zip(columns, values, strict=True)],
        "where": check_expression("--where", wish.where) if wish.where else "",
        "walk": walk(words, table, wish, *columns),
    }


def delete_rows(words: Words, table: Table, wish: Wish) -> Facts:
    """Return many rows go in batches, into another table where --to names one that is made for them."""
    kept = words.chosen(wish.to)
    moved = [c for c in table.columns if not c.generated]
    return {
        "where": check_expression("--where", wish.where),
        "kept": words.place(table.schema, kept) if kept else "",
        "kept_head": f"-- backfill: {words.place(table.schema, kept)}, {wish.batch or BATCH}",
        "columns": words.names([c.name for c in moved]),
        "overriding": any(c.identity == "a" for c in table.columns),
        "walk": walk(words, table, wish),
    }
