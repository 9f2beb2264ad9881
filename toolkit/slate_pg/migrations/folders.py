"""Reads a product's folder in whatever layout it is: Slate's own, or another tool's. Never guesses between two.

Reads files only. What each layout means is in `formats`, one module a layout.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from slate_pg.config import Product
from slate_pg.environments import Value
from slate_pg.errors import FileError, GraphError, Misuse, did_you_mean
from slate_pg.migrations import files
from slate_pg.migrations.files import ROLLBACK_SUFFIX, Migration
from slate_pg.migrations.order import natural
from slate_pg.migrations.replacing import ids_of, read_replaced
from slate_pg.migrations.script import is_backfill

if TYPE_CHECKING:
    from pathlib import Path

    from slate_pg.migrations.formats.listing import Format, Listing

SLATE = "slate"
PLAIN = "plain"  # Slate's own names, forward only
_ALIASES = {"yoyo": SLATE, PLAIN: SLATE, "sqlx": "golang-migrate"}
_MARK = re.compile(
    r"^[^\S\n]*--[\s-]*(?P<mark>\+goose\s+\w+|migrate:up|up migration|liquibase formatted sql|changeset\s+\S+:\S+)\b",
    re.M | re.I,
)


def read_migrations(product: Product) -> list[Migration]:
    """Return a product's migrations in the order of the tool whose layout its folder is in.

    FileError or GraphError for what cannot be run, and where the folder could be of two tools. Reads only.
    """
    layout = find_format(product)
    if layout is None:
        migrations = [given(m, product.variables) for m in _read_own(product)]
    else:
        from slate_pg.migrations.formats.listing import refuse_case

        listing = _listing(product)
        refuse_case(listing)
        migrations = [_no_backfill(m, layout) for m in layout.read(listing)]
    return with_rollbacks(product, [_with_replaced(m) for m in migrations])


def _with_replaced(migration: Migration) -> Migration:
    """Return a migration with what it replaces, where it is a baseline."""
    found = read_replaced(migration.apply)
    return replace(migration, replaces=found) if found else migration


def _no_backfill(migration: Migration, layout: Format) -> Migration:
    """Return a migration of another tool's folder. FileError for a backfill, which that tool could not run."""
    for script in filter(None, (migration.apply, migration.rollback)):
        if ":from" in script.head and is_backfill(script.head):
            raise FileError(
                f"{script.path} is a backfill, which is Slate's own kind of file, in a folder of {layout.name}",
                hint="That tool could not run it: write it as the tool has it, or keep it in a folder of Slate's own.",
            )
    return migration


def given(migration: Migration, values: Sequence[Value]) -> Migration:
    """Return a migration whose scripts have values for their variables, those that have any. Pure."""
    if not any(script.has_variables for script in migration.scripts):
        return migration
    undo = migration.rollback
    return replace(migration, apply=migration.apply.given(values), rollback=undo and undo.given(values))


def format_name(product: Product) -> str | None:
    """Return the tools whose layout a product's folder is in, for people; None for Slate's own. Reads only."""
    layout = find_format(product)
    return layout.tools if layout else None


def taken_for(product: Product) -> list[str]:
    """Return in a sentence for whose layout a folder was taken, nothing for Slate's own. Reads only."""
    tools = format_name(product)
    return [f"{product.migrations} is read as {tools} has it"] if tools else []


def remarks(product: Product) -> list[str]:
    """Return what in a folder looks like SQL and is not run. Reads only."""
    layout = find_format(product)
    if layout is None:
        return files.remarks(product.migrations)
    return layout.remarks(_listing(product))


def find_format(product: Product) -> Format | None:
    """Return the layout of a product's folder, None for Slate's own (which is yoyo's). Reads only.

    Misuse for the name of none, GraphError where signs of two are there.
    """
    if product.format is not None:
        return _named(product.format)
    known = _remembered[-1] if _remembered else {}
    if product.migrations not in known:
        known[product.migrations] = _find_format(product)
    return known[product.migrations]


_remembered: list[dict[Path, Format | None]] = []


@contextmanager
def remembering() -> Iterator[None]:
    """Look but once into each folder for whose layout it is in, for a command that is over before it changes."""
    _remembered.append({})
    try:
        yield
    finally:
        _remembered.pop()


