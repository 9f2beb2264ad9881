"""Asks the server which schemas look alike but for their names, so that of many installations few have to be read.

Reads only. A digest is of what `reader` would read of a schema, its own name taken out wherever it stands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache

from slate_pg.catalog import reader
from slate_pg.postgres.connection import Connection

_AT_ONCE = 100  # schemas in one query
_NOTHING = "\x01"  # stands for the name; no catalog has it
_DIGESTS = """
    SELECT s, md5(string_agg(d, '' ORDER BY d COLLATE "C"))
    FROM (SELECT s, md5(replace({row}::text, coalesce(s, ''), %(nothing)s)) AS d
          FROM (SELECT {row}, {schema} AS s FROM (
{query}
          ) AS {row}({columns})) AS named) AS digested
    GROUP BY s
"""
_ROOT = (("on_kind", "on_name"), ("kind", "name"))


def digests(connection: Connection, schemas: Sequence[str]) -> dict[str, str]:
    """Return a digest of each schema's catalog; the same for two says that one is the other by another name.

    A schema has none that is not there, or is asked for together with one that has what no field says the schema of.
    Reads only.
    """
    found: dict[str, str] = {}
    for start in range(0, len(schemas), _AT_ONCE):
        found |= _some(connection, schemas[start : start + _AT_ONCE])
    return found


def _some(connection: Connection, schemas: Sequence[str]) -> dict[str, str]:
    major = connection.info.server_version // 10000
    parts: dict[str | None, list[str]] = {}
    with reader.snapshot(connection):
        parameters = reader.parameters(connection, schemas, database=False)
        more = {"nothing": _NOTHING}
        for kind in reader.SCHEMA_KINDS:
            used = reader.used(kind, major, parameters) | more
            columns = _columns(connection, kind, major)
            for schema, digest in connection.execute(_query(kind, major, columns), used, prepare=False).fetchall():
                parts.setdefault(schema, []).append(f"{kind} {digest}")
    if not parts.keys() <= {*schemas}:
        return {}
    return {str(s): hashlib.sha256("\n".join(lines).encode()).hexdigest() for s, lines in parts.items()}


@cache
def _query(kind: str, major: int, columns: tuple[str, ...]) -> str:
    places = {name: f"of_row.c{number}" for number, name in reversed([*enumerate(columns)])}  # the first of a name
    roots = [
        f"CASE WHEN {places[what]}::text = 'schema' THEN {places[name]}::text END"
        for what, name in _ROOT
        if {what, name} <= places.keys()
    ]
    roots += [f"{places[name]}::text" for name in ("on_schema", "schema") if name in places]
    return _DIGESTS.format(
        row="of_row",
        schema=f"coalesce({', '.join(roots)})",
        query=reader.query(kind, major),
        columns=", ".join(f"c{number}" for number in range(len(columns))),
    )


_known: dict[tuple[str, int], tuple[str, ...]] = {}


def _columns(connection: Connection, kind: str, major: int) -> tuple[str, ...]:
    """Return what a query's columns are called, its identity's first. Reads only."""
    if (kind, major) not in _known:
        nobody = reader.used(kind, major, {"schemas": [], "left_out": [], "database": False})
        described = connection.execute(reader.query(kind, major), nobody, prepare=False).description or []
        _known[kind, major] = tuple(column.name for column in described)
    return _known[kind, major]
