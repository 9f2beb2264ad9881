"""What commands say of a product's other installations, when they are about one: nothing is passed over in silence."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from slate_pg.errors import SlateError

if TYPE_CHECKING:
    from slate_pg.cli.shapes.history import Behind
    from slate_pg.config import Product, Project
    from slate_pg.migrations.files import Migration
    from slate_pg.postgres.connection import Connection

_SHOWN = 5


def say_others(connection: Connection, project: Project, products: Sequence[Product], command: str) -> None:
    """Say on stderr which installations of these products a command is not about, and how they are reached.

    Of a product whose installation was named nothing is said, nor of one whose files cannot be read: others do.
    """
    from slate_pg.cli.output import say
    from slate_pg.migrations.installations import read_files, read_others

    for product in products:
        with suppress(SlateError):
            found = read_others(connection, project, product, read_files([product])[product.name])
            if found and not product.named:
                say(
                    f'note: {command} means "{product.schema}", and {product.name} has {_number(len(found))}: '
                    f"{_list([s.schema for s in found])} ({_ways(command, product)})"
                )


def find_behind(
    connection: Connection, project: Project, product: Product, ordered: Sequence[Migration], to: str | None
) -> list[Behind]:
    """Return the installations of a product that lack what was just applied to one, as --json has them. Reads only."""
    from slate_pg.migrations.installations import read_others

    ids = [m.id for m in ordered]
    wanted = set(ids[: ids.index(to) + 1] if to in ids else ids)
    found: list[Behind] = []
    for state in read_others(connection, project, product, ordered) if not product.named else []:
        if pending := [m.id for m in state.pending if m.id in wanted]:
            found.append({"product": product.name, "schema": state.schema, "pending": pending})
    return found


def say_behind(behind: Sequence[Behind], products: Sequence[Product]) -> None:
    """Say on stderr which installations are behind, and how they are brought up to date."""
    from slate_pg.cli.output import say

    for product in products:
        names = [b["schema"] for b in behind if b["product"] == product.name]
        if names:
            are = "is" if len(names) == 1 else "are"
            say(
                f"note: {_number(len(names))} of {product.name} {are} behind: {_list(names)} "
                f"({_ways('apply', product)})"
            )


def _number(count: int) -> str:
    return f"{count} other installation{'' if count == 1 else 's'}"


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(f'"{name}"' for name in names[:_SHOWN])
    return shown + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def _ways(command: str, product: Product) -> str:
    verb = command.split()[0]
    return f"one: --as NAME; all: `{shlex.join(['slate', 'fleet', verb, product.name])}`"
