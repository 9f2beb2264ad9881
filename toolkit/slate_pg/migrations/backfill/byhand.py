"""Writes a backfill as a loop that psql can run: batches by key with a COMMIT each, and the progress that slate notes.

Reads only. The loop has batches of the size that the file says and waits for locks; only slate gives way to others.
"""

from __future__ import annotations

from slate_pg.errors import FileError
from slate_pg.migrations.backfill.keys import Key, find_key
from slate_pg.migrations.backfill.progress import Course, Row
from slate_pg.migrations.backfill.syntax import Backfill, read
from slate_pg.migrations.files import Script
from slate_pg.migrations.journal import checksums
from slate_pg.migrations.run import Run
from slate_pg.postgres.connection import send
from slate_pg.postgres.psqltext import dollar_quoted


def as_loop(run: Run, name: str, direction: str, script: Script) -> str:
    """Return what goes through the table in a session with the runner's settings. FileError where it is not there."""
    fill = read(script)
    if script.secrets:
        raise FileError(
            f"a backfill with the secret {script.secrets[0]} is not printed, for it would stand in its loop",
            hint=f"Let slate run it: `{run.product.command(direction)}`.",
        )
    settings = "; ".join(run.opening_of(script)) + ";"
    send(run.connection, f"BEGIN; {settings}")
    try:
        key = find_key(run.connection, settings, script, fill)
    except FileError as error:
        raise FileError(
            f"{error.message}, so that its batches cannot be written down",
            hint=f"Let slate run what comes before it, and print it then: `slate {direction} {run.product.name}`. "
            f"{error.hint}",
            where=error.where,
        ) from error
    finally:
        send(run.connection, "ROLLBACK")
    course = Course(fill.columns, key.types, key.place, key.relation, key.count(), None, size=fill.batch)
    row = Row(run.connection, run.product, name, direction)
    begun = row.begin(checksums(fill.statement)[0], fill.statement.text, course)
    return f"BEGIN;\n{begun}\nCOMMIT;\nSET row_security = off;\nDO {dollar_quoted(_body(row, key, fill))};\n"


def _body(row: Row, key: Key, fill: Backfill) -> str:
    """Return the loop. Its variables are named as nobody names a column, and a column of that name comes first."""
    numbers = range(1, len(key.columns) + 1)
    first, last, end = ([f"slate_{what}_{n}" for n in numbers] for what in ("first", "last", "end"))
    declared = "".join(
        f"  {name} {key.table}.{column}%TYPE;\n"
        for names in (first, last, end)
        for name, column in zip(names, key.columns, strict=True)
    )
    columns, order = ", ".join(key.columns), key.order()
    at, upto = f"{key.row(list(key.columns))} >= {key.row(first)}", f"{key.row(list(key.columns))} <= {key.row(end)}"
    part = (
        f"SELECT {columns}, row_number() OVER (ORDER BY {order}) AS slate_n FROM {key.table} "
        f"WHERE {at} AND {upto} ORDER BY {order} LIMIT {fill.batch}"
    )
    return (
        f"#variable_conflict use_column\nDECLARE\n{declared}  slate_rows bigint;\nBEGIN\n"
        f"  SELECT {columns} INTO {', '.join(end)} FROM {key.table} ORDER BY {key.order(' DESC')} LIMIT 1;\n"
        f"  SELECT {columns} INTO {', '.join(first)} FROM {key.table} ORDER BY {order} LIMIT 1;\n"
        f"  IF NOT FOUND THEN\n    RETURN;\n  END IF;\n  {row.note_by_hand('end', end)}\n  COMMIT;\n"
        f"  LOOP\n    SELECT {columns}, slate_n INTO {', '.join(last)}, slate_rows\n    FROM ({part}) AS slate_part\n"
        "    ORDER BY slate_n DESC LIMIT 1;\n    EXIT WHEN NOT FOUND;\n"
        f"{fill.written(key.row(first), key.row(last))}\n;\n"
        f"    {row.note_by_hand('cursor', last, 'slate_rows')}\n    COMMIT;\n"
        f"    SELECT {columns} INTO {', '.join(first)} FROM {key.table}\n"
        f"    WHERE {key.row(list(key.columns))} > {key.row(last)} AND {upto} ORDER BY {order} LIMIT 1;\n"
        "    EXIT WHEN NOT FOUND;\n  END LOOP;\nEND"
    )