def _find_format(product: Product) -> Format | None:
    listing = _listing(product)
    own = next((n for n in listing.sql if n.endswith(ROLLBACK_SUFFIX)), None)
    if not listing.names and not listing.folders:
        return None
    found = [(layout, sign) for layout in _all() if (sign := layout.sign(listing))] if _may_be_foreign(listing) else []
    if len(found) == 1 and own is None:
        return found[0][0]
    if not found:
        return None
    signs = [(layout.name, sign) for layout, sign in found] + ([(SLATE, own)] if own else [])
    (one, sign), (other, its) = signs[:2]
    raise GraphError(
        f"{product.migrations} could be of two tools: {one} ({sign}) and {other} ({its})",
        hint=f'Say which: format = "{one}" in [tool.slate] of pyproject.toml, or --migrations {one}:DIR. '
        "Or move one tool's files into a folder of their own.",
    )


_FOREIGN_NAME = re.compile(
    r"^(?:\d+.*\.(?:up|down)\.sql|[VUR][\d._]*__.*\.sql|sqitch\.(?:plan|conf)|structure\.sql"
    r"|(?:db\.)?changelog.*\.(?:xml|ya?ml|json))$"
)


def _may_be_foreign(listing: Listing) -> bool:
    """Return False where the names alone show Slate's own layout: the modules of the others are not loaded then."""
    if listing.folders or any(_FOREIGN_NAME.match(n) for n in listing.names):
        return True
    return not any(n.endswith(ROLLBACK_SUFFIX) for n in listing.sql)


def _named(name: str) -> Format | None:
    known = {layout.name: layout for layout in _all()}
    wanted = _ALIASES.get(name, name)
    if wanted == SLATE:
        return None
    if wanted not in known:
        names = [SLATE, *_ALIASES, *known]
        hint = did_you_mean(name, names) or f"There are: {', '.join(names)}."
        raise Misuse(f'no layout is called "{name}"', hint=hint)
    return known[wanted]


def _all() -> tuple[Format, ...]:
    from slate_pg.migrations.formats.every import EVERY

    return EVERY


def _listing(product: Product) -> Listing:
    from slate_pg.migrations.formats.listing import list_folder

    return list_folder(product.migrations, dict(product.placeholders))


def _read_own(product: Product) -> list[Migration]:
    """Return the migrations of Slate's own layout. GraphError for a file with another tool's marks in it.

    Run as it stands, such a file would do and undo in one go.
    """
    migrations = files.read_folder(product.migrations)
    if product.order == "natural":
        migrations.sort(key=lambda m: (natural(m.id), m.id))
    for migration in migrations:
        mark = _MARK.search(migration.apply.head) if _might_be_marked(migration.apply.head) else None
        if mark and product.format is None:
            raise GraphError(
                f'{migration.apply.path} is in another tool\'s layout ("{mark["mark"]}"), and the folder is not',
                hint='Keep one layout in a folder; where this is a comment only, say so: format = "slate" in '
                "[tool.slate] of pyproject.toml.",
            )
    return migrations


def _might_be_marked(text: str) -> bool:
    return "+goose" in text or "migrate:" in text or "igration" in text or "hangeset" in text or "iquibase" in text


def with_rollbacks(product: Product, migrations: Sequence[Migration]) -> list[Migration]:
    """Return the migrations with what the project says of rollbacks: required, optional, or required from one on."""
    rule = product.rollbacks or ("optional" if product.format == PLAIN else None)
    if rule is None:
        return list(migrations)
    if rule in ("required", "optional"):
        return [replace(m, rollback_optional=rule == "optional") for m in migrations]
    start = rule.removeprefix("from ")
    ids = [m.id for m in migrations]
    if start not in ids and (baseline := next((m for m in migrations if start in ids_of(m.replaces)), None)):
        optional = {baseline.id, *ids_of(baseline.replaces)}  # what comes behind them is all from there on
        return [replace(m, rollback_optional=m.id in optional) for m in migrations]
    if start not in ids:
        raise FileError(f'rollbacks = "{rule}": there is no such migration', hint=did_you_mean(start, ids))
    return [replace(m, rollback_optional=i < ids.index(start)) for i, m in enumerate(migrations)]
