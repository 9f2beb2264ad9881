"""What the recipes that change types put into their files: a second column, kept in step, then swapped. Reads only."""

from __future__ import annotations

from dataclasses import dataclass, replace

from slate_pg.errors import Misuse, did_you_mean
from slate_pg.postgres.connection import package_sql
from slate_pg.recipes.filling import Walk, walk
from slate_pg.recipes.known import Wish
from slate_pg.recipes.table import Column, Index, NotThere, Table, dependents, read_table
from slate_pg.recipes.wording import Words, check_expression, check_type, constant, dollar_quote, last, literal, put_in

Facts = dict[str, object]


@dataclass(frozen=True)
class Rebuilt:
    """An index of the column, as SQL has it: its name, its columns now and then, that of the new one, what it is."""

    name: str
    placed: str
    columns: str
    new_columns: str
    new: str
    new_placed: str
    aside: str
    aside_placed: str
    aside_columns: str
    kind: str
    constraint: bool
    primary: bool


@dataclass(frozen=True)
class Swap:
    """One column that gets another type: names and expressions as SQL, the way through its table, what is rebuilt."""

    table: str
    column: str
    column_name: str
    fresh: str
    aside: str
    old_type: str
    type: str
    using: str
    back: str
    default: str
    old_default: str
    sequence: str
    not_null: bool
    check: str
    function: str
    trigger: str
    quote: str
    indexes: tuple[Rebuilt, ...]
    walk: Walk
    number: bool = False
    prefix: str = ""
    loses: str = ""
    accepted: str = "its values stand in the new column"


_INTEGERS = {"smallint", "integer", "bigint", "int", "int2", "int4", "int8"}
_NOT_SAID = "what the new values do not say of the old ones"


def change_type(words: Words, table: Table, wish: Wish) -> Facts:
    """Return a column that gets another type; --using gives the new value where a cast does not."""
    column = table.column(wish.columns[0])
    type_ = check_type("--type", wish.type)
    using = check_expression("--using", wish.using) if wish.using else f"{words.q(column.name)}::{type_}"
    one = swap(words, table, column, type_, using, wish)
    return {"swaps": [_lossy(one) if wish.using else one], "wanted": type_}


def _lossy(one: Swap) -> Swap:
    """Return a change whose old values cannot be told from the new ones."""
    return replace(one, loses=f"{_NOT_SAID}, ", accepted=f"{_NOT_SAID} is not needed")


def drop_enum_value(words: Words, table: Table, wish: Wish) -> Facts:
    """Return an enum without a label: a new type takes its place, column by column."""
    labels, place = _enum(words, wish)
    if wish.label not in labels:
        raise Misuse(f'type "{wish.type}" has no label "{wish.label}"', hint=did_you_mean(wish.label, labels))
    kept = [label for label in labels if label != wish.label]
    if wish.replace and wish.replace not in kept:
        raise Misuse(f'--replace "{wish.replace}" is no label that stays', hint=did_you_mean(wish.replace, kept))
    fresh = words.free(wish.type, "new")
    swaps = []
    for number, (holder, column) in enumerate(_holders(words, place), 1):
        name = words.q(column.name)
        value = f"{name}::text"
        if wish.replace:
            value = f"(CASE {name}::text WHEN {literal(wish.label)} THEN {literal(wish.replace)} ELSE {name}::text END)"
        using = f"{value}::{words.q(fresh)}"
        one = swap(words, holder, column, words.q(fresh), using, wish)
        default = _label(column, holder, wish, words.q(fresh)) if column.default else ""
        swaps.append(replace(_lossy(one) if wish.replace else one, prefix=f"{number}_", default=default))
    return {
        "swaps": swaps,
        "type": words.q(wish.type),
        "type_name": wish.type,
        "fresh_type": words.q(fresh),
        "labels": [literal(label) for label in labels],
        "kept": [literal(label) for label in kept],
        "label": wish.label,
    }


