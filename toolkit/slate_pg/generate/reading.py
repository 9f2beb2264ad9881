"""Reads types, tables and queries from a database whose path holds the product's schemas. Reads only.

Queries are prepared, never run: the server itself says the types of their parameters and results. What a query's
columns promise comes from the catalog and from `nulls`; a view's from its own definition.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from psycopg import pq, sql
from psycopg.rows import namedtuple_row

from slate_pg.config import Product, Project
from slate_pg.errors import FileError, ServerError
from slate_pg.generate.model import Column, Key, Parameter, Query, Relation, Schema, Type
from slate_pg.generate.nulls import prove
from slate_pg.generate.queries import Asked
from slate_pg.migrations.tools import TOOLS
from slate_pg.postgres.connection import Connection, package_sql

_LEDGERS = {tool.table for tool in TOOLS if tool.schema is None} | {"ar_internal_metadata", "yoyo_lock"}
_OURS = ("_slate_", "_yoyo_")
_FUNCTIONS = (
    "SELECT DISTINCT proname::text FROM pg_catalog.pg_proc WHERE pronamespace::regnamespace::text <> 'pg_catalog'"
)
_Origins = dict[tuple[int, int], tuple[str, bool, bool]]  # the table's name, NOT NULL, an array of arrays


def read(connection: Connection, project: Project, product: Product, asked: Sequence[Asked]) -> Schema:
    """Return what a module is written from. FileError for a query that the server refuses, ServerError without tables.

    One transaction that can only read, at the end of which nothing is left.
    """
    with _reading(connection, project, product):
        types = _read_types(connection)
        relations = _read_relations(connection, product)
        shadowed = frozenset(row[0] for row in connection.execute(_FUNCTIONS))
        origins: _Origins = {
            (r.oid, number): (r.name, column.not_null, column.nested)
            for r, numbers in relations
            for number, column in zip(numbers, r.columns, strict=True)
        }
        found = [relation for relation, _ in _with_views(connection, relations, origins, shadowed)]
        queries = tuple(_describe(connection, each, origins, shadowed) for each in asked)
    return Schema(product.name, product.path, types, tuple(found), queries)


def readable_columns(connection: Connection, role: str) -> list[tuple[int, str]]:
    """Return the columns that a role may read, by the oid of their table. Reads only."""
    return [(row.relation, row.name) for row in _rows(connection, "list_readable", role)]


@contextmanager
def _reading(connection: Connection, project: Project, product: Product) -> Iterator[None]:
    """Open a transaction that can only read, with the product's schemas on its path; end it afterwards."""
    names = [*product.path, *([project.shared] if project.shared else [])]
    connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    try:
        known = "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname = ANY (%s::text[])"
        there = {row[0] for row in connection.execute(known, [list(product.path)])}
        if missing := [name for name in product.path if name not in there]:
            raise ServerError(
                f'there is no schema "{missing[0]}" in this database',
                hint="Say --as NAME where it is installed under another name, or leave --database out.",
            )
        path = sql.SQL(", ").join(map(sql.Identifier, dict.fromkeys(names)))
        connection.execute(sql.SQL("SET LOCAL search_path = {}").format(path))
        yield
    finally:
        connection.execute("ROLLBACK")


def _rows(connection: Connection, name: str, *parameters: object) -> list[Any]:
    """Return what one of the package's queries says, its columns as attributes."""
    with connection.cursor(row_factory=namedtuple_row) as cursor:
        return list(cursor.execute(package_sql(f"generate/{name}").encode(), parameters or None).fetchall())


def _read_types(connection: Connection) -> dict[int, Type]:
    return {
        r.oid: Type(
            r.oid, r.schema, r.name, r.kind, r.sql, r.inner_oid, tuple(r.labels),
            tuple(zip(r.fields, r.field_oids, strict=True)), r.says,
        )
        for r in _rows(connection, "list_types")
    }  # fmt: skip


