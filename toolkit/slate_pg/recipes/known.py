"""Which recipes there are, what each needs to be told, and what was told. Pure, and light enough for completion."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

from slate_pg.errors import Misuse, did_you_mean


@dataclass(frozen=True)
class Wish:
    """What was asked for on the command line: names as the database has them, SQL where an option takes SQL."""

    table: str = ""
    columns: tuple[str, ...] = ()
    type: str = ""
    default: str = ""
    value: tuple[str, ...] = ()
    using: str = ""
    where: str = ""
    check: str = ""
    references: str = ""
    to_columns: tuple[str, ...] = ()
    on_delete: str = ""
    to: str = ""
    values: str = ""
    label: str = ""
    replace: str = ""
    not_null: bool = False
    unique: bool = False
    move_rows: bool = False
    batch: int = 0

    @property
    def given(self) -> set[str]:
        """Names of the fields that say something."""
        return {f.name for f in fields(self) if getattr(self, f.name) != f.default}


@dataclass(frozen=True)
class Recipe:
    """A recipe: its name, what it is for, the options it needs, and those it takes besides."""

    name: str
    purpose: str
    needs: tuple[str, ...]
    takes: tuple[str, ...] = ()


_LONGEST_NAME = 40  # characters
OPTIONS = {
    "table": "--table", "columns": "--column", "type": "--type", "default": "--default", "value": "--value",
    "using": "--using", "where": "--where", "check": "--check", "references": "--references",
    "to_columns": "--to-column", "on_delete": "--on-delete", "to": "--to", "values": "--values", "label": "--label",
    "replace": "--replace", "not_null": "--not-null", "unique": "--unique", "move_rows": "--move-rows",
    "batch": "--batch",
}  # fmt: skip
ONE_COLUMN = ("not-null", "rename-column", "add-column", "change-type")
RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe("not-null", "NOT NULL on a large table, proven by a CHECK first", ("table", "columns")),
        Recipe("check", "a CHECK, validated beside readers and writers", ("table", "check"), ("to",)),
        Recipe(
            "foreign-key", "a foreign key with its index, validated beside readers and writers",
            ("table", "columns", "references"), ("to_columns", "on_delete", "to"),
        ),
        Recipe("unique", "a unique constraint on an index built beside writers", ("table", "columns"), ("to",)),
        Recipe("index", "an index, of partitions one by one", ("table", "columns"), ("unique", "to")),
        Recipe(
            "add-column", "a column whose default differs for each row, filled in batches",
            ("table", "columns", "type", "default"), ("not_null", "batch"),
        ),
        Recipe(
            "fill-rows", "other values in many rows, in batches", ("table", "columns", "value"), ("where", "batch"),
        ),
        Recipe(
            "delete-rows", "many rows deleted in batches, or moved to a table that keeps them",
            ("table", "where"), ("to", "batch"),
        ),
        Recipe(
            "change-type", "another type for a column: a second one, kept in step, filled in batches, swapped",
            ("table", "columns", "type"), ("using", "batch"),
        ),
        Recipe(
            "drop-enum-value", "an enum without a label: a type of its own takes its place column by column",
            ("type", "label"), ("replace", "batch"),
        ),
        Recipe(
            "split-table", "columns of a table in one of their own, both kept in step until all use it",
            ("table", "columns", "to"), ("batch",),
        ),
        Recipe(
            "new-partition", "a partition beside a DEFAULT, whose rows are proven not to be its, or moved",
            ("table", "to", "values"), ("move_rows", "batch"),
        ),
        Recipe("rename-column", "another name for a column, both in a view meanwhile", ("table", "columns", "to")),
        Recipe("rename-table", "another name for a table, a view under the old one meanwhile", ("table", "to")),
    )
}  # fmt: skip


def find(name: str) -> Recipe:
    """Return the recipe of that name; Misuse with the nearest name where there is none."""
    if name not in RECIPES:
        raise Misuse(f'no recipe "{name}"', hint=did_you_mean(name, RECIPES))
    return RECIPES[name]


def usual_name(recipe: str, *about: str) -> str:
    """Return what a recipe's migrations are called where nobody says it: not_null_orders_note."""
    name = re.sub(r"[^a-z0-9]+", "_", "_".join([recipe, *about]).lower())
    name = name[:_LONGEST_NAME].strip("_")
    return name if "_" in name else f"{name}_here"


def check_wish(recipe: Recipe, wish: Wish) -> None:
    """Misuse that names the options a recipe lacks, and those it does nothing with."""
    missing = [OPTIONS[name] for name in recipe.needs if name not in wish.given]
    usage = f"It takes {' '.join(usage_of(recipe))}."
    if missing:
        raise Misuse(f"recipe {recipe.name} needs {' and '.join(missing)}", hint=usage)
    idle = [OPTIONS[name] for name in sorted(wish.given - {*recipe.needs, *recipe.takes})]
    if idle:
        raise Misuse(f"recipe {recipe.name} does nothing with {' and '.join(idle)}", hint=usage)
    if recipe.name in ONE_COLUMN and len(wish.columns) != 1:
        raise Misuse(f"recipe {recipe.name} takes one --column", hint="Run it once for each.")


_FLAGS = ("not_null", "unique", "move_rows")


def usage_of(recipe: Recipe) -> list[str]:
    """Return the options of a recipe as a usage line has them: what may be left out in brackets."""

    def said(name: str) -> str:
        return OPTIONS[name] if name in _FLAGS else f"{OPTIONS[name]} {OPTIONS[name].lstrip('-').upper()}"

    return [said(name) for name in recipe.needs] + [f"[{said(name)}]" for name in recipe.takes]
