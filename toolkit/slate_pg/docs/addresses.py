"""Says where on a site each object is: names of files and anchors that are safe and unique everywhere. Pure.

A file's name is the object's own where that is plain; any other gets its letters and a digest of all of it, so that
names which differ in case alone, or are a device's on Windows, have files of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

from slate_pg.catalog.identity import quote
from slate_pg.docs.model import Function, Product, Table

_PLAIN = re.compile(r"[a-z_][a-z0-9_]{0,79}")
_DEVICES = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]|index|assets")


def safe_name(*parts: str) -> str:
    """Return a name for a file, a folder or an anchor: the last part where it is all and plain, else with a digest."""
    if len(parts) == 1 and _PLAIN.fullmatch(parts[0]) and not _DEVICES.fullmatch(parts[0]):
        return parts[0]
    digest = sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:10]
    letters = re.sub(r"[^a-z0-9]+", "-", parts[-1].lower())[:40].strip("-")
    return f"{letters}-{digest}" if letters else digest


@dataclass(frozen=True)
class Addresses:
    """Paths from the site's folder, with `/`, for one product."""

    product: str

    @property
    def folder(self) -> str:
        """The product's own folder."""
        return safe_name(self.product)

    def page(self, name: str) -> str:
        """Return one of the product's own pages: index, diagram, access, history, functions, errors, operations."""
        return f"{self.folder}/{name}.html"

    def table(self, schema: str, name: str) -> str:
        """Return a table's page; in a product's own schema the name alone is its file's."""
        parts = (name,) if schema == self.product else (schema, name)
        return f"{self.folder}/tables/{safe_name(*parts)}.html"

    def function(self, function: Function) -> str:
        """Return a function's place, told apart from its namesakes by its arguments."""
        return f"{self.page('functions')}#{self.mark('f', function.schema, function.arguments, function.name)}"

    def column(self, table: Table, column: str) -> str:
        """Return a column's row on its table's page."""
        return f"{self.table(table.schema, table.name)}#{self.mark('c', column)}"

    def migration(self, migration: str) -> str:
        """Return a migration's place in the history."""
        return f"{self.page('history')}#{self.mark('m', migration)}"

    @staticmethod
    def mark(kind: str, *parts: str) -> str:
        """Return an anchor on a page; the kind is a letter or a word."""
        return f"{kind}-{safe_name(*parts)}"


def places_of(product: Product) -> dict[tuple[str, str], str]:
    """Return the place of each thing that pages of a product name, by kind and name, with a schema and without.

    A type is known as columns print it. Of functions that share a name the first is meant.
    """
    at = Addresses(product.name)
    found: dict[tuple[str, str], str] = {}
    for migration in product.migrations:
        found["migration", migration.id] = at.migration(migration.id)
    for kind, files in (("query", product.queries), ("job", product.jobs)):
        found.update({(kind, file.name): f"{at.page('operations')}#{at.mark(kind, file.name)}" for file in files})
    for enum in product.enums:
        href = f"{at.page('functions')}#{at.mark('e', enum.schema, enum.name)}"
        sql = f"{quote(enum.schema)}.{quote(enum.name)}"
        found["type", sql] = found["type", f"{sql}[]"] = href
    for function in product.functions:
        for name in (function.name, f"{function.schema}.{function.name}"):
            found.setdefault(("function", name), at.function(function))
    for table in product.tables:
        for name in (table.name, f"{table.schema}.{table.name}"):
            found.setdefault((table.kind, name), at.table(table.schema, table.name))
    return found
