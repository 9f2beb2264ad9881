"""What is generated from, as values: types, tables, queries, and what the server said of each. Pure, no database.

A type is known by its oid on the server that was asked; names are as the catalog has them, without quotes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Type:
    """One type; `kind` is "b", "e", "d", "c", "r", "m", "p" as in pg_type.typtype, or "array".

    `inner` is the oid of an array's elements, a domain's base or a range's bounds, `sql` how a statement casts to it.
    """

    oid: int
    schema: str
    name: str
    kind: str
    sql: str
    inner: int = 0
    labels: tuple[str, ...] = ()
    fields: tuple[tuple[str, int], ...] = ()
    says: str = ""


@dataclass(frozen=True)
class Column:
    """One column of a table, a view or a result; `not_null` only where that is proved.

    `nested` is an array declared with several dimensions; `identity` and `generated` are as in pg_attribute, and
    `declared` is what a table's definition says of NOT NULL.
    """

    name: str
    type: int
    not_null: bool
    says: str = ""
    sql_type: str = ""
    default: str = ""
    nested: bool = False
    identity: str = ""
    generated: str = ""
    declared: bool = False


@dataclass(frozen=True)
class Key:
    """A primary key "p", a unique constraint "u" or a foreign key "f"; `target` is the oid of what it points to."""

    name: str
    kind: str
    columns: tuple[str, ...]
    target: int = 0
    target_columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Relation:
    """One table or view; `kind` as pg_class.relkind has it, `definition` a view's SQL."""

    oid: int
    schema: str
    name: str
    kind: str
    columns: tuple[Column, ...]
    keys: tuple[Key, ...] = ()
    says: str = ""
    definition: str = ""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a query: its name, the type the server found for it, and whether its example is NULL."""

    name: str
    type: int
    optional: bool = False


@dataclass(frozen=True)
class Query:
    """One query; `pieces` are its SQL and, at every second place, the name of a parameter.

    `returns` is "many", "one" or "none" (the number of rows that were changed).
    """

    name: str
    what: str
    pieces: tuple[str, ...]
    returns: str
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Schema:
    """All that one module is written from; `own` are the schemas of the product."""

    product: str
    own: tuple[str, ...]
    types: Mapping[int, Type]
    relations: tuple[Relation, ...]
    queries: tuple[Query, ...]
