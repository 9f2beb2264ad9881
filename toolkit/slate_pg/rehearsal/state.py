"""What a copy looks like between two statements, and what two looks tell: what is gone, and what was worked through.

Reads the copy's catalog as the rehearsing connection sees it. What follows from two looks is pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from slate_pg.postgres.connection import Connection, package_sql
from slate_pg.rehearsal.findings import Loss

# A type may become one of these, or a wider one of its own kind, and every value stays what it was.
_WIDER = {
    "smallint": {"integer", "bigint", "numeric", "real", "double precision"},
    "integer": {"bigint", "numeric", "double precision"},
    "bigint": {"numeric", "integer", "smallint"},  # what does not fit is an error, not a loss
    "real": {"double precision"},
    "date": {"timestamp without time zone", "timestamp with time zone"},
    "timestamp without time zone": {"timestamp with time zone"},
    "timestamp with time zone": {"timestamp without time zone"},
    "time without time zone": {"time with time zone", "interval"},
    "json": {"jsonb"},
    "jsonb": {"json"},
    "cidr": {"inet"},
    "bit": {"bit varying"},
}
_WIDER["integer"] |= {"smallint"}
_TEXTS = ("text", "character varying", "character", "citext", "name")
_NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision", "money")
_DIGITS = {"real": 6, "double precision": 15}  # decimal digits that survive
_TIMES = ("date", "timestamp without time zone", "timestamp with time zone", "time without time zone",
          "time with time zone", "interval")  # fmt: skip


@dataclass(frozen=True)
class Relation:
    """A relation: how it is called, its kind and file, scans so far in this transaction.

    `table` is whose index or sequence it is; `parent` what it inherits from, as a partition or otherwise.
    """

    label: str
    kind: str
    filenode: int | None
    scans: int
    table: int | None
    name: str
    parent: int | None
    is_partition: bool


@dataclass(frozen=True)
class Column:
    """A column that holds data of its own."""

    name: str
    type: str
    modifier: int


@dataclass(frozen=True)
class State:
    """Relations by oid, columns by (oid, number)."""

    relations: Mapping[int, Relation] = field(default_factory=dict)
    columns: Mapping[tuple[int, int], Column] = field(default_factory=dict)

    def called(self, oid: int, among: State) -> str:
        """Return how a relation is called: as at first; one that is new and has taken a name is told apart."""
        if oid in self.relations:
            return self.relations[oid].label
        label = among.relations[oid].label
        return f"{label} (new)" if any(r.label == label for r in self.relations.values()) else label


def read_state(connection: Connection, path: Sequence[str]) -> State:
    """Return how the copy looks to a connection. Reads only."""
    rows = connection.execute(package_sql("rehearsal/observe_relations"), {"path": list(path)}).fetchall()
    columns = connection.execute(package_sql("rehearsal/observe_columns")).fetchall()
    return State(
        {oid: Relation(*rest) for oid, *rest in rows},
        {(oid, number): Column(*rest) for oid, number, *rest in columns},
    )


def losses(first: State, before: State, after: State, using: Mapping[str, bool] | None) -> Iterator[Loss]:
    """Yield what was there at first and before a statement, and is gone or narrower after it. Pure.

    `using` are the columns whose values a USING gives, and whether that cuts them; None where it cannot be read.
    """
    dropped = {oid for oid in before.relations if oid in first.relations and oid not in after.relations}
    tables = [oid for oid in dropped if before.relations[oid].kind in "rp"]
    for oid in tables:
        if not before.relations[oid].is_partition or before.relations[oid].parent not in dropped:
            yield Loss("table", first.relations[oid].label, f"table {first.relations[oid].label}")
    known = [key for key in before.columns if key in first.columns and key[0] not in dropped]
    lost = [key for key in known if key not in after.columns]
    for key in lost:
        if not _inherits(before, key, lost):
            label, column = first.relations[key[0]].label, before.columns[key].name
            yield Loss("column", label, f"column {label}.{column}", first.columns[key].name)
    for oid in dropped:
        if before.relations[oid].kind == "S" and before.relations[oid].table is None:
            label = first.relations[oid].label
            yield Loss("sequence", label, f"where sequence {label} stands")
    yield from _narrowed(first, before, after, using)


def _narrowed(first: State, before: State, after: State, using: Mapping[str, bool] | None) -> Iterator[Loss]:
    changed = [
        key
        for key, new in after.columns.items()
        if key in first.columns and key in before.columns
        and new != before.columns[key]
        and ((using or {}).get(new.name) or narrows(before.columns[key], new, using is None or new.name in using))
    ]  # fmt: skip
    for key in changed:
        if not _inherits(before, key, changed):
            old, new, label = before.columns[key], after.columns[key], first.relations[key[0]].label
            what = f"values of {label}.{old.name}: {_printed(old)} becomes {_printed(new)}"
            yield Loss("values", label, what, first.columns[key].name)


def _inherits(state: State, key: tuple[int, int], others: Sequence[tuple[int, int]]) -> bool:
    """Tell whether the same column of the parent is among the others: a partition's rows are counted there."""
    relation = state.relations.get(key[0])
    parent = relation.parent if relation and relation.is_partition else None
    return any(o == parent and state.columns[(o, n)].name == state.columns[key].name for o, n in others)


def narrows(old: Column, new: Column, explicit: bool) -> bool:
    """Tell whether values may come out shorter or coarser without an error; `explicit` where USING casts. Pure."""
    if (old.type, old.modifier) == (new.type, new.modifier):
        return False
    if old.type in _TEXTS and new.type in _TEXTS:  # an assignment that does not fit is an error, an explicit cast cuts
        return new.type == "name" or (explicit and new.modifier != -1 and not -1 < old.modifier <= new.modifier)
    if old.type == new.type:
        return new.modifier != -1 and (old.modifier == -1 or _capacity(new) < _capacity(old))
    if new.type in _TEXTS:
        return explicit and new.modifier != -1
    if new.type in _WIDER.get(old.type, ()):
        return new.modifier != -1 and "time" in new.type
    if old.type in _TEXTS:
        return new.type in (*_NUMBERS, *_TIMES, "boolean")
    if old.type == "numeric" and old.modifier > -1 and (old.modifier - 4) >> 16 <= _DIGITS.get(new.type, 0):
        return False
    return any(old.type in group and new.type in group for group in (_NUMBERS, _TIMES))


def _capacity(column: Column) -> int:
    """Return how fine a type's modifier lets values be; digits before a point only decide what is an error."""
    if column.type == "numeric":
        scale = (column.modifier - 4) & 0x7FF
        return scale - 2048 if scale >= 1024 else scale
    if column.type == "interval":
        return column.modifier & 0xFFFF
    return column.modifier


def _printed(column: Column) -> str:
    if column.modifier == -1:
        return column.type
    if column.type in ("character varying", "character"):
        return f"{column.type}({column.modifier - 4})"
    if column.type == "numeric":
        return f"numeric({(column.modifier - 4) >> 16},{_capacity(column)})"
    return re.sub(r"^(\w+)", rf"\1({column.modifier})", column.type) if "time" in column.type else column.type
