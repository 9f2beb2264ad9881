"""Reads a product's repeatable files: `repeatable/*.sql` below its folder, or `R__name.sql` in Flyway's layout.

Reads files only. What stands in them is for items, what was applied for standing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from slate_pg.config import REPEATABLE, Product
from slate_pg.errors import FileError, GraphError
from slate_pg.migrations.files import is_passed_over, read_directives
from slate_pg.migrations.folders import find_format
from slate_pg.migrations.script import BIG, Script
from slate_pg.sqlfiles import read_text


@dataclass(frozen=True)
class Repeatable:
    """One repeatable file. `name` is its path below the folder, without .sql."""

    name: str
    script: Script


def read_repeatables(product: Product) -> list[Repeatable]:
    """Return a product's repeatable files by name. FileError for what cannot be one. Reads files only."""
    layout = find_format(product)
    found = [Repeatable(_name(folder, path), _read(path)) for folder, path in _paths(product)]
    if layout and layout.name == "flyway":
        from slate_pg.migrations.formats.flyway import read_repeatable
        from slate_pg.migrations.formats.listing import list_folder

        listing = list_folder(product.migrations, dict(product.placeholders))
        found += [Repeatable(name, script) for name, script in read_repeatable(listing)]
    seen: dict[str, Repeatable] = {}
    for each in found:
        if other := seen.get(each.name.lower()):
            raise GraphError(
                f"{each.script.path} and {other.script.path} are one repeatable by name",
                hint="Rename one: what was applied is known by its file's name.",
            )
        seen[each.name.lower()] = each
    return sorted(found, key=lambda each: each.name)


def _paths(product: Product) -> list[tuple[Path, Path]]:
    folder = product.migrations / REPEATABLE
    if not folder.is_dir():
        return []
    try:
        every = sorted(path for path in folder.rglob("*") if not is_passed_over(path.name) and not path.is_dir())
    except OSError as error:
        raise FileError(f"{folder}: {error.strerror}", hint="Make the folder readable to slate.") from error
    for path in every:
        if path.suffix.lower() == ".sql" and path.suffix != ".sql":
            raise FileError(f"{path} does not end in .sql", hint=f"Rename it to {path.stem}.sql, or move it away.")
    return [(folder, path) for path in every if path.suffix == ".sql"]


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).with_suffix("").as_posix()


def _read(path: Path) -> Script:
    """Read one file. FileError for one that is too big, and for directives that mean nothing here."""
    try:
        if path.stat().st_size > BIG:
            raise FileError(
                f"{path} is big, and holds more than definitions", hint="Write it as a versioned migration."
            )
    except OSError as error:
        raise FileError(f"{path}: {error.strerror}", hint="Make it a file that slate can read.") from error
    text = read_text(path)
    for directive in read_directives(path, text):
        raise FileError(
            f'{path}: a repeatable file has no directive "{directive}"',
            hint="All that have changed run in one transaction, in the order of their dependencies, which the server "
            "knows. Remove the line.",
        )
    return Script(path, text)
