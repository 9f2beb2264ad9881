"""Columns of a product's tables, and values of each type to try: common ones, and those around what a condition names."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from slate_pg.testing.database import Database

_COLUMNS = """
    SELECT c.relname::text, a.attname::text, format_type(a.atttypid, NULL), a.attgenerated <> '', t.typtype::text,
        t.typcategory::text, format_type(t.typelem, NULL),
        (SELECT array_agg(quote_literal(e.enumlabel) ORDER BY e.enumsortorder) FROM pg_enum AS e WHERE e.enumtypid = t.oid),
        CASE WHEN a.atttypid = 'numeric'::regtype AND a.atttypmod > 0 THEN (a.atttypmod - 4) & 65535 END
    FROM pg_class AS c INNER JOIN pg_attribute AS a ON a.attrelid = c.oid INNER JOIN pg_type AS t ON t.oid = a.atttypid
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND c.relname !~ '^(_|yoyo_)' AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY c.relname, a.attnum"""
_UUIDS = [f"'{n}0000000-0000-4000-8000-00000000000{n}'" for n in (1, 2, 3)]
_DAYS = ["2026-01-01", "2026-01-02", "2026-02-01"]
_BEFORE = ["2025-12-31 23:57", "2025-12-31 23:55", "2025-12-31 23:54"]  # of another clock
_VALUES = {  # the first two are the ordinary ones
    "boolean": ["false", "true"],
    "uuid": _UUIDS,
    "date": [f"'{day}'" for day in _DAYS] + ["'infinity'", "'-infinity'"],
    "timestamp with time zone": [f"'{day}+00'" for day in (*_DAYS, *_BEFORE)] + ["'infinity'", "'-infinity'"],
    "timestamp without time zone": [f"'{day} 00:00'" for day in _DAYS] + ["'infinity'", "'-infinity'"],
    "time without time zone": ["'08:00'", "'09:00'", "'00:00'", "'24:00'"],
    "interval": ["'1 day'", "'2 days'", "'0'", "'-1 day'"],
    "inet": ["'10.0.0.1'", "'10.0.0.2'"],
    "bytea": [r"'\x00'", r"'\x01'"],
    "jsonb": ["'{}'", "'{\"a\": 1}'", "'[]'", "'[1]'", "'null'", "'1'", "'\"x\"'", "'[{}]'", "'[\"x\"]'"],
    "json": ["'{}'", "'{\"a\": 1}'", "'[]'", "'null'", "'1'"],
}
_WHOLE = ("smallint", "integer", "bigint")
_TEXTS = ("text", "character varying", "character", '"char"', "citext", "name")


@dataclass(frozen=True)
class Column:
    """A column; `element` is the type of an array's elements, `labels` are an enum's, as literals."""

    name: str
    type: str
    generated: bool
    element: str
    labels: tuple[str, ...]
    scale: int | None

    def ordinary(self, number: int = 0) -> str:
        """Return SQL of a value that there is nothing to say of; of a second one, where there are two."""
        values = self.values((), ())
        return values[min(number, len(values) - 1)]

    def values(self, texts: tuple[str, ...], numbers: tuple[float, ...]) -> list[str]:
        """Return SQL of values to try: ordinary ones, and those at and beside the texts and numbers named."""
        found = list(self.labels) or _VALUES.get(self.type) or []
        if self.type in _WHOLE:
            beside = itertools.chain.from_iterable((int(n), int(n) - 1, int(n) + 1) for n in numbers if n == int(n))
            found = [str(n) for n in (1, 2, 0, -1, *beside)]
        elif self.type in ("numeric", "double precision", "real"):
            step = 10.0 ** -(self.scale if self.scale is not None else 3)
            beside = itertools.chain.from_iterable((n, n - step, n + step) for n in numbers)
            found = [f"{n:.10g}" for n in (1, 2, 0, -1, *beside)] + ["'NaN'", "'Infinity'", "'-Infinity'"]
        elif self.type in _TEXTS:
            found = ["'a'", "'b'", "''", "' '", r"E'\t'", "'A'", *map(quoted, texts), *_longs("'x'", numbers)]
        elif self.element != "-":
            inner = Column("", self.element, False, "-", self.labels, None)
            found = _arrays(inner, self.type, numbers)
        elif self.type in ("jsonb", "json"):
            sizes = [n for n in _sizes(numbers) if n > 2]
            found = [*found, *(f"to_jsonb(array_fill(1, ARRAY[{n}]))" for n in sizes)]
            found += [
                quoted(f'{{"{t}": {value}}}')
                for t in texts
                if t.isidentifier()
                for value in ("1", '"x"', "[]", "-1", "{}")
            ]
            found += [f"jsonb_build_object('a', repeat('x', {n}))" for n in sizes]
        elif found and self.type[:4] in ("date", "time"):
            found = [*found, *(quoted(t) for t in texts if re.match(r"\d\d(\d\d-|:)", t))]
        return list(dict.fromkeys(found)) or ["NULL"]


def quoted(text: str) -> str:
    """Return a text as SQL."""
    return "'" + text.replace("'", "''") + "'"


def _sizes(numbers: tuple[float, ...]) -> list[int]:
    whole = [int(n) for n in numbers if n == int(n) and 0 <= n <= 100_000]
    return sorted({m for n in whole for m in (n - 1, n, n + 1) if m >= 0})


def _longs(one: str, numbers: tuple[float, ...]) -> list[str]:
    return [f"repeat({one}, {n})" for n in _sizes(numbers)]


def _arrays(inner: Column, kind: str, numbers: tuple[float, ...]) -> list[str]:
    one, two = inner.ordinary(), inner.ordinary(1)
    filled = [f"array_fill({one}::{inner.type}, ARRAY[{n}])" for n in _sizes(numbers) if n > 2]
    few = ["'{}'", f"ARRAY[{one}]", f"ARRAY[{one}, {two}]", f"ARRAY[{one}, {one}]", f"ARRAY[NULL]::{kind}"]
    blank = [f"ARRAY[{one}, '']"] if inner.type in _TEXTS else []
    long = [f"ARRAY[repeat('x', {n})]" for n in _sizes(numbers)] if blank else []
    return few + blank + filled + long


def read_columns(db: Database) -> dict[str, dict[str, Column]]:
    """Return the columns of each table of the schema in the path. Reads only."""
    tables: dict[str, dict[str, Column]] = {}
    for table, name, type_, generated, _kind, category, element, labels, scale in db.rows(_COLUMNS):
        of_array = element if category == "A" else "-"
        column = Column(name, type_, generated, of_array, tuple(labels or ()), scale)
        tables.setdefault(table, {})[name] = column
    return tables


def as_select(columns: dict[str, Column], row: dict[str, str]) -> str:
    """Return a SELECT of the row's values, each as its column's name and type."""
    cells = (f'CAST({value} AS {columns[name].type}) AS "{name}"' for name, value in row.items())
    return "SELECT " + ", ".join(cells)