def _enum(words: Words, wish: Wish) -> tuple[list[str], int]:
    rows = words.connection.execute(
        package_sql("recipes/read_enum"), {"schema": words.schema, "name": wish.type}
    ).fetchall()
    if not rows:
        known = [r[0] for r in words.connection.execute(package_sql("recipes/find_enums"), {"schema": words.schema})]
        raise NotThere(
            f'there is no enum "{wish.type}" in schema "{words.schema}"', hint=did_you_mean(wish.type, known)
        )
    return [row[1] for row in rows], rows[0][0]


def _holders(words: Words, oid: int) -> list[tuple[Table, Column]]:
    """Return every column of the type with its table. Misuse for what else is made of it. Reads only."""
    rows = words.connection.execute(package_sql("recipes/find_holders"), {"type": oid}).fetchall()
    found = []
    for schema, name, kind, column, whole in rows:
        if kind not in ("r", "p") or not whole:
            raise Misuse(
                f'"{column}" of "{name}" is made of the type in a way that this recipe does not change',
                hint="Change it by hand first: it takes columns of tables whose type is the enum itself.",
            )
        table = read_table(words.connection, words.schema, name if schema == words.schema else f"{schema}.{name}")
        found.append((table, table.column(column)))
    return found


def swap(words: Words, table: Table, column: Column, type_: str, using: str, wish: Wish) -> Swap:
    """Return what a column's change is made of. Misuse for a column on which something hangs that would not follow."""
    if column.generated or column.identity:
        raise Misuse(
            f'"{column.name}" of "{table.name}" is {"a generated" if column.generated else "an identity"} column',
            hint="This recipe changes columns that are written: drop the expression or the identity first.",
        )
    hanging = dependents(words.connection, table, column.name)
    hanging += [
        f"index {i.name}" for i in table.indexes if column.name in i.columns and (_stays(i) or table.partitioned)
    ]
    if hanging:
        raise Misuse(
            f'on "{column.name}" of "{table.name}" hangs what would not follow: {", ".join(hanging)}',
            hint="Take it away in a migration before, and make it again in one behind.",
        )
    name = words.q(column.name)
    fresh, aside = words.free(table.name, column.name, "new"), words.free(table.name, column.name, "old")
    keep = words.free(table.name, column.name, "keep")
    default = column.default if "(" in column.default else put_in(using, column.name, column.default)
    return Swap(
        words.of(table), name, column.name, words.q(fresh), words.q(aside), column.type, type_, using,
        f"{name}::text::{column.type}", default, column.default, column.sequence, column.not_null,
        words.q(words.free(table.name, column.name, "not_null_check")), words.place(table.schema, keep),
        words.q(last(keep)), dollar_quote(using + column.type + column.name + fresh),
        tuple(_rebuilt(words, table, column, fresh, aside)), walk(words, table, wish),
        {column.type, type_.lower()} <= _INTEGERS,
    )  # fmt: skip


def _stays(index: Index) -> bool:
    """Tell an index that cannot be built on another column by its columns alone."""
    return not index.plain or index.deferrable


def _label(column: Column, table: Table, wish: Wish, fresh: str) -> str:
    """Return an enum column's default in the new type. Misuse where it is the label that goes, or none."""
    label = constant(column.default)
    if label is None or (label == wish.label and not wish.replace):
        raise Misuse(
            f'the default of "{column.name}" of "{table.name}" is {column.default}',
            hint="Change it in a migration before, or say --replace LABEL.",
        )
    return f"{literal(wish.replace if label == wish.label else label)}::{fresh}"


def _rebuilt(words: Words, table: Table, column: Column, fresh: str, old: str) -> list[Rebuilt]:
    """Return what is made of each index of a column."""
    found = []

    def columns(index: Index, name: str) -> str:
        return words.names([name if c == column.name else c for c in index.columns])

    for index in (i for i in table.indexes if column.name in i.columns):
        new = words.free(table.name, *index.columns, "new_idx")
        aside = words.free(index.name, "old")
        found.append(
            Rebuilt(
                words.q(index.name),
                words.place(table.schema, index.name),
                words.names(index.columns),
                columns(index, fresh),
                words.q(new),
                words.place(table.schema, new),
                words.q(aside),
                words.place(table.schema, aside),
                columns(index, old),
                "UNIQUE INDEX" if index.unique else "INDEX",
                bool(index.constraint) and not index.primary,
                index.primary,
            )
        )
    return found
