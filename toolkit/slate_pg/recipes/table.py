"""Reads a table as a recipe needs to know it: columns, indexes, partitions, what hangs on a column. Reads only."""

from __future__ import annotations

from dataclasses import dataclass

from slate_pg.errors import Misuse, did_you_mean
from slate_pg.postgres.connection import Connection, package_sql


class NotThere(Misuse):
    """What a recipe is about is not in the database that was read; pending files may make it."""


@dataclass(frozen=True)
class Column:
    """A column; `type`, `default` and `collation` are SQL, `sequence` the one that belongs to it."""

    name: str
    type: str
    not_null: bool
    default: str
    identity: str
    generated: str
    collation: str
    sequence: str
    type_oid: int


@dataclass(frozen=True)
class Index:
    """An index; `columns` has "" for an expression, `plain` is True for a btree over all rows in the usual order."""

    name: str
    columns: tuple[str, ...]
    unique: bool
    primary: bool
    plain: bool
    valid: bool
    constraint: str
    deferrable: bool


@dataclass(frozen=True)
class Partition:
    """One table below a partitioned one: where it is, its parent's place, its bounds as SQL."""

    schema: str
    name: str
    parent_schema: str
    parent: str
    leaf: bool
    bounds: str
    default: bool


@dataclass(frozen=True)
class Table:
    """A table or partitioned table, and the names that are taken beside it.

    `schema` is empty where it is the product's. `grants` are (privilege, grantee as SQL has it).
    """

    oid: int
    schema: str
    name: str
    partitioned: bool
    row_security: bool
    owner: str
    grants: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]
    indexes: tuple[Index, ...]
    partitions: tuple[Partition, ...]

    @property
    def primary(self) -> tuple[str, ...]:
        """Columns of the primary key, none where there is none."""
        return next((i.columns for i in self.indexes if i.primary), ())

    def column(self, name: str) -> Column:
        """Return a column; Misuse with the nearest name where there is none."""
        found = next((c for c in self.columns if c.name == name), None)
        if found is None:
            hint = did_you_mean(name, (c.name for c in self.columns))
            raise NotThere(f'"{self.name}" has no column "{name}"', hint=hint)
        return found

    def led_by(self, columns: tuple[str, ...], unique: bool = False) -> Index | None:
        """Return a valid plain index that finds rows by these columns, in any order."""
        wanted = set(columns)
        fits = (i for i in self.indexes if i.plain and i.valid and set(i.columns[: len(columns)]) == wanted)
        return next((i for i in fits if not unique or (i.unique and len(i.columns) == len(columns))), None)


NO_TABLE = Table(0, "", "", False, False, "", (), (), (), ())


def read_table(connection: Connection, schema: str, name: str) -> Table:
    """Return a table of the product's schema, or of another (`schema.table`); Misuse for none. Reads only."""
    other, _, inner = name.partition(".")
    for place, table in ((schema, name), (other, inner)):
        row = connection.execute(package_sql("recipes/find_table"), {"schema": place, "name": table}).fetchone()
        if row:
            return _whole(connection, row, "" if place == schema else place)
    known = [r[0] for r in connection.execute(package_sql("recipes/find_tables"), {"schema": schema})]
    raise NotThere(f'there is no table "{name}" in schema "{schema}"', hint=did_you_mean(name, known))


def _whole(connection: Connection, row: tuple, schema: str) -> Table:  # type: ignore[type-arg]
    table = {"table": row[0]}
    columns = connection.execute(package_sql("recipes/read_columns"), table).fetchall()
    indexes = connection.execute(package_sql("recipes/read_indexes"), table).fetchall()
    below = connection.execute(package_sql("recipes/read_partitions"), table).fetchall() if row[3] == "p" else []
    return Table(
        row[0], schema, row[2], row[3] == "p", row[5], row[6],
        tuple((privilege, grantee) for privilege, grantee in row[7]),
        tuple(Column(*c) for c in columns),
        tuple(Index(i[0], tuple(i[1]), *i[2:]) for i in indexes),
        tuple(Partition(*p) for p in below),
    )  # fmt: skip


def by_grantee(table: Table) -> list[tuple[str, str]]:
    """Return (privileges, grantee) of a table as GRANT takes them, for what stands in its place. Pure."""
    by_role: dict[str, list[str]] = {}
    for privilege, grantee in sorted(table.grants):
        by_role.setdefault(grantee, []).append(privilege)
    return [(", ".join(privileges), grantee) for grantee, privileges in sorted(by_role.items())]


def dependents(connection: Connection, table: Table, column: str) -> list[str]:
    """Return in words what hangs on a column beside its default, sequence, indexes and keys. Reads only."""
    asked = {"table": table.oid, "column": column}
    return [row[0] for row in connection.execute(package_sql("recipes/find_dependents"), asked)]
