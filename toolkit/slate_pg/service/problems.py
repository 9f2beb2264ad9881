"""What a service answers when the database refuses: an HTTP status for each SQLSTATE, and what a client may be told.

Pure. Knows psycopg's errors, and finds them in those of SQLAlchemy and Django; knows no web framework.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

# By SQLSTATE, or by its class of two characters; docs/refusals is written from it. What is not here is ours: 500.
HTTP = {
    "08": 503,
    "0A000": 501,
    "22": 400,
    "22003": 422,
    "23001": 409,
    "23502": 422,
    "23503": 422,
    "23505": 409,
    "23514": 422,
    "23P01": 409,
    "25000": 409,
    "40001": 503,
    "40P01": 503,
    "42501": 403,
    "42809": 400,
    "53": 503,
    "54000": 413,
    "55000": 409,
    "55P03": 503,
    "57014": 504,
    "57P01": 503,
    "57P02": 503,
    "57P03": 503,
    "P0001": 422,
    "P0002": 404,
}
AGAIN = ("40001", "40P01")  # the whole transaction once more, from the start, may well succeed
_OURS = 500


@dataclass(frozen=True)
class Problem:
    """A refusal as a client may see it: never the detail, which holds the row, nor the statement."""

    status: int
    sqlstate: str
    message: str
    hint: str
    table: str
    column: str
    constraint: str

    @property
    def again(self) -> bool:
        """Whether the same transaction may succeed when it is run once more."""
        return self.sqlstate in AGAIN


def http_status(sqlstate: str) -> int:
    """Return the HTTP status for a SQLSTATE: its own, its class's, else 500."""
    return HTTP.get(sqlstate, HTTP.get(sqlstate[:2], _OURS))


def problem_of(error: BaseException) -> Problem | None:
    """Return what to answer, None where no error of the database is behind it. A lost connection is 503.

    SQLAlchemy keeps the database's error in `orig`, Django as the cause. A status of 500 tells no words: they are for
    the log.
    """
    found = _find(error)
    if found is None:
        return None
    sqlstate = found.sqlstate or ("08006" if isinstance(found, psycopg.OperationalError) else "")
    status, said = http_status(sqlstate), found.diag
    if status == _OURS:
        return Problem(status, sqlstate, "", "", "", "", "")
    fields = (said.message_primary, said.message_hint, said.table_name, said.column_name, said.constraint_name)
    return Problem(status, sqlstate, *(field or "" for field in fields))


def _find(error: BaseException | None) -> psycopg.Error | None:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, psycopg.Error):
            return error
        seen.add(id(error))
        error = getattr(error, "orig", None) or error.__cause__
    return None
