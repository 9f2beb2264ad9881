"""Write docs/RECIPES.md: for each recipe its command, and the files exactly as it writes them for an example.

    python docs/write_recipes.py

The example's tables are made on a disposable server, where the recipes read them.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import psycopg

from slate_pg.config import Product
from slate_pg.postgres.connection import connect
from slate_pg.postgres.server import disposable
from slate_pg.recipes.known import OPTIONS, RECIPES, Recipe, Wish, usage_of
from slate_pg.recipes.writing import Step, steps_for, use_path

PAGE = Path(__file__).parent / "RECIPES.md"
BASE = """
CREATE TYPE state AS ENUM ('open', 'paid', 'void');
CREATE TABLE customers (id integer PRIMARY KEY, email text, nickname text);
CREATE TABLE orders (
    id integer PRIMARY KEY, customer_id integer, note text, total integer NOT NULL, state state NOT NULL DEFAULT 'open'
);
CREATE TABLE events (id integer, day date, kind text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
"""
EXAMPLES = {
    "not-null": Wish("orders", ("customer_id",)),
    "check": Wish("orders", check="total >= 0", to="orders_total_check"),
    "foreign-key": Wish("orders", ("customer_id",), references="customers"),
    "unique": Wish("customers", ("email",)),
    "index": Wish("events", ("kind",)),
    "add-column": Wish("orders", ("token",), "uuid", "gen_random_uuid()", not_null=True),
    "fill-rows": Wish("orders", ("note",), value=("'none'",), where="note IS NULL"),
    "delete-rows": Wish("orders", where="state = 'void'", to="void_orders"),
    "change-type": Wish("orders", ("total",), "bigint"),
    "drop-enum-value": Wish(type="state", label="void", replace="paid"),
    "split-table": Wish("customers", ("nickname",), to="nicknames"),
    "new-partition": Wish("events", to="events_2026", values="FROM ('2026-01-01') TO ('2027-01-01')", move_rows=True),
    "rename-column": Wish("orders", ("note",), to="remark"),
    "rename-table": Wish("customers", to="clients"),
}
INTRODUCTION = """# Recipes: the way out, written for you

`slate plan` says what would block, fail or lose data; `slate new PRODUCT NAME --recipe RECIPE` writes the same change
as migrations that let others work, each with its rollback, and a test. A plan finds nothing in the way of them, and
names the recipe that fits what it finds, with its command. `slate new --recipes` lists them.

- A name is given as the database has it, in any letters: `--table "Weird Name"`. What is SQL is given as SQL.
- The table is read from the database of `--database` (or `DATABASE_URL`, `--env`), which is only read; without one the
  product's files are built on a disposable server and it is read there.
- Files are numbered behind the last one and depend on each other, as the folder's tool has them. A recipe with a
  backfill (`BACKFILLS.md`) needs a folder of Slate's own: another tool could not run it.
- What is "for later" is applied when everybody has followed: `slate apply PRODUCT --to ID` stops before it.
- A column on which something hangs that would not follow (a view, a policy, a generated column, a key that others refer
  to) is refused by name. The test is written where the project has a folder `tests`.

Below is what each writes for these tables. The rollbacks are written too; those of the first recipe are shown.
"""


def command(recipe: Recipe, wish: Wish) -> str:
    """Return the command of an example, as a shell takes it."""
    words = ["slate", "new", "shop", f"{recipe.name.replace('-', '_')}_here", "--recipe", recipe.name]
    for name in (n for n in [*recipe.needs, *recipe.takes] if n in wish.given):
        value = getattr(wish, name)
        values = value if isinstance(value, tuple) else (value,)
        words += [word for one in values for word in ([OPTIONS[name]] if one is True else [OPTIONS[name], str(one)])]
    return shlex.join(words)


def files(recipe: Recipe, steps: list[Step], with_rollbacks: bool) -> Iterator[str]:
    """Yield each file of an example with its name."""
    for number, step in enumerate(steps, 2):
        stem = f"shop_{number:04}_{recipe.name.replace('-', '_')}_here_{step.name}"
        later = ", for later" if step.later else ""
        head = "" if not step.alone else "-- transactional: false\n"
        yield f"`{stem}.sql`{later}\n\n```sql\n{head}{step.apply}```\n"
        if with_rollbacks:
            head = "" if not step.rollback_alone else "-- transactional: false\n"
            yield f"`{stem}.rollback.sql`\n\n```sql\n{head}{step.rollback}```\n"


def render(connection: psycopg.Connection) -> str:
    """Return the page. Makes the example's tables in the connection's database and leaves them there. Writes."""
    connection.execute("CREATE SCHEMA shop; SET search_path = shop")
    connection.execute(BASE.encode())
    product = Product("shop", PAGE.parent, PAGE.parent, "shop")
    use_path(connection, product, None)
    parts = [INTRODUCTION, f"```sql\n{BASE.strip()}\n```\n"]
    for name, recipe in RECIPES.items():
        steps, _ = steps_for(connection, product, recipe, EXAMPLES[name])
        parts.append(f"## {name}\n\n{recipe.purpose[0].upper()}{recipe.purpose[1:]}.\n")
        parts.append(f"Takes {' '.join(f'`{word}`' for word in usage_of(recipe))}.\n")
        parts.append(f"```console\n$ {command(recipe, EXAMPLES[name])}\n```\n")
        parts += files(recipe, steps, with_rollbacks=name == "not-null")
    return "\n".join(parts)


def main() -> None:
    """Write the page from a disposable server's answers."""
    with disposable() as server, connect(server.url()) as connection:
        PAGE.write_text(render(connection), "utf-8")


if __name__ == "__main__":
    main()
