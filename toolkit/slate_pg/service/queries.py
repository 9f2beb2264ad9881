"""Makes a product's query files callable through aiosql, with rows that have a type.

The files keep their example literals; here each becomes a named parameter that the caller must give.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from functools import cache
from typing import Any

import aiosql
from aiosql.adapters.apyformat import AsyncPyFormatAdapter
from aiosql.adapters.pyformat import PyFormatAdapter
from aiosql.queries import Queries
from psycopg.rows import args_row, class_row

from slate_pg.config import Product
from slate_pg.errors import Misuse, did_you_mean
from slate_pg.sqlfiles import SqlFile, read_files

Records = Mapping[str, type[Any]]


def load(product: Product, records: Mapping[str, type[Any]] | None = None, *, asynchronous: bool = False) -> Any:
    """Return a product's queries as methods of one aiosql object: `queries.name(connection, parameter=…)`. Reads only.

    Rows are named tuples, or of the class that `records` gives for a query's name (a dataclass, by column names).
    With `asynchronous` the methods take psycopg's AsyncConnection and are read by `async for`.
    """
    return as_methods(read_files(product.sql / "queries"), records or {}, asynchronous)


def as_methods(files: Sequence[SqlFile], records: Records, asynchronous: bool) -> Queries:
    """Return the queries as methods `name(connection, *, parameter=…)`. Misuse for a record of no query. Pure."""
    names = [method_name(file.name) for file in files]
    for name in records:
        if name not in names:
            raise Misuse(f'no query "{name}"', hint=did_you_mean(name, names))
    adapter = _AsyncRows if asynchronous else _Rows
    queries: Queries = aiosql.from_str("\n\n".join(map(as_aiosql, files)), lambda *_, **__: adapter(records))
    return queries


def method_name(name: str) -> str:
    """Return the name of a query's method: the file's, as Python spells it. Pure."""
    return name.replace("-", "_")


def as_aiosql(file: SqlFile) -> str:
    """Return a file in aiosql's words: its name with parameters, what it is for, the statement. Pure."""
    text = file.parameterised
    for parameter in file.parameters:
        text = text.replace(f"%({parameter})s", f":{parameter}")
    words = file.text.upper().split()
    reads = words[0] in ("SELECT", "WITH", "TABLE", "VALUES") or "RETURNING" in words
    head = f"-- name: {method_name(file.name)}({', '.join(file.parameters)}){'' if reads else '!'}"
    return f"{head}\n-- {file.header.get('what', file.name)}\n{text};"


@cache
def row_type(query: str, columns: tuple[str, ...]) -> type[Any]:
    """Return the named tuple of a query's rows: `student_badges` gives StudentBadges. Pure."""
    title = "".join(part.title() for part in query.split("_"))
    return namedtuple(title, columns, rename=True)


def _factory(records: Records, query: str) -> Callable[[Any], Any]:
    """Return psycopg's row factory for a query: the caller's class by column name, else a named tuple."""
    if query in records:
        return class_row(records[query])

    def make(cursor: Any) -> Any:
        columns = tuple(column.name for column in cursor.description or ())
        return args_row(row_type(query, columns))(cursor)

    return make


class _Rows(PyFormatAdapter):
    def __init__(self, records: Records) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # aiosql types its methods, not this one
        self._records = records

    def select(
        self, conn: Any, query_name: str, sql: str, parameters: Any, record_class: Any = None
    ) -> Generator[Any, None, None]:
        """Yield the rows of a query as records."""
        with conn.cursor(row_factory=_factory(self._records, query_name)) as cursor:
            cursor.execute(sql, parameters)
            yield from cursor


class _AsyncRows(AsyncPyFormatAdapter):
    def __init__(self, records: Records) -> None:
        self._records = records

    async def select(
        self, conn: Any, query_name: str, sql: str, parameters: Any, record_class: Any = None
    ) -> AsyncGenerator[Any, None]:
        """Yield the rows of a query as records."""
        async with conn.cursor(row_factory=_factory(self._records, query_name)) as cursor:
            await cursor.execute(sql, parameters)
            async for row in cursor:
                yield row
