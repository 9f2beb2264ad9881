"""pgTAP's assertions about statements that must fail, must run, or must run in time.

Each statement runs in a savepoint of its own, so that the transaction stays usable.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Any, Protocol

import psycopg

from slate_pg.testing.database import Database
from slate_pg.testing.names import UnknownObject
from slate_pg.testing.pgtap.asserting import called, expect, refuse
from slate_pg.testing.pgtap.rows import as_statement


def _caught(db: Database, statement: str, parameters: Sequence[Any]) -> psycopg.Error | None:
    try:
        with db.connection.transaction():
            db.execute(as_statement(statement), *parameters)
    except psycopg.Error as error:
        return error
    return None


def _said(error: psycopg.Error | None) -> str:
    if error is None:
        return "nothing was raised"
    found = error.diag
    more = {"detail": found.message_detail, "hint": found.message_hint, "constraint": found.constraint_name}
    return f"{error.sqlstate}: {found.message_primary}" + "".join(f"; {k}: {v}" for k, v in more.items() if v)


def throws_ok(
    db: Database, statement: str, sqlstate: str | None = None, message: str | None = None, *,
    parameters: Sequence[Any] = (), description: str = "",
) -> None:  # fmt: skip
    """Assert that a statement fails, with this SQLSTATE and exactly this message where they are given."""
    if sqlstate is not None and not re.fullmatch(r"[0-9A-Z]{5}", sqlstate):
        raise UnknownObject(f'"{sqlstate}" is no SQLSTATE; give a message as message="…"')
    error = _caught(db, statement, parameters)
    true = error is not None and sqlstate in (None, error.sqlstate)
    true = true and message in (None, error.diag.message_primary if error else None)
    want = ": ".join(part for part in (sqlstate, message) if part) or "an error"
    expect(true, "the statement did not fail as expected", have=_said(error), want=want, look=statement,
           description=description)  # fmt: skip


class Throws(Protocol):
    """An assertion about the message of a statement that must fail."""

    def __call__(
        self, db: Database, statement: str, pattern: str, *, parameters: Sequence[Any] = (), description: str = ""
    ) -> None:
        """Raise AssertionError unless it is so."""


def _throws(name: str, operator: str, meaning: str) -> Throws:
    def assertion(
        db: Database, statement: str, pattern: str, *, parameters: Sequence[Any] = (), description: str = ""
    ) -> None:
        error = _caught(db, statement, parameters)
        message = error.diag.message_primary if error else None
        true = error is not None and db.value(f"SELECT %s::text {operator} %s::text", message, pattern) is True
        expect(true, "the statement did not fail as expected", have=_said(error),
               want=f"a message {operator} {pattern!r}", look=statement, description=description)  # fmt: skip

    return called(assertion, name, f"a statement fails with a message that {meaning}", __name__)


throws_like = _throws("throws_like", "LIKE", "is LIKE a pattern")
throws_ilike = _throws("throws_ilike", "ILIKE", "is LIKE a pattern, whatever the case")
throws_matching = _throws("throws_matching", "~", "matches a regular expression")
throws_imatching = _throws("throws_imatching", "~*", "matches a regular expression, whatever the case")


def lives_ok(db: Database, statement: str, *, parameters: Sequence[Any] = (), description: str = "") -> None:
    """Assert that a statement runs; what it did stays done."""
    error = _caught(db, statement, parameters)
    if error is not None:
        refuse("the statement failed", have=_said(error), want="no error", look=statement, description=description)


def _milliseconds(db: Database, statement: str, parameters: Sequence[Any]) -> float:
    begun = time.perf_counter()
    with db.connection.transaction():
        db.execute(as_statement(statement), *parameters)
    return (time.perf_counter() - begun) * 1000


def performs_ok(
    db: Database, statement: str, milliseconds: float, *, parameters: Sequence[Any] = (), description: str = ""
) -> None:
    """Assert that one run ends in less than so many milliseconds, the way to the server and back included."""
    took = _milliseconds(db, statement, parameters)
    expect(took < milliseconds, "too slow", have=f"{took:.1f} ms", want=f"less than {milliseconds} ms",
           look=f"EXPLAIN (ANALYZE) {statement}", description=description)  # fmt: skip


def performs_within(
    db: Database, statement: str, average: float, within: float, iterations: int = 10, *,
    parameters: Sequence[Any] = (), description: str = "",
) -> None:  # fmt: skip
    """Assert that the mean of the middle 80 % of the runs is within so many milliseconds of an average."""
    runs = sorted(_milliseconds(db, statement, parameters) for _ in range(iterations))
    skipped = round(iterations * 0.1)
    middle = runs[skipped : iterations - skipped] or runs
    mean = sum(middle) / len(middle)
    expect(abs(mean - average) < within, "not within the expected time", have=f"{mean:.1f} ms on average",
           want=f"{average} ± {within} ms", look=f"EXPLAIN (ANALYZE) {statement}", description=description)  # fmt: skip
