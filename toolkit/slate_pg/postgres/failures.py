"""Says where in a script a statement stands that the server refused, down to the row of COPY data.

Pure.
"""

from __future__ import annotations

import re

import psycopg

from slate_pg.errors import Where
from slate_pg.postgres.prescan import Segment
from slate_pg.postgres.statements import split

# "COPY readings, line 3, column id: …", whose words are in the server's language.
_ROW = re.compile(r"^COPY .+?, \D+? (\d+)(?=$|[,:])", re.M)


class SessionEnded(psycopg.OperationalError):
    """The session ended while a script was run; `where` is the statement that was under way."""

    def __init__(self, message: str, where: Where) -> None:
        super().__init__(message)
        self.where = where


def failed_at(text: str, segment: Segment, done: int, error: psycopg.Error, head: int = 0) -> tuple[int, bool]:
    """Return the offset of a failure in a script, and whether it is exact.

    It is the server's position, else the start of the statement that was running. `done` statements of the segment
    were through; `head` characters stood in front of it in its message.
    """
    position = error.diag.statement_position
    if position and int(position) > head:
        return segment.offset + int(position) - 1 - head, True
    here = [s for s in split(text) if s.start >= segment.offset][max(0, done) :]
    if not here:
        return len(text), False
    return here[0].start, False


def row_at(text: str, offset: int, error: psycopg.Error) -> int | None:
    """Return the offset of the row of COPY data that the server speaks of, for a COPY that starts at an offset."""
    copy = next((s for s in split(text) if s.start == offset and s.copy_data is not None), None)
    return _line_start(text, copy.end, row_of(error)) if copy and row_of(error) else None


def failed_within(sql: bytes, done: int, error: psycopg.Error) -> tuple[int, bool]:
    """Return the byte of a message at which it failed, and whether that is exact; `done` statements were through."""
    text = sql.decode()
    offset, exact = failed_at(text, Segment(text), done, error)
    return len(text[:offset].encode()), exact


def row_of(error: psycopg.Error) -> int:
    """Return the line of the COPY data that the server speaks of, from 1; 0 where it speaks of none."""
    found = _ROW.findall(error.diag.context or "")
    return int(found[-1]) if found else 0


def _line_start(text: str, end: int, number: int) -> int:
    """Return where the nth line behind the one that ends a statement starts."""
    for _ in range(number):
        end = text.find("\n", end) + 1
        if not end:
            return len(text)
    return end
