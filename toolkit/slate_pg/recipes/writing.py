"""Renders a recipe's files for one table, and writes them into the product's folder as its tool has them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from slate_pg.config import Product
from slate_pg.errors import Misuse
from slate_pg.migrations.alone import runs_alone
from slate_pg.migrations.folders import find_format
from slate_pg.migrations.formats.fresh import UNSWITCHED, Draft
from slate_pg.migrations.formats.listing import Format
from slate_pg.migrations.scaffold import scaffold_all
from slate_pg.migrations.script import is_backfill
from slate_pg.postgres.connection import Connection, send
from slate_pg.recipes import constraints, filling, partitions, renames, retyping, splitting
from slate_pg.recipes.known import Recipe, Wish, check_wish
from slate_pg.recipes.table import NO_TABLE, Table, read_table
from slate_pg.recipes.wording import Words

Facts = dict[str, object]
FACTS: dict[str, Callable[[Words, Table, Wish], Facts]] = {
    "not-null": constraints.not_null,
    "check": constraints.check,
    "foreign-key": constraints.foreign_key,
    "unique": constraints.unique,
    "index": constraints.index,
    "add-column": filling.add_column,
    "fill-rows": filling.fill_rows,
    "delete-rows": filling.delete_rows,
    "change-type": retyping.change_type,
    "drop-enum-value": retyping.drop_enum_value,
    "split-table": splitting.split_table,
    "new-partition": partitions.new_partition,
    "rename-column": renames.rename_column,
    "rename-table": renames.rename_table,
}
_STEP, _BACK, _TEST, _END = "\0step ", "\0back ", "\0test ", "\n"


@dataclass(frozen=True)
class Proof:
    """A query that gives true once all files are applied, with its parameters."""

    query: str
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """One file and its way back: the name's end, both texts, and which of them cannot be one transaction.

    `later` where it is to be applied only when everybody has followed the steps before it.
    """

    name: str
    apply: str
    rollback: str
    alone: bool = False
    rollback_alone: bool = False
    later: bool = False


def steps_for(connection: Connection, product: Product, recipe: Recipe, wish: Wish) -> tuple[list[Step], Proof]:
    """Return the files of a recipe for the table as the connection's database has it, and the query that proves them.

       Misuse says what cannot be.
    Reads only. `use_path` has set the connection's path.
    """
    check_wish(recipe, wish)
    words = Words(connection, product.schema)
    table = read_table(connection, product.schema, wish.table) if wish.table else NO_TABLE
    facts = FACTS[recipe.name](words, table, wish)
    return cut(render(recipe, facts | {"table": words.of(table)}))


def use_path(connection: Connection, product: Product, shared: str | None) -> None:
    """Let the connection only read, and see names as the product's migrations see them. Changes the session only."""
    from psycopg import sql

    path = sql.SQL(", ").join(map(sql.Identifier, [*product.path, *([shared] if shared else [])]))
    send(connection, "SET default_transaction_read_only = on")
    connection.execute(sql.SQL("SET search_path = {}").format(path))


def render(recipe: Recipe, facts: Facts) -> str:
    """Return the text of all files of a recipe, with marks between them. Pure but for reading the template."""
    import jinja2

    folder = resources.files("slate_pg").joinpath("templates", "recipes")
    environment = jinja2.Environment(  # noqa: S701 - the output is SQL, not HTML
        loader=jinja2.FunctionLoader(lambda name: folder.joinpath(name).read_text("utf-8")),
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.globals |= {"step": _step, "back": _back, "why": _why, "lock": _lock, "proof": _proof}
    return environment.get_template(f"{recipe.name}.sql.jinja").render(**facts)


def _step(name: str, alone: bool = False, later: bool = False) -> str:
    return f"{_STEP}{name} {alone:d}{later:d}"


def _back(alone: bool = False) -> str:
    return f"{_BACK}{alone:d}"


def _proof(query: str, *parameters: str) -> str:
    return _TEST + json.dumps([query, *parameters])


def _why(text: str) -> str:
    return f"-- Why:  {text}"


def _lock(how: str, table: str, loses: str = "nothing") -> str:
    return f"-- Lock: {how} {one_line(table)}. Rollback loses: {loses}.\n"


def one_line(text: str) -> str:
    """Return a text as a comment may hold it: no line break, nor anything that a terminal obeys."""
    return "".join(c if c.isprintable() else "�" for c in text)


def cut(text: str) -> tuple[list[Step], Proof]:
    """Return the steps of a rendered recipe, and what proves them. Pure."""
    steps = []
    text, _, proof = text.partition(_TEST)
    query, *parameters = json.loads(proof)
    for part in text.split(_STEP)[1:]:
        head, _, whole = part.partition(_END)
        name, flags = head.split(" ")
        apply, _, rest = whole.partition(_BACK)
        alone, _, rollback = rest.partition(_END)
        steps.append(
            Step(
                name,
                apply.strip("\n") + "\n",
                rollback.strip("\n") + "\n",
                flags[0] == "1",
                alone == "1",
                flags[1] == "1",
            )
        )
    return steps, Proof(query, tuple(parameters))


def write(product: Product, name: str, steps: Sequence[Step]) -> list[list[Path]]:
    """Write a recipe's files behind the product's last one, and return the paths of each step. Writes them.

    Misuse for a folder of another tool that could not run them.
    """
    if layout := find_format(product):
        _refuse_foreign(layout, steps)
    drafts = [Draft(f"{name}_{s.name}", s.apply, s.rollback, not s.alone, not s.rollback_alone) for s in steps]
    return scaffold_all(product, drafts)


def _refuse_foreign(layout: Format, steps: Sequence[Step]) -> None:
    """Misuse for steps that another tool has no way to run."""
    if any(is_backfill(text) for step in steps for text in (step.apply, step.rollback)):
        raise Misuse(
            f"this recipe fills rows with a backfill, which {layout.tools} could not run",
            hint="Backfills need a folder in Slate's own layout: write the filling as the tool has it.",
        )
    alone = [text for s in steps for text, is_alone in ((s.apply, s.alone), (s.rollback, s.rollback_alone)) if is_alone]
    if layout.name in UNSWITCHED and not all(runs_alone(text) for text in alone):
        raise Misuse(
            f"this recipe has files without a transaction, which {layout.tools} has no word for",
            hint="Write each statement of them as a file of its own; docs/RECIPES.md has them.",
        )
