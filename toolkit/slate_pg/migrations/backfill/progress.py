"""Keeps how far a backfill has come: one row of the ledger, written in the transaction of each batch.

Says what is in the row and how it is written; the rows stay when the backfill is done, with its end.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from slate_pg.config import Product
from slate_pg.postgres.connection import Connection
from slate_pg.postgres.later import sql

NUMBERS = {"apply": 0, "rollback": 1}  # what tells the two directions apart in the ledger
_KEPT_TEXT = 2000  # characters of the statement that are kept


@dataclass(frozen=True)
class Progress:
    """How far a backfill has come: rows it went through, about how many there are, seconds it took, rests too."""

    rows: int
    total: int
    seconds: float

    @property
    def percent(self) -> int:
        """How much is done, 0 to 99: all of it is known only at the end."""
        return min(99, self.rows * 100 // max(self.total, self.rows, 1))

    @property
    def remaining(self) -> float | None:
        """About how many seconds are left, None before anything is known."""
        return self.seconds / self.rows * max(0, self.total - self.rows) if self.rows else None

    def __str__(self) -> str:
        """Say it in one line."""
        left = self.remaining
        more = (
            "" if left is None else f", about {left / 60:.0f} min left" if left >= 100 else f", about {left:.0f} s left"
        )
        return f"{self.percent} %, {self.rows:,} of about {max(self.total, self.rows):,} rows{more}"


@dataclass(frozen=True)
class Course:
    """Where a backfill stands: the key of the last row it went through (None at the start) and of the last there is.

    Keys are texts of their columns' values. `place` and `relation` tell the table from another of its name, `size` is
    the number of rows of the next batch.
    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    place: str
    relation: int
    total: int
    end: tuple[str, ...] | None
    cursor: tuple[str, ...] | None = None
    size: int = 0
    rows: int = 0
    seconds: float = 0.0

    @property
    def progress(self) -> Progress:
        """The same for people."""
        return Progress(self.rows, self.total, self.seconds)

    def written(self) -> str:
        """Return what the ledger notes of it, beside rows and seconds."""
        kept = {name: value for name, value in asdict(self).items() if name not in ("rows", "seconds")}
        return json.dumps(kept, separators=(",", ":"), ensure_ascii=False)


def read_course(note: str | None, rows: int | None, milliseconds: float | None) -> Course | None:
    """Return what a row of the ledger says, None where it cannot be read. Pure."""
    try:
        found: Any = {k: tuple(v) if isinstance(v, list) else v for k, v in json.loads(note or "").items()}
        course = Course(**found)
    except (ValueError, TypeError, AttributeError):
        return None
    return replace(course, rows=rows or 0, seconds=(milliseconds or 0) / 1000)


def progress_of(note: str | None, rows: int | None, milliseconds: float | None) -> Progress | None:
    """Return how far a backfill has come as a row of the ledger says it, None for what is none. Pure."""
    course = read_course(note, rows, milliseconds)
    return course.progress if course else None


def kept(rows: int) -> str:
    """Say what a backfill that stops after so many rows has done. Pure."""
    if not rows:
        return "Nothing of it was done."
    return f"{rows:,} row{'' if rows == 1 else 's'} before {'it is' if rows == 1 else 'them are'} done and kept."


def ways_on(product: Product, name: str, direction: str, rows: int) -> str:
    """Say what a backfill that stops has done, how it goes on, and how it is given up. Pure."""
    give_up = f"`{product.command('rollback', '--forget', name)}` gives it up, and what it has done stays"
    return (
        f"{kept(rows)} Mend what stands in the way, and run `{product.command(direction)}` again, which goes on there. "
        f"The statement may not change on the way: to change it, {give_up}."
    )


@dataclass(frozen=True)
class Row:
    """The row of one backfill in one direction."""

    connection: Connection
    product: Product
    migration: str
    direction: str

    def sql(self, template: str, **values: object) -> str:
        """Return SQL on the row, values as literals."""
        literals = {k: sql.Literal(v) for k, v in values.items()}
        key = {"id": sql.Literal(self.migration), "number": sql.Literal(NUMBERS[self.direction])}
        table = sql.Identifier(self.product.schema, "_slate_ledger")
        return sql.SQL(template).format(table=table, **key, **literals).as_string(self.connection)

    def read(self) -> tuple[str, str, Course | None] | None:
        """Return checksum, text and course of a backfill under way, None where none is. Reads only."""
        query = self.sql(
            "SELECT checksum, body, note, rows, duration_ms FROM {table} "
            "WHERE kind = 'backfill' AND key = {id} AND number = {number} AND ended_at IS NULL"
        )
        row = self.connection.execute(query.encode()).fetchone()
        return (row[0], row[1], read_course(*row[2:])) if row else None

    def begin(self, checksum: str, text: str, course: Course) -> str:
        """Return the SQL that enters a backfill which begins."""
        return self.sql(
            "INSERT INTO {table} (kind, key, number, ended_at, checksum, body, note, rows, duration_ms, attempt) "
            "VALUES ('backfill', {id}, {number}, NULL, {checksum}, {body}, {note}, 0, 0, 1) "
            "ON CONFLICT (kind, key, number) DO UPDATE SET began_at = excluded.began_at, ended_at = NULL, "
            "who = excluded.who, checksum = excluded.checksum, body = excluded.body, note = excluded.note, rows = 0, "
            "duration_ms = 0, attempt = 1;",
            checksum=checksum, body=text[:_KEPT_TEXT], note=course.written(),
        )  # fmt: skip

    def resume(self) -> str:
        """Return the SQL that counts one more run."""
        return self._change("attempt = attempt + 1")

    def advance(self, course: Course) -> str:
        """Return the SQL that notes how far it has come."""
        return self._change(
            "rows = {rows}, duration_ms = {ms}, note = {note}",
            rows=course.rows, ms=round(course.seconds * 1000, 1), note=course.written(),
        )  # fmt: skip

    def note_by_hand(self, part: str, variables: Sequence[str], rows: str = "0") -> str:
        """Return PL/pgSQL that notes a key, which variables hold, and counts the rows up to there."""
        texts = ", ".join(f"pg_catalog.format('%s', {name})" for name in variables)
        return self._change(
            f"rows = rows + {rows}, duration_ms = extract(EPOCH FROM pg_catalog.clock_timestamp() - began_at) * 1000, "
            f"note = pg_catalog.jsonb_set(note::pg_catalog.jsonb, '{{{{{part}}}}}', "
            f"pg_catalog.to_jsonb(ARRAY[{texts}]))::pg_catalog.text"
        )

    def finish(self) -> str:
        """Return the SQL that notes that it is done."""
        return self._change("ended_at = pg_catalog.clock_timestamp()")

    def clear(self) -> str:
        """Return the SQL that forgets one under way."""
        return self.sql(
            "DELETE FROM {table} WHERE kind = 'backfill' AND key = {id} AND number = {number} AND ended_at IS NULL;"
        )

    def _change(self, changes: str, **values: object) -> str:
        where = " WHERE kind = 'backfill' AND key = {id} AND number = {number};"
        return self.sql("UPDATE {table} SET " + changes + where, **values)
