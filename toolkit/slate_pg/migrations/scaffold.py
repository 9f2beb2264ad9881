"""Writes a new migration and its rollback from templates, numbered after the last one."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from slate_pg.config import Product
from slate_pg.errors import Misuse
from slate_pg.migrations.files import Migration
from slate_pg.migrations.folders import find_format, read_migrations
from slate_pg.migrations.order import in_order

if TYPE_CHECKING:
    from slate_pg.migrations.formats.listing import Format

_NUMBERED = re.compile(r"^(?P<prefix>.*?)(?P<number>\d{3,})[_-]")
_NAME = re.compile(r"^[a-z][a-z0-9]*(?:_[a-z0-9]+)+\Z")


def scaffold(product: Product, name: str, transactional: bool = True) -> list[Path]:
    """Write both files and return their paths; Misuse for a name that is not verb_object. Writes two files."""
    if not _NAME.match(name):
        raise Misuse(f'"{name}" is not a migration\'s name', hint="Use lower case, verb first: add_guild_quests.")
    ordered = in_order(read_migrations(product))
    if layout := find_format(product):
        return _in_layout(product, layout, ordered, name, transactional)
    identifier = f"{_next_prefix(product, ordered)}_{name}"
    paths = [product.migrations / f"{identifier}.sql", product.migrations / f"{identifier}.rollback.sql"]
    for path, template in zip(paths, ("migration", "rollback"), strict=True):
        text = _render(template, depends=_heads(ordered), transactional=transactional, name=name)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    return paths


def _in_layout(
    product: Product, layout: Format, ordered: list[Migration], name: str, transactional: bool
) -> list[Path]:
    """Write what another tool's layout has for a migration; Misuse for one that only its tool can write. Writes."""
    from slate_pg.migrations.formats.fresh import BY_LAYOUT, next_number

    if layout.name not in BY_LAYOUT:
        raise Misuse(
            f"{product.migrations} is in the layout of {layout.tools}, which has more to a migration than its file",
            hint=f"Have {layout.tools} write it: slate reads it.",
        )
    paths = []
    for path, text in BY_LAYOUT[layout.name](next_number(ordered), name, transactional).items():
        target = product.migrations / path
        target.parent.mkdir(exist_ok=True)
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
        paths.append(target)
    return paths


def _next_prefix(product: Product, ordered: list[Migration]) -> str:
    """Return product_0008 after product_0007, in the style of the last numbered file."""
    numbered = [m for m in (_NUMBERED.match(x.id) for x in ordered) if m]
    if not numbered:
        return f"{product.name}_0001"
    last = max(numbered, key=lambda m: int(m["number"]))
    return f"{last['prefix']}{int(last['number']) + 1:0{len(last['number'])}}"


def _heads(ordered: list[Migration]) -> list[str]:
    """Return the migrations that no other depends on; only the last where none names another."""
    needed = {name for m in ordered for name in m.depends}
    if not needed:
        return [ordered[-1].id] if ordered else []
    return [m.id for m in ordered if m.id not in needed]


def _render(template: str, **values: object) -> str:
    import jinja2

    source = resources.files("slate_pg").joinpath("templates", f"{template}.sql.jinja").read_text("utf-8")
    environment = jinja2.Environment(  # noqa: S701 - the output is SQL, not HTML
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    return environment.from_string(source).render(**values)
