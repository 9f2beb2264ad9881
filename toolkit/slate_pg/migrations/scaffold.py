"""Writes a new migration and its rollback from templates, numbered after the last one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from slate_pg.config import Product
from slate_pg.errors import Misuse
from slate_pg.migrations.baselines import of_new
from slate_pg.migrations.files import Migration
from slate_pg.migrations.folders import find_format, read_migrations
from slate_pg.migrations.formats.fresh import Draft
from slate_pg.migrations.order import in_order

if TYPE_CHECKING:
    from slate_pg.migrations.formats.listing import Format

_NUMBERED = re.compile(r"^(?P<prefix>.*?)(?P<number>\d{3,})[_-]")
_NAME = re.compile(r"^[a-z][a-z0-9]*(?:_[a-z0-9]+)+\Z")
_WORD = re.compile(r"[a-z][a-z0-9]*")


def scaffold(product: Product, name: str, transactional: bool = True) -> list[Path]:
    """Write both files and return their paths; Misuse for a name that is not verb_object. Writes two files."""
    return scaffold_all(product, [Draft(name, transactional=transactional, rollback_transactional=transactional)])[0]


def scaffold_all(product: Product, drafts: Sequence[Draft]) -> list[list[Path]]:
    """Write the files of several migrations behind the last one, each depending on the one before; return their paths.

    Misuse for a name that is not verb_object, and for a layout that only its own tool can write. Writes all or none.
    """
    for draft in drafts:
        check_name(draft.name)
    ordered = of_new(in_order(read_migrations(product)))
    layout = find_format(product)
    texts = _in_layout(product, layout, ordered, drafts) if layout else _in_own(product, ordered, drafts)
    return _written(product.migrations, texts)


def check_name(name: str) -> None:
    """Misuse for a name that is not verb_object. Pure."""
    if not _NAME.match(name):
        words = "Use two words or more" if _WORD.fullmatch(name) else "Use lower case, two words or more"
        raise Misuse(f'"{name}" is not a migration\'s name', hint=f"{words}, verb first: add_guild_quests.")


def _written(folder: Path, texts: list[dict[str, str]]) -> list[list[Path]]:
    """Write texts by path below a folder; where one cannot be, none is left. Writes."""
    paths: list[list[Path]] = []
    try:
        for one in texts:
            paths.append([])
            for path, text in one.items():
                target = folder / path
                target.parent.mkdir(exist_ok=True)
                with target.open("x", encoding="utf-8") as file:
                    paths[-1].append(target)
                    file.write(text)
    except OSError:
        for target in (p for some in paths for p in some):
            target.unlink(missing_ok=True)
        raise
    return paths


def _in_own(product: Product, ordered: list[Migration], drafts: Sequence[Draft]) -> list[dict[str, str]]:
    """Return the texts by path in Slate's own layout. Pure but for reading the templates."""
    texts = []
    heads = _heads(ordered)
    for ahead, draft in enumerate(drafts):
        identifier = f"{_next_prefix(product, ordered, ahead)}_{draft.name}"
        there = {"depends": heads, "transactional": draft.transactional, "text": draft.apply}
        back = {"transactional": draft.rollback_transactional, "text": draft.rollback, "name": draft.name}
        both = {".sql": _render("migration", **there), ".rollback.sql": _render("rollback", **back)}
        texts.append({identifier + end: text for end, text in both.items()})
        heads = [identifier]
    return texts


def _in_layout(
    product: Product, layout: Format, ordered: list[Migration], drafts: Sequence[Draft]
) -> list[dict[str, str]]:
    """Return what another tool's layout has for migrations; Misuse for one that only its tool can write."""
    from slate_pg.migrations.formats.fresh import BY_LAYOUT, next_number

    if layout.name not in BY_LAYOUT:
        raise Misuse(
            f"{product.migrations} is in the layout of {layout.tools}, which has more to a migration than its file",
            hint=f"Have {layout.tools} write it: slate reads it.",
        )
    return [BY_LAYOUT[layout.name](next_number(ordered, n), draft) for n, draft in enumerate(drafts)]


def _next_prefix(product: Product, ordered: list[Migration], ahead: int = 0) -> str:
    """Return product_0008 after product_0007, in the style of the last numbered file; `ahead` are written before it."""
    numbered = [m for m in (_NUMBERED.match(x.id) for x in ordered) if m]
    if not numbered:
        return f"{product.name}_{1 + ahead:04}"
    last = max(numbered, key=lambda m: int(m["number"]))
    return f"{last['prefix']}{int(last['number']) + 1 + ahead:0{len(last['number'])}}"


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
