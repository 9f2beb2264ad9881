"""`slate new`: a migration and its rollback to fill in, or the files of a recipe, which are whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Optional

import typer

from slate_pg.cli.asked import given_url
from slate_pg.cli.opening import opened, project_of
from slate_pg.cli.options import Database, InstalledAs, Migrations, Trust, complete_product
from slate_pg.errors import Misuse

if TYPE_CHECKING:
    from slate_pg.config import Product, Project
    from slate_pg.recipes.known import Recipe, Wish
    from slate_pg.recipes.writing import Proof, Step

_PANEL = "Recipes"


def complete_recipe(incomplete: str) -> list[str]:
    """Return the recipes whose name starts so, for the shell."""
    from slate_pg.recipes.known import RECIPES

    return [name for name in RECIPES if name.startswith(incomplete)]


def list_recipes(wanted: bool) -> None:
    """Print every recipe, what it is for and which options it takes, and leave."""
    if not wanted:
        return
    from slate_pg.cli.output import put
    from slate_pg.recipes.known import RECIPES, usage_of

    for recipe in RECIPES.values():
        put(f"{recipe.name}\n    {recipe.purpose}\n    {' '.join(usage_of(recipe))}")
    raise typer.Exit()


def _text(flag: str, metavar: str, help_: str) -> typer.models.OptionInfo:
    return typer.Option(flag, metavar=metavar, help=help_, rich_help_panel=_PANEL, show_default=False)  # type: ignore[no-any-return]


def new(
    product: Annotated[
        str,
        typer.Argument(metavar="PRODUCT", autocompletion=complete_product, show_default=False),
    ] = "",
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="What it does, verb first: add_guild_quests. A recipe has one.", show_default=False
        ),
    ] = "",
    core: Annotated[
        bool, typer.Option("--core", help="Write the helpers that products share, core, beside them.")
    ] = False,
    alone: Annotated[bool, typer.Option("--no-transaction", help="For CREATE INDEX CONCURRENTLY and its kin.")] = False,
    recipe: Annotated[
        Optional[str],
        typer.Option(
            "--recipe",
            metavar="RECIPE",
            autocompletion=complete_recipe,
            help="Write the files of a recipe.",
            show_default=False,
        ),
    ] = None,
    _list: Annotated[
        bool,
        typer.Option("--recipes", callback=list_recipes, is_eager=True, help="List the recipes and what they take."),
    ] = False,
    table: Annotated[str, _text("--table", "TABLE", "The table, as the database has its name.")] = "",
    column: Annotated[Optional[list[str]], _text("--column", "NAME", "A column; may be repeated.")] = None,
    type_: Annotated[str, _text("--type", "TYPE", "The type of the column, as SQL has it.")] = "",
    default: Annotated[str, _text("--default", "SQL", "The default of a new column.")] = "",
    value: Annotated[Optional[list[str]], _text("--value", "SQL", "What rows get; one for each --column.")] = None,
    using: Annotated[str, _text("--using", "SQL", "The new value from the old one.")] = "",
    where: Annotated[str, _text("--where", "SQL", "Which rows.")] = "",
    check: Annotated[str, _text("--check", "SQL", "The condition of a CHECK.")] = "",
    references: Annotated[str, _text("--references", "TABLE", "The table that a foreign key refers to.")] = "",
    to_column: Annotated[
        Optional[list[str]], _text("--to-column", "NAME", "Its columns; else its primary key.")
    ] = None,
    on_delete: Annotated[str, _text("--on-delete", "ACTION", "cascade, restrict, set null, …")] = "",
    to: Annotated[str, _text("--to", "NAME", "The new name.")] = "",
    values: Annotated[str, _text("--values", "SQL", "Bounds of a partition: FROM (…) TO (…), IN (…).")] = "",
    label: Annotated[str, _text("--label", "LABEL", "The label that an enum loses.")] = "",
    replace: Annotated[str, _text("--replace", "LABEL", "The label that rows with it get.")] = "",
    not_null: Annotated[bool, _text("--not-null", "", "Make the new column NOT NULL.")] = False,
    unique: Annotated[bool, _text("--unique", "", "Make the index unique.")] = False,
    move_rows: Annotated[bool, _text("--move-rows", "", "Move rows out of the DEFAULT partition.")] = False,
    batch: Annotated[int, _text("--batch", "ROWS", "Rows of a batch.")] = 0,
    schema: InstalledAs = None,
    trust: Trust = False,
    database: Database = None,
    migrations: Migrations = None,
) -> None:
    """Write a migration and its rollback to fill in, all files of a recipe (--recipes lists them), or --core.

    A recipe reads the table from the database that is given, and only reads; without one it builds the files on a
    disposable server and reads it there.
    """
    from slate_pg.cli.output import put
    from slate_pg.migrations.scaffold import scaffold
    from slate_pg.recipes.known import Wish, usual_name

    project = project_of(migrations, new=True)
    if core:
        _refuse_named(product, recipe)
        _write_core(project)
        return
    if not product:
        raise Misuse("a migration is of a product", hint="Name one, and what it does: slate new shop add_carts.")
    chosen = project.product(product)
    wish = Wish(
        table, tuple(column or ()), type_, default, tuple(value or ()), using, where, check, references,
        tuple(to_column or ()), on_delete, to, values, label, replace, not_null, unique, move_rows, batch,
    )  # fmt: skip
    if recipe is None:
        _refuse_idle(wish)
        if not name:
            raise Misuse("a migration needs a name", hint="Say what it does, verb first: add_guild_quests.")
        for path in scaffold(chosen, name, transactional=not alone):
            put(str(path))
        return
    name = name or usual_name(recipe, *([table] if table else []), *wish.columns)
    chosen = chosen.installed_as(schema) if schema else chosen
    write_recipe(project, chosen, name, recipe, wish, database, trust)


def _refuse_named(product: str, recipe: str | None) -> None:
    """Misuse for a product or a recipe beside --core, which is of the project."""
    if product or recipe:
        raise Misuse(
            f"--core is of the project: nothing is done with {product or recipe}", hint="Say `slate new --core` alone."
        )


def _write_core(project: Project) -> None:
    """Write what is missing of core, print the paths, and say what comes next. Writes files."""
    from slate_pg.cli.output import put, say
    from slate_pg.migrations.core_files import write_core

    written = write_core(project)
    for path in written:
        put(str(path))
    if written:
        say("`slate bootstrap` makes the groups, once a server; then `slate apply`. Migrations call core.f().")
    else:
        say("core is there already")


def _refuse_idle(wish: Wish) -> None:
    """Misuse for options of recipes where no recipe is asked for."""
    from slate_pg.recipes.known import OPTIONS

    if wish.given:
        idle = ", ".join(OPTIONS[name] for name in sorted(wish.given))
        raise Misuse(
            f"without --recipe nothing is done with {idle}", hint="Name one: `slate new --recipes` lists them."
        )


def write_recipe(
    project: Project, product: Product, name: str, recipe: str, wish: Wish, database: str | None, trust: bool = False
) -> None:
    """Write a recipe's files and its test, print their paths, and say what is to be known. Writes files."""
    from slate_pg.cli.output import put, say
    from slate_pg.migrations.installations import read_files
    from slate_pg.recipes.known import check_wish, find
    from slate_pg.recipes.testing import write_test
    from slate_pg.recipes.writing import write

    found = find(recipe)
    check_wish(found, wish)
    steps, proof = _read(project, product, found, wish, database, trust)
    written = write(product, name, steps)
    for path in (path for paths in written for path in paths):
        put(str(path))
    ids = [m.id for m in read_files([product])[product.name]][-len(steps) :]
    for number, step in enumerate(steps):
        if step.later:
            say(f"{ids[number]} is for later: until then `{product.command('apply', '--to', ids[number - 1])}`")
    test, why = write_test(project, product, name, proof)
    if test:
        put(str(test))
    else:
        say(why)


def _read(
    project: Project, product: Product, recipe: Recipe, wish: Wish, database: str | None, trust: bool
) -> tuple[list[Step], Proof]:
    """Return a recipe's files as the target wants them, or the files where there is none or it lacks what they make."""
    from slate_pg.checks.snapshot import built
    from slate_pg.cli.output import say
    from slate_pg.recipes.table import NotThere
    from slate_pg.recipes.writing import steps_for, use_path

    if given_url(database) is not None:
        try:
            with opened(database, "new") as connection:
                use_path(connection, product, project.shared)
                return steps_for(connection, product, recipe, wish)
        except NotThere as error:
            lacking = error.message
    else:
        lacking = ""
    with built(project, [product], trust=trust) as connection:
        use_path(connection, product, project.shared)
        read = steps_for(connection, product, recipe, wish)
    if lacking:
        say(f"note: {lacking} in the database; it was read as the product's files build it")
    return read
