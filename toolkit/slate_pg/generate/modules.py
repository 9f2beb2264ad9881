"""Says which modules `slate generate` writes, and holds them against what is there. Only `save` writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from slate_pg.config import Product, Project
from slate_pg.errors import FileError, Misuse, SlateError
from slate_pg.generate.model import Schema
from slate_pg.generate.names import identifier
from slate_pg.generate.queries import Asked, read_queries
from slate_pg.generate.reading import read
from slate_pg.generate.writing import Writer, Written
from slate_pg.postgres.connection import Connection


@dataclass(frozen=True)
class Place:
    """Where a product's module goes, and the command that writes it again."""

    product: Product
    path: Path
    command: str
    queries: tuple[Asked, ...]


_SUFFIXES = {"python": "", "sqlalchemy": "_models"}  # a folder may have both


def places(
    products: Sequence[Product], to: Path, queries: Path | None, words: str, form: str = "python"
) -> list[Place]:
    """Return a place for each product: the file itself for one, or a module in a folder. Misuse; reads files.

    `form` is "python" or "sqlalchemy", which has no queries; `words` are the options that the command is repeated with.
    """
    if to.suffix == ".py":
        if len(products) != 1:
            raise Misuse(
                f"{to.name} is one file, and {len(products)} products are asked for: "
                f"{', '.join(p.name for p in products)}",
                hint="Name one product, or give a folder: --to DIR.",
            )
        paths = [to]
    else:
        if to.is_file():
            raise Misuse(f'"{to}" is a file that is no Python', hint="--to takes a .py file or a folder.")
        paths = [to / f"{identifier(p.name)}{_SUFFIXES[form]}.py" for p in products]
        if len({str(p).casefold() for p in paths}) < len(paths):
            raise Misuse(f"two products would be one file in {to}", hint="Give each a file: --to FILE.py.")
    if queries is not None and len(products) != 1:
        raise Misuse("--queries is of one product", hint="Name the product.")
    return [
        Place(
            product, path, f"slate generate {form} {product.name}{words}",
            _queries(product, queries) if form == "python" else (),
        )
        for product, path in zip(products, paths, strict=True)
    ]  # fmt: skip


def _queries(product: Product, given: Path | None) -> tuple[Asked, ...]:
    return tuple(read_queries(given or product.sql / "queries", given=given is not None))


def render(
    connection: Connection,
    project: Project,
    found: Sequence[Place],
    write: Callable[[Schema, str], Written] | None = None,
) -> dict[Path, Written]:
    """Return what each module must say, from a database that has the products. Reads only.

    `write` gives a module's text for a schema and the command that writes it; without it these are rows and queries.
    """
    modules = {}
    for place in found:
        schema = read(connection, project, place.product, place.queries)
        modules[place.path] = write(schema, place.command) if write else Writer(schema).write(place.command)
        compile_module(place.path, modules[place.path].text)
    return modules


def compile_module(path: Path, text: str) -> None:
    """SlateError where what would be written is no Python; it never should be."""
    try:
        compile(text, str(path), "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        raise SlateError(
            f"{path}: what was generated is no Python: {error}", hint="Nothing was written; please report the schema."
        ) from error


def stale(modules: Mapping[Path, Written]) -> list[Path]:
    """Return the files that are missing or say something else. FileError where one cannot be read. Reads only."""
    return [path for path, written in modules.items() if _there(path) != written.text.encode()]


def _there(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FileError(f"{path}: {error.strerror}", hint="Make it a file that slate can read.") from error


def save(modules: Mapping[Path, Written], paths: Sequence[Path]) -> None:
    """Write the files that are stale. FileError where one cannot be written. Writes."""
    for path in paths:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(modules[path].text.encode())
        except OSError as error:
            raise FileError(f"{path}: {error.strerror}", hint="Give a place that can be written: --to.") from error
