"""Tells from the catalog whether a statement that runs outside a transaction was finished, and clears its remains away.

Knows what CREATE INDEX CONCURRENTLY and its kin leave behind; not how the journal is kept.
"""

from __future__ import annotations

import re

from slate_pg.errors import MigrationFailed
from slate_pg.migrations.files import Script
from slate_pg.postgres.connection import Connection, package_sql, send
from slate_pg.postgres.statements import normalised

_NAME = r'((?:"(?:[^"]|"")+"|[\w$]+)(?:\s*\.\s*(?:"(?:[^"]|"")+"|[\w$]+))?)'
CREATE_INDEX = re.compile(
    rf"create\s+(?:unique\s+)?index\s+concurrently\s+(?:if\s+not\s+exists\s+)?{_NAME}\s+on\s+(?:only\s+)?{_NAME}", re.I
)
_IF_NOT_EXISTS = re.compile(
    rf"create\s+(?:unique\s+)?index\s+(?:concurrently\s+)?if\s+not\s+exists\s+{_NAME}\s+on\s+(?:only\s+)?{_NAME}", re.I
)
_REINDEX = re.compile(rf"reindex\s*(?:\([^)]*\)\s*)?(?:index|table)\s+(?:concurrently\s+)?{_NAME}", re.I)
_DETACH = re.compile(rf"alter\s+table\s+(?:if\s+exists\s+)?{_NAME}\s+detach\s+partition\s+{_NAME}\s+concurrently", re.I)
_MAKES = re.compile(rf"(create|drop)\s+(database|tablespace|subscription)\s+(?:if\s+exists\s+)?{_NAME}", re.I)
_DROP_INDEX = re.compile(rf"drop\s+index\s+concurrently\s+(?:if\s+exists\s+)?{_NAME}", re.I)


def is_done(connection: Connection, text: str) -> bool:
    """Say whether a statement that was started has been finished, and clear its wreckage away. Writes."""
    if match := CREATE_INDEX.match(text):
        return _index_is_done(connection, _beside(match.group(1), match.group(2)), match.group(2))
    if match := _MAKES.match(text):
        return _exists(connection, match.group(2), match.group(3)) is (match.group(1).lower() == "create")
    if match := _DROP_INDEX.match(text):
        return _state(connection, match.group(1)) is None
    if match := _DETACH.match(text):
        return _detach_is_done(connection, match.group(1), match.group(2))
    if match := _REINDEX.match(text):
        _drop_leftovers(connection, match.group(1))
    return False


def is_met(connection: Connection, text: str) -> bool:
    """Tell whether what a statement would make or remove is there or gone already. Reads only."""
    if match := CREATE_INDEX.match(text):
        return _state(connection, _beside(match.group(1), match.group(2))) is not None
    if match := _MAKES.match(text):
        return _exists(connection, match.group(2), match.group(3)) is (match.group(1).lower() == "create")
    if match := _DROP_INDEX.match(text):
        return _state(connection, match.group(1)) is None
    if match := _DETACH.match(text):
        return _is_attached(connection, match.group(2)) is None
    return False


def make_room(connection: Connection, text: str) -> None:
    """Drop an INVALID index that CREATE INDEX … IF NOT EXISTS would pass over: it is not what is asked for. Writes."""
    match = CREATE_INDEX.match(text)
    if match and re.search(r"\bif\s+not\s+exists\b", text, re.I):
        _index_is_done(connection, _beside(match.group(1), match.group(2)), match.group(2))


def refuse_invalid(connection: Connection, script: Script) -> None:
    """MigrationFailed where CREATE INDEX IF NOT EXISTS passed over an INVALID index: it enforces and serves nothing."""
    for index in passed_over(script.text):
        if _state(connection, index) is False:
            raise MigrationFailed(
                f"{script.path}: the index {index} is there and INVALID, so IF NOT EXISTS builds nothing",
                hint="Nothing of it was applied. Drop what an earlier build has left "
                f"(DROP INDEX {index}), and run it again.",
            )


def passed_over(text: str) -> list[str]:
    """Return the indexes that a script builds IF NOT EXISTS, beside their tables, as it writes them. Pure."""
    if "if not exists" not in text.lower():
        return []
    return [_beside(m.group(1), m.group(2)) for m in _IF_NOT_EXISTS.finditer(normalised(text))]


def clear_away(connection: Connection, text: str) -> bool:
    """Remove what a statement left that the server has refused; return whether nothing of it is there. Writes."""
    if CREATE_INDEX.match(text):
        return not is_done(connection, text)
    if match := _DROP_INDEX.match(text):
        return _state(connection, match.group(1)) is not False
    if match := _DETACH.match(text):
        return _is_attached(connection, match.group(2)) is True
    if match := _REINDEX.match(text):
        _drop_leftovers(connection, match.group(1))
    return True


def _beside(index: str, table: str) -> str:
    """Return the index's name in its table's schema, which is where CREATE INDEX puts it."""
    return f"{table.rsplit('.', 1)[0]}.{index}" if "." in table and "." not in index else index


def _state(connection: Connection, index: str) -> bool | None:
    """Return whether an index is valid, None when there is none."""
    query = "SELECT indisvalid FROM pg_catalog.pg_index WHERE indexrelid = pg_catalog.to_regclass(%s)"
    row = connection.execute(query, [index]).fetchone()
    return row[0] if row else None


def _index_is_done(connection: Connection, index: str, table: str) -> bool:
    """Return whether the index stands on that table; drop an INVALID one, which is what a killed build leaves."""
    state = _state(connection, index)
    if state is False:
        send(connection, f"DROP INDEX CONCURRENTLY {index}")
    query = (
        "SELECT indrelid = pg_catalog.to_regclass(%s) FROM pg_catalog.pg_index "
        "WHERE indexrelid = pg_catalog.to_regclass(%s)"
    )
    row = connection.execute(query, [table, index]).fetchone() if state else None
    return bool(row and row[0])


def _exists(connection: Connection, kind: str, name: str) -> bool:
    """Tell whether the server has such a database, tablespace or subscription. Reads only."""
    catalog, column = {
        "database": ("pg_database", "datname"),
        "tablespace": ("pg_tablespace", "spcname"),
        "subscription": ("pg_subscription", "subname"),
    }[kind.lower()]
    plain = name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()
    query = f"SELECT 1 FROM pg_catalog.{catalog} WHERE {column} = %s"
    return bool(connection.execute(query, [plain]).fetchone())


def _is_attached(connection: Connection, partition: str) -> bool | None:
    """Return whether a partition is attached; False where its detaching was cut short, None where it is not."""
    query = "SELECT NOT inhdetachpending FROM pg_catalog.pg_inherits WHERE inhrelid = pg_catalog.to_regclass(%s)"
    row = connection.execute(query, [partition]).fetchone()
    return bool(row[0]) if row else None


def _detach_is_done(connection: Connection, table: str, partition: str) -> bool:
    """Return whether the partition is detached; finish a detach that was cut short."""
    attached = _is_attached(connection, partition)
    if attached is False:
        send(connection, f"ALTER TABLE {table} DETACH PARTITION {partition} FINALIZE")
    return not attached


def _drop_leftovers(connection: Connection, name: str) -> None:
    """Drop the INVALID …_ccnew and …_ccold indexes that a killed REINDEX CONCURRENTLY leaves."""
    query = package_sql("migrations/find_leftover_indexes")
    for (index,) in connection.execute(query, {"name": name}).fetchall():
        send(connection, f"DROP INDEX CONCURRENTLY {index}")