def _read_relations(connection: Connection, product: Product) -> list[tuple[Relation, list[int]]]:
    """Return tables and views with the numbers of their columns, without anybody's bookkeeping."""
    found = _rows(connection, "list_relations", list(product.path))
    found = [r for r in found if r.name not in _LEDGERS and not r.name.startswith(_OURS)]
    columns: dict[int, list[Any]] = {r.oid: [] for r in found}
    keys: dict[int, list[Key]] = {r.oid: [] for r in found}
    for row in _rows(connection, "list_columns", list(columns)):
        columns[row.relation].append(row)
    for row in _rows(connection, "list_keys", list(keys)):
        keys[row.relation].append(Key(row.name, row.kind, tuple(row.columns), row.target, tuple(row.target_columns)))
    return [
        (
            Relation(
                r.oid, r.schema, r.name, r.kind, tuple(map(_column, columns[r.oid])), tuple(keys[r.oid]), r.says,
                r.definition,
            ),
            [column.number for column in columns[r.oid]],
        )
        for r in found
    ]  # fmt: skip


def _column(row: Any) -> Column:
    return Column(
        row.name, row.type, row.not_null, row.says, row.sql_type, row.default, row.nested, row.identity,
        row.generated, row.declared_not_null,
    )  # fmt: skip


def _with_views(
    connection: Connection, relations: list[tuple[Relation, list[int]]], origins: _Origins, shadowed: frozenset[str]
) -> list[tuple[Relation, list[int]]]:
    """Return the relations with what the views' definitions prove of their columns; `origins` learns it too."""
    views = [(r, numbers) for r, numbers in relations if r.definition]
    found: dict[int, list[Column]] = {}
    for _ in views:  # a view may be of a view
        before = dict(origins)
        for view, numbers in views:
            try:
                described = _prepare(connection, view.definition, view.name)
            except FileError:  # a view that reads itself, say: it is there, and nothing of it is proved
                connection.execute("ROLLBACK TO SAVEPOINT slate_generate")
                continue
            found[view.oid] = _outputs(described, view.definition, origins, shadowed)
            for number, column in zip(numbers, found[view.oid], strict=True):
                origins[view.oid, number] = (view.name, column.not_null, column.nested)
        if origins == before:
            break
    return [(_proved(r, found.get(r.oid, r.columns)), numbers) for r, numbers in relations]


def _proved(relation: Relation, outputs: Sequence[Column]) -> Relation:
    columns = zip(relation.columns, outputs, strict=True)
    return replace(relation, columns=tuple(replace(c, not_null=o.not_null, nested=o.nested) for c, o in columns))


def _describe(connection: Connection, asked: Asked, origins: _Origins, shadowed: frozenset[str]) -> Query:
    numbered = asked.numbered
    described = _prepare(connection, numbered, asked.where)
    columns = tuple(_outputs(described, numbered, origins, shadowed))
    parameters = tuple(
        Parameter(name, described.param_type(n), name in asked.optional) for n, name in enumerate(asked.names)
    )
    returns = asked.returns if columns else "none"
    return Query(asked.name, asked.what, asked.pieces, returns, parameters, columns)


def _outputs(described: pq.abc.PGresult, text: str, origins: _Origins, shadowed: frozenset[str]) -> list[Column]:
    """Return the columns of a result, each with what is proved of it."""
    proof = prove(text, shadowed)
    found = []
    for number in range(described.nfields):
        origin = (described.ftable(number), described.ftablecol(number))
        table, not_null, nested = origins.get(origin, ("", False, False))
        name = (described.fname(number) or b"").decode()
        found.append(Column(name, described.ftype(number), proof.holds(number, table, not_null), nested=nested))
    return found


def _prepare(connection: Connection, text: str, where: str) -> pq.abc.PGresult:
    """Have the server read a statement, without running it, and return what it says. FileError where it refuses."""
    connection.execute("SAVEPOINT slate_generate")
    pgconn = connection.pgconn
    result = pgconn.prepare(b"", text.encode())
    if result.status == pq.ExecStatus.COMMAND_OK:
        return pgconn.describe_prepared(b"")
    said = result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or b""
    code = result.error_field(pq.DiagnosticField.SQLSTATE) or b""
    raise FileError(
        f"{where}: the server refuses the query: {said.decode(errors='replace')} ({code.decode()})",
        hint="Correct the query, or name another folder: --queries DIR.",
    )
