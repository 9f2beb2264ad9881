"""Tells whether a transaction has written anything outside of one schema, before anybody looks for what. Reads only."""

from __future__ import annotations

from slate_pg.postgres.connection import Connection, package_sql


def has_written(connection: Connection, schema: str) -> bool:
    """Tell whether this transaction has written anything that `elsewhere` would tell of. Reads only."""
    if not may_have_written(connection, schema):
        return False
    query = package_sql("migrations/find_written")
    written = [row[0] for row in connection.execute(query, {"schema": schema}).fetchall()]
    if not written:
        return False
    row = connection.execute(package_sql("migrations/find_unfinished"), {"written": written}).fetchone()
    return bool(row and row[0])


def may_have_written(connection: Connection, schema: str) -> bool:
    """Tell the same by what is counted, where False is certain, however much there is of others. Reads only.

    What newly depends on a schema was made, replaced or moved, and so was a row entered or changed for it. With nothing
    replaced or moved, as many entered as there is new in this schema leave none elsewhere; else as many entered or
    changed. Whoever makes relations, and what hangs on them, holds locks on them to the end.
    """
    row = connection.execute(package_sql("migrations/count_written"), {"schema": schema}).fetchone()
    if row is None:
        return True
    whole, placed, placed_changed, types, types_changed, moved, relations, holds = row
    if whole or holds:
        return True
    if moved:
        placed, types = placed + placed_changed, types + types_changed
    if not placed and types == 2 * relations:  # a relation has a type of its rows, and that one of its arrays
        return False
    new = connection.execute(package_sql("migrations/count_new"), {"schema": schema}).fetchone()
    return new != (placed, types - 2 * relations)
