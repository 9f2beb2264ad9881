"""What a ledger keeps of repeatable files: every text that was applied, and the one before it; the newest counts.

Reading takes SELECT only. Writing returns SQL, which is sent in the transaction of what it tells.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from slate_pg.config import Product
from slate_pg.migrations import ledger
from slate_pg.migrations.files import same_but_for_comments
from slate_pg.migrations.repeatable.reading import Repeatable, read_repeatables
from slate_pg.migrations.repeatable.standing import CHANGED, COMMENTS, CURRENT, GONE, MISSING, NEW, Row, Standing
from slate_pg.migrations.script import Script, checksum_of
from slate_pg.postgres.connection import Connection, package_sql

Made = tuple[str, tuple[str, ...], tuple[str, ...]]  # an address: type, names with the schema first, arguments
FIRST_VERSION = 3  # of a ledger that knows them


def read_rows(connection: Connection, schema: str, version: int | None) -> list[Row]:
    """Return every text on record, in the order they were applied. Reads only."""
    if version is None or version < FIRST_VERSION:
        return []
    query = ledger.relation("repeatables", schema, version)
    rows = [Row(*r) for r in ledger.select_rows(connection, schema, query)]
    return sorted(rows, key=lambda row: (row.applied_at, row.number, row.name))


def newest(rows: list[Row]) -> dict[str, Row]:
    """Return the text that counts, by name. Pure."""
    return {row.name: row for row in sorted(rows, key=lambda row: row.number)}


def read_standing(
    connection: Connection, product: Product, version: int | None, files: list[Repeatable] | None = None
) -> tuple[Standing, ...]:
    """Return how each repeatable file of an installation stands, by name. FileError as reading says. Reads only."""
    known = {each.name: each.script for each in (read_repeatables(product) if files is None else files)}
    applied = newest(read_rows(connection, product.schema, version))
    stands = (_stand(name, known.get(name), applied.get(name)) for name in sorted({*known, *applied}))
    return tuple(_with_missing(connection, product.schema, list(stands)))


def _with_missing(connection: Connection, schema: str, stands: list[Standing]) -> list[Standing]:
    """Find the files that read as applied, and whose objects are not all there any more. Reads only."""
    asked = {s.name: _addresses(s.row.made) for s in stands if s.row and s.state in (CURRENT, COMMENTS)}
    if not any(asked.values()):
        return stands
    schemas = {schema, *(names[0] for every in asked.values() for _, names, _ in every if names[0])}
    there = {address for _, address in read_made(connection, schema, sorted(schemas))}
    return [replace(s, state=MISSING) if asked.get(s.name, frozenset()) - there else s for s in stands]


def _addresses(made: str | None) -> frozenset[Made]:
    return (
        frozenset((t, tuple(names), tuple(args)) for t, names, args in json.loads(made))
        if made and made[0] == "["
        else frozenset()
    )


def read_made(connection: Connection, schema: str, schemas: Sequence[str]) -> list[tuple[tuple[int, int], Made]]:
    """Return what files can define in some schemas: catalog and oid, and address, '' for `schema`. Reads only."""
    rows = connection.execute(package_sql("migrations/repeatable/find_made"), {"schemas": list(schemas)}).fetchall()
    return [((r[0], r[1]), (r[2], ("" if r[3][0] == schema else r[3][0], *r[3][1:]), tuple(r[4]))) for r in rows]


def _stand(name: str, script: Script | None, row: Row | None) -> Standing:
    if script is None:
        state = GONE
    elif row is None:
        state = NEW
    elif script.checksum == row.checksum:
        state = CURRENT
    else:
        state = COMMENTS if same_but_for_comments(script.text, row.text) else CHANGED
    return Standing(name, state, script, row)


def steps_of(rows: list[Row]) -> list[list[Row]]:
    """Return what was applied together, the last first: an apply is one transaction, and one moment. Pure."""
    together: dict[datetime, list[Row]] = defaultdict(list)
    for row in rows:
        together[row.applied_at].append(row)
    return [together[moment] for moment in sorted(together, reverse=True)]


def record(
    connection: Connection,
    schema: str,
    name: str,
    text: str,
    before: str,
    milliseconds: object = None,
    host: object = None,
    made: Iterable[Made] | None = None,
) -> str:
    """Return the SQL that enters a text as the newest of its name; `made` are the addresses of what it defines."""
    return ledger.format_sql(
        connection,
        schema,
        """
        INSERT INTO {schema}._slate_ledger (
            kind, key, number, host, note, checksum, body, rollback_checksum, rollback_body, duration_ms
        )
        SELECT
            'repeatable', {name}, coalesce(max(number), 0) + 1, {host}, {made}, {checksum}, {body}, {before_checksum},
            {before}, {ms}
        FROM {schema}._slate_ledger
        WHERE kind = 'repeatable' AND key = {name};
        """,
        name=name,
        host=host or ledger.this_host(),
        checksum=checksum_of(text),
        body=text,
        before_checksum=checksum_of(before),
        before=before,
        ms=milliseconds,
        made=None if made is None else json.dumps(sorted(made), ensure_ascii=False),
    )


def forget(connection: Connection, schema: str, row: Row) -> str:
    """Return the SQL that takes a text out of the ledger: the one before it counts again."""
    return ledger.format_sql(
        connection,
        schema,
        """
        DELETE FROM {schema}._slate_ledger WHERE kind = 'repeatable' AND key = {name} AND number = {number};
        INSERT INTO {schema}._slate_ledger (kind, key, began_at, host, checksum, body, note)
        VALUES ('repeat', {name}, {began_at}::timestamptz, {host}, {checksum}, {body}, 'slate');
        """,
        name=row.name,
        began_at=row.applied_at.isoformat(),
        host=ledger.this_host(),
        checksum=row.checksum,
        body=row.text,
        number=row.number,
    )
