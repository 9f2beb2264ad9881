"""What the recipes for constraints and indexes put into their files. Reads only."""

from __future__ import annotations

from dataclasses import dataclass

from slate_pg.errors import Misuse
from slate_pg.recipes.known import Wish
from slate_pg.recipes.table import Table, read_table
from slate_pg.recipes.wording import Words, check_expression, check_name

Facts = dict[str, object]
ON_DELETE = ("CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT", "NO ACTION")


@dataclass(frozen=True)
class Part:
    """A table below a partitioned one, as SQL has it; what it gets, by name and as an index; whose part it is."""

    place: str
    name: str
    index: str
    of: str
    leaf: bool


def not_null(words: Words, table: Table, wish: Wish) -> Facts:
    """Return NOT NULL by way of a CHECK. Misuse where the column is NOT NULL already."""
    column = table.column(wish.columns[0])
    if column.not_null:
        raise Misuse(f'"{column.name}" of "{table.name}" is NOT NULL already', hint="There is nothing to do.")
    check = words.free(table.name, column.name, "not_null_check")
    return {"column": words.q(column.name), "column_name": column.name, "check": words.q(check)}


def check(words: Words, table: Table, wish: Wish) -> Facts:
    """Return a CHECK by an expression; --to gives it a name."""
    name = check_name("--to", wish.to) if wish.to else words.free(table.name, "check")
    return {"check": words.q(name), "raw": name, "condition": check_expression("--check", wish.check)}


def foreign_key(words: Words, table: Table, wish: Wish) -> Facts:
    """Return a foreign key, with an index where none finds its rows; of a partitioned table each partition first."""
    columns = tuple(table.column(name).name for name in wish.columns)
    other = read_table(words.connection, words.schema, wish.references)
    there = tuple(other.column(name).name for name in wish.to_columns) or other.primary
    if len(there) != len(columns):
        raise Misuse(
            f'a foreign key of {len(columns)} columns cannot refer to {len(there)} of "{other.name}"',
            hint="Say which with --to-column, once for each --column.",
        )
    if not any(i.unique and set(i.columns) == set(there) for i in other.indexes):
        raise Misuse(
            f'nothing says that {", ".join(there)} of "{other.name}" are there once',
            hint=f"Make them unique first: --recipe unique --table {other.name}.",
        )
    rule = wish.on_delete.upper().replace("_", " ")
    if rule and rule not in ON_DELETE:
        raise Misuse(f'--on-delete takes no "{wish.on_delete}"', hint=f"One of {', '.join(ON_DELETE)}.")
    name = check_name("--to", wish.to) if wish.to else words.free(table.name, *columns, "fkey")
    clause = f"FOREIGN KEY ({words.names(columns)})\n    REFERENCES {words.of(other)} ({words.names(there)})"
    return {
        "clause": clause + (f" ON DELETE {rule}" if rule else ""),
        "name": words.q(name),
        "raw": name,
        "other": words.of(other),
        "parts": [p for p in parts(words, table, columns, "fkey") if p.leaf],
        "indexed": table.led_by(columns) is not None,
        **_index(words, table, columns, unique=False),
    }


def unique(words: Words, table: Table, wish: Wish) -> Facts:
    """Return a unique constraint on an index built beside writers; of a partitioned table each partition first."""
    columns = tuple(table.column(name).name for name in wish.columns)
    if found := table.led_by(columns, unique=True):
        raise Misuse(f'index "{found.name}" keeps {", ".join(columns)} unique already', hint="There is nothing to do.")
    name = words.chosen(wish.to) or words.free(table.name, *columns, "key")
    return {
        "name": words.q(name),
        "raw": name,
        "columns": words.names(columns),
        "parts": [p for p in parts(words, table, columns, "key") if p.leaf],
    }


def index(words: Words, table: Table, wish: Wish) -> Facts:
    """Return an index on columns; of a partitioned table each partition by itself, and then taken together."""
    columns = tuple(table.column(name).name for name in wish.columns)
    return _index(words, table, columns, wish.unique, words.chosen(wish.to))


def _index(words: Words, table: Table, columns: tuple[str, ...], unique: bool, name: str = "") -> Facts:
    name = name or words.free(table.name, *columns, "idx")
    index = words.place(table.schema, name)
    return {
        "columns": words.names(columns),
        "index": index,
        "index_name": words.q(name),
        "index_parts": parts(words, table, columns, "idx", index),
        "kind": "UNIQUE INDEX" if unique else "INDEX",
    }


def parts(words: Words, table: Table, columns: tuple[str, ...], end: str, top: str = "") -> list[Part]:
    """Return the tables below a partitioned one, parents first, each with a free name for what it gets."""
    found: dict[tuple[str, str], Part] = {}
    for one in table.partitions:
        name = words.free(one.name, *columns, end)
        above = found.get((one.parent_schema, one.parent))
        place, index = words.place(one.schema, one.name), words.place(one.schema, name)
        found[one.schema, one.name] = Part(place, words.q(name), index, above.index if above else top, one.leaf)
    return list(found.values())
