"""Rows of queries, fetched with the names and types of their columns, and told apart row by row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from slate_pg.testing.database import Database

Source = str | psycopg.Cursor[Any] | Iterable[Any]
SHOWN = 10


@dataclass(frozen=True)
class Rows:
    """Rows with the names and types of their columns; both are empty for rows that a test wrote down itself."""

    rows: list[tuple[Any, ...]]
    columns: tuple[str, ...] = ()
    types: tuple[str, ...] = ()

    def header(self) -> str:
        """Return the columns with their types, as in `id bigint, name text`."""
        return ", ".join(f"{c} {t}" for c, t in zip(self.columns, self.types, strict=True)) or "written in the test"


def as_statement(text: str) -> str:
    """Return SQL as it is, and a bare word as the execution of the prepared statement of that name."""
    return f"EXECUTE {text}" if re.fullmatch(r'\s*(\w+|"[^"]+")\s*', text) else text


def rows_of(db: Database, source: Source) -> Rows:
    """Fetch the rows of a query, a prepared statement or a cursor; or take a list of rows or of values."""
    if isinstance(source, str):
        with db.connection.transaction():
            source = db.connection.execute(as_statement(source).encode())
    if isinstance(source, psycopg.Cursor):
        described = source.description or []
        types = tuple(_type(db, d) for d in described)
        return Rows(source.fetchall(), tuple(d.name for d in described), types)
    return Rows([tuple(r) if isinstance(r, tuple | list) else (r,) for r in source])


def _type(db: Database, column: psycopg.Column) -> str:
    known = psycopg.adapters.types.get(column.type_code)
    return column.type_display if known else db.value("SELECT format_type(%s, NULL)", column.type_code)


def frozen(value: Any) -> Any:
    """Return a value that can stand in a set: arrays and JSON become tuples."""
    if isinstance(value, list | tuple):
        return tuple(frozen(v) for v in value)
    if isinstance(value, dict):
        return tuple(sorted((k, frozen(v)) for k, v in value.items()))
    return value


def shape(have: Rows, want: Rows) -> list[str]:
    """Return what differs in the number and types of columns; a list written in the test has no types."""
    if have.types and want.types:
        if len(have.types) != len(want.types):
            return [f"{len(have.types)} columns ({have.header()}), {len(want.types)} wanted ({want.header()})"]
        pairs = zip(have.columns, have.types, want.types, strict=True)
        return [f"column {name}: have {h}, want {w}" for name, h, w in pairs if h != w]
    width = {len(r) for r in want.rows} | {len(r) for r in have.rows}
    return [f"rows of {' and '.join(map(str, sorted(width)))} columns"] if len(width) > 1 else []


def differences(have: Rows, want: Rows, key: str | Sequence[str] | None = None) -> list[str]:
    """Return the differing rows, by key where there is one: missing, extra, or changed with column, have and want."""
    places = _key_places(have, want, key)
    if places is None:
        missing = Counter(map(frozen, want.rows)) - Counter(map(frozen, have.rows))
        extra = Counter(map(frozen, have.rows)) - Counter(map(frozen, want.rows))
        return _shown([f"missing {r}" for r in missing.elements()] + [f"extra {r}" for r in extra.elements()])
    haves = {tuple(frozen(r[p]) for p in places): r for r in have.rows}
    wants = {tuple(frozen(r[p]) for p in places): r for r in want.rows}
    lines = [f"missing {r}" for k, r in wants.items() if k not in haves]
    lines += [f"extra {r}" for k, r in haves.items() if k not in wants]
    for found, row in haves.items():
        if found in wants and row != wants[found]:
            lines.append(_changed(have, found, row, wants[found]))
    return _shown(lines)


def _key_places(have: Rows, want: Rows, key: str | Sequence[str] | None) -> list[int] | None:
    """Return where the key is: the columns named, else the first one when it tells the rows of both sides apart."""
    if key is not None:
        return [have.columns.index(k) for k in ([key] if isinstance(key, str) else key)]
    for side in (have, want):
        first = [frozen(r[0]) for r in side.rows if r]
        if len(set(first)) != len(side.rows):
            return None
    return [0]


def _changed(have: Rows, found: tuple[Any, ...], row: tuple[Any, ...], wanted: tuple[Any, ...]) -> str:
    names = have.columns or tuple(str(i + 1) for i in range(len(row)))
    types = have.types or ("",) * len(row)
    changed = [
        f"{n}{' ' + t if t else ''}: have {h!r}, want {w!r}"
        for n, t, h, w in zip(names, types, row, wanted, strict=True)
        if h != w
    ]
    return f"row {found[0]!r}: {'; '.join(changed)}" if len(found) == 1 else f"row {found!r}: {'; '.join(changed)}"


def _shown(lines: list[str]) -> list[str]:
    return lines if len(lines) <= SHOWN else [*lines[:SHOWN], f"… and {len(lines) - SHOWN} more"]
