"""The index that a site's search reads: one line for each thing that has a name. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from slate_pg.docs.addresses import Addresses
from slate_pg.docs.model import Product, Site
from slate_pg.docs.wording import first_sentence

Line = tuple[str, str, str, str]  # what it is, its name, where it is, what is said of it
_SAID = 100


def search_index(site: Site) -> list[Line]:
    """Return every table, column, function, type, migration, query, job and error of the site."""
    return [line for product in site.products for line in _lines(product)]


def _lines(product: Product) -> Iterator[Line]:
    at = Addresses(product.name)
    for table in product.tables:
        yield table.kind, f"{table.schema}.{table.name}", at.table(table.schema, table.name), _said(table.says)
    for function in product.functions:
        yield "function", f"{function.schema}.{function.name}", at.function(function), _said(function.says)
    for enum in product.enums:
        mark = at.mark("e", enum.schema, enum.name)
        yield "type", f"{enum.schema}.{enum.name}", f"{at.page('functions')}#{mark}", _said(enum.says)
    for migration in product.migrations:
        yield "migration", migration.id, at.migration(migration.id), _said(migration.why)
    for kind, files in (("query", product.queries), ("job", product.jobs)):
        for file in files:
            yield kind, file.name, f"{at.page('operations')}#{at.mark(kind, file.name)}", _said(file.says)
    for number, error in enumerate(product.errors):
        yield "error", error.sqlstate, f"{at.page('errors')}#x-{number}", _said(error.text)
    for table in product.tables:
        for column in table.columns:
            yield "column", f"{table.name}.{column.name}", at.column(table, column.name), _said(column.says)


def _said(words: str) -> str:
    first = first_sentence(words)
    return first if len(first) <= _SAID else first[: _SAID - 1] + "…"
